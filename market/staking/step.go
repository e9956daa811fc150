package staking

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"privd/market"
	"privd/market/account"
	"privd/market/deal"
	"privd/market/outbox"
	"privd/market/signature"
	"privd/market/task"
)

// errWait is returned by a step that has nothing to do but wait.
type errWait struct{ reason string }

func (w errWait) Error() string { return w.reason }

// Step takes a request as far as it goes now: the handler of stake tasks. attempts
// counts the tries since it last made progress.
func (s *Service) Step(ctx context.Context, id RequestID, attempts int) (task.Next, error) {
	for {
		var r Request
		var u account.User
		err := s.Store.View(ctx, func(tx Tx) (err error) {
			if r, err = tx.StakeRequest(id); err != nil {
				return err
			}
			u, err = tx.User(r.User)
			return err
		})
		if errors.Is(err, market.ErrNotFound) || (err == nil && !r.State.Open()) {
			return task.Done(), nil
		}
		if err != nil {
			return task.Next{}, err
		}
		head, err := s.Chain.Head()
		if err == nil {
			err = s.advance(ctx, &r, u, head)
		}
		if err != nil {
			return s.pause(ctx, r, attempts, err)
		}
		attempts = 0
	}
}

// advance moves the request one state on, or returns why it waits.
func (s *Service) advance(ctx context.Context, r *Request, u account.User, head deal.Mark) error {
	switch r.State {
	case Requested:
		return s.sign(ctx, r, u, head)
	case Awaiting:
		if s.Clock().Before(r.SignBy) {
			return errWait{"waiting for the wallet's signature"}
		}
		return s.end(ctx, r, Failed, "the wallet did not sign in time; nothing was moved", func(tx Tx) error {
			now, err := tx.StakeRequest(r.ID)
			if err == nil && now.State != Awaiting {
				err = errWait{"signed at the last moment"}
			}
			return err
		})
	}
	return s.send(ctx, r, head)
}

// sign fixes the terms of an attempt. They are stored, signature and all, before
// anything leaves the node, so that no attempt ever has two valid signatures.
func (s *Service) sign(ctx context.Context, r *Request, u account.User, head deal.Mark) error {
	now := s.Clock().UTC()
	within := s.Rules.PayWithin
	if !u.Managed {
		within += s.Rules.SignWithin
		r.SignBy = now.Add(s.Rules.SignWithin)
	}
	r.Lapsed, r.TxHash = 0, market.Hash{}
	if r.Direction == In {
		r.Terms.ValidBefore = head.Time + uint64(within/time.Second)
		if _, err := rand.Read(r.Terms.Salt[:]); err != nil {
			return fmt.Errorf("draw salt: %w", err)
		}
	} else {
		var err error
		if r.Terms.Nonce, err = s.Chain.UnstakeNonce(ctx, r.Terms.Account, head.Number); err != nil {
			return err
		}
	}
	if !u.Managed {
		r.to(Awaiting, "waiting for the wallet's signature", now)
		ask := signature.New(r.User, r.Terms.Account, kinds[r.Direction], string(r.ID), s.Domain.Message(r.Direction, r.Terms), now, r.SignBy)
		r.SignatureID = ask.ID
		return s.save(ctx, *r, func(tx Tx) error { return signature.Ask(tx, ask) })
	}
	var err error
	if r.Signature, err = s.Wallets.SignDigest(ctx, r.Terms.Account, s.Domain.Message(r.Direction, r.Terms).Digest()); err != nil {
		return fmt.Errorf("sign %s: %w", r.Direction, err)
	}
	r.to(Sent, "", now)
	return s.save(ctx, *r)
}

var kinds = map[Direction]signature.Kind{In: signature.Stake, Out: signature.Unstake}

// key names the transaction of an attempt.
func (r Request) key() string { return fmt.Sprintf("%s/%s/%d", r.Direction, r.ID, r.Attempt) }

// sendMargin is how much of the time of a stake must be left to send it for the
// first time, in seconds.
const sendMargin = 60

// send hands a signed request to the sender and watches what becomes of it.
func (s *Service) send(ctx context.Context, r *Request, head deal.Mark) error {
	out, err := s.Chain.Outcome(ctx, r.key())
	switch {
	case errors.Is(err, market.ErrNotFound):
		if r.Direction == In && head.Time+sendMargin >= r.Terms.ValidBefore {
			return s.lapse(ctx, r, head, out)
		}
		if r.Direction == In {
			err = s.Chain.Stake(ctx, r.key(), r.Terms, r.Signature)
		} else {
			err = s.Chain.Unstake(ctx, r.key(), r.Terms, r.Signature)
		}
		if err == nil {
			err = errWait{"waiting to be mined"}
		}
		return err
	case err != nil:
		return err
	case out.State == outbox.Mined:
		r.TxHash = market.Hash(out.TxHash)
		// The events must have been read too: what was staked is told from them.
		if !out.Final || deal.Depth(head.Number, out.Block) < s.Rules.Confirmations {
			return errWait{fmt.Sprintf("confirming %d/%d", min(deal.Depth(head.Number, out.Block), s.Rules.Confirmations), s.Rules.Confirmations)}
		}
		return s.end(ctx, r, Confirmed, "")
	case r.Direction == In:
		return s.lapse(ctx, r, head, out)
	case out.State == outbox.Failed && out.Final:
		return s.refused(ctx, r, head, out)
	}
	return errWait{"waiting to be mined"}
}

