package index_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"privd/market/catalog/index"
)

// BenchmarkPage answers pages of a million listings.
func BenchmarkPage(b *testing.B) {
	x, m := million()
	for _, q := range []struct {
		name string
		q    index.Query
	}{
		{"all", index.Query{Classes: 31}},
		{"class", index.Query{Classes: 1}},
		{"half the prices", index.Query{Classes: 31, Low: index.Key{Low: 1 << 62}, High: index.Key{Low: 3 << 62}}},
		{"class, half the prices", index.Query{Classes: 1, Low: index.Key{Low: 1 << 62}, High: index.Key{Low: 3 << 62}}},
		{"a fiftieth of the prices", index.Query{Classes: 31, Low: index.Key{Low: 1 << 62}, High: index.Key{Low: 1<<62 + 1<<58}}},
		{"a hundredth of the prices", index.Query{Classes: 31, Low: index.Key{Low: 1 << 62}, High: index.Key{Low: 1<<62 + 1<<57}}},
		{"a thousandth of the prices", index.Query{Classes: 31, Low: index.Key{Low: 1 << 62}, High: index.Key{Low: 1<<62 + 1<<54}}},
	} {
		for _, offset := range []int{0, 5000} {
			b.Run(fmt.Sprint(q.name, ", from ", offset), func(b *testing.B) {
				q := q.q
				q.Offset, q.Limit = offset, 20
				if q.High == (index.Key{}) {
					q.High = index.MaxKey
				}
				for i := 0; b.Loop(); i++ {
					q.Order = index.Order(i % 6)
					x.Page(q)
				}
			})
		}
	}
	b.Run("insert", func(b *testing.B) {
		for b.Loop() {
			x.Insert(m.row())
		}
	})
	b.Run("replace", func(b *testing.B) {
		for b.Loop() {
			x.Replace(index.Slot(m.r.IntN(1_000_000)), m.row())
		}
	})
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			million()
		}
	})
}

func million() (*index.Index, *maker) {
	m := &maker{r: rand.New(rand.NewPCG(1, 2)), prices: math.MaxUint64, classes: 5, times: 1 << 40}
	rows := make([]index.Row, 1_000_000)
	for i := range rows {
		rows[i] = m.row()
		rows[i].ID = fmt.Sprintf("%016d", i)
	}
	return index.Build(rows), m
}
