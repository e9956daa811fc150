package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"privd/api"
	"privd/market"
	"privd/market/account"
	"privd/market/contribution"
	"privd/market/listing"
	"privd/market/media"
	"privd/market/purchase"
	"privd/storage/records"
)

// seedWithin bounds how long seeding takes, most of it waiting for reviews and for
// the chain.
const seedWithin = 2 * time.Minute

// Seed implements api.Dev. Everything goes the way it goes for users: the ids alone
// are known beforehand. What is there already, in whatever state, is left alone, so
// that a network which is started again keeps what was done to it.
func (d *dev) Seed(ctx context.Context, f api.Fixtures) ([]api.Fixture, error) {
	ctx, cancel := context.WithTimeout(ctx, seedWithin)
	defer cancel()
	d.seeding.Lock()
	defer d.seeding.Unlock()
	s := seeding{n: d.n}
	var err error
	if s.seller, err = d.n.accounts.Named(ctx, or(f.Seller, "alice")); err != nil {
		return nil, err
	}
	if s.buyer, err = d.n.accounts.Named(ctx, or(f.Buyer, "bob")); err != nil {
		return nil, err
	}
	if s.seller.ID == s.buyer.ID {
		return nil, market.BadField("buyer", "the buyer must be another user than the seller")
	}
	for _, step := range []func(context.Context) error{s.photos, s.listings, s.datasets, s.earnings, s.purchase} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("seed fixtures: %w", err)
		}
	}
	return s.made, nil
}

func or(name, otherwise string) string {
	if name == "" {
		return otherwise
	}
	return name
}

// seeding makes the things that the documents' examples name.
type seeding struct {
	n             *Node
	seller, buyer account.User
	made          []api.Fixture
	deleted       bool // a photo was
}

func (s *seeding) tell(id, what string, owner account.User) {
	s.made = append(s.made, api.Fixture{ID: id, What: what, User: owner.Name})
}

