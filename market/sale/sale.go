// Package sale is the seller's side of a sealed delivery: it seals keys for
// buyers, hands over openers once a payment is deep enough, and settles the
// receipts. What it owes and is owed survives any crash: openers are derived, and
// every promise is saved before it leaves.
package sale

import (
	"context"
	"time"

	"privd/market"
	"privd/market/content"
	"privd/market/deal"
	"privd/market/earning"
	"privd/market/listing"
	"privd/market/outbox"
	"privd/market/seal"
	"privd/market/task"
)

// Sale is one purchase of a listing of this node.
type Sale struct {
	Purchase market.Hash // id on chain
	Listing  market.ListingID
	Version  uint64
	Seller   market.UserID
	Price    market.Amount
	// HandedOut is when the opener left, or was about to.
	HandedOut time.Time
	// Receipt is what the buyer signed, once it came.
	Receipt  *Receipt
	SettleAs string // key of the transaction that settles it
	// Reference is the earning it is booked under.
	Reference string
	Closed    bool // settled or refunded, deep enough
	CreatedAt time.Time
	LostAt    time.Time // when a reorganisation last took back a step of it
}

// Receipt is a buyer's signed receipt.
type Receipt struct {
	OpenedAt  uint64 // unix seconds
	Signature seal.Sig
}

// Tx is the part of a transaction that sales need.
type Tx interface {
	task.Tx
	earning.Tx
	ListingByHash(market.Hash) (listing.Listing, error)
	// Sale returns NotFound when the purchase is not of a listing of this node.
	Sale(purchase market.Hash) (Sale, error)
	PutSale(Sale) error
	// OpenSales lists up to limit sales that are not closed, oldest first.
	OpenSales(limit int) ([]Sale, error)
	EventsOf(purchase market.Hash) ([]deal.Event, error)
	// PurchaseIDOf returns the API id of a purchase a user of this node made; NotFound
	// when the buyer is elsewhere.
	PurchaseIDOf(onChain market.Hash) (market.PurchaseID, error)
}

// Chain is what a sale needs of the chain.
type Chain interface {
	// Head returns the newest block read; Unavailable when it is too old to act on.
	Head() (deal.Mark, error)
	// AccessUntil returns until when (unix seconds) a buyer has access to a listing,
	// as the contract has it.
	AccessUntil(ctx context.Context, seller market.Address, listing market.Hash, buyer market.Address) (uint64, error)
	// Settle stores a transaction under a key and returns.
	Settle(ctx context.Context, key string, receipts []seal.SignedReceipt) error
	// Outcome returns how a stored transaction stands; NotFound for an unknown key.
	Outcome(ctx context.Context, key string) (outbox.Transaction, error)
}

// Desk sells. Its fields are required.
type Desk struct {
	Store   market.Store[Tx]
	Keyring content.Keyring
	Signer  seal.Signer
	Chain   Chain
	Domain  seal.Domain
	// Sealer is this node's key; Secret derives the openers.
	Sealer market.Address
	Secret seal.Key
	Clock  market.Clock
	Rules  Rules
	// LetGo takes a claimed earning out of its claim, if that is not paid, and returns
	// it as it is then; nil leaves it there.
	LetGo func(Tx, earning.Earning) (earning.Earning, error)

	sealed promises
}

// Rules are the times and limits a node sells by.
type Rules struct {
	Confirmations uint64        // depth at which an opener may leave
	SettleAfter   time.Duration // how long a receipt may wait for company
	Batch         int           // receipts that settle at once
	Poll          time.Duration // how often an open sale looks at the chain
}

// DefaultRules returns the rules of a production node.
func DefaultRules() Rules {
	return Rules{Confirmations: 12, SettleAfter: 6 * time.Hour, Batch: 20, Poll: 4 * time.Second}
}

// maxPayBy is how far ahead a payment's end may lie: it bounds how long an old
// price stays buyable.
const maxPayBy = time.Hour

// Booked keeps the sales in step with the chain: part of the transaction that
// stores an event or takes it back.
func (d *Desk) Booked(tx Tx, e deal.Event) error {
	if e.Kind == deal.Purchased {
		if err := d.open(tx, e); err != nil {
			return err
		}
	}
	if _, err := tx.Sale(e.Purchase); err != nil {
		return ignoreNotFound(err)
	}
	return tx.PutTask(task.Task{Kind: task.Deliver, Key: e.Purchase.Hex(), Due: d.Clock().UTC()})
}

// Unbooked takes up again a sale that was over when a reorganisation took back what
// ended it, deeper than the node thought possible: part of the transaction that takes
// the event back.
func (d *Desk) Unbooked(tx Tx, e deal.Event) error {
	switch e.Kind {
	case deal.Purchased, deal.Settled, deal.Refunded:
	default:
		return nil
	}
	s, err := tx.Sale(e.Purchase)
	if err != nil {
		return ignoreNotFound(err)
	}
	s.Closed, s.LostAt = false, d.Clock().UTC().Truncate(time.Millisecond)
	if err := tx.PutSale(s); err != nil {
		return err
	}
	return tx.PutTask(task.Task{Kind: task.Deliver, Key: e.Purchase.Hex(), Due: d.Clock().UTC()})
}

// open starts a sale of a listing of this node, with the earning it will give.
func (d *Desk) open(tx Tx, e deal.Event) error {
	l, err := tx.ListingByHash(e.Listing)
	if err != nil {
		return ignoreNotFound(err)
	}
	if l.Wallet != e.Seller {
		return nil
	}
	switch held, err := tx.Sale(e.Purchase); {
	case err == nil:
		return reopen(tx, held)
	case market.CodeOf(err) != market.NotFound:
		return err
	}
	now := d.Clock().UTC().Truncate(time.Millisecond)
	s := Sale{Purchase: e.Purchase, Listing: l.ID, Version: e.Version, Seller: l.Owner, Price: e.Price, CreatedAt: now,
		Reference: market.PrefixPurchase + e.Purchase.Hex()}
	if id, err := tx.PurchaseIDOf(e.Purchase); err == nil {
		switch taken, err := tx.EarningByReference(earning.DataSales, string(id)); {
		case market.CodeOf(err) == market.NotFound, err == nil && taken.Sale == e.Purchase:
			s.Reference = string(id)
		case err != nil:
			return err
		}
		// Else it is that of an earlier payment for the purchase, which the chain took back
		// and may bring back: each has its own earning.
	} else if market.CodeOf(err) != market.NotFound {
		return err
	}
	share, _ := e.Price.Split()
	if _, err := earning.Book(tx, earning.Earning{
		User: l.Owner, Source: earning.DataSales, Amount: share, Status: earning.Pending,
		Description: "Sale of " + l.Title, Reference: s.Reference, Sale: e.Purchase, CreatedAt: now,
	}); err != nil {
		return err
	}
	return tx.PutSale(s)
}

// reopen takes up a sale that was given up while its purchase was missing from the
// chain.
func reopen(tx Tx, s Sale) error {
	if !s.Closed {
		return nil
	}
	e, err := tx.EarningByReference(earning.DataSales, s.Reference)
	if err != nil {
		return err
	}
	if e.Status == earning.Cancelled {
		e.Status = earning.Pending
		if err := tx.PutEarning(e); err != nil {
			return err
		}
	}
	s.Closed = false
	return tx.PutSale(s)
}

func ignoreNotFound(err error) error {
	if market.CodeOf(err) == market.NotFound {
		return nil
	}
	return err
}
