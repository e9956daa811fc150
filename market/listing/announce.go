package listing

import (
	"context"
	"errors"
	"time"

	"privd/market"
	"privd/market/content"
	"privd/market/seal"
	"privd/market/task"
)

// clockSkew is how far clocks of nodes may be apart.
const clockSkew = time.Hour

// Announce tells the network how a listing of this node stands, and renews its
// order at half its life: the handler of announce tasks.
func (s *Service) Announce(ctx context.Context, id market.ListingID) (task.Next, error) {
	defer s.changing.Lock(id)()
	var l Listing
	err := s.Store.View(ctx, func(tx Tx) (err error) { l, err = tx.Listing(id); return err })
	if errors.Is(err, market.ErrNotFound) {
		return task.Done(), nil
	}
	if err != nil {
		return task.Next{}, err
	}
	if l.Status != Active {
		return task.Done(), s.announceEnd(ctx, l)
	}
	if l, err = s.repay(ctx, l); err != nil {
		return task.Next{}, err
	}
	if !s.Clock().Before(l.Published.RenewAt) {
		if l, err = s.renew(ctx, l); err != nil {
			return task.Next{}, err
		}
	}
	if l.Status != Active {
		return task.Done(), s.announceEnd(ctx, l)
	}
	if err := s.Gossip.PublishAnnouncement(ctx, l.Published.Announcement()); err != nil {
		return task.Next{}, err
	}
	now := s.Clock()
	return task.In(l.Published.nextAnnouncement(now).Sub(now)), nil
}

