package fund

import (
	"context"
	"errors"
	"fmt"
	"time"

	"privd/market"
	"privd/market/deal"
	"privd/market/outbox"
	"privd/market/task"
)

// errWait is returned by a step that has nothing to do but wait.
type errWait struct {
	reason string
	after  time.Duration // 0 is the usual pause
}

func (w errWait) Error() string { return w.reason }

// Step takes a move as far as it goes now: the handler of fund tasks. attempts
// counts the tries since it last made progress.
func (s *Service) Step(ctx context.Context, id MoveID, attempts int) (task.Next, error) {
	for {
		var m Move
		err := s.Store.View(ctx, func(tx Tx) (err error) { m, err = tx.FundMove(id); return err })
		if errors.Is(err, market.ErrNotFound) || (err == nil && !m.State.Open()) {
			return task.Done(), nil
		}
		if err != nil {
			return task.Next{}, err
		}
		head, err := s.Chain.Head()
		if err == nil {
			err = s.advance(ctx, &m, head)
		}
		if err != nil {
			return s.pause(ctx, m, attempts, err)
		}
		attempts = 0
	}
}

// advance moves on by one state, or returns why it waits.
func (s *Service) advance(ctx context.Context, m *Move, head deal.Mark) error {
	switch m.State {
	case Collecting:
		return s.collect(ctx, m, head)
	case Approving:
		return s.send(ctx, m, false, Adding, func(key string) error { return s.Chain.Approve(ctx, key, m.Amount) })
	case Adding:
		return s.send(ctx, m, true, Completed, func(key string) error { return s.Chain.Add(ctx, key, m.Amount) })
	case Announcing:
		return s.send(ctx, m, true, Announced, func(key string) error { return s.Chain.Announce(ctx, key, m.Amount) })
	case Announced:
		return s.notice(ctx, m, head)
	case TakingOut:
		return s.takeOut(ctx, m)
	case Returning:
		return s.send(ctx, m, true, Completed, func(key string) error { return s.Chain.Return(ctx, key, m.Wallet, m.Taken) })
	case Cancelling:
		return s.send(ctx, m, true, Cancelled, func(key string) error { return s.Chain.Announce(ctx, key, market.Amount{}) })
	}
	panic("fund: no step for " + string(m.State))
}

// sendMargin is how much of the time of a signed transfer must be left to send it
// for the first time, in seconds.
const sendMargin = 60

// collect brings what is missing from the wallet to the node's account. Only the
// node can redeem the signature, so a refusal means that nothing moved.
func (s *Service) collect(ctx context.Context, m *Move, head deal.Mark) error {
	out, err := s.Chain.Outcome(ctx, m.key())
	switch {
	case errors.Is(err, market.ErrNotFound) && head.Time+sendMargin >= m.ValidBefore:
		return s.end(ctx, m, Failed, "the chain could not be reached in time; nothing was moved")
	case errors.Is(err, market.ErrNotFound):
		err = s.Chain.Collect(ctx, m.key(), Authorization{
			From: m.Wallet, To: s.Node, Amount: m.Missing, ValidBefore: m.ValidBefore, Nonce: m.Nonce, Signature: m.Signature,
		})
		if err == nil {
			err = errWait{reason: "waiting until the wallet's PRIV is at the node's account"}
		}
		return err
	case err != nil:
		return err
	case out.State == outbox.Failed && out.Final:
		return s.end(ctx, m, Failed, "refused on chain: "+out.Message+"; nothing was moved")
	case out.State == outbox.Mined:
		m.note(market.Hash(out.TxHash))
		return s.end(ctx, m, Approving, "")
	}
	return errWait{reason: "waiting until the wallet's PRIV is at the node's account"}
}

// key names the transaction of a state and an attempt.
func (m Move) key() string { return fmt.Sprintf("fund/%s/%s/%d", m.ID, m.State, m.Attempt) }

// send makes the transaction of a state and goes on to the next once it is mined,
// or once that stands where final asks for it: the nonces of one account keep its
// transactions in order, so that what comes later waits for what came first. A
// transaction that failed for good is made again under a key of its own, a few
// times.
func (s *Service) send(ctx context.Context, m *Move, final bool, next State, make func(key string) error) error {
	out, err := s.Chain.Outcome(ctx, m.key())
	switch {
	case errors.Is(err, market.ErrNotFound):
		if err := make(m.key()); err != nil {
			return err
		}
		return errWait{reason: "waiting to be mined"}
	case err != nil:
		return err
	case out.State == outbox.Mined && (out.Final || !final):
		m.note(market.Hash(out.TxHash))
		return s.end(ctx, m, next, "")
	case out.State == outbox.Failed && out.Final:
		return s.refused(ctx, m, out)
	case out.State == outbox.Mined:
		return errWait{reason: "waiting until it is confirmed"}
	}
	return errWait{reason: "waiting to be mined"}
}

