// Package delivery holds the three requests of a sealed delivery, as nouns. The
// buyer's node is always the client and the seller's the server; each request
// may be repeated and gives the same answer.
package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"privd/market"
	"privd/market/seal"
)

// Limits of the protocol.
const (
	MaxRecipient = 4096 // bytes of an age recipient's text
	MaxSealedKey = 4096 // bytes of the age file that carries c
)

// SealRequest asks the seller's node to seal a listing key for a buyer. It is
// unsigned: only the recipient can use the answer.
type SealRequest struct {
	Order          seal.Order
	OrderSignature seal.Sig
	Terms          seal.Terms
	Recipient      string // the age recipient whose SHA-256 stands in the terms
}

// Sealed is the seller's answer. Nothing in it is of value before k is known.
type Sealed struct {
	SealedHash market.Hash
	Lock       market.Hash
	SealedKey  []byte   // c, as an age file to the recipient
	Signature  seal.Sig // of the purchase id, by the order's sealer
}

// OpenerRequest asks for k of a purchase that is confirmed on chain, signed by
// the delegate.
type OpenerRequest struct {
	Purchase  market.Hash
	Signature seal.Sig
}

// Receipt says that the key opened what was promised.
type Receipt struct {
	Purchase  market.Hash
	OpenedAt  uint64 // unix seconds
	Signature seal.Sig
}

// Seller is the node that sells: in this process, or at the end of a stream.
// Methods return a *Refusal when the seller says no, and Unavailable when it
// cannot be reached.
type Seller interface {
	Seal(ctx context.Context, r SealRequest) (Sealed, error)
	Opener(ctx context.Context, r OpenerRequest) (seal.Key, error)
	Note(ctx context.Context, r Receipt) error
}

// RefusalCode says why a seller refuses.
type RefusalCode uint8

// The refusal codes, numbered as on the wire.
const (
	Refused      RefusalCode = 0 // no reason given
	UnknownOrder RefusalCode = 1
	NewVersion   RefusalCode = 2 // the refusal carries the new order
	Expired      RefusalCode = 3
	BadTerms     RefusalCode = 4
	ActiveAccess RefusalCode = 5
	Busy         RefusalCode = 6
	BelowMinimum RefusalCode = 7
	Erased       RefusalCode = 8
	TooLate      RefusalCode = 9
	NotConfirmed RefusalCode = 10
	BadSignature RefusalCode = 11
)

var refusalNames = [...]string{
	"refused", "unknown order", "the listing has a new version", "the order has expired", "unacceptable terms",
	"access is already active", "the seller is busy", "below the seller's minimum", "the content was erased", "too late",
	"not confirmed yet", "bad signature",
}

// String returns the code in words.
func (c RefusalCode) String() string {
	if int(c) < len(refusalNames) {
		return refusalNames[c]
	}
	return refusalNames[Refused]
}

// Final reports whether asking again cannot help.
func (c RefusalCode) Final() bool {
	switch c {
	case Busy, NotConfirmed:
		return false
	}
	return true
}

// Refusal is a seller's no.
type Refusal struct {
	Code       RefusalCode
	RetryAfter time.Duration
	// Confirmations is how many are left when Code is NotConfirmed.
	Confirmations uint32
	// Order is the new order when Code is NewVersion, or nil.
	Order          *seal.Order
	OrderSignature seal.Sig
}

// Error says who refused what.
func (r *Refusal) Error() string { return fmt.Sprintf("seller refused: %s", r.Code) }

// RefusalOf returns the refusal in err's chain, or nil.
func RefusalOf(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return nil
}
