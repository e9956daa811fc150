package listing_test

import (
	"crypto/ecdsa"
	"log/slog"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/listing"
	"privd/market/seal"
	"privd/storage/records"
)

// A stranger who announces somebody's listing id with a high version does not keep
// the seller's next version out.
func TestHearOfAnothersListing(t *testing.T) {
	t.Parallel()
	store, err := records.Open(records.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	now := time.Unix(1_700_000_000, 0)
	s := &listing.Service{Store: records.As[listing.Tx](store), Domain: seal.Domain{ChainID: 1},
		Clock: func() time.Time { return now }, Changed: func(market.ListingID) {}}
	announce := func(key *ecdsa.PrivateKey, version uint64, block []byte, inline bool) listing.Announcement {
		a := listing.Announcement{Order: seal.Order{
			Seller: crypto.PubkeyToAddress(key.PublicKey), Sealer: market.Address{9}, Listing: seal.ListingHash("listing_abc"),
			Manifest: listing.Hash(block), Price: market.Wei(5), Version: version, Expiry: uint64(now.Add(time.Hour).Unix()),
		}}
		digest := s.Domain.Order(a.Order)
		rsv, err := crypto.Sign(digest[:], key)
		require.NoError(t, err)
		a.Signature, err = seal.Compact(rsv)
		require.NoError(t, err)
		if inline {
			a.Manifest = block
		}
		return a
	}
	seller, err := crypto.GenerateKey()
	require.NoError(t, err)
	stranger, err := crypto.GenerateKey()
	require.NoError(t, err)
	block, err := manifest(t, crypto.PubkeyToAddress(seller.PublicKey)).Encode()
	require.NoError(t, err)

	require.NoError(t, s.Hear(t.Context(), announce(seller, 1, block, true), "a"))
	err = s.Hear(t.Context(), announce(stranger, 1<<40, []byte("nothing"), false), "b")
	require.Equal(t, market.Conflict, market.CodeOf(err))
	require.NoError(t, s.Hear(t.Context(), announce(seller, 2, block, false), "a"))
}
