package purchase

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"privd/market"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/market/ledger"
	"privd/market/listing"
	"privd/market/task"
)

// situation is everything a step decides by. It is read anew for each step: no
// step depends on memory.
type situation struct {
	p     Purchase
	m     *listing.Manifest
	chain deal.State
	head  deal.Mark
}

// deep reports whether a block has the confirmations money asks for.
func (e *Engine) deep(s situation, at deal.Mark) bool {
	return deal.Depth(s.head.Number, at.Number) >= e.Rules.Confirmations
}

// errWait is returned by a step that has nothing to do but wait.
type errWait struct{ reason string }

func (w errWait) Error() string { return w.reason }

// Step takes a purchase as far as it goes now: the handler of buy tasks. attempts
// counts the tries since it last made progress.
func (e *Engine) Step(ctx context.Context, id market.PurchaseID, attempts int) (task.Next, error) {
	for {
		s, err := e.look(ctx, id)
		if errors.Is(err, market.ErrNotFound) {
			return task.Done(), nil
		}
		if err != nil {
			return e.pause(ctx, id, attempts, err)
		}
		before := s.p.State
		done, err := e.advance(ctx, &s)
		if err != nil {
			return e.pause(ctx, id, attempts, err)
		}
		if done {
			return task.Done(), nil
		}
		if s.p.State == before {
			return task.In(e.idle(s)), nil
		}
		attempts = 0
	}
}

// restful is how often a purchase is looked at that nothing but an event can move;
// the event wakes it.
const restful = 10 * time.Minute

// idle returns how long a purchase may be left alone that did not move.
func (e *Engine) idle(s situation) time.Duration {
	switch {
	case s.p.State == Opened && s.p.Noted && s.p.Stored && s.p.Checked && !s.chain.Status.Final():
		return restful
	case s.p.State == Garbage && s.chain.Status == deal.StatusPurchased && s.head.Time < s.chain.Deadline:
		return max(e.Rules.Poll, min(restful, time.Duration(s.chain.Deadline-s.head.Time)*time.Second))
	case s.p.State == Garbage && s.chain.Status == deal.StatusRevealed:
		return restful
	}
	return e.Rules.Poll
}

func (e *Engine) look(ctx context.Context, id market.PurchaseID) (s situation, err error) {
	err = e.Store.View(ctx, func(tx Tx) (err error) {
		if s.p, err = tx.Purchase(id); err != nil {
			return err
		}
		s.chain, err = ledger.StateOf(tx, s.p.OnChain)
		return err
	})
	if err != nil {
		return s, err
	}
	if s.m, err = listing.DecodeManifest(s.p.Manifest); err != nil {
		return s, err
	}
	s.head, err = e.Chain.Head()
	return s, err
}

// advance does what the state on chain, the chain's time and the saved state call
// for. It returns true when nothing is left to do.
func (e *Engine) advance(ctx context.Context, s *situation) (done bool, err error) {
	switch s.p.State {
	case Fetching:
		return false, e.fetch(ctx, s)
	case Sealing:
		return false, e.seal(ctx, s)
	case Paying:
		return false, e.pay(ctx, s)
	case Unconfirmed:
		return false, e.confirm(ctx, s)
	case Opening:
		return false, e.open(ctx, s)
	case Opened:
		return e.report(ctx, s)
	case Garbage:
		return e.regret(ctx, s)
	}
	return e.revive(ctx, s)
}

// save stores the purchase as the step left it and tells who waits.
func (e *Engine) save(ctx context.Context, s *situation, more ...func(Tx) error) error {
	err := e.Store.Update(ctx, func(tx Tx) error {
		// Downloads and erasures move beside the machine; keep the newer ones.
		held, err := tx.Purchase(s.p.ID)
		if err != nil {
			return err
		}
		s.p.Downloads, s.p.Gone = held.Downloads, held.Gone
		for _, f := range more {
			if err := f(tx); err != nil {
				return err
			}
		}
		return tx.PutPurchase(s.p)
	})
	if err == nil {
		e.moved(s.p.ID)
	}
	return err
}

// pause records why the purchase waits and says when to look again.
func (e *Engine) pause(ctx context.Context, id market.PurchaseID, attempts int, cause error) (task.Next, error) {
	if ctx.Err() != nil {
		return task.Next{}, ctx.Err()
	}
	next := task.Next{After: e.Rules.Poll, Progress: true}
	var wait errWait
	var unsigned errUnsigned
	reason := ""
	switch refusal := delivery.RefusalOf(cause); {
	case errors.As(cause, &wait):
		reason = wait.reason
	case errors.As(cause, &unsigned):
		reason, next.After = unsigned.Error(), max(unsigned.left, e.Rules.Poll)
	case refusal != nil:
		reason = refusal.Error()
		// A seller has no say in when the ways out of its own failure are looked at.
		next.After = max(min(refusal.RetryAfter, e.Rules.RetryMost), e.Rules.Poll)
		if refusal.Code.Final() {
			// It will hardly change its mind; what else may happen comes from the chain.
			next = task.Next{After: max(next.After, jitter(task.Backoff(attempts, time.Second, e.Rules.RetryMost)))}
		}
	case market.CodeOf(cause) == market.Unavailable:
		var known *market.Error
		errors.As(cause, &known)
		reason = known.Message
		next = task.Next{After: jitter(task.Backoff(attempts, time.Second, e.Rules.RetryMost))}
	default:
		return task.Next{}, cause
	}
	err := e.Store.Update(ctx, func(tx Tx) error {
		p, err := tx.Purchase(id)
		if err != nil {
			return err
		}
		if p.Reason == reason && p.RetryAt.After(e.Clock()) {
			return nil
		}
		p.Reason, p.RetryAt = reason, e.Clock().UTC().Add(next.After).Truncate(time.Millisecond)
		return tx.PutPurchase(p)
	})
	return next, err
}

// jitter spreads retries by a quarter, so that buyers of a seller that comes back
// do not all knock at once.
func jitter(d time.Duration) time.Duration {
	return d - d/8 + rand.N(d/4+1)
}

// fail ends a purchase that cost nothing.
func (e *Engine) fail(ctx context.Context, s *situation, why string) error {
	s.p.to(Failed, "failed: "+why, market.Hash{}, e.Clock().UTC())
	s.p.Reason = why
	return e.save(ctx, s)
}

func (e *Engine) sealedName(p Purchase) string { return fmt.Sprintf("%s.sealed", p.ID) }
func (e *Engine) openerName(p Purchase) string { return fmt.Sprintf("%s.opener", p.ID) }
func keyName(p Purchase) string                { return fmt.Sprintf("%s.key", p.ID) }
