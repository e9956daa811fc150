package erasure

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"privd/market"
	"privd/market/content"
	"privd/market/listing"
	"privd/market/task"
)

// Datasets erases what is left of datasets that their owners removed. Buyers who
// have paid are served first; then every key of the seller's is destroyed, after
// which only those who bought can read the file; its blocks go when nobody on this
// node has access to them any more. Its fields are required.
type Datasets struct {
	Store    market.Store[DatasetTx]
	Vault    content.Vault
	Keyring  content.Keyring
	Listings Listings
	Sales    Sales
	// Held returns until when users of this node have access to what they bought of a
	// listing; the zero time when nobody has.
	Held func(ctx context.Context, id market.ListingID) (time.Time, error)
	// Owed returns until when strangers who paid for a file over x402 may have it; the
	// zero time when nobody is owed it.
	Owed  func(ctx context.Context, content string) (time.Time, error)
	Clock market.Clock
}

// DatasetTx is the part of a transaction that erasing datasets needs.
type DatasetTx interface {
	Listing(market.ListingID) (listing.Listing, error)
}

// Step erases one dataset as far as it goes now: the handler of erase-dataset tasks.
func (s *Datasets) Step(ctx context.Context, key string) (task.Next, error) {
	name, id, ok := strings.Cut(key, "/")
	if !ok {
		return task.Next{}, fmt.Errorf("task key %q names no dataset", key)
	}
	var l listing.Listing
	err := s.Store.View(ctx, func(tx DatasetTx) (err error) { l, err = tx.Listing(market.ListingID(id)); return err })
	if err != nil {
		return task.Next{}, err
	}
	now := s.Clock()
	if now.Before(l.UpdatedAt.Add(Within)) {
		owing, err := s.Sales.Owing(ctx, l.ID, l.Version)
		if err != nil || owing {
			return task.In(poll), err
		}
	}
	if until, err := s.Owed(ctx, name); err != nil || now.Before(until) {
		return task.In(min(until.Sub(now), owedPoll)), err
	}
	if err := s.destroyKeys(ctx, name, l); err != nil {
		return task.Next{}, err
	}
	if until, err := s.Held(ctx, l.ID); err != nil || now.Before(until) {
		return task.In(until.Sub(now)), err
	}
	return task.Done(), errors.Join(s.Vault.Erase(ctx, name), s.Listings.DestroyVersions(ctx, l.ID, l.Version))
}

// owedPoll is how often it is looked whether the buyers of a removed dataset have it.
const owedPoll = 5 * time.Minute

func (s *Datasets) destroyKeys(ctx context.Context, name string, l listing.Listing) error {
	err := s.Keyring.Destroy(ctx, name)
	for v := uint64(1); v <= l.Version; v++ {
		err = errors.Join(err, s.Keyring.Destroy(ctx, listing.KeyName(l.ID, v)))
	}
	return err
}
