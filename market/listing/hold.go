package listing

import (
	"context"
	"errors"
	"time"

	"privd/market"
)

// maxReason bounds what an operator gives as a reason, in characters.
const maxReason = 500

// undecided reports whether a submitted listing waits for the policy: not for the
// operator, and not for its seller's wallet.
func (l Listing) undecided() bool {
	return l.Status == PendingReview && l.Waiting == nil && l.HeldAt.IsZero()
}

// Held returns one page of the listings that wait for the operator, the oldest
// first, and how many there are.
func (s *Service) Held(ctx context.Context, limit, offset int) (page []Listing, total int, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		page, total = nil, 0
		return tx.HeldListings(func(l Listing) bool {
			if total >= offset && len(page) < limit {
				page = append(page, l)
			}
			total++
			return ctx.Err() == nil
		})
	})
	return page, total, errors.Join(err, ctx.Err())
}

// Decide decides a listing that is held, for the operator, and returns it as it then
// stands: rejected, active, or waiting for the signature of its seller's wallet. What
// cannot be sold any more is rejected, whatever was decided. NotFound when there is
// no such listing, Conflict when it is not held.
func (s *Service) Decide(ctx context.Context, id market.ListingID, approve bool, reason string) (Listing, error) {
	if !shown(reason, 0, maxReason) {
		return Listing{}, market.BadField("reason", "reason must be at most 500 characters, without control characters")
	}
	if reason == "" {
		reason = map[bool]string{true: "The operator approved it.", false: "The operator did not approve it."}[approve]
	}
	l, err := s.decide(ctx, id, approve, reason)
	if err != nil || !approve {
		return l, err
	}
	// The stored task does the same, and tries again what fails here.
	_, _ = s.Approve(ctx, id)
	err = s.Store.View(ctx, func(tx Tx) (err error) { l, err = tx.Listing(id); return err })
	return l, err
}

// decide stores the decision. An approval survives whatever happens until the
// listing is on sale: a restart, and a wallet that did not sign in time.
func (s *Service) decide(ctx context.Context, id market.ListingID, approve bool, reason string) (l Listing, err error) {
	defer s.changing.Lock(id)()
	err = s.Store.View(ctx, func(tx Tx) (err error) { l, err = tx.Listing(id); return err })
	switch {
	case errors.Is(err, market.ErrNotFound):
		return l, market.Fail(market.NotFound, "Listing not found")
	case err != nil:
		return l, err
	case l.HeldAt.IsZero():
		return l, &market.Error{Code: market.Conflict, Reason: "NOT_HELD", Message: "the listing does not wait for the operator; it is " + string(l.Status)}
	}
	before := l
	if approve {
		l.HeldAt, l.Cleared = time.Time{}, true
	} else if err := l.move(Rejected, system); err != nil {
		return before, err
	}
	l.Reason, l.UpdatedAt = reason, s.Clock().UTC().Truncate(time.Millisecond)
	return l, s.Store.Update(ctx, func(tx Tx) error { return s.replace(tx, before, l) })
}
