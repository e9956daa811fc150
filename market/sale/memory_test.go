package sale_test

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"privd/market"
	"privd/market/deal"
	"privd/market/earning"
	"privd/market/listing"
	"privd/market/sale"
	"privd/market/seal"
	"privd/market/task"
)

// memory is a store that keeps sales in memory: thousands of stories are played on
// it in the time that opening a real one takes.
type memory struct {
	mu   sync.Mutex
	held *rows
}

type rows struct {
	sales    map[market.Hash]sale.Sale
	tasks    map[string]task.Task
	earnings map[string]earning.Earning
	listings map[market.Hash]listing.Listing
	events   []deal.Event
}

func newMemory() *memory {
	return &memory{held: &rows{
		sales: map[market.Hash]sale.Sale{}, tasks: map[string]task.Task{}, earnings: map[string]earning.Earning{}, listings: map[market.Hash]listing.Listing{},
	}}
}

func (m *memory) View(_ context.Context, fn func(sale.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return fn(m.held.clone())
}

func (m *memory) Update(_ context.Context, fn func(sale.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := m.held.clone()
	if err := fn(next); err != nil {
		return err
	}
	m.held = next
	return nil
}

func (r *rows) clone() *rows {
	return &rows{sales: maps.Clone(r.sales), tasks: maps.Clone(r.tasks), earnings: maps.Clone(r.earnings), listings: maps.Clone(r.listings), events: slices.Clone(r.events)}
}

func of[K comparable, V any](held map[K]V, k K) (V, error) {
	v, ok := held[k]
	if !ok {
		return v, market.ErrNotFound
	}
	return v, nil
}

func (r *rows) PutTask(t task.Task) error { r.tasks[string(t.Kind)+"/"+t.Key] = t; return nil }
func (r *rows) Task(kind task.Kind, key string) (task.Task, error) {
	return of(r.tasks, string(kind)+"/"+key)
}
func (r *rows) DeleteTask(kind task.Kind, key string) error {
	delete(r.tasks, string(kind)+"/"+key)
	return nil
}
func (r *rows) EarningByReference(_ earning.Source, reference string) (earning.Earning, error) {
	return of(r.earnings, reference)
}
func (r *rows) PutEarning(e earning.Earning) error { r.earnings[e.Reference] = e; return nil }
func (r *rows) Referrer(market.UserID) (market.UserID, error) {
	return "", nil
}
func (r *rows) ListingByHash(h market.Hash) (listing.Listing, error) { return of(r.listings, h) }
func (r *rows) Sale(h market.Hash) (sale.Sale, error) {
	s, err := of(r.sales, h)
	s.Steps = slices.Clone(s.Steps)
	return s, err
}
func (r *rows) PutSale(s sale.Sale) error { r.sales[s.Purchase] = s; return nil }
func (r *rows) OpenSales(limit int) (open []sale.Sale, err error) {
	for _, s := range r.sales {
		if !s.Closed && len(open) < limit {
			open = append(open, s)
		}
	}
	slices.SortFunc(open, func(a, b sale.Sale) int { return cmp.Compare(a.Purchase.Hex(), b.Purchase.Hex()) })
	return open, nil
}
func (r *rows) SalesOf(user market.UserID, each func(sale.Sale) bool) error {
	for _, s := range r.sales {
		if s.Seller == user && !each(s) {
			break
		}
	}
	return nil
}
func (r *rows) EventsOf(purchase market.Hash) (own []deal.Event, err error) {
	for _, e := range r.events {
		if e.Purchase == purchase {
			own = append(own, e)
		}
	}
	return own, nil
}
func (r *rows) PurchaseIDOf(market.Hash) (market.PurchaseID, error) { return "", market.ErrNotFound }

// goods is what a node sells in these tests: one listing, whose seals are real.
type goods struct {
	domain      seal.Domain
	key, secret seal.Key
	order       seal.Order
	terms       seal.Terms
	made        seal.Sale
	purchase    market.Hash
	listing     listing.Listing
	sealed      seal.Key
	opener      seal.Key
	boughtAt    uint64
	window      uint64
}

// newGoods seals a purchase that is paid at a time and delivered within a window,
// in seconds.
func newGoods(delegate market.Address, boughtAt, window uint64) goods {
	g := goods{domain: seal.Domain{ChainID: 1, Market: market.Address{0x11}}, key: seal.Key{5}, secret: seal.Key{6}, boughtAt: boughtAt, window: window}
	g.order = seal.Order{Seller: market.Address{1}, Sealer: market.Address{2}, Listing: seal.ListingHash("lst_1"), KeyCommitment: g.key.Commitment(),
		Price: market.Wei(100), Version: 3, Expiry: boughtAt + 1_000_000}
	g.terms = seal.Terms{Buyer: market.Address{3}, Delegate: delegate, AccessDays: 30, DeliveryWindow: uint32(window), PayBy: boughtAt + 600}
	offer := g.domain.Offer(g.order, g.terms)
	g.opener = seal.Opener(g.secret, offer)
	g.sealed = seal.Seal(g.key, g.opener, offer)
	g.made = seal.Sale{Order: g.order, Terms: g.terms, SealedHash: g.sealed.Commitment(), Lock: g.opener.Commitment()}
	g.purchase = g.domain.Purchase(g.domain.Deal(g.made))
	g.listing = listing.Listing{ID: "lst_1", Owner: "usr_1", Wallet: g.order.Seller, Title: "T", Status: listing.Active, Version: 3, Published: &listing.Published{Order: g.order}}
	return g
}

// bought is the event that the payment makes in a block.
func (g goods) bought(block deal.Mark) deal.Event {
	return deal.Event{Kind: deal.Purchased, Block: block.Number, BlockHash: block.Hash, BlockTime: block.Time, TxHash: market.Hash{0xB0}, Purchase: g.purchase,
		Seller: g.order.Seller, Buyer: g.terms.Buyer, Delegate: g.terms.Delegate, Listing: g.order.Listing, Delivery: g.domain.Delivery(g.made),
		Price: g.order.Price, Version: 3, Deadline: block.Time + g.window, AccessDays: 30}
}

func (g goods) keys() drawer {
	return drawer{listing.KeyName("lst_1", 3): g.key[:]}
}