func (s *Service) announceEnd(ctx context.Context, l Listing) error {
	var w Withdrawal
	err := s.Store.View(ctx, func(tx Tx) (err error) {
		w, err = tx.Withdrawal(seal.ListingHash(l.ID))
		return err
	})
	if errors.Is(err, market.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.Gossip.PublishWithdrawal(ctx, w)
}

// renew signs the same order with a later expiry, or asks the seller's external
// wallet to.
func (s *Service) renew(ctx context.Context, l Listing) (Listing, error) {
	user, err := s.owner(ctx, l)
	if err != nil {
		return l, err
	}
	if !user.Managed {
		return s.askRenewal(ctx, l)
	}
	before, order := l, l.Published.Order
	order.Expiry = uint64(s.Clock().Add(managedLife).Unix())
	signature, err := s.Wallets.SignDigest(ctx, user.Wallet, s.Domain.Order(order))
	if err != nil {
		return l, err
	}
	l.Published = published(order, signature, l.Published.Manifest, managedLife)
	err = s.Store.Update(ctx, func(tx Tx) error {
		if err := s.replace(tx, before, l); err != nil {
			return err
		}
		return Accept(tx, Offer{ID: l.ID, Order: order, Signature: signature, Manifest: l.Published.Manifest, ReceivedAt: s.Clock().UTC()})
	})
	if err == nil {
		s.Changed(l.ID)
	}
	return l, err
}

// Hear takes an announcement from the network: it checks it in full and stores it
// if it is newer than what is known. Invalid and Expired blame the sender,
// Conflict means known already.
func (s *Service) Hear(ctx context.Context, a Announcement, from string) error {
	now := s.Clock().UTC()
	if err := CheckOrder(s.Domain, a.Order, a.Signature, now); err != nil {
		return err
	}
	if err := s.roomOf(ctx, a.Order); err != nil {
		return err
	}
	if a.Manifest == nil {
		return s.want(ctx, a, from)
	}
	return s.take(ctx, a)
}

// take stores a checked order together with its manifest.
func (s *Service) take(ctx context.Context, a Announcement) error {
	m, err := MatchManifest(a.Order, a.Manifest)
	if err != nil {
		return err
	}
	if m.UpdatedAt > s.Clock().Add(clockSkew).UnixMilli() {
		// It would stand before everything else that is new. The sender is not blamed:
		// it may be this node's clock that is wrong.
		return market.Fail(market.Unavailable, "the listing is of the future")
	}
	offer := Offer{ID: market.ListingID(m.Listing), Order: a.Order, Signature: a.Signature, Manifest: a.Manifest, ReceivedAt: s.Clock().UTC()}
	err = s.Store.Update(ctx, func(tx Tx) error {
		// The ids of this node are its own, even while nothing is on sale under them.
		if l, err := tx.Listing(offer.ID); err == nil && l.Wallet != a.Order.Seller {
			return market.Fail(market.Conflict, "listing id belongs to another seller")
		}
		return Accept(tx, offer)
	})
	if err == nil {
		s.Changed(offer.ID)
	}
	return err
}

// want remembers an announcement until its manifest is fetched.
func (s *Service) want(ctx context.Context, a Announcement, from string) error {
	return s.Store.Update(ctx, func(tx Tx) error {
		if held, err := tx.OfferByHash(a.Order.Listing); err == nil {
			if held.Order.Seller != a.Order.Seller {
				return market.Fail(market.Conflict, "listing id belongs to another seller")
			}
			if !Supersedes(a.Order, held.Order) {
				return market.Fail(market.Conflict, "listing version is known already")
			}
		}
		return s.putWanted(tx, a, from)
	})
}

// maxFetchTries is after how many failures a manifest is given up; the seller's
// next announcement asks for it again.
const maxFetchTries = 20

// FetchOffer gets the manifest of an announcement: the handler of fetch-offer
// tasks. attempts counts the failures so far.
func (s *Service) FetchOffer(ctx context.Context, id market.Hash, attempts int) (task.Next, error) {
	var w Wanted
	err := s.Store.View(ctx, func(tx Tx) (err error) { w, err = tx.Wanted(id); return err })
	if errors.Is(err, market.ErrNotFound) {
		return task.Done(), nil
	}
	if err != nil {
		return task.Next{}, err
	}
	block, err := s.fetchManifest(ctx, w)
	if err != nil && attempts < maxFetchTries {
		return task.Next{}, err
	}
	if err == nil {
		a := w.Announcement
		a.Manifest = block
		// What is refused now will be refused for ever; it is forgotten below.
		if err := s.take(ctx, a); err != nil && market.CodeOf(err) == market.Internal {
			return task.Next{}, err
		}
	}
	return task.Done(), s.Store.Update(ctx, func(tx Tx) error {
		held, err := tx.Wanted(id)
		if err != nil || held.Announcement.Order != w.Announcement.Order {
			return nil
		}
		return tx.DeleteWanted(id)
	})
}

func (s *Service) fetchManifest(ctx context.Context, w Wanted) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return content.FetchBlock(ctx, s.Source(w.Peers), w.Announcement.ManifestCID(), MaxManifest)
}

// Unhear takes a withdrawal from the network.
func (s *Service) Unhear(ctx context.Context, w Withdrawal) error {
	var gone market.ListingID
	err := s.Store.Update(ctx, func(tx Tx) error {
		var known *Offer
		if held, err := tx.OfferByHash(w.Listing); err == nil {
			known = &held
		} else if !errors.Is(err, market.ErrNotFound) {
			return err
		}
		if err := CheckWithdrawal(s.Domain, w, known); err != nil {
			return err
		}
		var err error
		gone, err = Retract(tx, w)
		return err
	})
	if err == nil && gone != "" {
		s.Changed(gone)
	}
	return err
}

// Expire removes offers whose order has run out and returns how many.
func (s *Service) Expire(ctx context.Context) (int, error) {
	const batch = 500
	var gone []market.ListingID
	err := s.Store.Update(ctx, func(tx Tx) (err error) {
		gone, err = tx.OffersExpired(uint64(s.Clock().Unix()), batch)
		if err != nil {
			return err
		}
		for _, id := range gone {
			if err := tx.DeleteOffer(id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, id := range gone {
		s.Changed(id)
	}
	return len(gone), nil
}
