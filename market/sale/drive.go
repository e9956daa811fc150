package sale

import (
	"context"
	"errors"
	"fmt"
	"time"

	"privd/market"
	"privd/market/deal"
	"privd/market/earning"
	"privd/market/ledger"
	"privd/market/listing"
	"privd/market/outbox"
	"privd/market/seal"
	"privd/market/task"
)

// orphanAfter is how long a sale may be missing from the chain, after a
// reorganisation, before its earning is taken back.
const orphanAfter = 2 * time.Hour

// restful is the longest that a sale is left alone which nothing but an event or the
// chain's time can move.
const restful = 10 * time.Minute

// Deliver takes a sale as far as it goes now: the handler of deliver tasks. Where it
// stands is saved before anything is done about it, and all of it may happen twice.
func (d *Desk) Deliver(ctx context.Context, purchase market.Hash) (task.Next, error) {
	s, err := d.look(ctx, purchase)
	if errors.Is(err, market.ErrNotFound) || (err == nil && s.Closed) {
		return task.Done(), nil
	}
	if err != nil {
		return task.Next{}, err
	}
	if err := d.inspect(ctx, &s); err != nil {
		return task.Next{}, err
	}
	r := judge(s)
	if s.State != r.state || s.over(r.state) {
		if s, r, err = d.move(ctx, s); err != nil || s.Closed {
			return task.Done(), err
		}
	}
	if err := d.act(ctx, s, r); err != nil {
		return task.Next{}, err
	}
	return task.In(d.idle(s, r)), nil
}

// look reads what a sale is decided by; NotFound when there is none.
func (d *Desk) look(ctx context.Context, purchase market.Hash) (s situation, err error) {
	if s.head, err = d.Chain.Head(); err != nil {
		return s, err
	}
	s.now, s.rules = d.Clock(), d.Rules
	err = d.Store.View(ctx, func(tx Tx) error { return s.read(tx, purchase) })
	if err != nil || s.RevealAs == "" {
		return s, err
	}
	out, err := d.Chain.Outcome(ctx, s.RevealAs)
	s.left = len(out.Tries) > 0
	return s, ignoreNotFound(err)
}

// read fills in what the records say.
func (s *situation) read(tx Tx, purchase market.Hash) (err error) {
	if s.Sale, err = tx.Sale(purchase); err != nil {
		return err
	}
	s.chain, err = ledger.StateOf(tx, purchase)
	return err
}

// inspect finds out whose seal a purchase commits to, once, and whether the listing
// key is still there where that decides something.
func (d *Desk) inspect(ctx context.Context, s *situation) error {
	decides := s.chain.Status == deal.StatusPurchased && s.HandedOut.IsZero()
	if s.chain.Status == deal.StatusNone || (s.Seal != Unchecked && !decides) {
		return nil
	}
	raw, err := d.Keyring.Get(ctx, listing.KeyName(s.Listing, s.Version))
	s.erased = errors.Is(err, market.ErrNotFound)
	if err != nil && !s.erased {
		return err
	}
	if s.Seal != Unchecked {
		return nil
	}
	answer := OwnSeal
	if !d.sealed(s.chain.Delivery, raw) {
		answer = ForeignKey
	}
	s.Seal = answer
	return d.update(ctx, s.Purchase, func(_ Tx, held *Sale) error { held.Seal = answer; return nil })
}

// sealed reports whether this node made a seal: its opener is the node's own, and
// what it commits to is the listing key under it. Without the key, which was erased,
// the opener alone tells.
func (d *Desk) sealed(x seal.Delivery, rawKey []byte) bool {
	opener := seal.Opener(d.Secret, x.Offer)
	if !opener.Opens(x.Lock) {
		return false
	}
	var key seal.Key
	if key.UnmarshalBinary(rawKey) != nil {
		return len(rawKey) == 0
	}
	return seal.Seal(key, opener, x.Offer).Commitment() == x.SealedHash && key.Opens(x.KeyCommitment)
}

// move saves where a sale stands, judged anew inside the transaction: a buyer may
// have come in between. Ends are booked with it.
func (d *Desk) move(ctx context.Context, s situation) (situation, row, error) {
	var r row
	alarmed := false
	err := d.Store.Update(ctx, func(tx Tx) error {
		was := s.Seal
		if err := s.read(tx, s.Purchase); err != nil {
			return err
		}
		s.Seal = max(was, s.Seal)
		r, alarmed = judge(s), false
		over := s.over(r.state)
		if s.Closed || (s.State == r.state && !over) {
			return nil
		}
		if s.State != r.state {
			hash, err := eventOf(tx, s, r.state)
			if err != nil {
				return err
			}
			s.to(r.state, r.why(s), hash, d.Clock())
		}
		if alarm := s.alarm(r.state); alarm != s.Alarm && alarm != "" {
			s.Alarm, alarmed = alarm, true
		}
		if over {
			s.Closed = true
			if err := d.end(tx, s.Sale, r.state); err != nil {
				return err
			}
		}
		return tx.PutSale(s.Sale)
	})
	if err == nil && alarmed && d.Alarmed != nil {
		d.Alarmed(s.Purchase, s.Alarm)
	}
	return s, r, err
}

// made is the event that puts a sale into a state; the other states are the node's own
// doing.
var made = map[State]deal.Kind{Waiting: deal.Purchased, Ready: deal.Purchased, Revealed: deal.Revealed, Settled: deal.Settled, Refunded: deal.Refunded}

