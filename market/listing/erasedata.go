package listing

import (
	"context"
	"errors"
	"time"

	"privd/market"
	"privd/market/dataset"
	"privd/market/task"
)

// RemoveDataset takes a dataset off the markets for good and has it erased: from now
// on it is hidden and not sold; its key, its blocks and the keys of its listing are
// destroyed by a stored task. Its id is free once that is done. NotFound for anybody
// but its owner.
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
	l.UpdatedAt = s.Clock().UTC().Truncate(time.Millisecond)
	switch l.Status {
	case Active:
		if err := l.move(Delisted, owner); err != nil {
			return err
		}
		return s.withdraw(ctx, before, &l, func(tx Tx) error { return hide(tx, user, id, l.UpdatedAt) })
	case Paused:
		err = l.move(Delisted, owner)
	case PendingReview:
		l.Reason = "its owner removed the dataset"
		err = l.move(Rejected, system)
	}
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx Tx) error {
		return errors.Join(s.replace(tx, before, l), hide(tx, user, id, l.UpdatedAt))
	})
}

// hide marks a dataset as removed, with the task that erases it.
func hide(tx Tx, user market.UserID, id market.DatasetID, now time.Time) error {
	d, err := dataset.Mine(tx, user, id)
	if err != nil {
		return err
	}
	d.Erasing, d.UpdatedAt = true, now
	return errors.Join(tx.PutDataset(d), tx.PutTask(task.Task{Kind: task.EraseDataset, Key: string(id), Due: now}))
}

// EraseDataset destroys what is left of a removed dataset: the handler of
// erase-dataset tasks. The keys go first: from then on every copy is noise.
func (s *Service) EraseDataset(ctx context.Context, id market.DatasetID) (task.Next, error) {
	var d dataset.Dataset
	var l Listing
	err := s.Store.View(ctx, func(tx Tx) (err error) {
		if d, err = tx.Dataset(id); err != nil {
			return err
		}
		l, err = tx.Listing(d.Listing)
		return err
	})
	if errors.Is(err, market.ErrNotFound) || (err == nil && !d.Erasing) {
		return task.Done(), nil
	}
	if err != nil {
		return task.Next{}, err
	}
	if err := s.Vault.Erase(ctx, d.Content); err != nil {
		return task.Next{}, err
	}
	for v := uint64(1); v <= l.Version; v++ {
		name := KeyName(l.ID, v)
		err := errors.Join(s.Keyring.Destroy(ctx, name), s.Vault.Erase(ctx, name+".bundle"), s.Vault.Erase(ctx, name+".manifest"))
		if err != nil {
			return task.Next{}, err
		}
	}
	return task.Done(), s.Store.Update(ctx, func(tx Tx) error {
		now, err := tx.Dataset(id)
		if errors.Is(err, market.ErrNotFound) || (err == nil && !now.Erasing) {
			return nil
		}
		return errors.Join(err, tx.DeleteDataset(id))
	})
}
