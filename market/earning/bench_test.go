package earning_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/earning"
	"privd/storage/records"
)

// BenchmarkList reads a page far down a long history, with a filter, and the sums of
// all of it.
func BenchmarkList(b *testing.B) {
	const total, batch = 50_000, 1000
	store := newStore(b)
	for i := 0; i < total; i += batch {
		require.NoError(b, store.Update(b.Context(), func(tx *records.Tx) error {
			for j := range batch {
				e := earning.Earning{ID: market.EarningID(fmt.Sprint("earn_", i+j)), User: "usr_a", Source: earning.Sources()[j%5], Amount: market.Wei(1),
					Status: earning.Claimed, Reference: fmt.Sprint(i + j), CreatedAt: start.Add(0)}
				if err := tx.PutEarning(e); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	reader := records.As[earning.Reader](store)
	for _, offset := range []int{0, 9_000} {
		b.Run(fmt.Sprint("offset=", offset), func(b *testing.B) {
			for b.Loop() {
				page, err := earning.List(b.Context(), reader, "usr_a", earning.Filter{Source: earning.Labeling}, 20, offset)
				if err != nil || len(page.Earnings) != 20 || page.Total != total/5 {
					b.Fatal(err, len(page.Earnings), page.Total)
				}
			}
		})
	}
}
