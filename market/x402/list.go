package x402

import (
	"context"

	"privd/market"
)

// Ledger is what an owner sold. Its field is required.
type Ledger struct {
	Store market.Store[LedgerTx]
}

// LedgerTx is the part of a transaction that a Ledger reads.
type LedgerTx interface {
	// X402Sales calls each with the sales of an owner, newest first, until it returns
	// false.
	X402Sales(owner market.UserID, each func(Sale) bool) error
	// CountX402Sales counts them.
	CountX402Sales(owner market.UserID) (int, error)
}

// List returns a page of an owner's sales, newest first, and how many there are.
func (l *Ledger) List(ctx context.Context, owner market.UserID, limit, offset int) (page []Sale, total int, err error) {
	err = l.Store.View(ctx, func(tx LedgerTx) error {
		page = nil
		if total, err = tx.CountX402Sales(owner); err != nil || total <= offset || limit < 1 {
			return err
		}
		skip := offset
		return tx.X402Sales(owner, func(s Sale) bool {
			if skip > 0 {
				skip--
				return true
			}
			page = append(page, s)
			return len(page) < limit
		})
	})
	return page, total, err
}
