package listing

import (
	"context"
	"errors"
	"slices"
	"time"

	"privd/market"
	"privd/market/contribution"
	"privd/market/task"
)

// FollowConsent brings what is on sale in line with what the owner of a contribution
// agrees to: the handler of follow-consent tasks. Without commercial consent the
// listings that hold it are paused; with other terms they go on in a new version
// that says so. Consent that is given back resumes nothing.
func (s *Service) FollowConsent(ctx context.Context, id market.ContributionID) (task.Next, error) {
	var holding []market.ListingID
	err := s.Store.View(ctx, func(tx Tx) error {
		holding = nil
		c, err := tx.Contribution(id)
		if err != nil {
			return err
		}
		all, err := tx.ListingsOf(c.User)
		for _, l := range all {
			if (l.Status == Active || l.Waiting != nil) && slices.Contains(l.Contributions, id) {
				holding = append(holding, l.ID)
			}
		}
		return err
	})
	if errors.Is(err, market.ErrNotFound) {
		return task.Done(), nil
	}
	if err != nil {
		return task.Next{}, err
	}
	for _, l := range holding {
		if err := s.follow(ctx, l, id); err != nil {
			return task.Next{}, err
		}
	}
	return task.Done(), nil
}

// follow is FollowConsent for one listing.
func (s *Service) follow(ctx context.Context, id market.ListingID, of market.ContributionID) error {
	defer s.changing.Lock(id)()
	var l Listing
	var c contribution.Contribution
	err := s.Store.View(ctx, func(tx Tx) (err error) {
		if l, err = tx.Listing(id); err != nil {
			return err
		}
		c, err = tx.Contribution(of)
		return err
	})
	if errors.Is(err, market.ErrNotFound) || (err == nil && !slices.Contains(l.Contributions, of)) {
		return nil // erased meanwhile
	}
	if err != nil {
		return err
	}
	before := l
	// A version that waits for a signature says what was agreed to when it was made.
	l.Waiting = nil
	switch {
	case l.Status == Active && !c.Consent.Commercial:
		return s.pause(ctx, before, &l, "commercial consent for "+string(of)+" was withdrawn")
	case l.Status == Active:
		return s.restate(ctx, before, l, c)
	case before.Waiting == nil:
		return nil
	}
	l.UpdatedAt = s.Clock().UTC().Truncate(time.Millisecond)
	return s.Store.Update(ctx, func(tx Tx) error { return s.replace(tx, before, l) })
}

// restate puts a listing on sale under the terms that are agreed to now, unless they
// are those it is on sale under.
func (s *Service) restate(ctx context.Context, before, l Listing, c contribution.Contribution) error {
	if same, err := l.Published.states(c); err != nil || same {
		return err
	}
	seller, err := s.owner(ctx, l)
	if err != nil {
		return err
	}
	if !seller.Managed {
		// Only the wallet itself can sign other terms, and the old ones are not agreed
		// to any more.
		return s.pause(ctx, before, &l, "the consent for "+string(c.ID)+" changed; set the listing active again and sign the new terms")
	}
	next := l
	next.UpdatedAt = s.Clock().UTC().Truncate(time.Millisecond)
	err = s.publish(ctx, before, &next)
	if market.CodeOf(err) == market.Invalid {
		return s.pause(ctx, before, &l, err.Error())
	}
	return err
}

// states reports whether the version on sale says of a contribution what its owner
// agrees to.
func (p *Published) states(c contribution.Contribution) (bool, error) {
	m, err := DecodeManifest(p.Manifest)
	if err != nil {
		return false, err
	}
	for _, e := range m.Entries {
		if e.Contribution == string(c.ID) && (e.AI != c.Consent.AI || e.Research != c.Consent.Research || e.Commercial != c.Consent.Commercial) {
			return false, nil
		}
	}
	return true, nil
}
