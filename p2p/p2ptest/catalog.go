package p2ptest

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"privd/market"
	"privd/market/listing"
	"privd/market/seal"
	"privd/p2p"
)

// Domain is where the sellers of these networks sell.
var Domain = seal.Domain{ChainID: 31337, Market: market.Address{19: 1}}

// Catalog is what one node knows to be on sale. It judges as a node does, but
// does not open manifests.
type Catalog struct {
	mu        sync.Mutex
	offers    map[market.Hash]listing.Announcement
	withdrawn map[market.Hash]listing.Withdrawal
	judged    int
	heardAt   map[market.Hash]time.Time
}

// NewCatalog returns an empty catalog.
func NewCatalog() *Catalog {
	return &Catalog{offers: make(map[market.Hash]listing.Announcement), withdrawn: make(map[market.Hash]listing.Withdrawal),
		heardAt: make(map[market.Hash]time.Time)}
}

// Announce judges an announcement and keeps it if it is new.
func (c *Catalog) Announce(_ context.Context, a listing.Announcement, _ string) error {
	at := time.Now()
	err := listing.CheckOrder(Domain, a.Order, a.Signature, at)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.judged++
	if err != nil {
		return err
	}
	held, ok := c.offers[a.Order.Listing]
	if w, gone := c.withdrawn[a.Order.Listing]; gone && a.Order.Version <= w.Version || ok && !listing.Supersedes(a.Order, held.Order) {
		return market.ErrConflict
	}
	c.offers[a.Order.Listing] = a
	c.heardAt[a.Order.Listing] = at
	return nil
}

// Withdraw judges a withdrawal and forgets the offer it ends.
func (c *Catalog) Withdraw(_ context.Context, w listing.Withdrawal) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.judged++
	signer, err := seal.Recover(Domain.Withdrawn(w.Seller, w.Listing, w.Version), w.Signature)
	if err != nil || signer != w.Seller {
		return market.ErrInvalid
	}
	if held, ok := c.withdrawn[w.Listing]; ok && held.Version >= w.Version {
		return market.ErrConflict
	}
	c.withdrawn[w.Listing] = w
	if held, ok := c.offers[w.Listing]; ok && held.Order.Version <= w.Version {
		delete(c.offers, w.Listing)
	}
	return nil
}

// Offers yields what is held in the order of the listing hashes.
func (c *Catalog) Offers(_ context.Context, after market.Hash) iter.Seq2[p2p.Notice, error] {
	c.mu.Lock()
	var notices []p2p.Notice
	for _, a := range c.offers {
		notices = append(notices, p2p.Notice{Announcement: &a})
	}
	for _, w := range c.withdrawn {
		notices = append(notices, p2p.Notice{Withdrawal: &w})
	}
	c.mu.Unlock()
	key := func(n p2p.Notice) []byte { h := n.Listing(); return h[:] }
	slices.SortFunc(notices, func(a, b p2p.Notice) int { return bytes.Compare(key(a), key(b)) })
	return func(yield func(p2p.Notice, error) bool) {
		for _, n := range notices {
			if bytes.Compare(key(n), after[:]) > 0 && !yield(n, nil) {
				return
			}
		}
	}
}

// Has reports whether a listing is on sale.
func (c *Catalog) Has(l market.Hash) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.offers[l]
	return ok
}

// HeardAt returns when a listing was heard of first; zero when never.
func (c *Catalog) HeardAt(l market.Hash) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heardAt[l]
}

// Len returns how many listings are on sale.
func (c *Catalog) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.offers)
}

// Judged returns how many notices were judged, whatever the verdict.
func (c *Catalog) Judged() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.judged
}
