package earning

import (
	"context"

	"privd/market"
)

// Reader is the part of a transaction that shows earnings.
type Reader interface {
	// EarningSummary returns a user's sums; zeros for who earned nothing.
	EarningSummary(market.UserID) (Summary, error)
	// EarningPage lists a user's earnings that pass the filter, newest first with the
	// id as the last key. Cancelled ones are left out.
	EarningPage(user market.UserID, f Filter, limit, offset int) ([]Earning, error)
}

// Page is a part of a user's earnings.
type Page struct {
	Earnings []Earning
	Total    int     // that pass the filter
	Summary  Summary // of all, whatever the filter
}

// List shows a user's earnings.
func List(ctx context.Context, store market.Store[Reader], user market.UserID, f Filter, limit, offset int) (p Page, err error) {
	err = store.View(ctx, func(tx Reader) error {
		if p.Summary, err = tx.EarningSummary(user); err != nil {
			return err
		}
		passed, err := p.Summary.Sum(f)
		if err != nil {
			return err
		}
		p.Total = int(passed.Count)
		p.Earnings, err = tx.EarningPage(user, f, limit, offset)
		return err
	})
	return p, err
}
