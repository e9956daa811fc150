package seal

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"log/slog"

	"github.com/ethereum/go-ethereum/crypto"

	"privd/market"
)

// Key is a secret of 32 bytes: a listing key K, an opener k, or a sealed key c.
// It prints as a placeholder, so that it cannot be logged by accident.
type Key [32]byte

// String returns a placeholder.
func (Key) String() string { return "[secret]" }

// GoString returns a placeholder.
func (Key) GoString() string { return "[secret]" }

// LogValue returns a placeholder.
func (Key) LogValue() slog.Value { return slog.StringValue("[secret]") }

// MarshalBinary returns the key's bytes, for the store that keeps it.
func (k Key) MarshalBinary() ([]byte, error) { return k[:], nil }

// UnmarshalBinary is the inverse of MarshalBinary.
func (k *Key) UnmarshalBinary(b []byte) error {
	if len(b) != len(k) {
		return ErrKey
	}
	copy(k[:], b)
	return nil
}

// ErrKey is returned when a key does not fit what commits to it.
var ErrKey = market.Fail(market.Invalid, "key does not match its commitment")

// NewKey draws a listing key. Each (listing, version) needs its own: a key that
// is used twice opens the dear listing for the price of the cheap one.
func NewKey() Key {
	var k Key
	if _, err := rand.Read(k[:]); err != nil {
		panic("seal: no randomness: " + err.Error())
	}
	return k
}

// Commitment returns keccak256 of the key: the keyCommitment of a K, the lock of
// a k, the sealedHash of a c.
func (k Key) Commitment() market.Hash { return market.Hash(crypto.Keccak256Hash(k[:])) }

// Opens reports whether the key is the one committed to.
func (k Key) Opens(commitment market.Hash) bool {
	c := k.Commitment()
	return subtle.ConstantTimeCompare(c[:], commitment[:]) == 1
}

// Opener returns k, the opener of one offer: HMAC-SHA256 of a label and the offer
// under the node's seal secret. It is derived and never stored, so that a crash
// cannot lose it and asking twice gives the same bytes.
func Opener(secret Key, offer market.Hash) Key {
	mac := hmac.New(sha256.New, secret[:])
	mac.Write([]byte("privd/opener/1"))
	mac.Write(offer[:])
	return Key(mac.Sum(nil))
}

// Seal returns c, the listing key under the pad of opener and offer. Seal is its
// own inverse: applied to c it returns the listing key.
func Seal(key, opener Key, offer market.Hash) Key {
	pad := crypto.Keccak256Hash(opener[:], offer[:])
	var out Key
	subtle.XORBytes(out[:], key[:], pad[:])
	return out
}

// FileKey is the secret under which one file is encrypted (an age file key). It
// prints as a placeholder.
type FileKey [16]byte

// String returns a placeholder.
func (FileKey) String() string { return "[secret]" }

// GoString returns a placeholder.
func (FileKey) GoString() string { return "[secret]" }

// LogValue returns a placeholder.
func (FileKey) LogValue() slog.Value { return slog.StringValue("[secret]") }

// Hash returns keccak256 of the file key, which the manifest publishes: it makes
// a lying bundle provable.
func (f FileKey) Hash() market.Hash { return market.Hash(crypto.Keccak256Hash(f[:])) }

// Wrap returns entry i of the key bundle of a listing: the file key xored with
// the first 16 bytes of keccak256(K || "privd/file" || uint32 i). No
// authentication is needed, because the manifest holds the file key's hash. Wrap
// is its own inverse.
func (f FileKey) Wrap(key Key, i uint32) FileKey {
	var index [4]byte
	binary.BigEndian.PutUint32(index[:], i)
	pad := crypto.Keccak256(key[:], []byte("privd/file"), index[:])
	var out FileKey
	subtle.XORBytes(out[:], f[:], pad[:16])
	return out
}
