package p2ptest

import (
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/binary"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"privd/market"
	"privd/market/listing"
	"privd/market/seal"
)

// Seller signs orders with a key of its own.
type Seller struct {
	tb  testing.TB
	key *ecdsa.PrivateKey
}

// NewSeller draws a seller.
func NewSeller(tb testing.TB) *Seller {
	tb.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		tb.Fatalf("draw key: %v", err)
	}
	return &Seller{tb: tb, key: key}
}

// Address is the seller's wallet.
func (s *Seller) Address() market.Address { return crypto.PubkeyToAddress(s.key.PublicKey) }

// Announce offers the listing with the given number, good for an hour, with an
// inline manifest of the given size.
func (s *Seller) Announce(number, version uint64, manifest int) listing.Announcement {
	return s.Until(number, version, manifest, time.Now().Add(time.Hour))
}

// Until is Announce with an expiry.
func (s *Seller) Until(number, version uint64, manifest int, expiry time.Time) listing.Announcement {
	block := make([]byte, manifest)
	_, _ = rand.Read(block)
	o := seal.Order{Seller: s.Address(), Sealer: s.Address(), Listing: s.Listing(number), Manifest: listing.Hash(block),
		KeyCommitment: market.Hash{1}, Price: market.Wei(1e18), Version: version, Expiry: uint64(expiry.Unix())}
	a := listing.Announcement{Order: o, Signature: s.sign(Domain.Order(o))}
	if manifest > 0 {
		a.Manifest = block
	}
	return a
}

// Withdraw ends a listing up to a version.
func (s *Seller) Withdraw(number, version uint64) listing.Withdrawal {
	w := listing.Withdrawal{Seller: s.Address(), Listing: s.Listing(number), Version: version}
	w.Signature = s.sign(Domain.Withdrawn(w.Seller, w.Listing, w.Version))
	return w
}

// Listing returns the hash of the listing with the given number.
func (s *Seller) Listing(number uint64) market.Hash {
	return market.Hash(crypto.Keccak256Hash(s.Address().Bytes(), binary.BigEndian.AppendUint64(nil, number)))
}

func (s *Seller) sign(digest market.Hash) seal.Sig {
	s.tb.Helper()
	rsv, err := crypto.Sign(digest[:], s.key)
	if err != nil {
		s.tb.Fatalf("sign: %v", err)
	}
	sig, err := seal.Compact(rsv)
	if err != nil {
		s.tb.Fatalf("sign: %v", err)
	}
	return sig
}
