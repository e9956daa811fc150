package staking

import (
	"context"
	"sync"
	"time"

	"privd/market"
	"privd/market/account"
	"privd/market/deal"
	"privd/market/outbox"
	"privd/market/seal"
	"privd/market/signature"
	"privd/market/task"
)

// Chain is what staking needs of the chain.
type Chain interface {
	// Balance returns a wallet's PRIV; Unavailable when the chain cannot be asked.
	Balance(ctx context.Context, wallet market.Address) (market.Amount, error)
	// Head returns the newest block this node has read; Unavailable when that is too
	// old to act on.
	Head() (deal.Mark, error)
	// Outcome returns how a stored transaction stands; NotFound for an unknown key.
	Outcome(ctx context.Context, key string) (outbox.Transaction, error)
	// Stake, Unstake and ReleaseStake store a transaction under a key and return; it
	// is sent once, however often they are called.
	Stake(ctx context.Context, key string, t Terms, sig seal.Sig) error
	Unstake(ctx context.Context, key string, t Terms, sig seal.Sig) error
	ReleaseStake(ctx context.Context, key string, account market.Address) error
	// StakeUsed reports whether the authorization of t was used, or cancelled by its
	// account, as of a block.
	StakeUsed(ctx context.Context, t Terms, block uint64) (bool, error)
	// UnstakeNonce returns the nonce of the account's next unstake as of a block.
	UnstakeNonce(ctx context.Context, account market.Address, block uint64) (uint64, error)
}

// Rules are the times and limits a node stakes by.
type Rules struct {
	Confirmations uint64        // depth at which a stake counts
	PayWithin     time.Duration // how long a signed stake stays good
	SignWithin    time.Duration // how long an external wallet has to sign
	Wait          time.Duration // how long a call waits for the chain
	Poll          time.Duration // how often a waiting request looks at the chain
	RetryMost     time.Duration // the longest pause between tries
	PerDay        int           // requests of one user in 24 hours: each costs the node gas
}

// maxAttempts is how often a request is signed and sent before it fails.
const maxAttempts = 3

// Service stakes and unstakes. Its fields are required, except those that say so.
type Service struct {
	Store   market.Store[Tx]
	Wallets account.Wallets
	Chain   Chain
	Domain  Domain
	Clock   market.Clock
	Rules   Rules
	// Held returns what else of a user's wallet is spoken for; nil is nothing.
	Held func(tx Tx, user market.UserID) (market.Amount, error)

	mu      sync.Mutex
	waiters map[RequestID][]chan struct{}
}

// View is what a user has staked and what became of the newest request.
type View struct {
	Position
	Request *Request // nil before the first
}

// Get returns what a user has staked.
func (s *Service) Get(ctx context.Context, user market.UserID) (v View, err error) {
	err = s.Store.View(ctx, func(tx Tx) (err error) { v, err = view(tx, user); return err })
	return v, err
}

func view(tx Tx, user market.UserID) (v View, err error) {
	u, err := tx.User(user)
	if err != nil {
		return v, err
	}
	if v.Position, err = PositionOf(tx, u.Wallet); err != nil {
		return v, err
	}
	v.Request, err = last(tx, user)
	return v, err
}

// Stake puts an amount of the user's PRIV behind its reputation and waits a while
// for the chain. The answer holds the request: confirmed, or under way, and then it
// goes on by itself. One that fails meanwhile is an error; nothing was moved.
func (s *Service) Stake(ctx context.Context, user market.UserID, amount market.Amount) (View, error) {
	return s.ask(ctx, user, In, amount)
}

// Unstake asks for part of a stake back. The cooldown begins when the chain has it;
// afterwards the money comes by itself.
func (s *Service) Unstake(ctx context.Context, user market.UserID, amount market.Amount) (View, error) {
	return s.ask(ctx, user, Out, amount)
}

func (s *Service) ask(ctx context.Context, user market.UserID, direction Direction, amount market.Amount) (v View, err error) {
	if amount.IsZero() {
		return v, market.BadField("amount", "amount must be more than 0")
	}
	var balance market.Amount
	if direction == In {
		var u account.User
		if err = s.Store.View(ctx, func(tx Tx) (err error) { u, err = tx.User(user); return err }); err != nil {
			return v, err
		}
		if balance, err = s.Chain.Balance(ctx, u.Wallet); err != nil {
			return v, err
		}
	}
	now := s.Clock().UTC().Truncate(time.Millisecond)
	r := Request{
		ID: market.NewID[RequestID]("stake_"), User: user, Direction: direction, Terms: Terms{Amount: amount},
		State: Requested, CreatedAt: now, UpdatedAt: now,
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		if err := s.admit(tx, &r, balance); err != nil {
			return err
		}
		if err := tx.PutStakeRequest(r); err != nil {
			return err
		}
		return tx.PutTask(task.Task{Kind: task.Stake, Key: string(r.ID), Due: now})
	})
	if err != nil {
		return v, err
	}
	if v, err = s.wait(ctx, r); err == nil && v.Request.State == Failed {
		err = &market.Error{Code: market.Invalid, Reason: "STAKE_FAILED", Message: v.Request.Reason}
	}
	return v, err
}

