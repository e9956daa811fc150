package x402

import (
	"context"
	"errors"

	"privd/market"
	"privd/market/deal"
	"privd/market/outbox"
	"privd/market/task"
)

// Step takes a sale as far as it goes now: the handler of Sell402 tasks. It looks
// at what is stored and at the chain only, and may be run any number of times.
func (d *Desk) Step(ctx context.Context, id market.Hash) (task.Next, error) {
	s, err := d.sale(ctx, id)
	if errors.Is(err, market.ErrNotFound) || (err == nil && !s.Open()) {
		return task.Done(), nil
	}
	if err != nil {
		return task.Next{}, err
	}
	head, err := d.Chain.Head()
	if err != nil {
		return task.Next{}, err
	}
	if s.State == Reserved {
		// The key is that of the attempt: to store the transaction again changes nothing.
		if err := d.Chain.Settle(ctx, s.outboxKey(), s.Till, s.Authorization, s.Signature); err != nil {
			return task.Next{}, err
		}
		_, err := d.update(ctx, id, func(_ Tx, s *Sale) error {
			if s.State == Reserved {
				s.to(Settling)
			}
			return nil
		})
		return task.In(0), err
	}
	done, err := d.follow(ctx, s, head)
	if err != nil || done {
		return task.Done(), err
	}
	return task.In(d.Rules.Poll), nil
}

// follow looks at the chain for what became of a payment. It returns true when that
// is known.
func (d *Desk) follow(ctx context.Context, s Sale, head deal.Mark) (done bool, err error) {
	if s.Foreign {
		return d.elsewhere(ctx, s, head)
	}
	out, err := d.Chain.Outcome(ctx, s.outboxKey())
	switch {
	case err != nil:
		return false, err
	case out.State == outbox.Mined:
		block, err := d.Chain.Payment(ctx, market.Hash(out.TxHash), s.Till, s.Authorization, false)
		if errors.Is(err, market.ErrNotFound) {
			// In no block for the moment, or a token that says yes and moves nothing.
			if !out.Final {
				return false, nil
			}
			return true, d.end(ctx, s, Lost, InvalidTransaction)
		}
		if err != nil {
			return false, err
		}
		return d.deep(ctx, s, market.Hash(out.TxHash), block, head)
	case out.State == outbox.Failed && out.Final:
		return d.elsewhere(ctx, s, head)
	}
	return false, d.note(ctx, s, lastTry(out))
}

func lastTry(t outbox.Transaction) market.Hash {
	if n := len(t.Tries); n > 0 {
		return market.Hash(t.Tries[n-1].Hash)
	}
	return market.Hash{}
}

// note keeps the hash of a payment that is on its way, for buyers who ask.
func (d *Desk) note(ctx context.Context, s Sale, transaction market.Hash) error {
	if s.Transaction == transaction || transaction == (market.Hash{}) {
		return nil
	}
	_, err := d.update(ctx, s.ID, func(_ Tx, s *Sale) error {
		if s.State == Settling {
			s.Transaction = transaction
		}
		return nil
	})
	return err
}

// elsewhere is for a payment that this node's transaction did not make: somebody may
// have brought the same authorization to the chain, which pays just as well.
func (d *Desk) elsewhere(ctx context.Context, s Sale, head deal.Mark) (done bool, err error) {
	used, err := d.Chain.Used(ctx, s.Till, s.Authorization)
	if err != nil {
		return false, err
	}
	if !used {
		return d.unused(ctx, s, head)
	}
	by, block, err := d.used(ctx, &s)
	if errors.Is(err, market.ErrNotFound) {
		return true, d.end(ctx, s, Lost, NonceUsed)
	}
	if err != nil {
		return false, err
	}
	return d.deep(ctx, s, by, block, head)
}

// unused is for a payment that nothing has made. One that somebody else brought, and that
// a reorganisation took back, is brought by this node: it may not come back by itself.
func (d *Desk) unused(ctx context.Context, s Sale, head deal.Mark) (done bool, err error) {
	switch {
	case s.Authorization.ValidBefore <= head.Time:
		return true, d.end(ctx, s, Rejected, InvalidValidBefore)
	case !s.Foreign:
		return true, d.end(ctx, s, Rejected, InvalidTransaction)
	}
	switch out, err := d.Chain.Outcome(ctx, s.outboxKey()); {
	case err == nil && out.State == outbox.Failed && out.Final:
		return true, d.end(ctx, s, Rejected, InvalidTransaction)
	case err == nil, !errors.Is(err, market.ErrNotFound):
		return false, err
	}
	err = d.Chain.Simulate(ctx, s.Till, s.Authorization, s.Signature)
	if r, refused := errors.AsType[*Refusal](err); refused {
		if used, err := d.Chain.Used(ctx, s.Till, s.Authorization); err != nil || used {
			return false, err // it has come back meanwhile
		}
		return true, d.end(ctx, s, Rejected, r.Reason)
	}
	if err != nil {
		return false, err
	}
	return false, d.Chain.Settle(ctx, s.outboxKey(), s.Till, s.Authorization, s.Signature)
}

// deep settles a sale whose payment lies deep enough for its price.
func (d *Desk) deep(ctx context.Context, s Sale, by market.Hash, block uint64, head deal.Mark) (bool, error) {
	d.pledges.drop(&s) // what the payer holds is without it by now
	if err := d.note(ctx, s, by); err != nil || deal.Depth(head.Number, block) < d.Rules.Confirmations(s.Authorization.Value) {
		return false, err
	}
	if d.deeper(&s) {
		_, err := d.Chain.Payment(ctx, by, s.Till, s.Authorization, true)
		if errors.Is(err, market.ErrNotFound) {
			return false, nil // a reorganisation took it back meanwhile
		}
		if err != nil {
			return false, err
		}
	}
	_, err := d.update(ctx, s.ID, func(_ Tx, s *Sale) error {
		if s.State == Settling {
			s.to(Settled)
			s.Transaction, s.Block, s.Reason, s.SettledAt = by, block, "", d.now()
		}
		return nil
	})
	return err == nil, err
}

func (d *Desk) end(ctx context.Context, s Sale, state State, reason Reason) error {
	_, err := d.update(ctx, s.ID, func(_ Tx, s *Sale) error {
		if s.State == Settling {
			s.to(state)
			s.Reason = reason
		}
		return nil
	})
	return err
}
