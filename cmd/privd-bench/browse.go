package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"privd/market"
	"privd/market/catalog"
	"privd/market/listing"
	"privd/storage/records"
)

// browsing measures a catalog of many listings: in process beside SQLite, with
// listings coming in meanwhile, and through the API of a node beside plain net/http.
type browsing struct {
	bench
	listings int

	repo    string
	stock   *stock
	records *records.Store
	sqlite  *yardstickDB
	catalog *catalog.Catalog
}

// browse runs all of it.
func (b *browsing) browse() (err error) {
	b.repo = filepath.Join(b.nw.dir, "million")
	privd := filepath.Join(b.nw.bin, "privd")
	if out, err := exec.CommandContext(b.ctx, privd, "init", "--repo", b.repo, "--network", b.nw.file.Network).CombinedOutput(); err != nil {
		return fmt.Errorf("init: %w: %s", err, out)
	}
	if b.records, err = records.Open(records.Options{Dir: filepath.Join(b.repo, "records"), Log: slog.New(slog.DiscardHandler)}); err != nil {
		return err
	}
	if b.sqlite, err = openSQLite(filepath.Join(b.nw.dir, "sqlite")); err != nil {
		return err
	}
	for _, step := range []func() error{b.fill, b.load, b.agree, b.latencies, b.bursts} {
		if err := step(); err != nil {
			return errors.Join(err, b.records.Close(), b.sqlite.close())
		}
	}
	b.catalog = nil
	if err := errors.Join(b.records.Close(), b.sqlite.close()); err != nil {
		return err
	}
	return b.overHTTP()
}

// fill stores the same listings in the records of a node and in SQLite.
func (b *browsing) fill() error {
	b.stock = newStock()
	const part = 10_000
	var stored, inserted time.Duration
	for done := 0; done < b.listings; done += part {
		goods := make([]good, min(part, b.listings-done))
		for i := range goods {
			goods[i] = b.stock.next()
		}
		began := time.Now()
		if err := store(b.ctx, b.records, goods); err != nil {
			return err
		}
		stored += time.Since(began)
		began = time.Now()
		if err := b.sqlite.fill(b.ctx, goods); err != nil {
			return err
		}
		inserted += time.Since(began)
	}
	began := time.Now()
	if err := b.sqlite.index(b.ctx); err != nil {
		return err
	}
	b.t.add(fmt.Sprintf("%d listings stored, durable", b.listings), fmt.Sprintf("%.0f s", stored.Seconds()),
		fmt.Sprintf("SQLite: %.0f s and %.0f s for its indexes", inserted.Seconds(), time.Since(began).Seconds()))
	return nil
}