// lapse looks after a stake that is not mined by this node. Whoever saw it can send
// it until its time is over, so only then, as deep as money asks for, an unused
// authorization means that nothing was staked and never will be by it.
func (s *Service) lapse(ctx context.Context, r *Request, head deal.Mark, out outbox.Transaction) error {
	refused := out.State == outbox.Failed && out.Final
	if head.Time < r.Terms.ValidBefore {
		if !refused {
			return errWait{"waiting to be mined"}
		}
		if used, err := s.used(ctx, r, head); err != nil || used {
			return err
		}
		return errWait{"refused on chain: " + out.Message + "; making sure that nothing is staked"}
	}
	if r.Lapsed == 0 || r.Lapsed > head.Number {
		r.Lapsed = head.Number
		if err := s.save(ctx, *r); err != nil {
			return err
		}
	}
	if deal.Depth(head.Number, r.Lapsed) < s.Rules.Confirmations {
		return errWait{"its time is over; making sure that nothing was staked"}
	}
	if used, err := s.used(ctx, r, head); err != nil || used {
		return err
	}
	switch {
	case refused && !passing(out.Code):
		return s.end(ctx, r, Failed, "refused on chain: "+out.Message)
	case r.Attempt+1 >= maxAttempts:
		return s.end(ctx, r, Failed, "it could not be mined in time; nothing was staked")
	}
	return s.again(ctx, r)
}

// passing reports whether a refusal says only that the time was over.
func passing(code market.Code) bool { return code == market.Expired }

// used confirms a stake whose authorization was used by somebody else's
// transaction, as deep as money asks for. It returns true when the step is done.
func (s *Service) used(ctx context.Context, r *Request, head deal.Mark) (bool, error) {
	used, err := s.Chain.StakeUsed(ctx, r.Terms, head.Number)
	if err != nil || !used {
		return false, err
	}
	if used, err = s.Chain.StakeUsed(ctx, r.Terms, s.deep(head)); err != nil {
		return false, err
	}
	if !used {
		return false, errWait{"sent by somebody else; confirming"}
	}
	return true, s.end(ctx, r, Confirmed, "")
}

// deep returns the newest block that is as deep under a head as money asks for.
func (s *Service) deep(head deal.Mark) uint64 {
	return head.Number - min(head.Number, max(s.Rules.Confirmations, 1)-1)
}

// refused decides on an unstake that failed on chain. Its message stays good, but
// only while the nonce stands, and no other was ever signed for that nonce: sending
// the same again cannot move anything twice.
func (s *Service) refused(ctx context.Context, r *Request, head deal.Mark, out outbox.Transaction) error {
	nonce, err := s.Chain.UnstakeNonce(ctx, r.Terms.Account, s.deep(head))
	if err != nil {
		return err
	}
	newest, err := s.Chain.UnstakeNonce(ctx, r.Terms.Account, head.Number)
	switch {
	case err != nil:
		return err
	case nonce > r.Terms.Nonce:
		// Somebody else sent it.
		return s.end(ctx, r, Confirmed, "")
	case newest > r.Terms.Nonce:
		return errWait{"sent by somebody else; confirming"}
	case (out.Reason != "" && out.Reason != wrongNonce) || r.Attempt+1 >= maxAttempts:
		return s.end(ctx, r, Failed, "refused on chain: "+out.Message)
	}
	r.Attempt++
	return s.save(ctx, *r)
}

// wrongNonce is how the contract refuses a message whose nonce was used.
const wrongNonce = "WrongNonce"

// again starts another attempt, whose terms are fixed anew.
func (s *Service) again(ctx context.Context, r *Request) error {
	r.Attempt++
	r.to(Requested, "it was not mined in time; trying again", s.Clock().UTC())
	return s.save(ctx, *r)
}

func (s *Service) end(ctx context.Context, r *Request, state State, reason string, more ...func(Tx) error) error {
	r.to(state, reason, s.Clock().UTC())
	return s.save(ctx, *r, more...)
}

func (s *Service) save(ctx context.Context, r Request, more ...func(Tx) error) error {
	err := s.Store.Update(ctx, func(tx Tx) error {
		for _, f := range more {
			if err := f(tx); err != nil {
				return err
			}
		}
		return tx.PutStakeRequest(r)
	})
	if err == nil {
		s.moved(r.ID)
	}
	return err
}

// pause notes why the request waits and says when to look again.
func (s *Service) pause(ctx context.Context, r Request, attempts int, cause error) (task.Next, error) {
	if ctx.Err() != nil {
		return task.Next{}, ctx.Err()
	}
	next, reason := task.In(s.Rules.Poll), ""
	var wait errWait
	var known *market.Error
	switch {
	case errors.As(cause, &wait):
		reason = wait.reason
	case market.CodeOf(cause) == market.Unavailable && errors.As(cause, &known):
		reason = known.Message
		next = task.Next{After: task.Backoff(attempts, time.Second, s.Rules.RetryMost)}
	default:
		return task.Next{}, cause
	}
	if r.State == Awaiting {
		next = task.In(max(s.Rules.Poll, min(r.SignBy.Sub(s.Clock()), time.Minute)))
	}
	err := s.Store.Update(ctx, func(tx Tx) error {
		now, err := tx.StakeRequest(r.ID)
		if err != nil || now.State != r.State || now.Reason == reason {
			return err
		}
		now.Reason = reason
		return tx.PutStakeRequest(now)
	})
	return next, err
}
