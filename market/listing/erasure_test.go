package listing_test

import (
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/listing"
	"privd/market/seal"
)

// TestCheckErasure tries to have erased what belongs to others.
func TestCheckErasure(t *testing.T) {
	t.Parallel()
	domain := seal.Domain{ChainID: 1, Market: market.Address{3}}
	now := time.Unix(1_800_000_000, 0)
	var keys [3]nodeKey
	for i := range keys {
		key, err := crypto.GenerateKey()
		require.NoError(t, err)
		keys[i] = nodeKey{key}
	}
	of := func(k nodeKey) market.Address { return crypto.PubkeyToAddress(k.PublicKey) }
	sign := func(k nodeKey, digest market.Hash) seal.Sig {
		sig, err := k.SignDigest(t.Context(), of(k), digest)
		require.NoError(t, err)
		return sig
	}
	by := func(k nodeKey, change func(*listing.Erasure)) listing.Erasure {
		e := listing.Erasure{Listing: "listing_1", At: now.Unix(), Content: cid.MustParse("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"),
			Order: seal.Order{Seller: of(keys[0]), Sealer: of(keys[1]), Listing: seal.ListingHash("listing_1"), Price: market.Wei(1), Version: 1, Expiry: 5}}
		e.OrderSignature = sign(keys[0], domain.Order(e.Order))
		change(&e)
		e.Signature = sign(k, domain.Erased(e.Order.Seller, e.Order.Listing, e.Digest(), uint64(e.At)))
		return e
	}
	same := func(*listing.Erasure) {}
	for name, c := range map[string]struct {
		e    listing.Erasure
		want market.Code
		ok   bool
	}{
		"seller":          {by(keys[0], same), 0, true},
		"sealer":          {by(keys[1], same), 0, true}, // an order that has run out still says who sold
		"stranger":        {by(keys[2], same), market.Invalid, false},
		"order of nobody": {by(keys[1], func(e *listing.Erasure) { e.OrderSignature = sign(keys[2], domain.Order(e.Order)) }), market.Invalid, false},
		"own sealer":      {by(keys[2], func(e *listing.Erasure) { e.Order.Sealer = of(keys[2]) }), market.Invalid, false},
		"other listing":   {by(keys[1], func(e *listing.Erasure) { e.Listing = "listing_2" }), market.Invalid, false},
		"nothing":         {by(keys[1], func(e *listing.Erasure) { e.Content = cid.Undef }), market.Invalid, false},
		"future":          {by(keys[1], func(e *listing.Erasure) { e.At += 7200 }), market.Invalid, false},
		"old":             {by(keys[1], func(e *listing.Erasure) { e.At -= 61 * 86400 }), market.Expired, false},
	} {
		err := listing.CheckErasure(domain, c.e, now)
		require.Equal(t, c.ok, err == nil, name)
		if !c.ok {
			require.Equal(t, c.want, market.CodeOf(err), name)
		}
	}
	other := by(keys[1], same)
	other.Content = cid.MustParse("bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e")
	require.Equal(t, market.Invalid, market.CodeOf(listing.CheckErasure(domain, other, now)), "another content under the same signature")
}
