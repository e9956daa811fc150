package listing

import (
	"context"
	"errors"
	"slices"
	"time"

	"privd/market"
)

// Withhold takes a contribution that is being erased out of a listing: the listing
// is paused where it was on sale, and what it sells from its next version on does
// not hold the contribution. Withholding what is out is fine.
func (s *Service) Withhold(ctx context.Context, id market.ListingID, gone market.ContributionID) error {
	defer s.changing.Lock(id)()
	l, size, err := s.without(ctx, id, gone)
	if errors.Is(err, market.ErrNotFound) || (err == nil && !slices.Contains(l.Contributions, gone)) {
		return nil
	}
	if err != nil {
		return err
	}
	before := l
	l.Contributions = slices.DeleteFunc(slices.Clone(l.Contributions), func(c market.ContributionID) bool { return c == gone })
	l.Files, l.TotalSize = len(l.Contributions), size
	// The last version, and one that waits for a signature, describe what is being
	// erased; the number of versions stays.
	l.Published, l.Waiting, l.Renewal = nil, nil, nil
	if err := s.dropUnpublished(ctx, l); err != nil {
		return err
	}
	if l.Status == Active {
		return s.pause(ctx, before, &l, "contribution "+string(gone)+" was deleted")
	}
	l.UpdatedAt = s.Clock().UTC().Truncate(time.Millisecond)
	return s.Store.Update(ctx, func(tx Tx) error { return s.replace(tx, before, l) })
}

// dropUnpublished destroys what was made for a version that was refused when it was
// to be put on sale. Nobody makes the next one meanwhile: the lock is held.
func (s *Service) dropUnpublished(ctx context.Context, l Listing) error {
	next := KeyName(l.ID, l.Version+1)
	return errors.Join(s.Keyring.Destroy(ctx, next), s.Vault.Discard(next+manifestPack), s.Vault.Discard(next+bundlePack))
}

// without returns a listing and the size of what it holds besides one contribution.
func (s *Service) without(ctx context.Context, id market.ListingID, gone market.ContributionID) (l Listing, size int64, err error) {
	err = s.Store.View(ctx, func(tx Tx) (err error) {
		size = 0
		if l, err = tx.Listing(id); err != nil {
			return err
		}
		for _, other := range l.Contributions {
			c, err := tx.Contribution(other)
			switch {
			case errors.Is(err, market.ErrNotFound), other == gone:
			case err != nil:
				return err
			default:
				size += c.Object.Size
			}
		}
		return nil
	})
	return l, size, err
}

// pause takes an active listing off sale on behalf of the system. before is the
// listing as it is stored; l may differ from it by more than the status.
func (s *Service) pause(ctx context.Context, before Listing, l *Listing, reason string) error {
	if err := l.move(Paused, system); err != nil {
		return err
	}
	l.Reason, l.UpdatedAt = reason, s.Clock().UTC().Truncate(time.Millisecond)
	return s.withdraw(ctx, before, l)
}

// DestroyVersions destroys the keys of the first versions of a listing, and unlinks
// their key bundles and manifests: whatever was sold under them cannot be opened
// anew. Destroying what is gone is fine.
func (s *Service) DestroyVersions(ctx context.Context, id market.ListingID, last uint64) error {
	for v := uint64(1); v <= last; v++ {
		name := KeyName(id, v)
		err := errors.Join(s.Keyring.Destroy(ctx, name), s.Vault.Erase(ctx, name+bundlePack), s.Vault.Erase(ctx, name+manifestPack))
		if err != nil {
			return err
		}
	}
	return nil
}

// stillSells refuses, in the transaction that puts a version on sale, what was
// deleted or lost its consent while the version was made.
func stillSells(tx Tx, l Listing) error {
	for _, id := range l.Contributions {
		if _, err := sellable(tx, l.Owner, id); err != nil {
			return unsellable(err)
		}
	}
	return nil
}

// unsellable says of a listing's contribution that is gone what it is: a fault of
// what the listing sells.
func unsellable(err error) error {
	if errors.Is(err, market.ErrNotFound) {
		return market.BadField("contribution_ids", "the listing holds a contribution that was deleted")
	}
	return err
}