// load measures what the catalog takes to come up and the memory it holds.
func (b *browsing) load() error {
	before := heap()
	used, err := cpu(os.Getpid())
	if err != nil {
		return err
	}
	began := time.Now()
	b.catalog = catalog.New(records.As[catalog.Tx](b.records))
	if err := b.catalog.Load(b.ctx); err != nil {
		return err
	}
	took := time.Since(began)
	after, err := cpu(os.Getpid())
	if err != nil {
		return err
	}
	if b.catalog.Len() != b.listings {
		return fmt.Errorf("the catalog has %d listings of %d", b.catalog.Len(), b.listings)
	}
	held := heap() - before
	b.t.add("catalog: load from the records", fmt.Sprintf("%.1f s", took.Seconds()), fmt.Sprintf("%.1f s of processor time", (after-used).Seconds()))
	b.t.add("catalog: memory", mib(held), fmt.Sprintf("%d bytes a listing, texts included", held/int64(b.listings)))
	return nil
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// agree asks the catalog and SQLite the same 1,000 questions.
func (b *browsing) agree() error {
	if err := compare(b.ctx, b.catalog, b.sqlite, 1000); err != nil {
		return err
	}
	b.t.add("catalog: 1000 random queries answered as SQLite does", "the same", "")
	return nil
}

// compare fails when the two answer one of some random queries differently.
func compare(ctx context.Context, c *catalog.Catalog, y *yardstickDB, queries int) error {
	r := rand.New(rand.NewPCG(7, 7))
	for range queries {
		q := randomQuery(r)
		page, total, err := c.Browse(ctx, q)
		if err != nil {
			return err
		}
		want, wantTotal, err := y.browse(ctx, q)
		if err != nil {
			return err
		}
		got := make([]string, len(page))
		for i, e := range page {
			got[i] = string(e.ID)
		}
		if total != wantTotal || !slices.Equal(got, want) {
			return fmt.Errorf("query %+v: the catalog says %d %v, SQLite %d %v", q, total, got, wantTotal, want)
		}
	}
	return nil
}

var benchSorts = []catalog.Sort{catalog.Newest, catalog.Oldest, catalog.PriceLow, catalog.PriceHigh, catalog.MostSales, catalog.HighestRated}

// randomQuery draws from every filter, sort and offset.
func randomQuery(r *rand.Rand) catalog.Query {
	q := catalog.Query{Sort: benchSorts[r.IntN(len(benchSorts))], Limit: 1 + r.IntN(100), Offset: r.IntN(100)}
	if r.IntN(2) == 0 {
		q.Offset = r.IntN(20_000)
	}
	if r.IntN(3) == 0 {
		q.Category = listing.Category(benchCategories[r.IntN(len(benchCategories))])
	}
	switch r.IntN(4) {
	case 0:
		q.Data = true
	case 1:
		if q.OnlyData = true; r.IntN(2) == 0 {
			q.DataType, q.Category = benchTypes[r.IntN(len(benchTypes))], ""
		}
	}
	bound := func() *market.Amount {
		g := good{price: r.Int64N(50_000_000)}
		if r.IntN(2) == 0 {
			g.price = r.Int64N(10_000_000_000)
		}
		if r.IntN(2) == 0 {
			g.price = g.price / 100_000 * 100_000
		}
		a := g.wei()
		return &a
	}
	if r.IntN(2) == 0 {
		q.MinPrice = bound()
	}
	if r.IntN(2) == 0 {
		q.MaxPrice = bound()
	}
	return q
}

// latencies measures pages of each order at both offsets, with and without filters,
// while listings come in, beside SQLite with nothing else to do.
func (b *browsing) latencies() error {
	coming := b.insert()
	mine, err := b.timeAll(500, func(q catalog.Query) error { _, _, err := b.catalog.Browse(b.ctx, q); return err })
	count, insertErr := coming()
	if err := errors.Join(err, insertErr); err != nil {
		return err
	}
	theirs, err := b.timeAll(5, func(q catalog.Query) error { _, _, err := b.sqlite.browse(b.ctx, q); return err })
	if err != nil {
		return err
	}
	b.t.add("browse: page of 20 and exact total, p50 / p99", "", fmt.Sprintf("%.0f listings a second come in meanwhile", count))
	var all, allTheirs []time.Duration
	for i, m := range mine {
		o := theirs[i]
		all, allTheirs = append(all, m.took...), append(allTheirs, o.took...)
		b.t.add("  "+m.name, spread(m.took), "SQLite "+spread(o.took)+versus(m.took, o.took))
	}
	b.t.add("  all of these", spread(all), "SQLite "+spread(allTheirs)+versus(all, allTheirs))
	return nil
}

// timing is how long queries of one kind took.
type timing struct {
	name string
	took []time.Duration
}

func (b *browsing) timeAll(times int, ask func(catalog.Query) error) (all []timing, err error) {
	for _, sort := range benchSorts {
		for _, offset := range []int{0, 5000} {
			for i, filters := range [][]catalog.Query{{{}}, filters()} {
				t := timing{name: fmt.Sprintf("%s, from %d%s", sort, offset, []string{"", ", filtered"}[i])}
				for _, q := range filters {
					q.Sort, q.Offset, q.Limit = sort, offset, 20
					took, err := b.time(times*3/len(filters), func() error { return ask(q) })
					if err != nil {
						return nil, err
					}
					t.took = append(t.took, took...)
				}
				all = append(all, t)
			}
		}
	}
	return all, nil
}

// filters are what the latencies are measured with.
func filters() []catalog.Query {
	low, high := (&good{price: 10_000_000}).wei(), (&good{price: 100_000_000}).wei() // 10 to 100 PRIV
	return []catalog.Query{
		{Category: listing.Photo},
		{MinPrice: &low, MaxPrice: &high},
		{Category: listing.Photo, MinPrice: &low, MaxPrice: &high},
	}
}

func (b *browsing) time(times int, do func() error) ([]time.Duration, error) {
	took := make([]time.Duration, times)
	for i := range took {
		began := time.Now()
		if err := do(); err != nil {
			return nil, err
		}
		took[i] = time.Since(began)
	}
	return took, b.ctx.Err()
}

// percentile returns how long so many in a hundred took at most.
func percentile(took []time.Duration, of int) time.Duration {
	slices.Sort(took)
	return took[min(len(took)-1, len(took)*of/100)]
}

func spread(took []time.Duration) string {
	return brief(percentile(took, 50)) + " / " + brief(percentile(took, 99))
}

func brief(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.3f ms", float64(d.Nanoseconds())/1e6)
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

// versus returns the median of ours as a part of theirs.
func versus(ours, theirs []time.Duration) string {
	return fmt.Sprintf("; 1/%.0f of its p50", float64(percentile(theirs, 50))/float64(percentile(ours, 50)))
}

// insert lets listings come in as gossip brings them, about a thousand a second,
// each stored durably, then shown. The function it returns ends that and tells how
// many came in a second.
func (b *browsing) insert() (end func() (float64, error)) {
	ctx, cancel := context.WithCancel(b.ctx)
	finished, count, began := make(chan error, 1), 0, time.Now()
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				finished <- nil
				return
			case <-tick.C:
			}
			goods := b.more(20)
			if err := store(b.ctx, b.records, goods); err != nil {
				finished <- err
				return
			}
			for i := range goods {
				if err := b.show(goods[i].id); err != nil {
					finished <- err
					return
				}
				count++
			}
		}
	}()
	return func() (float64, error) {
		cancel()
		err := <-finished
		return float64(count) / time.Since(began).Seconds(), err
	}
}

func (b *browsing) more(n int) []good {
	goods := make([]good, n)
	for i := range goods {
		goods[i] = b.stock.next()
	}
	return goods
}

// show takes one listing up and fails when it cannot be seen at once.
func (b *browsing) show(id string) error {
	if err := b.catalog.Refresh(b.ctx, market.ListingID(id)); err != nil {
		return err
	}
	_, err := b.catalog.Get(b.ctx, market.ListingID(id))
	return err
}

// bursts measures how many stored listings a second the catalog takes up, one by
// one.
func (b *browsing) bursts() error {
	goods := b.more(20_000)
	if err := store(b.ctx, b.records, goods); err != nil {
		return err
	}
	i := 0
	took, err := b.time(len(goods), func() error { i++; return b.show(goods[i-1].id) })
	if err != nil {
		return err
	}
	var all time.Duration
	for _, t := range took {
		all += t
	}
	b.t.add("catalog: new listings taken up one by one", fmt.Sprintf("%.0f/s", float64(len(goods))/all.Seconds()), "each seen at once; "+spread(took)+" each")
	return nil
}
