// Package signature is what external wallets are asked to sign. The node relays
// every action and pays its gas, but what a user of an external wallet agrees to,
// only that wallet can say.
//
// A request is stored in the transaction of the state that waits for it, and the
// state goes on in the transaction that stores the answer: there is no moment at
// which one knows of the other and the other does not. An answer that is not the
// wallet's changes nothing.
package signature

import (
	"time"

	"privd/market"
	"privd/market/seal"
	"privd/market/task"
)

// Kind says what a signature agrees to.
type Kind string

// The kinds.
const (
	ListingOrder Kind = "listing_order" // one version of a listing; subject: listing id
	OrderRenewal Kind = "order_renewal" // the version on sale, for longer; subject: listing id
	Payment      Kind = "payment"       // the price of a purchase; subject: purchase id
	Stake        Kind = "stake"         // subject: stake id
	Unstake      Kind = "unstake"       // subject: unstake id
)

// Request asks a user's external wallet to sign one EIP-712 message.
type Request struct {
	ID        market.SignatureID
	User      market.UserID
	Kind      Kind
	Subject   string // what waits for it
	TypedData []byte // JSON, as eth_signTypedData_v4 takes it
	Digest    market.Hash
	Wallet    market.Address // who has to sign
	CreatedAt time.Time
	ExpiresAt time.Time

	// Once answered.
	Signature *seal.Sig
	Status    string // of the subject, when the answer came
}

// Open reports whether the request can still be answered.
func (r Request) Open(now time.Time) bool { return r.Signature == nil && now.Before(r.ExpiresAt) }

// Tx is the part of a transaction that signature requests need.
type Tx interface {
	task.Tx
	// Signature returns NotFound when there is none.
	Signature(market.SignatureID) (Request, error)
	PutSignature(Request) error
	// DeleteSignature removes a request; removing what is gone is fine.
	DeleteSignature(market.SignatureID) error
	// OpenSignatures calls each with a user's requests that nobody answered, oldest
	// first, until it returns false.
	OpenSignatures(user market.UserID, each func(Request) bool) error
}

// New returns a request for a wallet to sign m until it expires.
func New(user market.UserID, wallet market.Address, kind Kind, subject string, m seal.Message, now, expires time.Time) Request {
	return Request{
		ID: market.NewID[market.SignatureID](market.PrefixSignature), User: user, Kind: kind, Subject: subject,
		TypedData: m.JSON(), Digest: m.Digest(), Wallet: wallet,
		CreatedAt: now.UTC().Truncate(time.Millisecond), ExpiresAt: expires.UTC().Truncate(time.Second),
	}
}

// Ask stores a request: part of the transaction that stores what waits for it.
func Ask(tx Tx, r Request) error {
	if err := tx.PutSignature(r); err != nil {
		return err
	}
	return tx.PutTask(task.Task{Kind: task.LapseSignature, Key: string(r.ID), Due: r.ExpiresAt})
}

// Drop takes back a request that nothing waits for any more: part of the
// transaction that stores why. Dropping what is gone is fine; an answered request
// stays, so that the answer can be repeated.
func Drop(tx Tx, id market.SignatureID) error {
	if id == "" {
		return nil
	}
	r, err := tx.Signature(id)
	switch {
	case market.CodeOf(err) == market.NotFound && err != nil:
		return nil
	case err != nil:
		return err
	case r.Signature != nil:
		return nil
	}
	if err := tx.DeleteSignature(id); err != nil {
		return err
	}
	return tx.DeleteTask(task.LapseSignature, string(id))
}
