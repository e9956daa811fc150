package listing

import (
	"context"
	"errors"

	"privd/market"
	"privd/market/seal"
)

// roomOf returns Limited when a catalog that is full would have to take another
// listing: orders cost their signers nothing, so nothing else bounds how many there
// are. What is on sale already may change.
func (s *Service) roomOf(ctx context.Context, o seal.Order) error {
	if s.Room == nil || s.Room(ctx, o.Seller) {
		return nil
	}
	err := s.Store.View(ctx, func(tx Tx) error {
		held, err := tx.OfferByHash(o.Listing)
		if err == nil && held.Order.Seller != o.Seller {
			err = market.ErrNotFound
		}
		return err
	})
	if errors.Is(err, market.ErrNotFound) {
		return market.Fail(market.Limited, "the catalog of this node is full")
	}
	return err
}
