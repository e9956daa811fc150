// Package fund is the money that a node's operator pays users from: it lies in the
// Rewards contract, under the node's account. Deposits come from the operator's
// wallet by a signature that the node relays; withdrawals are announced, wait out
// the contract's notice, and go back to the wallet.
//
// It promises that a deposit or a withdrawal moves its amount at most once,
// whatever crashes and reorganisations come in between, and that what a deposit
// could not bring into the fund lies in the node's account, where the next deposit
// takes it from.
package fund

import (
	"time"

	"privd/market"
	"privd/market/account"
	"privd/market/deal"
	"privd/market/seal"
	"privd/market/task"
)

// MoveID names one deposit or withdrawal.
type MoveID string

// Kind says which way the money goes.
type Kind string

// The kinds.
const (
	Deposit    Kind = "deposit"
	Withdrawal Kind = "withdrawal"
)

// State is where a move stands.
type State string

// The states. The last three are ends.
const (
	Collecting State = "collecting" // deposit: from the operator's wallet to the node's account
	Approving  State = "approving"  // deposit: the contract is allowed to take it
	Adding     State = "adding"     // deposit: into the fund
	Announcing State = "announcing" // withdrawal: the notice is being given
	Announced  State = "announced"  // withdrawal: the notice runs
	TakingOut  State = "taking_out" // withdrawal: from the fund to the node's account
	Returning  State = "returning"  // withdrawal: from the node's account to the wallet
	Cancelling State = "cancelling" // withdrawal: the notice is being taken back
	Completed  State = "completed"
	Cancelled  State = "cancelled"
	Failed     State = "failed"
)

// transitions is every step a move may take.
var transitions = map[State][]State{
	Collecting: {Approving, Failed},
	Approving:  {Adding, Failed},
	Adding:     {Completed, Failed},
	Announcing: {Announced, Failed},
	Announced:  {TakingOut, Cancelling, Failed},
	TakingOut:  {Returning, Completed, Failed},
	Returning:  {Completed, Failed},
	Cancelling: {Cancelled, Announced, Failed},
}

// Open reports whether the move is still under way.
func (s State) Open() bool { return s != Completed && s != Cancelled && s != Failed }

// Move is one deposit into the fund, or one withdrawal from it.
type Move struct {
	ID     MoveID
	Kind   Kind
	State  State
	Amount market.Amount // wei of PRIV
	Wallet market.Address
	// Missing is what a deposit takes from the wallet: the node's account has the rest.
	Missing market.Amount
	// What the wallet signed to hand that over: an ERC-3009 authorization.
	Nonce       market.Hash
	ValidBefore uint64 // unix seconds
	Signature   seal.Sig
	// Attempt counts the transactions of the state that failed.
	Attempt  int
	Reason   string        // why it waits or failed, in words
	ReadyAt  uint64        // of a withdrawal: unix seconds
	Taken    market.Amount // what a withdrawal got out of the fund
	TxHashes []market.Hash
	// CreatedAt is when the operator asked.
	CreatedAt time.Time
	UpdatedAt time.Time
}

// to moves on, the only way a state changes.
func (m *Move) to(s State, reason string, now time.Time) {
	for _, allowed := range transitions[m.State] {
		if allowed == s {
			m.State, m.Reason, m.Attempt, m.UpdatedAt = s, reason, 0, now
			return
		}
	}
	panic("fund: no way from " + string(m.State) + " to " + string(s))
}

// note remembers a transaction of the move.
func (m *Move) note(hash market.Hash) {
	for _, known := range m.TxHashes {
		if known == hash {
			return
		}
	}
	if !hash.IsZero() {
		m.TxHashes = append(m.TxHashes, hash)
	}
}

// Tx is the part of a transaction that the fund needs.
type Tx interface {
	task.Tx
	// Users lists all users, oldest first.
	Users() ([]account.User, error)
	// FundMove returns NotFound when there is none.
	FundMove(MoveID) (Move, error)
	PutFundMove(Move) error
	// FundMoves calls each with the moves, newest first, until it returns false.
	FundMoves(each func(Move) bool) error
	// EventsBetween lists the stored events of blocks above one block and up to
	// another, in order.
	EventsBetween(above, to uint64) ([]deal.Event, error)
}

// operator returns the user whose wallet the fund is filled from.
func operator(tx Tx) (account.User, error) {
	users, err := tx.Users()
	if err != nil {
		return account.User{}, err
	}
	for _, u := range users {
		if u.Operator {
			return u, nil
		}
	}
	return account.User{}, market.Fail(market.NotFound, "this node has no operator among its users")
}

// newest returns the newest move of a kind; nil when there is none. A deposit and a
// withdrawal may be under way together, but not two of a kind.
func newest(tx Tx, kind Kind) (found *Move, err error) {
	err = tx.FundMoves(func(m Move) bool {
		if m.Kind != kind {
			return true
		}
		found = &m
		return false
	})
	return found, err
}

// Reserved returns how much of a user's wallet a deposit is about to take, in wei of
// PRIV.
func Reserved(tx Tx, user market.UserID) (market.Amount, error) {
	m, err := newest(tx, Deposit)
	if err != nil || m == nil || m.State != Collecting {
		return market.Amount{}, err
	}
	u, err := operator(tx)
	if err != nil || u.ID != user {
		return market.Amount{}, err
	}
	return m.Missing, nil
}
