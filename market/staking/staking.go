// Package staking lets a user put PRIV behind its reputation and take it back. A
// user signs, the node relays and pays for gas, and after the cooldown the node
// sends the money home by itself.
//
// It promises that one request moves its amount at most once, whatever crashes,
// reorganisations and lost transactions come in between, and that a request ends:
// confirmed, or failed with nothing moved.
package staking

import (
	"errors"
	"time"

	"privd/market"
	"privd/market/account"
	"privd/market/deal"
	"privd/market/seal"
	"privd/market/signature"
	"privd/market/task"
)

// RequestID names one request to stake or to unstake.
type RequestID string

// Direction says which way the money goes.
type Direction string

// The directions.
const (
	In  Direction = "stake"
	Out Direction = "unstake"
)

// State is where a request stands.
type State string

// The states. Confirmed and Failed are ends.
const (
	Requested State = "requested"          // asked for; nothing is signed
	Awaiting  State = "awaiting_signature" // an external wallet has to sign
	Sent      State = "sent"               // signed; the transaction is about to be sent, or was
	Confirmed State = "confirmed"          // on chain, deep enough
	Failed    State = "failed"             // ended; nothing was moved
)

// transitions is every step a request may take. A request goes back from Sent only
// when what was signed can no longer be mined.
var transitions = map[State][]State{
	Requested: {Awaiting, Sent, Failed},
	Awaiting:  {Sent, Failed},
	Sent:      {Requested, Confirmed, Failed},
}

// Open reports whether the request is still under way.
func (s State) Open() bool { return s == Requested || s == Awaiting || s == Sent }

// Request is one wish to stake or to unstake.
type Request struct {
	ID        RequestID
	User      market.UserID
	Direction Direction
	// Terms are fixed, and stored, before they are signed. Account and Amount never
	// change; the rest is drawn anew for each attempt.
	Terms     Terms
	Attempt   int // from 0
	Signature seal.Sig
	State     State
	Reason    string // why it waits or failed, in words
	// Lapsed is the block at which the time of the terms was seen to be over.
	Lapsed uint64
	TxHash market.Hash
	// SignatureID names what an external wallet has to sign, until SignBy.
	SignatureID market.SignatureID
	SignBy      time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// to moves the request, the only way its state changes.
func (r *Request) to(s State, reason string, now time.Time) {
	for _, allowed := range transitions[r.State] {
		if allowed == s {
			r.State, r.Reason, r.UpdatedAt = s, reason, now
			return
		}
	}
	panic("staking: no way from " + string(r.State) + " to " + string(s))
}

// Tx is the part of a transaction that staking needs.
type Tx interface {
	signature.Tx
	Events
	User(market.UserID) (account.User, error)
	UserByWallet(market.Address) (account.User, error)
	// StakeRequest returns NotFound when there is none.
	StakeRequest(RequestID) (Request, error)
	PutStakeRequest(Request) error
	// StakeRequestsOf calls each with a user's requests, newest first, until it
	// returns false.
	StakeRequestsOf(user market.UserID, each func(Request) bool) error
}

// last returns a user's newest request, nil when there is none. Only the newest can
// be open: a user makes one request at a time.
func last(tx Tx, user market.UserID) (newest *Request, err error) {
	err = tx.StakeRequestsOf(user, func(r Request) bool {
		newest = &r
		return false
	})
	return newest, err
}

// Reserved returns how much of a user's wallet an open request is about to stake, in
// wei of PRIV.
func Reserved(tx Tx, user market.UserID) (market.Amount, error) {
	r, err := last(tx, user)
	if err != nil || r == nil || !r.State.Open() || r.Direction != In {
		return market.Amount{}, err
	}
	return r.Terms.Amount, nil
}

// Booked lets the requests and withdrawals of this node's users follow an event of
// the chain, stored or taken back: part of that transaction.
func (s *Service) Booked(tx Tx, e deal.Event) error {
	switch e.Kind {
	case deal.Staked, deal.UnstakeRequested, deal.StakeWithdrawn:
	default:
		return nil
	}
	user, err := tx.UserByWallet(e.Account)
	if errors.Is(err, market.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	now := s.Clock().UTC()
	if r, err := last(tx, user.ID); err != nil {
		return err
	} else if r != nil && r.State == Sent {
		if err := tx.PutTask(task.Task{Kind: task.Stake, Key: string(r.ID), Due: now}); err != nil {
			return err
		}
	}
	if e.Kind == deal.Staked {
		return nil
	}
	// The handler looks at what is so and waits for the rest of the cooldown.
	return tx.PutTask(task.Task{Kind: task.Release, Key: e.Account.Hex(), Due: now})
}
