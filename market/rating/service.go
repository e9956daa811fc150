package rating

import (
	"context"
	"errors"
	"time"

	"privd/market"
	"privd/market/deal"
	"privd/market/ledger"
	"privd/market/purchase"
	"privd/market/seal"
	"privd/market/task"
)

// Gossip tells the network of ratings.
type Gossip interface {
	// PublishRating returns Unavailable when nobody was told.
	PublishRating(ctx context.Context, s Signed) error
}

// Service takes ratings of this node's buyers and of the network. Its fields are
// required.
type Service struct {
	Store  market.Store[Tx]
	Signer seal.Signer // has the delegate's key
	Domain seal.Domain
	Gossip Gossip
	Clock  market.Clock
	// Changed is told after the fact whose mean rating moved.
	Changed func(listing market.Hash, seller market.Address)
}

// Rate stores what a buyer says of an opened purchase and has it published. NotFound
// for anybody else's purchase; Conflict when it is rated already or not opened yet.
func (s *Service) Rate(ctx context.Context, user market.UserID, id market.PurchaseID, stars int, comment string) (Rating, error) {
	said := Signed{Comment: comment}
	if stars >= MinStars && stars <= MaxStars {
		said.Stars = uint8(stars)
	}
	if err := said.check(); err != nil {
		return Rating{}, err
	}
	var p purchase.Purchase
	err := s.Store.View(ctx, func(tx Tx) (err error) { p, err = s.rateable(tx, user, id); return err })
	if err != nil {
		return Rating{}, err
	}
	said.Purchase = p.OnChain
	if said.Signature, err = s.Signer.SignDigest(ctx, p.Sale.Terms.Delegate, said.digest(s.Domain)); err != nil {
		return Rating{}, err
	}
	r := Rating{
		Signed: said, Listing: p.Order.Listing, Seller: p.Order.Seller, Own: true,
		ReceivedAt: s.Clock().UTC().Truncate(time.Millisecond),
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		if _, err := s.rateable(tx, user, id); err != nil {
			return err
		}
		state, err := ledger.StateOf(tx, p.OnChain)
		if err != nil {
			return err
		}
		if r, err = keep(tx, r, state); err != nil {
			return err
		}
		return s.publishSoon(tx, r)
	})
	if err == nil {
		s.Changed(r.Listing, r.Seller)
	}
	return r, err
}

// rateable returns a purchase that its buyer may rate now.
func (s *Service) rateable(tx Tx, user market.UserID, id market.PurchaseID) (purchase.Purchase, error) {
	p, err := tx.Purchase(id)
	if errors.Is(err, market.ErrNotFound) || (err == nil && p.Buyer != user) {
		return p, market.Fail(market.NotFound, "Purchase not found")
	}
	if err != nil {
		return p, err
	}
	switch access := p.Access(s.Clock()); {
	case p.State == purchase.Garbage:
		// Whoever paid for it may say so.
	case access == purchase.AccessWaiting:
		return p, &market.Error{Code: market.Conflict, Reason: "PURCHASE_PENDING", Message: "The purchase can be rated once it is completed"}
	case access == purchase.AccessFailed, access == purchase.AccessRevoked:
		return p, &market.Error{Code: market.Denied, Reason: "ACCESS_REVOKED", Message: "A purchase that failed or was refunded cannot be rated"}
	}
	switch held, err := tx.Rating(p.OnChain); {
	case err == nil && held.Own:
		return p, &market.Error{Code: market.Conflict, Reason: "ALREADY_RATED", Message: "You have already rated this purchase"}
	case err != nil && !errors.Is(err, market.ErrNotFound):
		return p, err
	}
	return p, nil
}

// Hear takes a rating from the network. Invalid blames the sender, Conflict means
// that it told nothing new, Unavailable that this node's chain does not have the
// purchase yet: whoever holds the rating will tell again.
func (s *Service) Hear(ctx context.Context, said Signed) error {
	if err := said.check(); err != nil {
		return err
	}
	var state deal.State
	err := s.Store.View(ctx, func(tx Tx) (err error) { state, err = s.news(tx, said); return err })
	if err != nil {
		return err
	}
	if seal.Check(state.Delegate, said.digest(s.Domain), said.Signature) != nil {
		return market.Fail(market.Invalid, "the rating is not signed by the purchase's delegate")
	}
	r := Rating{Signed: said, ReceivedAt: s.Clock().UTC().Truncate(time.Millisecond)}
	err = s.Store.Update(ctx, func(tx Tx) error {
		state, err := s.news(tx, said)
		if err != nil {
			return err
		}
		r.Listing, r.Seller = state.Listing, state.Seller
		_, err = keep(tx, r, state)
		return err
	})
	if err == nil {
		s.Changed(r.Listing, r.Seller)
	}
	return err
}

// news returns how the purchase of a rating stands that would count.
func (s *Service) news(tx Tx, said Signed) (deal.State, error) {
	switch held, err := tx.Rating(said.Purchase); {
	case err == nil && held.Signed.Stars <= said.Stars:
		return deal.State{}, errKnown
	case err != nil && !errors.Is(err, market.ErrNotFound):
		return deal.State{}, err
	}
	state, err := ledger.StateOf(tx, said.Purchase)
	switch {
	case err != nil:
		return state, err
	case state.Status == deal.StatusNone:
		return state, market.Fail(market.Unavailable, "the purchase is not on chain yet")
	case !counts(state):
		return state, market.Fail(market.Conflict, "the purchase was refunded")
	}
	return state, nil
}

// Of returns the ratings of those purchases that have one.
func (s *Service) Of(ctx context.Context, purchases []market.Hash) (map[market.Hash]Rating, error) {
	found := make(map[market.Hash]Rating, len(purchases))
	err := s.Store.View(ctx, func(tx Tx) error {
		for _, h := range purchases {
			switch r, err := tx.Rating(h); {
			case err == nil:
				found[h] = r
			case !errors.Is(err, market.ErrNotFound):
				return err
			}
		}
		return nil
	})
	return found, err
}

const (
	// firstRepeat is when a published rating is told again first: before, gossip
	// would drop it as seen.
	firstRepeat = 3 * time.Minute
	// repeatFor is how long it is told again, each time at twice its age. Nodes that
	// were away for longer get it from others when they catch up.
	repeatFor = 7 * 24 * time.Hour
)

func (s *Service) publishSoon(tx Tx, r Rating) error {
	return tx.PutTask(task.Task{Kind: task.Rate, Key: r.Signed.Purchase.Hex(), Due: s.Clock().UTC()})
}

// Publish tells the network of a rating of this node: the handler of rate tasks.
func (s *Service) Publish(ctx context.Context, purchase market.Hash) (task.Next, error) {
	var r Rating
	err := s.Store.View(ctx, func(tx Tx) (err error) { r, err = tx.Rating(purchase); return err })
	if errors.Is(err, market.ErrNotFound) || (err == nil && !r.Counted) {
		return task.Done(), nil // an event that makes it count wakes this task again
	}
	if err != nil {
		return task.Next{}, err
	}
	if err := s.Gossip.PublishRating(ctx, r.Signed); err != nil {
		return task.Next{}, err
	}
	age := s.Clock().Sub(r.ReceivedAt)
	if age > repeatFor {
		return task.Done(), nil
	}
	return task.In(max(age, firstRepeat)), nil
}
