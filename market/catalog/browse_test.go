package catalog_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/market"
	"privd/market/catalog"
	"privd/market/ledger"
	"privd/market/listing"
	"privd/market/rating"
	"privd/market/seal"
)

// shelf is records of offers in memory.
type shelf struct {
	offers map[market.ListingID]listing.Offer
}

func (s *shelf) View(_ context.Context, fn func(catalog.Tx) error) error   { return fn(s) }
func (s *shelf) Update(_ context.Context, fn func(catalog.Tx) error) error { return fn(s) }
func (s *shelf) Offer(id market.ListingID) (listing.Offer, error) {
	o, ok := s.offers[id]
	if !ok {
		return o, market.ErrNotFound
	}
	return o, nil
}
func (s *shelf) Offers(each func(listing.Offer) bool) error {
	for _, o := range s.offers {
		if !each(o) {
			break
		}
	}
	return nil
}
func (s *shelf) ListingStats(h market.Hash) (ledger.Stats, error) {
	return ledger.Stats{Sold: int64(h[0] % 4)}, nil
}
func (s *shelf) SellerStats(market.Address) (ledger.Stats, error)   { return ledger.Stats{}, nil }
func (s *shelf) SellerRatings(market.Address) (rating.Stats, error) { return rating.Stats{}, nil }
func (s *shelf) ListingRatings(h market.Hash) (rating.Stats, error) {
	return rating.Stats{Sum: int64(h[0]%5) + 1, Count: 1}, nil
}

func offer(t require.TestingT, id string, category listing.Category, price uint64, created int64) listing.Offer {
	mh, err := multihash.Sum([]byte(id), multihash.SHA2_256, -1)
	require.NoError(t, err)
	m := listing.Manifest{
		Format: 1, Listing: id, Seller: make([]byte, 20), SellerID: "usr_a", Title: "T", Category: string(category), Tags: []string{},
		KeyBundle: cid.NewCidV1(cid.Raw, mh), Peers: []string{"p"}, CreatedAt: created, UpdatedAt: created, Columns: []listing.Column{},
		Entries: []listing.Entry{{Contribution: "c", Kind: "photo", MIME: "image/png", Size: 10, PayloadSize: 42, Root: cid.NewCidV1(cid.Raw, mh),
			SHA256: make([]byte, 32), FileKeyHash: make([]byte, 32)}},
	}
	block, err := m.Encode()
	require.NoError(t, err)
	return listing.Offer{ID: market.ListingID(id), Manifest: block, Order: seal.Order{Price: market.Wei(price), Listing: seal.ListingHash(market.ListingID(id))}}
}

// TestBrowse compares pages with sorting everything: same entries, same order,
// same total, for any query.
func TestBrowse(t *testing.T) {
	categories := []listing.Category{listing.Photo, listing.Text, listing.Mixed}
	rapid.Check(t, func(t *rapid.T) {
		s := &shelf{offers: map[market.ListingID]listing.Offer{}}
		for i := range rapid.IntRange(0, 40).Draw(t, "listings") {
			o := offer(t, fmt.Sprintf("listing_%02d", i), rapid.SampledFrom(categories).Draw(t, "category"),
				rapid.Uint64Range(1, 5).Draw(t, "price"), rapid.Int64Range(0, 5).Draw(t, "created"))
			s.offers[o.ID] = o
		}
		c := catalog.New(s)
		require.NoError(t, c.Load(context.Background()))
		low, high := market.Wei(rapid.Uint64Range(0, 5).Draw(t, "min")), market.Wei(rapid.Uint64Range(0, 6).Draw(t, "max"))
		q := catalog.Query{
			Category: rapid.SampledFrom(append(categories, "")).Draw(t, "filter"), MinPrice: &low, MaxPrice: &high,
			Sort:   rapid.SampledFrom([]catalog.Sort{catalog.Newest, catalog.Oldest, catalog.PriceLow, catalog.PriceHigh, catalog.MostSales, catalog.HighestRated}).Draw(t, "sort"),
			Offset: rapid.IntRange(0, 45).Draw(t, "offset"), Limit: rapid.IntRange(1, 10).Draw(t, "limit"),
		}
		page, total := c.Browse(q)
		all := q
		all.Offset, all.Limit = 0, 1000
		everything, allTotal := c.Browse(all)
		require.Equal(t, allTotal, total)
		require.Len(t, everything, total)
		from := min(q.Offset, total)
		require.True(t, slices.EqualFunc(everything[from:min(from+q.Limit, total)], page, func(a, b catalog.Entry) bool { return a.ID == b.ID }))
		for _, e := range page {
			require.True(t, (q.Category == "" || e.Category == q.Category) && e.Price.Cmp(low) >= 0 && e.Price.Cmp(high) <= 0)
		}
	})
}

func TestRefresh(t *testing.T) {
	s := &shelf{offers: map[market.ListingID]listing.Offer{}}
	c := catalog.New(s)
	require.NoError(t, c.Load(context.Background()))
	s.offers["listing_a"] = offer(t, "listing_a", listing.Photo, 3, 1)
	require.NoError(t, c.Refresh(context.Background(), "listing_a"))
	e, ok := c.Get("listing_a")
	require.True(t, ok)
	require.Equal(t, market.Wei(3), e.Price)
	delete(s.offers, "listing_a")
	require.NoError(t, c.Refresh(context.Background(), "listing_a"))
	require.Zero(t, c.Len())
}
