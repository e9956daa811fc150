package listing

import (
	"context"
	"errors"
	"time"

	"privd/market"
	"privd/market/dataset"
	"privd/market/task"
)

// Payable says where a dataset is sold over x402, and for how much.
type Payable struct {
	URL   string // whose GET is paid for; see dataset.CheckPayURL
	Price string // smallest units of mUSDC, in decimal
}

func (p *Payable) check() bool {
	_, ok := dataset.ParsePriceUSDC(p.Price)
	return ok && dataset.CheckPayURL(p.URL)
}

// payable returns how a dataset of this node is sold over x402, as other nodes are
// told; nil when it is not, or nobody elsewhere could get there.
func (s *Service) payable(d dataset.Dataset) *Payable {
	if s.PayURL == nil || d.PriceUSDC.IsZero() {
		return nil
	}
	p := &Payable{URL: s.PayURL(d.ID), Price: d.PriceUSDC.String()}
	if !p.check() {
		return nil
	}
	return p
}

// repay puts a new version of a listing on sale when what it tells of x402 is not so
// any more.
func (s *Service) repay(ctx context.Context, l Listing) (Listing, error) {
	stale := false
	err := s.Store.View(ctx, func(tx Tx) (err error) { stale, err = s.stale(tx, l); return err })
	if err != nil || !stale {
		return l, err
	}
	before := l
	if w := l.Waiting; w != nil {
		// What its owner changed and did not sign yet is not lost.
		l.Title, l.Description, l.Tags, l.Price = w.Title, w.Description, w.Tags, w.Price
		l.Waiting = nil
	}
	l.UpdatedAt = s.Clock().UTC().Truncate(time.Millisecond)
	return l, s.publish(ctx, before, &l)
}

// stale reports whether a listing that is on sale tells something of x402 that is not
// so.
func (s *Service) stale(tx Tx, l Listing) (bool, error) {
	if l.Dataset == "" || l.Status != Active || l.Published == nil {
		return false, nil
	}
	d, err := tx.Dataset(l.Dataset)
	if errors.Is(err, market.ErrNotFound) || (err == nil && d.Listing != l.ID) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	block := l.Published.Manifest
	if l.Waiting != nil {
		block = l.Waiting.Manifest
	}
	m, err := DecodeManifest(block)
	if err != nil {
		return false, err
	}
	now := s.payable(d)
	return (now == nil) != (m.X402 == nil) || (now != nil && *now != *m.X402), nil
}

// Reached makes what the node tells of x402 true again after it was given another
// address: called when it starts.
func (s *Service) Reached(ctx context.Context) error {
	return s.Store.Update(ctx, func(tx Tx) error {
		var stale []market.ListingID
		var failed error
		err := tx.Datasets(func(d dataset.Dataset) bool {
			var l Listing
			if l, failed = tx.Listing(d.Listing); errors.Is(failed, market.ErrNotFound) {
				failed = nil
				return true
			}
			var is bool
			if failed == nil {
				is, failed = s.stale(tx, l)
			}
			if is {
				stale = append(stale, l.ID)
			}
			return failed == nil
		})
		if err := errors.Join(err, failed); err != nil {
			return err
		}
		for _, id := range stale {
			if err := tx.PutTask(task.Task{Kind: task.Announce, Key: string(id), Due: s.Clock().UTC()}); err != nil {
				return err
			}
		}
		return nil
	})
}
