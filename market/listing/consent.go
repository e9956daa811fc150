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
			if l.Status == Active && slices.Contains(l.Contributions, id) {
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
	if errors.Is(err, market.ErrNotFound) || (err == nil && (l.Status != Active || !slices.Contains(l.Contributions, of))) {
		return nil // erased, or taken off sale meanwhile
	}
	if err != nil {
		return err
	}
	before := l
	if !c.Consent.Commercial {
		return s.pause(ctx, before, &l, "commercial consent for "+string(of)+" was withdrawn")
	}
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
		return s.pause(ctx, before, &l, "the consent for "+string(of)+" changed; resume the listing to sign the new terms")
	}
	l.UpdatedAt = s.Clock().UTC().Truncate(time.Millisecond)
	err = s.publish(ctx, before, &l)
	if market.CodeOf(err) == market.Invalid {
		l = before
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
