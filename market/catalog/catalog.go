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
	// Plain says that every text is printable ASCII without quotes, backslashes and
	// markup. It spares those who write the entry a look at each letter; false says
	// nothing.
	Plain bool
	// Of a data listing.
	Dataset market.DatasetID
	Records int64
	Columns []string // their names
	// PayURL is where the dataset is sold over x402, and PriceUSDC for how much, in the
	// smallest unit of mUSDC; empty where it is not.
	PayURL    string
	PriceUSDC market.Amount
}

// Sample is one file of a listing as a preview names it.
type Sample struct {
	Contribution string
	Kind         string
}

// Tx is the part of a transaction that the catalog needs.
type Tx interface {
	// Offer returns NotFound when nothing is on sale under the id.
	Offer(market.ListingID) (listing.Offer, error)
	// OfferByHash finds an offer by how orders name its listing.
	OfferByHash(market.Hash) (listing.Offer, error)
	// Offers calls each with every offer until it returns false.
	Offers(each func(listing.Offer) bool) error
	// Card returns the card of an offer; NotFound when there is none.
	Card(market.ListingID) (Card, error)
	// Cards calls each with the card of every offer, in order of their ids, until it
	// returns false.
	Cards(each func(Card) bool) error
	PutCard(market.ListingID, Card) error
	ListingStats(market.Hash) (ledger.Stats, error)
	// EachListingStats calls each with every listing that was sold.
	EachListingStats(each func(market.Hash, ledger.Stats)) error
	SellerStats(market.Address) (ledger.Stats, error)
	Ratings
}

// Catalog answers browsing. Refresh and Stood keep it in step with the records. It
// is safe for concurrent use; a change holds browsing up for microseconds.
type Catalog struct {
	store market.Store[Tx]

	// refreshing is held from reading the records to changing what follows, so that
	// of two changes the later one stands. It is taken before mu.
	refreshing sync.Mutex
	mu         sync.RWMutex
	held       *held
}

// New returns an empty catalog over the records; Load fills it.
func New(store market.Store[Tx]) *Catalog {
	return &Catalog{store: store, held: newHeld()}
}

// Refresh brings one listing, and how its seller stands, up to date with the
// records.
func (c *Catalog) Refresh(ctx context.Context, id market.ListingID) error {
	c.refreshing.Lock()
	defer c.refreshing.Unlock()
	var card Card
	var e Entry
	err := c.store.View(ctx, func(tx Tx) (err error) {
		if card, err = tx.Card(id); err != nil {
			return err
		}
		if err := e.read(string(card)); err != nil {
			return err
		}
		s, err := standing(tx, id, e.Seller)
		e.Stand(s)
		return err
	})
	if errors.Is(err, market.ErrNotFound) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.held.remove(id)
		return nil
	}
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held.put(&e, string(card))
	return nil
}

// Len returns how many listings are on sale.
func (c *Catalog) Len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.held.index.Len()
}

// Get returns one listing on sale; NotFound when there is none.
func (c *Catalog) Get(ctx context.Context, id market.ListingID) (Entry, error) {
	missing := market.Fail(market.NotFound, "Listing not found")
	c.mu.RLock()
	slot, ok := c.held.slots[id]
	if !ok {
		c.mu.RUnlock()
		return Entry{}, missing
	}
	hit := c.held.hit(slot)
	c.mu.RUnlock()
	page, err := c.readLong(ctx, []Hit{hit})
	switch {
	case err != nil:
		return Entry{}, err
	case len(page) == 0:
		return Entry{}, missing
	}
	return page[0].Entry()
}

// Offer returns the offer behind a listing on sale; NotFound when there is none.
func (c *Catalog) Offer(ctx context.Context, id market.ListingID) (o listing.Offer, err error) {
	err = c.store.View(ctx, func(tx Tx) error { o, err = tx.Offer(id); return err })
	return o, err
}
