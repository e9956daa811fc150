package erasure

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"privd/market"
	"privd/market/contribution"
	"privd/market/listing"
	"privd/market/task"
)

const (
	// poll is how often a deletion looks whether the sales it waits for are final.
	poll = 5 * time.Second
	// fetchedBeforePay is up to how many bytes of ciphertext buyers' nodes have before
	// they pay; what is larger they may still be fetching.
	fetchedBeforePay = 1 << 30
	// fetchTime is how long the blocks of what is larger stay.
	fetchTime = 24 * time.Hour
	// Notices are repeated: nodes come and go, and gossip reaches who is there.
	noticeEvery = 6 * time.Hour
	noticeRetry = 10 * time.Second
	noticePause = 30 * time.Second
)

// Step takes a deletion as far as it goes now: the handler of erase tasks.
func (s *Service) Step(ctx context.Context, key string) (task.Next, error) {
	user, id, ok := strings.Cut(key, "/")
	if !ok {
		return task.Next{}, fmt.Errorf("task key %q names no deletion", key)
	}
	return s.step(ctx, market.UserID(user), market.ContributionID(id))
}

func (s *Service) step(ctx context.Context, user market.UserID, id market.ContributionID) (task.Next, error) {
	defer s.erasing.Lock(id)()
	var d Deletion
	err := s.Store.View(ctx, func(tx Tx) (err error) { d, err = tx.Deletion(user, id); return err })
	if errors.Is(err, market.ErrNotFound) || (err == nil && d.Work == nil) {
		return task.Done(), nil
	}
	if err != nil {
		return task.Next{}, err
	}
	if d.ErasedAt.IsZero() {
		if err := s.withhold(ctx, d); err != nil {
			return task.Next{}, err
		}
		waits, err := s.waits(ctx, d)
		if err != nil || waits {
			// Whoever has a copy already hands it out no more, all the same.
			if d.Work.ToldAt.IsZero() && d.told() && s.tell(ctx, d) == nil {
				err = errors.Join(err, s.note(ctx, &d, func(d *Deletion) { d.Work.ToldAt = s.Clock().UTC() }))
			}
			return task.In(poll), err
		}
		if err := s.erase(ctx, &d); err != nil {
			return task.Next{}, err
		}
	}
	return s.spread(ctx, d)
}

// withhold takes the contribution off the market and the copies of this node's own
// buyers out of reach.
func (s *Service) withhold(ctx context.Context, d Deletion) error {
	for _, c := range d.Work.Covered {
		if err := s.Listings.Withhold(ctx, c.Listing, d.Contribution); err != nil {
			return fmt.Errorf("withhold %s from %s: %w", d.Contribution, c.Listing, err)
		}
	}
	return s.each(ctx, d, s.Copies.Erased)
}

// waits reports whether the erasure has to wait for buyers who have paid. At the
// deadline nothing is waited for.
func (s *Service) waits(ctx context.Context, d Deletion) (bool, error) {
	now := s.Clock()
	if d.Type == Hard || !now.Before(d.Deadline) {
		return false, nil
	}
	for _, c := range d.Work.Covered {
		if c.Sold != nil && c.Sold.Total > fetchedBeforePay && now.Before(d.RequestedAt.Add(fetchTime)) {
			return true, nil
		}
		owing, err := s.Sales.Owing(ctx, c.Listing, c.Version)
		if err != nil || owing {
			return owing, err
		}
	}
	return false, nil
}

// erase destroys keys first, then unlinks what they opened, then notes that it is
// done. A run that was cut off is repeated from its beginning, which is harmless.
func (s *Service) erase(ctx context.Context, d *Deletion) error {
	for _, name := range contribution.Contents(d.Contribution) {
		if err := s.Vault.Erase(ctx, name); err != nil {
			return err
		}
	}
	for _, c := range d.Work.Covered {
		if err := s.Listings.DestroyVersions(ctx, c.Listing, c.Version); err != nil {
			return err
		}
	}
	return s.note(ctx, d, func(d *Deletion) { d.ErasedAt = s.Clock().UTC().Truncate(time.Millisecond) })
}

// spread tells the network until the deadline, now and then. After that, nodes that
// never heard of it hold copies whose access has mostly run out.
func (s *Service) spread(ctx context.Context, d Deletion) (task.Next, error) {
	left := d.Deadline.Sub(s.Clock())
	if left <= 0 || !d.told() {
		return task.Done(), s.note(ctx, &d, func(d *Deletion) { d.Work = nil })
	}
	now := s.Clock().UTC()
	if now.Sub(d.Work.ToldAt).Abs() < noticePause {
		return task.In(min(noticePause, left)), nil // asked again because a peer came
	}
	err := s.tell(ctx, d)
	switch {
	case errors.Is(err, market.ErrUnavailable):
		return task.In(min(noticeRetry, left)), nil // nobody is there
	case err != nil:
		return task.Next{}, err
	}
	return task.In(min(noticeEvery, left)), s.note(ctx, &d, func(d *Deletion) { d.Work.ToldAt = now })
}

// told reports whether there is anything to tell of: what was never on sale nobody
// has.
func (d Deletion) told() bool {
	for _, c := range d.Work.Covered {
		if c.Sold != nil {
			return true
		}
	}
	return false
}

func (s *Service) tell(ctx context.Context, d Deletion) error {
	return s.each(ctx, d, s.Gossip.PublishErasure)
}

// each signs the notices of a deletion and hands them to do.
func (s *Service) each(ctx context.Context, d Deletion, do func(context.Context, listing.Erasure) error) error {
	for _, c := range d.Work.Covered {
		if c.Sold == nil {
			continue
		}
		e := listing.Erasure{Order: c.Sold.Order, OrderSignature: c.Sold.Signature, Listing: c.Listing,
			Content: c.Sold.Content, At: s.Clock().Unix()}
		var err error
		if e.Signature, err = s.Signer.SignDigest(ctx, s.Sealer, s.Domain.Erased(e.Order.Seller, e.Order.Listing, e.Digest(), uint64(e.At))); err != nil {
			return fmt.Errorf("sign erasure notice: %w", err)
		}
		if err := do(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// note changes the stored deletion.
func (s *Service) note(ctx context.Context, d *Deletion, change func(*Deletion)) error {
	return s.Store.Update(ctx, func(tx Tx) (err error) {
		if *d, err = tx.Deletion(d.User, d.Contribution); err != nil {
			return err
		}
		change(d)
		return tx.PutDeletion(*d)
	})
}
