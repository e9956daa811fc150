// Package replay keeps answers to requests that must not happen twice, so that a
// client that asks again gets what it was told the first time.
package replay

import (
	"time"

	"privd/market"
)

// Answer is one answer that was given.
type Answer struct {
	Key       market.Hash // names the request
	Request   market.Hash // SHA-256 of the body it answered
	Body      []byte
	ExpiresAt time.Time
}

// Tx is the part of a transaction that answers need.
type Tx interface {
	// Answer returns NotFound when nothing is stored under the key.
	Answer(key market.Hash) (Answer, error)
	PutAnswer(Answer) error
	// DropAnswers removes some of those that expired before now.
	DropAnswers(now time.Time) error
}
