package purchase

import (
	"context"
	"fmt"
	"slices"
	"time"

	"privd/market"
	"privd/market/deal"
)

// Story is how a purchase came to stand as it does: what this node did, and what the
// chain says of it.
type Story struct {
	Purchase
	Chain deal.State
	// Deadline is until when the seller has to deliver or, once the opener is public,
	// until when a wrong key can be disputed; zero when nothing is open on chain.
	Deadline time.Time
	// ReachableBefore is when this node has to have run once, or a seller that cheats
	// may be paid; zero when nothing depends on it.
	ReachableBefore time.Time
	Lines           []Line
}

// Line is one thing that happened.
type Line struct {
	At     time.Time
	What   string
	TxHash market.Hash   // zero when none did it, or it is not known
	Amount market.Amount // what moved, in wei of PRIV
}

// MoneyMoved reports whether the price left the buyer's wallet and is not back, or may
// leave it at any moment.
func (s Story) MoneyMoved() bool {
	switch s.Chain.Status {
	case deal.StatusNone:
		return s.State.Paid()
	case deal.StatusRefunded:
		return false
	}
	return true
}

// Story tells of a user's own purchase; NotFound for anybody else's.
func (e *Engine) Story(ctx context.Context, user market.UserID, id market.PurchaseID) (s Story, err error) {
	if s.Purchase, err = e.own(ctx, user, id); err != nil {
		return s, err
	}
	var events []deal.Event
	err = e.Store.View(ctx, func(tx Tx) error {
		if s.Purchase, err = tx.Purchase(id); err == nil {
			events, err = tx.EventsOf(s.Purchase.OnChain)
		}
		return err
	})
	if err != nil {
		return s, err
	}
	s.Chain = deal.Fold(events)
	if s.Chain.Status == deal.StatusPurchased || s.Chain.Status == deal.StatusRevealed {
		s.Deadline = unix(s.Chain.Deadline)
	}
	s.ReachableBefore = s.Purchase.reachableBefore(s.Chain, e.chainTime())
	s.Lines = lines(s.Steps, events)
	return s, nil
}

// chainTime is the time of the newest block, or the node's own where it knows none.
func (e *Engine) chainTime() time.Time {
	if head, err := e.Chain.Head(); err == nil {
		return unix(head.Time)
	}
	return e.Clock().UTC()
}

func unix(seconds uint64) time.Time { return time.Unix(int64(seconds), 0).UTC() }

// reachableBefore returns when a dispute may be too late. A seller can reveal at any
// moment while the sale is open: from then on there is the dispute window.
func (p Purchase) reachableBefore(chain deal.State, now time.Time) time.Time {
	unknown := p.State == Unconfirmed || p.State == Opening || (p.State == Garbage && p.Fault.Kind == FaultKey)
	switch {
	case !unknown:
	case chain.Status == deal.StatusRevealed && now.Before(unix(chain.Deadline)):
		return unix(chain.Deadline)
	case chain.Status == deal.StatusPurchased:
		return now.Add(DisputeWindow)
	}
	return time.Time{}
}

// DisputeWindow is how long after a reveal the contract listens to a dispute.
const DisputeWindow = 3 * 24 * time.Hour

// lines merges what the node did with what the chain says happened, in order of time.
func lines(steps []Step, events []deal.Event) []Line {
	all := make([]Line, 0, len(steps)+len(events))
	for _, s := range steps {
		all = append(all, Line{At: s.At, What: s.What, TxHash: s.TxHash})
	}
	for _, e := range events {
		if what, amount := told(e); what != "" {
			all = append(all, Line{At: unix(e.BlockTime), What: what, TxHash: e.TxHash, Amount: amount})
		}
	}
	slices.SortStableFunc(all, func(a, b Line) int { return a.At.Compare(b.At) })
	return all
}

// told says in words what an event of a purchase is, and what it moved.
func told(e deal.Event) (string, market.Amount) {
	switch e.Kind {
	case deal.Purchased:
		return fmt.Sprintf("on chain: the price went from the wallet into escrow; the seller has until %s", unix(e.Deadline).Format(time.RFC3339)), e.Price
	case deal.Revealed:
		return fmt.Sprintf("on chain: the seller published its opener; a wrong key can be disputed until %s", unix(e.Deadline).Format(time.RFC3339)), market.Amount{}
	case deal.Settled:
		return "on chain: the seller was paid out of the escrow", e.Amount
	case deal.Refunded:
		if e.Disputed {
			return "on chain: a wrong key was proven; the price went back to the wallet", e.Amount
		}
		return "on chain: the price went back to the wallet", e.Amount
	}
	return "", market.Amount{}
}

// Watch is what an operator has to know of the purchases that are under way.
type Watch struct {
	// Waiting is how many wait for their key, or for their price to come back.
	Waiting int
	// ReachableBefore is the earliest time at which this node has to have run once, or a
	// seller that cheats may be paid; zero when nothing depends on it.
	ReachableBefore time.Time
}

// Watching looks at some purchases of this node, of whichever user. What is gone is
// left out.
func (e *Engine) Watching(ctx context.Context, ids []market.PurchaseID) (w Watch, err error) {
	now := e.chainTime()
	err = e.Store.View(ctx, func(tx Tx) error {
		w = Watch{}
		for _, id := range ids {
			p, err := tx.Purchase(id)
			if market.CodeOf(err) == market.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			events, err := tx.EventsOf(p.OnChain)
			if err != nil {
				return err
			}
			state := deal.Fold(events)
			if !p.State.Pending() && (p.State != Garbage || state.Status.Final()) {
				continue
			}
			w.Waiting++
			if at := p.reachableBefore(state, now); !at.IsZero() && (w.ReachableBefore.IsZero() || at.Before(w.ReachableBefore)) {
				w.ReachableBefore = at
			}
		}
		return nil
	})
	return w, err
}