// eventOf returns the transaction on chain that put a sale into a state; zero where
// none did.
func eventOf(tx Tx, s situation, state State) (market.Hash, error) {
	kind, isMade := made[state]
	if !isMade || s.chain.Status == deal.StatusNone {
		return market.Hash{}, nil
	}
	events, err := tx.EventsOf(s.Purchase)
	for _, e := range events {
		if e.Kind == kind && e.Block == s.chain.Since.Number && e.BlockHash == s.chain.Since.Hash {
			return e.TxHash, err
		}
	}
	return market.Hash{}, err
}

// act does what a state calls for.
func (d *Desk) act(ctx context.Context, s situation, r row) error {
	switch r.state {
	case Waiting:
		return d.repeatPayment(ctx, s)
	case Ready, HandedOut:
		return d.keepPayment(ctx, s)
	case Receipted:
		return d.hurry(ctx, s)
	case Settling:
		return d.checkSettlement(ctx, s)
	case Revealing:
		return d.reveal(ctx, s)
	case Finalizing:
		return d.finalize(ctx, s)
	}
	return nil
}

// idle returns how long a sale may be left alone that did not move. Whatever the
// chain says of it wakes it sooner.
func (d *Desk) idle(s situation, r row) time.Duration {
	switch r.state {
	case Forgone, Foreign:
		return restful
	}
	if r.until == nil {
		return d.Rules.Poll
	}
	// By the chain's time, and by the clock where the chain makes no blocks meanwhile.
	until := r.until(s)
	left := time.Duration(until-min(until, s.head.Time)) * time.Second
	left = min(left, time.Unix(int64(until), 0).Sub(d.Clock()), restful)
	return max(left, d.Rules.Poll)
}

// lastSeen returns since when a sale that is missing from the chain may be missing.
func (s Sale) lastSeen() time.Time {
	if s.LostAt.After(s.CreatedAt) {
		return s.LostAt
	}
	return s.CreatedAt
}

// end books what a sale gave, with its closing. A sale that a reorganisation opened
// again may end otherwise than before.
func (d *Desk) end(tx Tx, s Sale, state State) error {
	as := earning.Cancelled
	if state == Settled {
		as = earning.Confirmed
	}
	e, err := tx.EarningByReference(earning.DataSales, s.Reference)
	if err != nil {
		return err
	}
	if e.Status == earning.Claimed && as == earning.Cancelled && d.LetGo != nil {
		if e, err = d.LetGo(tx, e); err != nil {
			return err
		}
	}
	if e.Status == as || e.Status == earning.Claimed {
		return nil
	}
	e.Status, e.ConfirmedAt = as, time.Time{}
	if as == earning.Confirmed {
		e.ConfirmedAt = d.Clock().UTC().Truncate(time.Millisecond)
		// Somebody may have withdrawn it for its owner already.
		if err := ledger.Wake(tx, task.Claims, string(s.Seller), d.Clock().UTC()); err != nil {
			return err
		}
	}
	return tx.PutEarning(e)
}

// reveal publishes the opener. What was not public before leaves until pushBy at
// the latest, also when it waits for the chain to be reachable: the sender sees to
// that.
func (d *Desk) reveal(ctx context.Context, s situation) error {
	by := s.pushBy()
	if s.public() {
		by = 0
	}
	return d.wayOut(ctx, s, "reveal", s.RevealAs, func(s *Sale, key string) { s.RevealAs = key }, func(key string) error {
		opener := seal.Opener(d.Secret, s.chain.Delivery.Offer)
		return d.Chain.Reveal(ctx, key, s.chain.Deal(), s.chain.Delivery, opener, by, s.deadline())
	})
}

// finalize collects the price of what nobody disputed.
func (d *Desk) finalize(ctx context.Context, s situation) error {
	return d.wayOut(ctx, s, "finalize", s.FinalizeAs, func(s *Sale, key string) { s.FinalizeAs = key }, func(key string) error {
		return d.Chain.Finalize(ctx, key, s.chain.Deal())
	})
}

// wayOut sees that a transaction is on its way: the one whose key was saved, or the
// next where that one failed, since there is no other way to the money. The key is
// saved before it is used.
func (d *Desk) wayOut(ctx context.Context, s situation, base, key string, save func(*Sale, string), send func(key string) error) error {
	base += "/" + s.Purchase.Hex()
	next := base
	if key != "" {
		switch out, err := d.Chain.Outcome(ctx, key); {
		case errors.Is(err, market.ErrNotFound):
			return send(key) // saved, and the process died
		case err != nil:
			return err
		case out.State != outbox.Failed:
			return nil
		default:
			if d.Clock().Before(s.RetryAt) {
				return nil
			}
			next = fmt.Sprintf("%s/%d", base, s.Tries+1)
			return d.tryAgain(ctx, s, out, next, save, send)
		}
	}
	if err := d.update(ctx, s.Purchase, func(_ Tx, held *Sale) error { save(held, next); return nil }); err != nil {
		return err
	}
	return send(next)
}

// tryAgain sends a way out under a new key, later and later. What failed in a block
// is public all the same.
func (d *Desk) tryAgain(ctx context.Context, s situation, failed outbox.Transaction, key string, save func(*Sale, string), send func(string) error) error {
	err := d.update(ctx, s.Purchase, func(_ Tx, held *Sale) error {
		held.Public = held.Public || s.public()
		held.Tries++
		held.RetryAt = d.Clock().UTC().Add(task.Backoff(held.Tries, d.Rules.Poll, 5*time.Minute)).Truncate(time.Millisecond)
		held.to(held.State, "the contract refused it: "+failed.Message, market.Hash(failed.TxHash), d.Clock())
		save(held, key)
		return nil
	})
	if err != nil {
		return err
	}
	return send(key)
}
