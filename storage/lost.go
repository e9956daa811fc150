package storage

import (
	"context"
	"errors"

	"privd/market"
	"privd/market/content"
	"privd/market/contribution"
	"privd/market/dataset"
	"privd/market/listing"
	"privd/storage/records"
)

// need is a secret that a record needs, with the blocks it opens.
type need struct {
	name   string         // of the secret
	object content.Object // without a root where there are no blocks
	// still reports whether the record stands: what was erased during a verification is
	// not lost.
	still func(*records.Tx) (bool, error)
}

// lost reports what the records need and is not there: the key and the blocks of
// each contribution, the key of each listing that was published. The contents and
// listings themselves say what that is, so that nothing has to be counted twice.
func (v *verification) lost(ctx context.Context) error {
	var needs []need
	err := v.storage.Records.View(ctx, func(tx *records.Tx) (err error) {
		needs, err = needed(tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, n := range needs {
		missing, err := v.missing(ctx, n)
		if err != nil {
			return err
		}
		if len(missing) == 0 {
			continue
		}
		stands := false
		err = v.storage.Records.View(ctx, func(tx *records.Tx) (err error) { stands, err = n.still(tx); return err })
		if err != nil {
			return err
		}
		for _, what := range missing {
			if stands {
				v.damage(n.name, what)
			}
		}
	}
	return nil
}

// missing returns what of a need is not there.
func (v *verification) missing(ctx context.Context, n need) (what []error, err error) {
	if n.object.Root.Defined() {
		has, err := v.storage.Blocks.Has(ctx, n.object.Root)
		if err != nil {
			return nil, err
		}
		if !has {
			what = append(what, errors.New("its blocks are missing"))
		}
	}
	if has, err := v.storage.Keys.Has(n.name); err != nil || !has {
		what = append(what, errors.Join(errors.New("its key is missing"), err))
	}
	return what, nil
}

func needed(tx *records.Tx) (all []need, err error) {
	err = tx.EachContribution(func(c contribution.Contribution) bool {
		if !c.Object.Root.Defined() {
			return true // nothing was stored for it
		}
		still := stands(func(tx *records.Tx) error { _, err := tx.Contribution(c.ID); return err })
		all = append(all, need{string(c.ID), c.Object, still})
		if c.Sold != nil && c.Sold.ID != string(c.ID) {
			all = append(all, need{c.Sold.ID, c.Sold.Object, still})
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	err = tx.Datasets(func(d dataset.Dataset) bool {
		all = append(all, need{d.Content, d.Object, stands(func(tx *records.Tx) error { _, err := tx.Dataset(d.ID); return err })})
		return true
	})
	if err != nil {
		return nil, err
	}
	err = tx.EachListing(func(l listing.Listing) bool {
		if l.Published == nil {
			return true
		}
		version := l.Published.Order.Version
		all = append(all, need{name: listing.KeyName(l.ID, version), still: func(tx *records.Tx) (bool, error) {
			now, err := tx.Listing(l.ID)
			return err == nil && now.Published != nil && now.Published.Order.Version == version, err
		}})
		return true
	})
	return all, err
}

// stands returns a question whose answer is whether a record can be found.
func stands(find func(*records.Tx) error) func(*records.Tx) (bool, error) {
	return func(tx *records.Tx) (bool, error) {
		err := find(tx)
		if errors.Is(err, market.ErrNotFound) {
			return false, nil
		}
		return err == nil, err
	}
}
