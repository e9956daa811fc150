package sale

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"privd/market"
	"privd/market/deal"
	"privd/market/earning"
	"privd/market/outbox"
	"privd/market/task"
)

// View is a sale as its seller sees it.
type View struct {
	Sale
	Why     string    // why it stands where it does; empty at an end
	NextAt  time.Time // when it is looked at again by itself; zero at an end
	Share   market.Amount
	TxHash  market.Hash // the newest transaction about it, zero when none is known
	Windows Windows
}

// Windows are the chain times of a sale that the node has to be there for; zero
// where they do not matter any more.
type Windows struct {
	LastCall, PushBy, Deadline time.Time
}

// List returns a page of a user's sales, newest first, and how many there are.
func (d *Desk) List(ctx context.Context, user market.UserID, limit, offset int) (page []View, total int, err error) {
	err = d.Store.View(ctx, func(tx Tx) error {
		page, total = nil, 0
		var failed error
		err := tx.SalesOf(user, func(s Sale) bool {
			if total >= offset && len(page) < limit {
				var v View
				v, failed = d.view(tx, s)
				page = append(page, v)
			}
			total++
			return failed == nil
		})
		return errors.Join(err, failed)
	})
	for i := range page {
		if err == nil {
			err = d.withTransaction(ctx, &page[i])
		}
	}
	return page, total, err
}

// Get returns one sale of a user, by its id on chain or the reference its earning is
// booked under; NotFound for any other.
func (d *Desk) Get(ctx context.Context, user market.UserID, id string) (v View, err error) {
	unknown := market.Fail(market.NotFound, "Sale not found")
	err = d.Store.View(ctx, func(tx Tx) error {
		purchase, err := find(tx, id)
		if err != nil {
			return err
		}
		s, err := tx.Sale(purchase)
		if err != nil {
			return err
		}
		if s.Seller != user {
			return unknown
		}
		v, err = d.view(tx, s)
		return err
	})
	if errors.Is(err, market.ErrNotFound) {
		return v, unknown
	}
	if err == nil {
		err = d.withTransaction(ctx, &v)
	}
	return v, err
}

// find returns the purchase on chain that an id names.
func find(tx Tx, id string) (market.Hash, error) {
	raw, err := hex.DecodeString(strings.TrimPrefix(strings.TrimPrefix(id, market.PrefixPurchase), "0x"))
	if err == nil && len(raw) == len(market.Hash{}) {
		return market.Hash(raw), nil
	}
	e, err := tx.EarningByReference(earning.DataSales, id)
	if err == nil && e.Sale.IsZero() {
		err = market.ErrNotFound
	}
	return e.Sale, err
}

// view judges a sale as the task will; while the chain cannot be read it stands where
// it was left.
func (d *Desk) view(tx Tx, held Sale) (v View, err error) {
	v.Sale = held
	v.Share, _ = held.Price.Split()
	s := situation{now: d.Clock(), rules: d.Rules}
	if err := s.read(tx, held.Purchase); err != nil {
		return v, err
	}
	if s.chain.Status != deal.StatusNone {
		events, err := tx.EventsOf(held.Purchase)
		if err != nil {
			return v, err
		}
		for _, e := range events {
			v.TxHash = e.TxHash
		}
	}
	if held.Closed {
		return v, nil
	}
	if s.chain.Status == deal.StatusPurchased {
		w := windowsOf(s.chain)
		v.Windows = Windows{LastCall: at(w.lastCall), PushBy: at(w.pushBy), Deadline: at(w.deadline)}
	}
	if s.chain.Status == deal.StatusRevealed {
		v.Windows.Deadline = at(s.chain.Deadline)
	}
	next, err := tx.Task(task.Deliver, held.Purchase.Hex())
	if err != nil && !errors.Is(err, market.ErrNotFound) {
		return v, err
	}
	v.NextAt = next.Due
	if s.head, err = d.Chain.Head(); err != nil {
		v.Why = "the chain cannot be read: what is due waits until it can"
		return v, nil
	}
	s.left, s.erased = held.State == Revealing, held.State == Forgone
	if r := judge(s); r.state == held.State {
		v.Why = r.why(s)
		return v, nil
	}
	if len(held.Steps) > 0 {
		v.Why = held.Steps[len(held.Steps)-1].What
	}
	return v, nil
}

func at(unix uint64) time.Time { return time.Unix(int64(unix), 0).UTC() }

// withTransaction names the transaction that is under way, if one is.
func (d *Desk) withTransaction(ctx context.Context, v *View) error {
	key := map[State]string{Settling: v.SettleAs, Revealing: v.RevealAs, Finalizing: v.FinalizeAs}[v.State]
	if key == "" {
		return nil
	}
	out, err := d.Chain.Outcome(ctx, key)
	if err != nil {
		return ignoreNotFound(err)
	}
	if hash := sent(out); !hash.IsZero() {
		v.TxHash = hash
	}
	return nil
}

// sent returns the hash a transaction is mined or was last broadcast under; zero
// where it was not.
func sent(out outbox.Transaction) market.Hash {
	if try, ok := out.LastTry(); ok && out.Block == 0 {
		return market.Hash(try.Hash)
	}
	return market.Hash(out.TxHash)
}

// Due is what open sales ask of the node's operator.
type Due struct {
	Open   int
	Alarms int // open sales that an operator has to look into
	// Before is when this node has to have been up, at the latest, for an open sale to
	// be paid; zero when none depends on it.
	Before time.Time
}

// Due returns what open sales ask of the operator.
func (d *Desk) Due(ctx context.Context) (due Due, err error) {
	err = d.Store.View(ctx, func(tx Tx) error {
		due = Due{}
		open, err := tx.OpenSales(maxOpen)
		if err != nil {
			return err
		}
		for _, s := range open {
			due.Open++
			if s.Alarm != "" {
				due.Alarms++
			}
			events, err := tx.EventsOf(s.Purchase)
			if err != nil {
				return err
			}
			state := deal.Fold(events)
			if state.Status != deal.StatusPurchased || s.State == Forgone || s.State == Foreign {
				continue // what is revealed waits for the node as long as it has to
			}
			if by := at(windowsOf(state).lastCall); due.Before.IsZero() || by.Before(due.Before) {
				due.Before = by
			}
		}
		return nil
	})
	return due, err
}