// missing reports whether a record is not there yet.
func (s *seeding) missing(ctx context.Context, look func(tx *records.Tx) error) (bool, error) {
	err := s.n.records.View(ctx, look)
	if errors.Is(err, market.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// fixturePhotos are approved photos of the seller.
var fixturePhotos = []struct {
	id             market.ContributionID
	name, metadata string
}{
	{"contrib_abc123", "beach_photo.jpg", `{"subject":"nature","location":"outdoor"}`},
	{"contrib_def456", "nature_002.jpg", `{"subject":"nature"}`},
	{"contrib_ghi789", "nature_003.jpg", `{"subject":"nature"}`},
}

func (s *seeding) photos(ctx context.Context) error {
	for i, p := range fixturePhotos {
		kept, err := s.missing(ctx, func(tx *records.Tx) error { _, err := tx.Deletion(s.seller.ID, p.id); return err })
		if err != nil {
			return err
		}
		if !kept {
			s.deleted = true
			continue
		}
		absent, err := s.missing(ctx, func(tx *records.Tx) error { _, err := tx.Contribution(p.id); return err })
		if err == nil && absent {
			err = s.photo(ctx, p.id, p.name, p.metadata, uint64(i+1))
		}
		if err == nil {
			err = s.reviewed(ctx, p.id)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.id, err)
		}
		s.tell(string(p.id), "an approved photo", s.seller)
	}
	return nil
}

// photo uploads one.
func (s *seeding) photo(ctx context.Context, id market.ContributionID, name, metadata string, seed uint64) error {
	picture, err := fixturePicture(seed)
	if err != nil {
		return err
	}
	file := contribution.File{ID: id, Filename: name, DeclaredType: "image/jpeg", Kind: media.Photo}
	received, err := s.n.contributions.Receive(ctx, s.seller.ID, file, bytes.NewReader(picture))
	if err != nil {
		return err
	}
	_, err = s.n.contributions.Accept(ctx, received, contribution.Form{
		Kind: media.Photo, Metadata: metadata, Consent: contribution.Consent{AI: true, Research: true, Commercial: true},
	})
	return err
}

// reviewed waits until a contribution is not pending any more.
func (s *seeding) reviewed(ctx context.Context, id market.ContributionID) error {
	var c contribution.Contribution
	err := until(ctx, func() bool {
		err := s.n.records.View(ctx, func(tx *records.Tx) (err error) { c, err = tx.Contribution(id); return err })
		return err == nil && c.Status != contribution.Pending
	})
	if err != nil {
		return &market.Error{Code: market.Unavailable, Message: "the review of " + string(id) + " did not end in time", Err: err}
	}
	return nil
}

// fixtureListings are on sale. The one that was bought already is another than the
// one to be bought, so that one buyer's credential serves all examples.
var fixtureListings = []struct {
	id     market.ListingID
	title  string
	photos []market.ContributionID
}{
	{"listing_abc123", "Nature Photography Collection", []market.ContributionID{"contrib_abc123", "contrib_def456", "contrib_ghi789"}},
	{fixtureBought, "Nature Photography Collection, part 2", []market.ContributionID{"contrib_abc123", "contrib_def456"}},
}

const (
	fixtureBought   = market.ListingID("listing_def456")
	fixturePurchase = market.PurchaseID("purchase_xyz789")
	// fixtureToken is what the examples show, dots and all.
	fixtureToken = "at_abc123..."
)

func (s *seeding) listings(ctx context.Context) error {
	for _, l := range fixtureListings {
		absent, err := s.missing(ctx, func(tx *records.Tx) error { _, err := tx.Listing(l.id); return err })
		if err != nil {
			return err
		}
		if absent && s.deleted {
			continue // it cannot be made any more
		}
		if absent {
			err = s.listing(ctx, l.id, l.title, l.photos)
		}
		if err == nil {
			err = s.published(ctx, l.id)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", l.id, err)
		}
		s.tell(string(l.id), "a listing, 25 PRIV", s.seller)
	}
	return nil
}

// listing makes a draft.
func (s *seeding) listing(ctx context.Context, id market.ListingID, title string, photos []market.ContributionID) error {
	price, err := market.ParsePRIV("25")
	if err != nil {
		return err
	}
	_, err = s.n.listings.Create(ctx, s.seller.ID, listing.Input{
		ID: id, Title: title, Description: "High-quality nature photos suitable for AI training", Category: listing.Photo,
		Tags: []string{"nature", "outdoor", "landscape"}, Price: price, Contributions: photos,
	})
	return err
}

// published brings a draft on sale and leaves a listing that is further as it is.
func (s *seeding) published(ctx context.Context, id market.ListingID) error {
	l, err := s.n.listings.Mine(ctx, s.seller.ID, id)
	if err == nil && l.Status == listing.Draft {
		submitted := listing.PendingReview
		l, _, err = s.n.listings.Update(ctx, s.seller.ID, id, listing.Patch{Status: &submitted})
	}
	if err != nil || l.Status != listing.PendingReview {
		return err
	}
	err = until(ctx, func() bool {
		l, err := s.n.listings.Mine(ctx, s.seller.ID, id)
		return err == nil && l.Status != listing.PendingReview
	})
	if err != nil {
		return &market.Error{Code: market.Unavailable, Message: string(id) + " was not put on sale in time", Err: err}
	}
	return nil
}

// purchase buys on chain and waits for the key.
func (s *seeding) purchase(ctx context.Context) error {
	absent, err := s.missing(ctx, func(tx *records.Tx) error { _, err := tx.Purchase(fixturePurchase); return err })
	if err != nil {
		return err
	}
	if absent && s.deleted {
		return nil // what it is of is not on sale any more
	}
	if absent {
		entry := purchase.WalletEntry
		entry.ID, entry.AccessToken = fixturePurchase, fixtureToken
		if _, err := s.n.engine.Buy(ctx, s.buyer.ID, fixtureBought, purchase.DefaultAccessDays, entry); err != nil {
			return fmt.Errorf("%s: %w", fixturePurchase, err)
		}
	}
	if _, err := s.n.engine.Get(ctx, s.buyer.ID, fixturePurchase); err != nil {
		return fmt.Errorf("%s is not %s's: %w", fixturePurchase, s.buyer.Name, err)
	}
	err = until(ctx, func() bool {
		v, err := s.n.engine.Get(ctx, s.buyer.ID, fixturePurchase)
		return err == nil && !v.State.Pending()
	})
	if err != nil {
		return &market.Error{Code: market.Unavailable, Message: string(fixturePurchase) + " was not delivered in time", Err: err}
	}
	s.tell(string(fixturePurchase), "a purchase of "+string(fixtureBought)+" with access token "+fixtureToken, s.buyer)
	return nil
}
