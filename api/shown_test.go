package api

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/market"
	"privd/market/catalog"
)

// TestShownFollowsTheListing: whatever was shown before, what is shown is what the
// listing says now and how it stands now.
func TestShownFollowsTheListing(t *testing.T) {
	t.Parallel()
	s := newShown()
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 30).Draw(rt, "pages") {
			id, revision := rapid.IntRange(0, 2).Draw(rt, "listing"), rapid.Uint64Range(0, 3).Draw(rt, "revision")
			e := catalog.Entry{
				ID: market.ListingID(fmt.Sprintf("listing_%d", id)), Title: fmt.Sprintf("title <%d> of %d", revision, id), Price: market.Wei(revision), Category: "photo",
				Sales: rapid.Int64Range(0, 1).Draw(rt, "sales"), SellerSales: rapid.Int64Range(0, 1).Draw(rt, "sales of the seller"),
				RatingSum: 4, RatingCount: rapid.Int64Range(1, 2).Draw(rt, "ratings"), SellerRatingSum: 4,
				SellerRatingCount: rapid.Int64Range(1, 2).Draw(rt, "ratings of the seller"), SellerVerified: rapid.Bool().Draw(rt, "verified"),
			}
			if revision == 0 { // tells nothing: it may be of any title
				e.Title = rapid.SampledFrom([]string{"one", "other"}).Draw(rt, "title")
			}
			hit := catalog.HitOf(e, revision)
			got, err := s.append(nil, &hit)
			require.NoError(rt, err)
			require.Equal(rt, string(appendListing(nil, &e)), string(got))
		}
	})
}

// BenchmarkShown writes a listing that was shown before, and one that was not.
func BenchmarkShown(b *testing.B) {
	e := catalog.Entry{ID: "listing_7", Title: "a title", Description: "a few words about what it is", Category: "photo", Price: market.Wei(1e18), Tags: []string{"one", "two"}}
	for name, revision := range map[string]uint64{"again": 1, "new": 0} {
		b.Run(name, func(b *testing.B) {
			s, buffer := newShown(), make([]byte, 0, 4096)
			hit := catalog.HitOf(e, revision)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.append(buffer, &hit); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