// admit checks that a request may be made and that its amount is there.
func (s *Service) admit(tx Tx, r *Request, balance market.Amount) error {
	u, err := tx.User(r.User)
	if err != nil {
		return err
	}
	r.Terms.Account = u.Wallet
	if err := s.turn(tx, *r); err != nil {
		return err
	}
	if r.Direction == Out {
		p, err := PositionOf(tx, u.Wallet)
		if err == nil && p.Staked.Cmp(r.Terms.Amount) < 0 {
			err = &market.Error{Code: market.Invalid, Reason: "INSUFFICIENT_STAKE", Field: "amount", Message: "Insufficient stake"}
		}
		return err
	}
	held := market.Amount{}
	if s.Held != nil {
		if held, err = s.Held(tx, r.User); err != nil {
			return err
		}
	}
	if need, err := held.Add(r.Terms.Amount); err != nil || balance.Cmp(need) < 0 {
		return &market.Error{Code: market.Invalid, Reason: "INSUFFICIENT_BALANCE", Field: "amount", Message: "Insufficient PRIV balance"}
	}
	return nil
}

// turn checks that no other request of the user is open, and that there were not
// too many.
func (s *Service) turn(tx Tx, r Request) error {
	open, today := false, 0
	err := tx.StakeRequestsOf(r.User, func(other Request) bool {
		open = open || other.State.Open()
		if other.CreatedAt.Before(r.CreatedAt.Add(-24 * time.Hour)) {
			return false
		}
		today++
		return today < s.Rules.PerDay
	})
	switch {
	case err != nil:
		return err
	case open:
		return &market.Error{Code: market.Conflict, Reason: "STAKE_UNDER_WAY", Message: "another stake or unstake of this user is under way; wait until it is confirmed"}
	case today >= s.Rules.PerDay:
		return market.Fail(market.Limited, "too many stakes and unstakes today; try again tomorrow")
	}
	return nil
}

// wait returns the request as it stands once it has ended, or patience or ctx is
// over.
func (s *Service) wait(ctx context.Context, r Request) (v View, err error) {
	patience := time.NewTimer(s.Rules.Wait)
	defer patience.Stop()
	for {
		moved := s.watch(r.ID)
		err := s.Store.View(context.WithoutCancel(ctx), func(tx Tx) (err error) {
			if v, err = view(tx, r.User); err != nil {
				return err
			}
			// A newer one may have followed.
			r, err = tx.StakeRequest(r.ID)
			v.Request = &r
			return err
		})
		if err != nil || !(r.State == Requested || r.State == Sent) {
			return v, err
		}
		select {
		case <-moved:
		case <-patience.C:
			return v, nil
		case <-ctx.Done():
			return v, nil
		}
	}
}

// watch returns a channel that is closed when the request moves next.
func (s *Service) watch(id RequestID) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiters == nil {
		s.waiters = map[RequestID][]chan struct{}{}
	}
	c := make(chan struct{})
	s.waiters[id] = append(s.waiters[id], c)
	return c
}

func (s *Service) moved(id RequestID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.waiters[id] {
		close(c)
	}
	delete(s.waiters, id)
}

// Signed continues a request whose external wallet has signed: part of the
// transaction that stores the signature, which is the wallet's. A request that does
// not wait for it any more is a Conflict.
func (s *Service) Signed(tx Tx, asked signature.Request, sig seal.Sig) (status string, err error) {
	r, err := tx.StakeRequest(RequestID(asked.Subject))
	if err != nil {
		return "", err
	}
	if r.State != Awaiting || r.SignatureID != asked.ID {
		return "", market.Fail(market.Conflict, "the request does not wait for this signature any more")
	}
	now := s.Clock().UTC()
	r.Signature = sig
	r.to(Sent, "", now)
	if err := tx.PutStakeRequest(r); err != nil {
		return "", err
	}
	return string(r.State), tx.PutTask(task.Task{Kind: task.Stake, Key: string(r.ID), Due: now})
}

// SignedDone tells who waits that a signature has come.
func (s *Service) SignedDone(asked signature.Request) { s.moved(RequestID(asked.Subject)) }
