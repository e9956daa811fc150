package signature

import (
	"context"
	"errors"
	"time"

	"privd/market"
	"privd/market/seal"
	"privd/market/task"
)

// Action is what goes on with the subject of a kind of request. Signed and Lapsed
// are part of the transaction that stores the answer, or takes the request back.
type Action struct {
	// Signed goes on with what waits for r and returns how it stands now. The
	// signature is the wallet's. On an error nothing is changed, and the request
	// stays.
	Signed func(tx Tx, r Request, sig seal.Sig) (status string, err error)
	// Lapsed is told that r was not signed in time; nil where something else
	// watches the time.
	Lapsed func(tx Tx, r Request) error
	// Done is told of either, after the fact; may be nil.
	Done func(r Request)
}

// Service shows requests and takes their answers. Its fields are required.
type Service struct {
	Store   market.Store[Tx]
	Clock   market.Clock
	Actions map[Kind]Action
}

// answerKept is how long an answer can be repeated at least.
const answerKept = 24 * time.Hour

// Answer takes a wallet's signature and lets what waits for it go on. The same
// answer again returns the same; Invalid names the signature when it is not the
// wallet's, NotFound is for requests that are not the user's.
func (s *Service) Answer(ctx context.Context, user market.UserID, id market.SignatureID, text string) (r Request, err error) {
	sig, err := seal.ParseSig(text)
	if err != nil {
		return r, market.BadField("signature", "signature must be 0x and 65 bytes (r, s, v) or 64 bytes (EIP-2098) in hexadecimal, with a low s; "+
			"contract wallets (EIP-1271) cannot sign for this node")
	}
	went := false
	err = s.Store.Update(ctx, func(tx Tx) (err error) {
		went = false
		if r, err = own(tx, user, id); err != nil {
			return err
		}
		if seal.Check(r.Wallet, r.Digest, sig) != nil {
			return market.BadField("signature", "signature is not one of wallet "+r.Wallet.Hex()+" over the request's typed data")
		}
		if r.Signature != nil {
			return nil
		}
		if !r.Open(s.Clock()) {
			return &market.Error{Code: market.Invalid, Reason: "SIGNATURE_REQUEST_EXPIRED", Message: "the signature request has expired"}
		}
		action, known := s.Actions[r.Kind]
		if !known {
			return errors.New("no action for signatures of kind " + string(r.Kind))
		}
		if r.Status, err = action.Signed(tx, r, sig); err != nil {
			return err
		}
		r.Signature, went = &sig, true
		if err := tx.PutSignature(r); err != nil {
			return err
		}
		return tx.PutTask(task.Task{Kind: task.LapseSignature, Key: string(r.ID), Due: s.kept(r)})
	})
	if err == nil && went {
		s.done(r)
	}
	return r, err
}

// kept returns until when an answered request stays.
func (s *Service) kept(r Request) time.Time {
	if least := s.Clock().UTC().Add(answerKept); least.After(r.ExpiresAt) {
		return least
	}
	return r.ExpiresAt
}

func (s *Service) done(r Request) {
	if done := s.Actions[r.Kind].Done; done != nil {
		done(r)
	}
}

// Get returns a user's own request, answered ones included for a while.
func (s *Service) Get(ctx context.Context, user market.UserID, id market.SignatureID) (r Request, err error) {
	err = s.Store.View(ctx, func(tx Tx) error { r, err = own(tx, user, id); return err })
	return r, err
}

func own(tx Tx, user market.UserID, id market.SignatureID) (Request, error) {
	r, err := tx.Signature(id)
	if errors.Is(err, market.ErrNotFound) || (err == nil && r.User != user) {
		return Request{}, market.Fail(market.NotFound, "Signature request not found")
	}
	return r, err
}

// List returns one page of what a user's wallet is asked to sign now, oldest
// first, and how many requests there are.
func (s *Service) List(ctx context.Context, user market.UserID, limit, offset int) (page []Request, total int, err error) {
	now := s.Clock()
	err = s.Store.View(ctx, func(tx Tx) error {
		page, total = nil, 0
		return tx.OpenSignatures(user, func(r Request) bool {
			if r.Open(now) {
				if total >= offset && len(page) < limit {
					page = append(page, r)
				}
				total++
			}
			return ctx.Err() == nil
		})
	})
	return page, total, errors.Join(err, ctx.Err())
}

// Lapse ends a request whose time is over: the handler of lapse-signature tasks.
func (s *Service) Lapse(ctx context.Context, id market.SignatureID) (task.Next, error) {
	var r Request
	var early time.Duration
	lapsed := false
	err := s.Store.Update(ctx, func(tx Tx) (err error) {
		early, lapsed = 0, false
		if r, err = tx.Signature(id); err != nil {
			return err
		}
		if r.Signature == nil {
			if early = r.ExpiresAt.Sub(s.Clock()); early > 0 {
				return nil
			}
			if action := s.Actions[r.Kind]; action.Lapsed != nil {
				if err := action.Lapsed(tx, r); err != nil {
					return err
				}
			}
			lapsed = true
		}
		return tx.DeleteSignature(id)
	})
	switch {
	case errors.Is(err, market.ErrNotFound):
		return task.Done(), nil
	case err != nil:
		return task.Next{}, err
	case early > 0:
		return task.In(early), nil
	}
	if lapsed {
		s.done(r)
	}
	return task.Done(), nil
}
