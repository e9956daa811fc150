// Package sale is the seller's side of a sealed delivery: it seals keys for
// buyers, hands over openers once a payment is deep enough, settles the receipts, and
// publishes the openers of buyers who are silent. Where a sale stands is decided in one
// table, by what is saved, what the chain says and what time it is there. What it owes
// and is owed survives any crash: openers are derived, and every promise is saved before
// it leaves.
package sale

import (
	"context"
	"sync"
	"time"

	"privd/market"
	"privd/market/content"
	"privd/market/deal"
	"privd/market/earning"
	"privd/market/ledger"
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
	Title    string // of the listing, as it was
	Seller   market.UserID
	Buyer    market.Address
	Price    market.Amount

	State State
	Steps []Step // the timeline, oldest first
	Alarm string // what an operator has to look into; mostly empty

	Seal Checked // whose seal it commits to
	// HandedOut is when the opener left, or was about to, by the chain's time.
	HandedOut time.Time
	// Public is whether the opener was seen on chain, also on one that is no more.
	Public bool
	// Receipt is what the buyer signed, once it came.
	Receipt *Receipt
	// The keys of the transactions that end it. They are saved before they are used.
	SettleAs, RevealAs, FinalizeAs string
	// Tries counts those that failed, RetryAt is when the next may be made.
	Tries   int
	RetryAt time.Time

	// Paid is the transaction that paid, Payment the call it made once it is Kept; empty
	// where it cannot be made again.
	Paid    market.Hash
	Kept    bool
	Payment []byte

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
	// SalesOf calls each with a user's sales, newest first, until it returns false.
	SalesOf(user market.UserID, each func(Sale) bool) error
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
	// Settle, Reveal, Finalize and RepeatPurchase store a transaction under a key and
	// return; it is sent once, however often they are called. A reveal does not leave for
	// the first time after the chain time by, and is given up at the chain time until;
	// unix seconds, 0 is never.
	Settle(ctx context.Context, key string, receipts []seal.SignedReceipt) error
	Reveal(ctx context.Context, key string, d seal.Deal, x seal.Delivery, opener seal.Key, by, until uint64) error
	Finalize(ctx context.Context, key string, d seal.Deal) error
	RepeatPurchase(ctx context.Context, key string, calldata []byte) error
	// PurchaseCalldata returns the call that a transaction made to buy; nil when it
	// cannot be made by another account.
	PurchaseCalldata(ctx context.Context, tx market.Hash) ([]byte, error)
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
	// Minimum returns the least price, in wei of PRIV, that is worth sealing for: below,
	// a buyer who sends no receipt would cost more in gas than the price. nil is none.
	Minimum func(context.Context) (market.Amount, error)
	// Alarmed is told what an operator has to look into, once; nil tells nobody.
	Alarmed func(purchase market.Hash, what string)
	// LetGo takes a claimed earning out of its claim, if that is not paid, and returns
	// it as it is then; nil leaves it there.
	LetGo func(Tx, earning.Earning) (earning.Earning, error)

	promised promises
	settling sync.Mutex // one batch is picked and sent before it is looked for
}

// Rules are the times and limits a node sells by.
type Rules struct {
	Confirmations uint64        // depth at which an opener may leave
	SettleAfter   time.Duration // how long a receipt may wait for company
	Batch         int           // receipts that settle at once
	Poll          time.Duration // how often an open sale looks at the chain
	// Patience is how long a buyer who has the opener may keep the receipt before the
	// opener is published: a closed lid is not a fraud.
	Patience time.Duration
	// AbsentBuyers has openers published at the last call that nobody asked for: the
	// buyer paid, and can open what it bought at any later time.
	AbsentBuyers bool
}

// DefaultRules returns the rules of a production node.
func DefaultRules() Rules {
	return Rules{
		Confirmations: 12, SettleAfter: 6 * time.Hour, Batch: 20, Poll: 4 * time.Second,
		Patience: time.Hour, AbsentBuyers: true,
	}
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
	s, err := tx.Sale(e.Purchase)
	if err != nil {
		return ignoreNotFound(err)
	}
	if e.Kind == deal.Revealed && !s.Public {
		s.Public = true // whatever becomes of the block
		if err := tx.PutSale(s); err != nil {
			return err
		}
	}
	return d.wake(tx, e.Purchase)
}

// wake has a sale looked at now.
func (d *Desk) wake(tx Tx, purchase market.Hash) error {
	return ledger.Wake(tx, task.Deliver, purchase.Hex(), d.Clock().UTC())
}

// Unbooked takes up again a sale that was over when a reorganisation took back what
// ended it, deeper than the node thought possible: part of the transaction that takes
// the event back.
func (d *Desk) Unbooked(tx Tx, e deal.Event) error {
	switch e.Kind {
	case deal.Purchased, deal.Revealed, deal.Settled, deal.Refunded:
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
	return d.wake(tx, e.Purchase)
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
		return reopen(tx, held, e)
	case market.CodeOf(err) != market.NotFound:
		return err
	}
	now := d.Clock().UTC().Truncate(time.Millisecond)
	s := Sale{Purchase: e.Purchase, Listing: l.ID, Version: e.Version, Title: l.Title, Seller: l.Owner, Buyer: e.Buyer, Price: e.Price,
		Paid: e.TxHash, CreatedAt: now, Reference: market.PrefixPurchase + e.Purchase.Hex()}
	s.to(Waiting, "paid", e.TxHash, now)
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

// reopen takes up a sale whose purchase is on the chain again, in another block or
// another transaction, and books it again where it was given up.
func reopen(tx Tx, s Sale, e deal.Event) error {
	if s.Paid != e.TxHash {
		s.Paid, s.Kept, s.Payment = e.TxHash, false, nil
	}
	if !s.Closed {
		return tx.PutSale(s)
	}
	booked, err := tx.EarningByReference(earning.DataSales, s.Reference)
	if err != nil {
		return err
	}
	if booked.Status == earning.Cancelled {
		booked.Status = earning.Pending
		if err := tx.PutEarning(booked); err != nil {
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
