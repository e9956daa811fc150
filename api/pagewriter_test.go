package api_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/api/oas"
	"privd/market"
	"privd/market/catalog"
	"privd/market/listing"
)

// TestPageIsTheGeneratedType: whatever stands in the catalog, the page decodes to
// the generated type and encodes back to the same JSON.
func TestPageIsTheGeneratedType(t *testing.T) {
	t.Parallel()
	w := newWorld()
	var entries []catalog.Entry
	w.browse = func(catalog.Query) ([]catalog.Entry, int) { return entries, len(entries) }
	s := serve(t, w)
	const lastMilli = 253402300799999 // of the year 9999
	entry := rapid.Custom(func(t *rapid.T) catalog.Entry {
		return catalog.Entry{
			ID: market.ListingID(rapid.String().Draw(t, "id")), SellerID: market.UserID(rapid.String().Draw(t, "seller")),
			SellerName: rapid.String().Draw(t, "name"), MemberSince: rapid.Int64Range(0, lastMilli).Draw(t, "since"),
			SellerSales: rapid.Int64Range(0, 1<<40).Draw(t, "sales"), Title: rapid.String().Draw(t, "title"),
			Description: rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]{0,60}`)).Draw(t, "description"),
			Category:    rapid.SampledFrom([]listing.Category{listing.Photo, listing.Mixed}).Draw(t, "category"),
			DataType:    rapid.SampledFrom([]string{"", "defi"}).Draw(t, "data"), Tags: rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "tags"),
			Price: weiOf(t), Files: rapid.IntRange(0, 4096).Draw(t, "files"),
			TotalSize: rapid.Int64Range(0, 1<<50).Draw(t, "size"), Sales: rapid.Int64Range(0, 1<<30).Draw(t, "sold"),
			Samples:   []catalog.Sample{{Contribution: "contrib_x", Kind: "photo"}, {Contribution: "contrib_y", Kind: "video"}},
			RatingSum: rapid.Int64Range(0, 20).Draw(t, "rated"), RatingCount: rapid.Int64Range(4, 9).Draw(t, "raters"),
			SellerRatingSum: rapid.Int64Range(0, 20).Draw(t, "trusted"), SellerRatingCount: rapid.Int64Range(4, 9).Draw(t, "trusters"),
			SellerVerified: rapid.Bool().Draw(t, "verified"),
			CreatedAt:      rapid.Int64Range(0, lastMilli).Draw(t, "created"), UpdatedAt: rapid.Int64Range(0, lastMilli).Draw(t, "updated"),
		}
	})
	rapid.Check(t, func(rt *rapid.T) {
		entries = rapid.SliceOfN(entry, 0, 3).Draw(rt, "entries")
		if rapid.Bool().Draw(rt, "plain") {
			e := sampleEntry()
			e.Plain = true
			entries = append(entries, e)
		}
		got := s.call(t, "GET", "/v1/marketplace/wallet/listings", "", as(aliceToken)).body
		var page oas.BrowseListings200JSONResponse
		require.NoError(rt, json.Unmarshal(got, &page))
		again, err := json.Marshal(page)
		require.NoError(rt, err)
		require.JSONEq(rt, string(again), string(got))
		require.Len(rt, page.Data.Listings, len(entries))
		for i, e := range entries {
			require.Equal(rt, e.Title, page.Data.Listings[i].Title)
			require.Equal(rt, e.Price.String(), page.Data.Listings[i].PricePrivWei)
			require.Equal(rt, e.Price.PRIV(), page.Data.Listings[i].PricePriv.String())
		}
	})
}

// weiOf draws a price of any size, round or not.
func weiOf(t *rapid.T) market.Amount {
	a, err := market.ParseWei(rapid.StringMatching(`[0-9]{1,20}0{0,18}`).Draw(t, "price"))
	require.NoError(t, err)
	return a
}
