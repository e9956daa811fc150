// Package catalog is every listing this node knows to be on sale, held in memory
// for browsing. Browse, filter, sort and count never leave the machine.
package catalog

import (
	"context"
	"errors"
	"sync"

	"privd/market"
	"privd/market/ledger"
	"privd/market/listing"
)

// Entry is one listing as a page of the catalog shows it.
type Entry struct {
	ID          market.ListingID
	Seller      market.Address
	SellerID    market.UserID
	SellerName  string
	MemberSince int64 // unix milliseconds
	SellerSales int64
	// SellerRatingSum and SellerRatingCount make the mean rating of the seller.
	SellerRatingSum   int64
	SellerRatingCount int64
	SellerVerified    bool // one sale of the seller is settled
	Title             string
	Description       string
	Category          listing.Category
	DataType          string
	Tags              []string
	Price             market.Amount // wei of PRIV
	Files             int
	TotalSize         int64 // bytes of plaintext
	Sales             int64
	// RatingSum and RatingCount make the mean rating, without rounding; a count of
	// zero is a listing that nobody rated.
	RatingSum   int64
	RatingCount int64
	Samples     []Sample
	CreatedAt   int64 // unix milliseconds
	UpdatedAt   int64
}

// Sample is one file of a listing as a preview names it.
type Sample struct {
	Contribution string
	Kind         string
}

// maxSamples is how many files of a listing a page shows.
const maxSamples = 3

// Tx is the part of a transaction that the catalog needs.
type Tx interface {
	Offer(market.ListingID) (listing.Offer, error)
	Offers(each func(listing.Offer) bool) error
	ListingStats(market.Hash) (ledger.Stats, error)
	SellerStats(market.Address) (ledger.Stats, error)
	Ratings
}

// Catalog answers browsing. Refresh keeps it in step with the records.
type Catalog struct {
	store market.Store[Tx]

	mu      sync.RWMutex
	entries map[market.ListingID]*Entry
}

// New returns an empty catalog over the records; Load fills it.
func New(store market.Store[Tx]) *Catalog {
	return &Catalog{store: store, entries: map[market.ListingID]*Entry{}}
}

// Load reads every offer.
func (c *Catalog) Load(ctx context.Context) error {
	return c.store.View(ctx, func(tx Tx) error {
		var failed error
		err := tx.Offers(func(o listing.Offer) bool {
			entry, err := describe(tx, o)
			if err != nil {
				failed = err
				return false
			}
			c.put(entry)
			return ctx.Err() == nil
		})
		return errors.Join(err, failed, ctx.Err())
	})
}

// Refresh brings one listing up to date with the records.
func (c *Catalog) Refresh(ctx context.Context, id market.ListingID) error {
	var entry *Entry
	err := c.store.View(ctx, func(tx Tx) error {
		o, err := tx.Offer(id)
		if err != nil {
			return err
		}
		entry, err = describe(tx, o)
		return err
	})
	if errors.Is(err, market.ErrNotFound) {
		c.mu.Lock()
		delete(c.entries, id)
		c.mu.Unlock()
		return nil
	}
	if err != nil {
		return err
	}
	c.put(entry)
	return nil
}

func (c *Catalog) put(e *Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries[e.ID] = e
}

// Len returns how many listings are on sale.
func (c *Catalog) Len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.entries)
}

// Get returns one listing on sale; false when there is none.
func (c *Catalog) Get(id market.ListingID) (Entry, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok := c.entries[id]
	if !ok {
		return Entry{}, false
	}
	return *e, true
}

// Offer returns the offer behind a listing on sale; NotFound when there is none.
func (c *Catalog) Offer(ctx context.Context, id market.ListingID) (o listing.Offer, err error) {
	err = c.store.View(ctx, func(tx Tx) error { o, err = tx.Offer(id); return err })
	return o, err
}

func describe(tx Tx, o listing.Offer) (*Entry, error) {
	m, err := o.Decode()
	if err != nil {
		return nil, err
	}
	stands, err := standing(tx, o.ID, o.Order.Seller)
	if err != nil {
		return nil, err
	}
	e := &Entry{
		ID: o.ID, Seller: o.Order.Seller, SellerID: market.UserID(m.SellerID), SellerName: m.DisplayName,
		MemberSince: m.MemberSince, Title: m.Title, Description: m.Description,
		Category: listing.Category(m.Category), DataType: m.DataType, Tags: m.Tags, Price: o.Order.Price,
		Files: len(m.Entries), CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt,
	}
	e.Stand(stands)
	for i, f := range m.Entries {
		e.TotalSize += f.Size
		// Of a dataset nothing but the names of its columns is shown.
		if i < maxSamples && f.Kind != listing.KindDataset {
			e.Samples = append(e.Samples, Sample{Contribution: f.Contribution, Kind: f.Kind})
		}
	}
	return e, nil
}
