// Package ledger is what this node has read of the chain: the events of the
// contracts, kept so that a reorganisation can take them back, and the counts and
// wake-ups that follow from them. Everything else about a purchase on chain is a
// fold over its events, so that nothing has to be undone by hand.
package ledger

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"privd/market"
	"privd/market/deal"
	"privd/market/task"
)

// Stats counts what was sold, by listing or by seller.
type Stats struct {
	Sold     int64
	Refunded int64
	Settled  int64 // paid out to the seller
}

// Sales returns purchases less refunds.
func (s Stats) Sales() int64 { return s.Sold - s.Refunded }

// Tx is the part of a transaction that the ledger needs.
type Tx interface {
	task.Tx
	// Marks lists the marks kept, oldest first.
	Marks() ([]deal.Mark, error)
	PutMark(deal.Mark) error
	DeleteMark(number uint64) error

	PutEvent(deal.Event) error
	DeleteEvent(deal.Event) error
	// EventsOf lists the events of one purchase, in order.
	EventsOf(purchase market.Hash) ([]deal.Event, error)
	// EventsAbove lists all events in blocks above number, in order.
	EventsAbove(number uint64) ([]deal.Event, error)
	// EventsBetween lists the events in blocks above..to, without the first, in order.
	EventsBetween(above, to uint64) ([]deal.Event, error)
	// Agreed returns the mark kept by PutAgreed, the zero mark when there is none.
	Agreed() (deal.Mark, error)
	PutAgreed(deal.Mark) error

	ListingStats(listing market.Hash) (Stats, error)
	PutListingStats(listing market.Hash, s Stats) error
	SellerStats(seller market.Address) (Stats, error)
	PutSellerStats(seller market.Address, s Stats) error
}

// Book keeps the ledger; it is the chain follower's store. Its fields are required.
type Book struct {
	Store market.Store[Tx]
	Clock market.Clock
	// Booked is called inside the transaction that stores or takes back an event,
	// so that its effects stand or fall with it.
	Booked func(tx Tx, e deal.Event, undone bool) error
	// Changed is told after the fact which purchases moved.
	Changed func([]deal.Event)
}

// keepMarks is how many of the newest marks stay; older ones are thinned out, the
// first stays for ever.
const keepMarks = 128

// Marks implements deal.Store.
func (b *Book) Marks(ctx context.Context) (marks []deal.Mark, err error) {
	err = b.Store.View(ctx, func(tx Tx) error { marks, err = tx.Marks(); return err })
	return marks, err
}

// Events implements deal.Store.
func (b *Book) Events(ctx context.Context, above, to uint64) (events []deal.Event, err error) {
	err = b.Store.View(ctx, func(tx Tx) error { events, err = tx.EventsBetween(above, to); return err })
	return events, err
}

// Agreed implements deal.Store.
func (b *Book) Agreed(ctx context.Context) (mark deal.Mark, err error) {
	err = b.Store.View(ctx, func(tx Tx) error { mark, err = tx.Agreed(); return err })
	return mark, err
}

// Agree implements deal.Store.
func (b *Book) Agree(ctx context.Context, to deal.Mark) error {
	return b.Store.Update(ctx, func(tx Tx) error { return tx.PutAgreed(to) })
}

// Apply implements deal.Store.
func (b *Book) Apply(ctx context.Context, to deal.Mark, events []deal.Event) error {
	err := b.Store.Update(ctx, func(tx Tx) error {
		for _, e := range events {
			if err := b.book(tx, e, false); err != nil {
				return err
			}
		}
		if err := tx.PutMark(to); err != nil {
			return err
		}
		return thin(tx)
	})
	if err == nil && len(events) > 0 {
		b.Changed(events)
	}
	return err
}

