package chain

import (
	"cmp"
	"context"

	"privd/market"
	"privd/market/outbox"
)

// Cancel asks that a transaction does not happen, and returns it as it stands. The
// wish is durable. What is not signed yet fails; what was broadcast is replaced by an
// empty transaction of the same nonce with higher fees, and the outcome is whichever
// is mined: ask Wait. What has an outcome is left alone. NotFound when the key was
// never submitted.
func (s *Sender) Cancel(ctx context.Context, key string) (outbox.Transaction, error) {
	s.rows.Lock()
	defer s.rows.Unlock()
	tx, err := s.deps.Store.Get(ctx, key)
	if err != nil || !tx.Pending() || tx.Cancel != "" || tx.Filler {
		return tx, err
	}
	tx.Cancel = outbox.ReasonCancelled
	if err := s.deps.Store.Put(ctx, tx); err != nil {
		return tx, err
	}
	s.mu.Lock()
	s.wishes[key] = tx.Cancel
	s.mu.Unlock()
	s.log.Info("transaction is to be cancelled", "key", key, "state", tx.State)
	s.Wake()
	return tx, nil
}

// endings says what it means that a transaction did not happen on purpose.
var endings = map[string]meaning{
	outbox.ReasonCancelled:  {market.Conflict, "it was cancelled before it was mined"},
	outbox.ReasonTimeOver:   {market.Expired, "its time was over before it was mined"},
	outbox.ReasonUnsendable: {market.Invalid, "no server takes it"},
	outbox.ReasonElsewhere:  {market.Conflict, "another program used the nonce of the node's account; whether that did the same is not known"},
}

// ended returns a transaction that did not happen, for a reason of the sender's own.
func ended(tx outbox.Transaction, reason string) outbox.Transaction {
	why := endings[reason]
	message := why.text
	if tx.Message != "" {
		message += ": " + tx.Message
	}
	tx.State, tx.Code, tx.Reason, tx.Message = outbox.Failed, why.code, reason, message
	return tx
}

// retract ends what must not happen any more: at once where it has no nonce, and
// otherwise by a wish that reoffer sees to.
func (s *Sender) retract(ctx context.Context, v view) error {
	var changes []change
	for _, f := range s.open {
		tx := f.tx
		switch {
		case tx.State == outbox.Queued && tx.Cancel != "":
			tx = ended(tx, tx.Cancel)
		case tx.State == outbox.Queued && tx.Until != 0 && s.nextTime(v) >= tx.Until:
			tx = ended(tx, outbox.ReasonTimeOver)
		case tx.State == outbox.Sent && tx.Cancel == "" && tx.Until != 0 && v.head.Time >= tx.Until && tx.Nonce >= v.nonce:
			// It would only revert, and cost more than doing nothing.
			tx.Cancel = outbox.ReasonTimeOver
		default:
			continue
		}
		if tx.State == outbox.Failed {
			tx.Final, tx.Closed = true, true
		}
		changes = append(changes, change{f, tx})
	}
	for _, c := range changes {
		s.log.Info("transaction must not happen any more", "key", c.tx.Key, "state", c.tx.State, "reason", cmp.Or(c.tx.Cancel, c.tx.Reason))
		if c.tx.State == outbox.Failed {
			s.tally(func(st *Stats) { st.Cancelled++ })
		}
	}
	return s.commit(ctx, changes)
}

// nextTime returns the earliest time of the next block: that of the head, or now when
// the chain makes blocks on demand.
func (s *Sender) nextTime(v view) uint64 {
	return max(v.head.Time, uint64(max(0, s.deps.Now().Unix())))
}
