package listing_test

import (
	"context"
	"crypto/ecdsa"
	"fmt"
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

	// Neither does one that came first, while nobody knows whose the id is.
	require.NoError(t, s.Hear(t.Context(), announce(stranger, 1<<40, []byte("nothing"), false), "b"))
	require.NoError(t, s.Hear(t.Context(), announce(seller, 1, block, false), "a"))
	require.NoError(t, s.Hear(t.Context(), announce(seller, 1, block, true), "a"))
	err = s.Hear(t.Context(), announce(stranger, 1<<40, []byte("nothing"), false), "b")
	require.Equal(t, market.Conflict, market.CodeOf(err))
	require.NoError(t, s.Hear(t.Context(), announce(seller, 2, block, false), "a"))
}

// One peer cannot fill all the places of manifests that wait to be fetched, and what it
// told of already may still be told anew.
func TestShareOfWanted(t *testing.T) {
	t.Parallel()
	store, err := records.Open(records.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	now := time.Unix(1_700_000_000, 0)
	s := &listing.Service{Store: records.As[listing.Tx](store), Domain: seal.Domain{ChainID: 1},
		Clock: func() time.Time { return now }, Changed: func(market.ListingID) {}}
	seller, err := crypto.GenerateKey()
	require.NoError(t, err)
	hear := func(number int, version uint64, from string) error {
		a := listing.Announcement{Order: seal.Order{
			Seller: crypto.PubkeyToAddress(seller.PublicKey), Sealer: market.Address{9}, Listing: seal.ListingHash(market.ListingID(fmt.Sprint("listing_", number))),
			Manifest: market.Hash{1}, Price: market.Wei(5), Version: version, Expiry: uint64(now.Add(time.Hour).Unix()),
		}}
		digest := s.Domain.Order(a.Order)
		rsv, err := crypto.Sign(digest[:], seller)
		require.NoError(t, err)
		a.Signature, err = seal.Compact(rsv)
		require.NoError(t, err)
		return s.Hear(t.Context(), a, from)
	}
	limited := func(err error) { t.Helper(); require.ErrorIs(t, err, market.Fail(market.Limited, "")) }
	taken := 0
	require.NoError(t, store.Update(t.Context(), func(tx *records.Tx) error {
		for ; ; taken++ { // what the peer told of before, all but one
			n, err := tx.CountWantedOf("greedy", 10_000)
			if err != nil || taken == 499 {
				require.Equal(t, 499, n)
				return err
			}
			w := listing.Wanted{Announcement: listing.Announcement{Order: seal.Order{Listing: market.Hash{2, byte(taken >> 8), byte(taken)}}}, Peers: []string{"greedy"}}
			if err := tx.PutWanted(w); err != nil {
				return err
			}
		}
	}))
	require.NoError(t, hear(1, 1, "greedy"))
	limited(hear(2, 1, "greedy"))
	require.NoError(t, hear(1, 2, "greedy"), "in its own place")
	require.NoError(t, hear(2, 1, "other"))
	limited(hear(2, 2, "greedy")) // another's place
	require.NoError(t, hear(1, 3, "other"))
	require.NoError(t, hear(3, 1, "greedy"), "a place is free again")
}

// A listing that claims to be of the future would stand first among the newest: it is
// not taken, and who passed it on is not blamed for it.
func TestHearOfTheFuture(t *testing.T) {
	t.Parallel()
	store, err := records.Open(records.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	now := time.Unix(1_700_000_000, 0)
	s := &listing.Service{Store: records.As[listing.Tx](store), Domain: seal.Domain{ChainID: 1},
		Clock: func() time.Time { return now }, Changed: func(market.ListingID) {}}
	key, err := crypto.GenerateKey()
	require.NoError(t, err)
	for ahead, want := range map[time.Duration]market.Code{61 * time.Minute: market.Unavailable, 59 * time.Minute: 0} {
		m := manifest(t, crypto.PubkeyToAddress(key.PublicKey))
		m.CreatedAt, m.UpdatedAt = now.Add(ahead).UnixMilli(), now.Add(ahead).UnixMilli()
		block, err := m.Encode()
		require.NoError(t, err)
		a := listing.Announcement{Manifest: block, Order: seal.Order{
			Seller: crypto.PubkeyToAddress(key.PublicKey), Sealer: market.Address{9}, Listing: seal.ListingHash("listing_abc"),
			Manifest: listing.Hash(block), Price: market.Wei(5), Version: 1, Expiry: uint64(now.Add(time.Hour).Unix()),
		}}
		digest := s.Domain.Order(a.Order)
		rsv, err := crypto.Sign(digest[:], key)
		require.NoError(t, err)
		a.Signature, err = seal.Compact(rsv)
		require.NoError(t, err)
		err = s.Hear(t.Context(), a, "a")
		if want == 0 {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, want, market.CodeOf(err), "%s: %v", ahead, err)
	}
}

// A full catalog takes no other listing, and what is on sale in it may change.
func TestFullCatalog(t *testing.T) {
	t.Parallel()
	store, err := records.Open(records.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	now := time.Unix(1_700_000_000, 0)
	known, err := crypto.GenerateKey()
	require.NoError(t, err)
	stranger, err := crypto.GenerateKey()
	require.NoError(t, err)
	full := false
	s := &listing.Service{Store: records.As[listing.Tx](store), Domain: seal.Domain{ChainID: 1},
		Clock: func() time.Time { return now }, Changed: func(market.ListingID) {}, Room: func(context.Context, market.Address) bool { return !full }}
	hear := func(key *ecdsa.PrivateKey, id string, version uint64, inline bool) error {
		m := manifest(t, crypto.PubkeyToAddress(key.PublicKey))
		m.Listing = id
		block, err := m.Encode()
		require.NoError(t, err)
		a := listing.Announcement{Order: seal.Order{
			Seller: crypto.PubkeyToAddress(key.PublicKey), Sealer: market.Address{9}, Listing: seal.ListingHash(market.ListingID(id)),
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
		return s.Hear(t.Context(), a, "peer")
	}
	require.NoError(t, hear(known, "listing_abc", 1, true))
	full = true
	limited := market.Fail(market.Limited, "")
	require.ErrorIs(t, hear(known, "listing_def", 1, true), limited)
	require.ErrorIs(t, hear(known, "listing_def", 1, false), limited)
	require.ErrorIs(t, hear(stranger, "listing_abc", 2, true), limited)
	require.NoError(t, hear(known, "listing_abc", 2, true))
	full = false
	require.NoError(t, hear(known, "listing_def", 1, true))
}
