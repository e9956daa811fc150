package listing

import (
	"context"
	"errors"
	"time"

	"privd/market"
	"privd/market/dataset"
	"privd/market/task"
)

// RemoveDataset takes a dataset off the markets for good: from its return on it is
// not there, its listing is delisted, and its id is free. What is left of it is
// erased by a stored task. NotFound for anybody but its owner.
func (s *Service) RemoveDataset(ctx context.Context, user market.UserID, id market.DatasetID) error {
	var d dataset.Dataset
	err := s.Store.View(ctx, func(tx Tx) (err error) { d, err = dataset.Mine(tx, user, id); return err })
	if err != nil {
		return err
	}
	defer s.changing.Lock(d.Listing)()
	l, err := s.Mine(ctx, user, d.Listing)
	if err != nil {
		return err
	}
	before := l
	switch l.Status {
	case Active, Paused:
		err = l.move(Delisted, owner)
	case PendingReview:
		l.Reason = "its owner removed the dataset"
		err = l.move(Rejected, system)
	}
	if err = errors.Join(err, s.dropUnpublished(ctx, before)); err != nil {
		return err
	}
	// The last version describes what is being erased; the number of versions stays.
	l.Published, l.Waiting, l.Renewal = nil, nil, nil
	l.UpdatedAt = s.Clock().UTC().Truncate(time.Millisecond)
	gone := func(tx Tx) error {
		now, err := dataset.Mine(tx, user, id)
		if err == nil && now.Content != d.Content {
			err = market.Fail(market.NotFound, "Dataset not found")
		}
		if err != nil {
			return err
		}
		return errors.Join(tx.DeleteDataset(id), tx.PutTask(task.Task{
			Kind: task.EraseDataset, Key: DatasetRemains(d.Content, l.ID), Due: l.UpdatedAt,
		}), task.ScrubSoon(tx, l.UpdatedAt))
	}
	if before.Status == Active {
		return s.withdraw(ctx, before, &l, gone)
	}
	return s.Store.Update(ctx, func(tx Tx) error { return errors.Join(s.replace(tx, before, l), gone(tx)) })
}

// DatasetRemains names the task that erases a dataset: where its file is, and what
// sold it.
func DatasetRemains(content string, listing market.ListingID) string {
	return content + "/" + string(listing)
}
