package market

import (
	"context"
	"time"
)

// Store gives a use case its records, seen through the transaction interface T
// that the use case declares.
type Store[T any] interface {
	// View runs fn on one consistent snapshot.
	View(ctx context.Context, fn func(tx T) error) error
	// Update runs fn and commits durably what it wrote, all of it or nothing. When
	// another transaction got in between, fn runs again: it must have no effect
	// outside tx.
	Update(ctx context.Context, fn func(tx T) error) error
}

// Clock tells the time. On a development network it follows the chain.
type Clock func() time.Time
