package contribution

import (
	"context"
	"errors"

	"privd/market"
	"privd/market/content"
)

// Get returns a user's own contribution; NotFound for anybody else's.
func (s *Service) Get(ctx context.Context, user market.UserID, id market.ContributionID) (c Contribution, err error) {
	err = s.Store.View(ctx, func(tx Tx) error { c, err = owned(tx, user, id); return err })
	return c, err
}

// List returns one page of a user's contributions, newest first, and how many
// pass the filter in all.
func (s *Service) List(ctx context.Context, user market.UserID, f Filter, limit, offset int) (page []Contribution, total int, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		page, total = nil, 0
		return tx.ContributionsOf(user, func(c Contribution) bool {
			if f.Matches(c) {
				if total >= offset && len(page) < limit {
					page = append(page, c)
				}
				total++
			}
			return ctx.Err() == nil
		})
	})
	return page, total, errors.Join(err, ctx.Err())
}

// Open returns the plaintext of a contribution to its owner.
func (s *Service) Open(ctx context.Context, user market.UserID, id market.ContributionID) (content.Reader, error) {
	c, err := s.Get(ctx, user, id)
	if err != nil {
		return nil, err
	}
	return s.Vault.Open(ctx, string(c.ID), c.Object)
}