// Rewind implements deal.Store. What is too much for one transaction is undone in
// several, the newest events first.
func (b *Book) Rewind(ctx context.Context, to deal.Mark) error {
	var undone []deal.Event
	most := math.MaxInt
	for left := true; left; {
		var part []deal.Event
		err := b.Store.Update(ctx, func(tx Tx) (err error) {
			part, left, err = b.undo(tx, to, most)
			return err
		})
		if market.CodeOf(err) == market.TooLarge && len(part) > 1 {
			most = len(part) / 2
			left = true
			continue
		}
		if err != nil {
			return err
		}
		undone = append(undone, part...)
	}
	if len(undone) > 0 {
		b.Changed(undone)
	}
	return nil
}

// undo takes back up to most of the newest events above a mark. While some are left,
// the newest mark is one that no block can have, so that nothing is read on top of
// them, whatever happens meanwhile.
func (b *Book) undo(tx Tx, to deal.Mark, most int) (part []deal.Event, left bool, err error) {
	if part, err = tx.EventsAbove(to.Number); err != nil {
		return nil, false, err
	}
	if left = len(part) > most; left {
		part = part[len(part)-most:]
	}
	for _, e := range slices.Backward(part) {
		if err := b.book(tx, e, true); err != nil {
			return part, left, err
		}
	}
	marks, err := tx.Marks()
	for _, m := range marks {
		if m.Number > to.Number {
			err = errors.Join(err, tx.DeleteMark(m.Number))
		}
	}
	if left {
		err = errors.Join(err, tx.PutMark(deal.Mark{Number: to.Number + 1, Time: to.Time}))
	}
	return part, left, err
}

func (b *Book) book(tx Tx, e deal.Event, undo bool) error {
	change := tx.PutEvent
	if undo {
		change = tx.DeleteEvent
	}
	if err := change(e); err != nil {
		return err
	}
	if err := count(tx, e, undo); err != nil {
		return err
	}
	return b.Booked(tx, e, undo)
}

// Add returns the sum of both.
func (s Stats) Add(t Stats) Stats {
	return Stats{Sold: s.Sold + t.Sold, Refunded: s.Refunded + t.Refunded, Settled: s.Settled + t.Settled}
}

// counts is what one event adds to the statistics.
var counts = map[deal.Kind]Stats{
	deal.Purchased: {Sold: 1}, deal.Refunded: {Refunded: 1}, deal.Settled: {Settled: 1},
}

// count keeps the number of sales of the listing and of its seller.
func count(tx Tx, e deal.Event, undo bool) error {
	change, counted := counts[e.Kind]
	if !counted {
		return nil
	}
	if undo {
		change = Stats{Sold: -change.Sold, Refunded: -change.Refunded, Settled: -change.Settled}
	}
	listing, seller := e.Listing, e.Seller
	if e.Kind != deal.Purchased {
		events, err := tx.EventsOf(e.Purchase)
		if err != nil {
			return err
		}
		state := deal.Fold(events)
		listing, seller = state.Listing, state.Seller
	}
	l, err := tx.ListingStats(listing)
	if err != nil {
		return err
	}
	s, err := tx.SellerStats(seller)
	if err != nil {
		return err
	}
	return errors.Join(tx.PutListingStats(listing, l.Add(change)), tx.PutSellerStats(seller, s.Add(change)))
}

// thin drops marks so that about keepMarks of the newest, one in every keepMarks
// of the older ones, and the first remain.
func thin(tx Tx) error {
	marks, err := tx.Marks()
	if err != nil || len(marks) <= keepMarks {
		return err
	}
	for i, m := range marks[:len(marks)-keepMarks] {
		if i > 0 && m.Number%keepMarks != 0 {
			err = errors.Join(err, tx.DeleteMark(m.Number))
		}
	}
	return err
}

// StateOf returns how a purchase stands on chain, in one transaction.
func StateOf(tx interface {
	EventsOf(market.Hash) ([]deal.Event, error)
}, purchase market.Hash) (deal.State, error) {
	events, err := tx.EventsOf(purchase)
	return deal.Fold(events), err
}

// Wake makes a task due now.
func Wake(tx task.Tx, kind task.Kind, key string, now time.Time) error {
	return tx.PutTask(task.Task{Kind: kind, Key: key, Due: now})
}
