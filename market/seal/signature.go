package seal

import (
	"context"
	"encoding/hex"
	"errors"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/crypto/secp256k1"

	"privd/market"
)

// Sig is an ECDSA signature as r and vs (EIP-2098), 64 bytes: vs is s with the
// recovery bit in its highest bit. High s values are refused, so a signature has
// one form.
type Sig [64]byte

// Signer signs digests with keys it holds.
type Signer interface {
	// SignDigest signs with the key of address; NotFound when it holds none.
	SignDigest(ctx context.Context, address market.Address, digest market.Hash) (Sig, error)
}

// ErrSignature is returned for a signature that recovers to nobody.
var ErrSignature = errors.New("bad signature")

// halfN is half the order of the curve: the largest s that is not malleable.
var halfN = func() (h [32]byte) {
	// A new integer: the curve's own parameters are shared by the whole program.
	new(big.Int).Rsh(secp256k1.S256().Params().N, 1).FillBytes(h[:])
	return h
}()

// Compact converts a 65-byte signature r || s || v, with v of 0, 1, 27 or 28.
func Compact(rsv []byte) (Sig, error) {
	var out Sig
	if len(rsv) != 65 {
		return out, ErrSignature
	}
	v := rsv[64]
	if v >= 27 {
		v -= 27
	}
	if v > 1 || rsv[32]&0x80 != 0 {
		return out, ErrSignature
	}
	copy(out[:], rsv[:64])
	out[32] |= v << 7
	return out, nil
}

// VRS returns the signature as v (27 or 28), r and s.
func (s Sig) VRS() (v uint8, r, ss [32]byte) {
	copy(r[:], s[:32])
	copy(ss[:], s[32:])
	v = 27 + ss[0]>>7
	ss[0] &= 0x7f
	return v, r, ss
}

// Recover returns the address that signed digest; ErrSignature when none did.
func Recover(digest market.Hash, s Sig) (market.Address, error) {
	v, r, ss := s.VRS()
	if compare(ss, halfN) > 0 {
		return market.Address{}, ErrSignature
	}
	var rsv [65]byte
	copy(rsv[:32], r[:])
	copy(rsv[32:64], ss[:])
	rsv[64] = v - 27
	pub, err := crypto.SigToPub(digest[:], rsv[:])
	if err != nil {
		return market.Address{}, ErrSignature
	}
	return crypto.PubkeyToAddress(*pub), nil
}

// Check returns nil when digest was signed by want, and ErrSignature otherwise.
// The zero address never signs anything.
func Check(want market.Address, digest market.Hash, s Sig) error {
	got, err := Recover(digest, s)
	if err != nil || got != want || want == (market.Address{}) {
		return ErrSignature
	}
	return nil
}

func compare(a, b [32]byte) int {
	for i := range a {
		switch {
		case a[i] < b[i]:
			return -1
		case a[i] > b[i]:
			return 1
		}
	}
	return 0
}

// ParseSig reads a signature as wallets give it: 0x and 65 bytes (r, s, v with v
// 27, 28, 0 or 1) or 64 (r, vs, EIP-2098) in hexadecimal. Anything else, and a
// high s, is ErrSignature.
func ParseSig(text string) (Sig, error) {
	digits, found := strings.CutPrefix(text, "0x")
	raw, err := hex.DecodeString(digits)
	if !found || err != nil {
		return Sig{}, ErrSignature
	}
	sig := Sig{}
	if len(raw) == len(sig) {
		copy(sig[:], raw)
	} else if sig, err = Compact(raw); err != nil {
		return Sig{}, ErrSignature
	}
	if _, _, s := sig.VRS(); compare(s, halfN) > 0 {
		return Sig{}, ErrSignature
	}
	return sig, nil
}