// refused decides on a transaction that failed.
func (s *Service) refused(ctx context.Context, m *Move, out outbox.Transaction) error {
	if m.State == Returning && out.Reason == outbox.ReasonElsewhere {
		// A plain transfer: nothing would keep it from being made twice.
		return s.end(ctx, m, Failed, out.Message+"; see whether the wallet has the PRIV, which else is in the node's account")
	}
	if m.Attempt+1 < maxAttempts {
		m.Attempt++
		m.Reason = "refused on chain: " + out.Message + "; trying again"
		return s.save(ctx, *m)
	}
	why := "refused on chain: " + out.Message
	switch m.State {
	case Approving, Adding:
		why += "; the PRIV is in the node's account, where the next deposit takes it from"
	case Returning:
		why += "; the PRIV is in the node's account"
	case Cancelling:
		// The notice runs on, as before.
		return s.end(ctx, m, Announced, why)
	}
	return s.end(ctx, m, Failed, why)
}

// notice waits until the contract lets the amount go. The operator may cancel
// meanwhile, so what is stored counts.
func (s *Service) notice(ctx context.Context, m *Move, head deal.Mark) error {
	amount, readyAt := m.Amount, m.ReadyAt
	if readyAt == 0 {
		var err error
		if amount, readyAt, err = s.Chain.Withdrawal(ctx); err != nil {
			return err
		}
	}
	var wait error
	err := s.Store.Update(ctx, func(tx Tx) error {
		wait = nil
		held, err := tx.FundMove(m.ID)
		if err != nil || held.State != Announced {
			return err
		}
		held.ReadyAt = readyAt
		deposit, err := newest(tx, Deposit)
		switch {
		case err != nil:
			return err
		case readyAt == 0 || amount != held.Amount:
			held.to(Failed, "the contract knows of no such withdrawal; nothing was moved", s.now())
		case head.Time < readyAt:
			left := time.Duration(readyAt-head.Time) * time.Second
			wait = errWait{"the notice runs until " + time.Unix(int64(readyAt), 0).UTC().Format(time.RFC3339), max(left, s.Rules.Poll)}
		case deposit != nil && deposit.State.Open():
			// What the node's account holds then belongs to the deposit.
			wait = errWait{reason: "waiting until a deposit is completed"}
		default:
			held.to(TakingOut, "", s.now())
		}
		return tx.PutFundMove(held)
	})
	s.moved()
	if err == nil {
		err = wait
	}
	return err
}

// takeOut gets what was announced, or what payouts have left of it.
func (s *Service) takeOut(ctx context.Context, m *Move) error {
	out, err := s.Chain.Outcome(ctx, m.key())
	switch {
	case errors.Is(err, market.ErrNotFound):
		if err := s.Chain.TakeOut(ctx, m.key()); err != nil {
			return err
		}
		return errWait{reason: "waiting to be mined"}
	case err != nil:
		return err
	case out.State == outbox.Failed && out.Final:
		return s.refused(ctx, m, out)
	case out.State != outbox.Mined || !out.Final:
		return errWait{reason: "waiting to be mined"}
	}
	m.note(market.Hash(out.TxHash))
	found := false
	err = s.Store.View(ctx, func(tx Tx) error {
		events, err := tx.EventsBetween(out.Block-1, out.Block)
		for _, e := range events {
			if e.Kind == deal.RewardsWithdrawn && e.Operator == s.Node && e.TxHash == market.Hash(out.TxHash) {
				m.Taken, found = e.Amount, true
			}
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case !found:
		return errWait{reason: "waiting until the withdrawal is read from the chain"}
	case m.Taken.IsZero():
		return s.end(ctx, m, Completed, "payouts during the notice have used all of it")
	}
	return s.end(ctx, m, Returning, "")
}

// end stores a change of state and tells who waits.
func (s *Service) end(ctx context.Context, m *Move, state State, reason string) error {
	m.to(state, reason, s.now())
	return s.save(ctx, *m)
}

func (s *Service) save(ctx context.Context, m Move) error {
	err := s.Store.Update(ctx, func(tx Tx) error { return tx.PutFundMove(m) })
	if err == nil {
		s.moved()
	}
	return err
}

// pause notes why the move waits and says when to look again.
func (s *Service) pause(ctx context.Context, m Move, attempts int, cause error) (task.Next, error) {
	if ctx.Err() != nil {
		return task.Next{}, ctx.Err()
	}
	next, reason := task.In(s.Rules.Poll), ""
	var wait errWait
	var known *market.Error
	switch {
	case errors.As(cause, &wait):
		reason = wait.reason
		if wait.after > 0 {
			next = task.In(wait.after)
		}
	case market.CodeOf(cause) == market.Unavailable && errors.As(cause, &known):
		reason = known.Message
		next = task.Next{After: task.Backoff(attempts, time.Second, s.Rules.RetryMost)}
	default:
		return task.Next{}, cause
	}
	err := s.Store.Update(ctx, func(tx Tx) error {
		now, err := tx.FundMove(m.ID)
		if err != nil || now.State != m.State || now.Reason == reason {
			return err
		}
		now.Reason = reason
		return tx.PutFundMove(now)
	})
	return next, err
}
