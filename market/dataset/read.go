package dataset

import (
	"context"
	"errors"
	"time"

	"privd/market"
	"privd/market/task"
)

// Mine returns a dataset to its owner; NotFound for anybody else.
func (s *Service) Mine(ctx context.Context, user market.UserID, id market.DatasetID) (d Dataset, err error) {
	err = s.Store.View(ctx, func(tx Tx) error { d, err = Mine(tx, user, id); return err })
	return d, err
}

// Mine returns a dataset of a user.
func Mine(tx Tx, user market.UserID, id market.DatasetID) (Dataset, error) {
	d, err := tx.Dataset(id)
	if errors.Is(err, market.ErrNotFound) || (err == nil && d.User != user) {
		return Dataset{}, market.Fail(market.NotFound, "Dataset not found")
	}
	return d, err
}

// List returns one page of a user's datasets, newest first, and how many there are.
func (s *Service) List(ctx context.Context, user market.UserID, limit, offset int) (page []Dataset, total int, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		page, total = nil, 0
		return tx.DatasetsOf(user, func(d Dataset) bool {
			if total >= offset && len(page) < limit {
				page = append(page, d)
			}
			total++
			return ctx.Err() == nil
		})
	})
	return page, total, errors.Join(err, ctx.Err())
}

// SetPrice changes what a dataset costs over x402, in the smallest unit of mUSDC; nil
// takes it off sale there. What it costs in PRIV is its listing's.
func (s *Service) SetPrice(ctx context.Context, user market.UserID, id market.DatasetID, price *market.Amount) (d Dataset, err error) {
	var usdc market.Amount
	if price != nil {
		if usdc = *price; CheckPriceUSDC(usdc) != nil {
			return d, CheckPriceUSDC(usdc)
		}
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		if d, err = Mine(tx, user, id); err != nil || d.PriceUSDC == usdc {
			return err
		}
		d.PriceUSDC, d.UpdatedAt = usdc, s.Clock().UTC().Truncate(time.Millisecond)
		// The price stands in what is announced, too.
		return errors.Join(tx.PutDataset(d), tx.PutTask(task.Task{Kind: task.Announce, Key: string(d.Listing), Due: s.Clock().UTC()}))
	})
	return d, err
}
