package listing

import (
	"context"
	"errors"
	"slices"
	"time"

	"privd/market"
	"privd/market/account"
	"privd/market/content"
	"privd/market/contribution"
	"privd/market/review"
	"privd/market/seal"
	"privd/market/task"
)

// Service makes listings and puts them on sale. Its fields are required,
// but for Room.
type Service struct {
	Store   market.Store[Tx]
	Vault   content.Vault
	Keyring content.Keyring
	Wallets account.Wallets
	Domain  seal.Domain
	// Sealer is the key of this node, named in every order it publishes.
	Sealer market.Address
	// Peers names the nodes that deliver, this one first.
	Peers func() []string
	Clock market.Clock
	// Policy says what becomes of a submitted listing.
	Policy Policy
	// Source gets blocks from the named peers.
	Source func(peers []string) content.Source
	Gossip Gossip
	// Previews makes what of a listing can be seen before it is bought.
	Previews Previewer
	// Room reports whether another listing of a seller elsewhere may be kept; nil when
	// there always is room.
	Room func(ctx context.Context, seller market.Address) bool
	// PayURL returns under which URL strangers pay for a dataset over x402; empty, or
	// nil, where they cannot.
	PayURL func(market.DatasetID) string
	// Changed is told of every offer that came, changed or went, after the fact.
	Changed func(market.ListingID)

	// changing is held while a listing changes: two publishers of one version would
	// overwrite each other's key.
	changing market.Locks[market.ListingID]
	// previewing is held while the preview of a contribution is made.
	previewing market.Locks[market.ContributionID]
}

// Gossip tells the network.
type Gossip interface {
	PublishAnnouncement(ctx context.Context, a Announcement) error
	PublishWithdrawal(ctx context.Context, w Withdrawal) error
}

// Policy judges a listing that was submitted; what it holds waits for the operator.
// The reason is a sentence for the owner.
type Policy func(l Listing) (verdict review.Verdict, reason string)

// Input is what an owner gives to make a listing.
type Input struct {
	Title         string
	Description   string
	Category      Category
	Tags          []string
	Price         market.Amount
	Contributions []market.ContributionID
	KeepMetadata  bool
	// ID is given to fixtures, whose ids are known beforehand; drawn where empty.
	ID market.ListingID
}

// Create makes a draft from approved contributions of the user that carry
// commercial consent.
func (s *Service) Create(ctx context.Context, user market.UserID, in Input) (Listing, error) {
	if err := in.check(); err != nil {
		return Listing{}, err
	}
	now := s.Clock().UTC().Truncate(time.Millisecond)
	if in.ID == "" {
		in.ID = market.NewID[market.ListingID](market.PrefixListing)
	}
	l := Listing{
		ID: in.ID, Owner: user,
		Title: in.Title, Description: in.Description, Category: in.Category, Tags: in.Tags, Price: in.Price,
		Contributions: unique(in.Contributions), KeepMetadata: in.KeepMetadata,
		Status: Draft, CreatedAt: now, UpdatedAt: now,
	}
	err := s.Store.Update(ctx, func(tx Tx) error {
		u, err := tx.User(user)
		if err != nil {
			return err
		}
		l.Wallet, l.Files, l.TotalSize = u.Wallet, 0, 0
		for _, id := range l.Contributions {
			c, err := sellable(tx, user, id)
			if err != nil {
				return err
			}
			l.Files++
			l.TotalSize += c.Object.Size
		}
		return tx.PutListing(l)
	})
	if err == nil {
		s.makePreviews(ctx, l.Contributions)
	}
	return l, err
}

// sellable returns a contribution that its owner may sell.
func sellable(tx Tx, user market.UserID, id market.ContributionID) (contribution.Contribution, error) {
	bad := func(why string) error {
		return market.BadField("contribution_ids", "contribution "+string(id)+" "+why)
	}
	c, err := tx.Contribution(id)
	switch {
	case errors.Is(err, market.ErrNotFound), err == nil && c.User != user:
		return c, &market.Error{Code: market.NotFound, Field: "contribution_ids", Message: "Contribution not found: " + string(id)}
	case err != nil:
		return c, err
	case c.Status != contribution.Approved:
		return c, bad("is not approved")
	case !c.Consent.Commercial:
		return c, bad("has no commercial consent")
	}
	return c, nil
}

func unique(ids []market.ContributionID) []market.ContributionID {
	out := make([]market.ContributionID, 0, len(ids))
	for _, id := range ids {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

func (in Input) check() error {
	return errors.Join(checkTitle(in.Title), checkDescription(in.Description), checkTags(in.Tags), CheckPrice(in.Price), in.checkContents())
}

func (in Input) checkContents() error {
	switch {
	case !in.Category.Valid():
		return market.BadField("category", "category must be one of photo, video, voice, text, mixed")
	case len(in.Contributions) == 0:
		return market.BadField("contribution_ids", "contribution_ids must name at least one contribution")
	case len(in.Contributions) > maxEntries:
		return market.BadField("contribution_ids", "a listing holds at most 4096 contributions")
	}
	return nil
}

func checkTitle(s string) error {
	if blank(s) || !oneLine(s, maxTitle) {
		return market.BadField("title", "title is required and must be at most 100 characters on one line, without control characters")
	}
	return nil
}

func checkDescription(s string) error {
	if blank(s) || !shown(s, 1, maxText) {
		return market.BadField("description", "description is required and must be at most 2000 characters, without control characters")
	}
	return nil
}

func checkTags(tags []string) error {
	if len(tags) > maxTags {
		return market.BadField("tags", "at most 10 tags are allowed")
	}
	for _, t := range tags {
		if blank(t) || !oneLine(t, maxTagText) {
			return market.BadField("tags", "each tag must be 1 to 64 characters on one line, without control characters")
		}
	}
	return nil
}

// CheckPrice returns an error unless the contract takes the price: 1 to 2^128-1
// wei.
func CheckPrice(p market.Amount) error {
	if p.IsZero() || p.Big().BitLen() > 128 {
		return market.BadField("price_priv", "price_priv must be more than 0 and less than 2^128 wei")
	}
	return nil
}

// Mine returns a listing to its owner; NotFound for anybody else.
func (s *Service) Mine(ctx context.Context, user market.UserID, id market.ListingID) (l Listing, err error) {
	err = s.Store.View(ctx, func(tx Tx) error { l, err = mine(tx, user, id); return err })
	return l, err
}

func mine(tx Tx, user market.UserID, id market.ListingID) (Listing, error) {
	l, err := tx.Listing(id)
	if errors.Is(err, market.ErrNotFound) || (err == nil && l.Owner != user) {
		return Listing{}, market.Fail(market.NotFound, "Listing not found")
	}
	return l, err
}

// Patch is what an owner changes; nil fields stay.
type Patch struct {
	Title       *string
	Description *string
	Price       *market.Amount
	Tags        *[]string
	Status      *Status
}

// Update changes a listing as the documented tables allow, all of it or nothing,
// and returns the names of the fields that really changed. A change of what is on
// sale is a new version of the order, signed and stored before the answer; where an
// external wallet has to sign it, the listing stays as it is until then and says in
// Waiting what it waits for.
func (s *Service) Update(ctx context.Context, user market.UserID, id market.ListingID, p Patch) (Listing, []string, error) {
	defer s.changing.Lock(id)()
	l, err := s.Mine(ctx, user, id)
	if err != nil {
		return Listing{}, nil, err
	}
	before := l
	changed, err := l.apply(p)
	if err != nil || (len(changed) == 0 && l.Waiting == nil) {
		return l, nil, err
	}
	if before.Waiting.asks(l) {
		return before, changed, nil
	}
	// A newer change takes the place of one that waits for a signature, also when it
	// asks for what is.
	l.Waiting = nil
	l.UpdatedAt = s.Clock().UTC().Truncate(time.Millisecond)
	switch {
	case len(changed) == 0:
		err = s.Store.Update(ctx, func(tx Tx) error { return s.replace(tx, before, l) })
	case l.Status == Active:
		err = s.publish(ctx, before, &l)
	case before.Status == Active:
		err = s.withdraw(ctx, before, &l)
	default:
		err = s.Store.Update(ctx, func(tx Tx) error { return s.replace(tx, before, l) })
	}
	return l, changed, err
}

// apply checks and makes the changes of p and names them.
func (l *Listing) apply(p Patch) (changed []string, err error) {
	if p == (Patch{}) {
		return nil, market.Fail(market.Invalid, "no field to update; known fields are title, description, price_priv, tags and status")
	}
	var errs []error
	set := func(f field, differs bool, check error, assign func()) {
		if err := errors.Join(l.mayUpdate(f), check); err != nil {
			errs = append(errs, err)
		} else if differs {
			assign()
			changed = append(changed, string(f))
		}
	}
	if p.Title != nil {
		set(fieldTitle, *p.Title != l.Title, checkTitle(*p.Title), func() { l.Title = *p.Title })
	}
	if p.Description != nil {
		set(fieldDescription, *p.Description != l.Description, checkDescription(*p.Description), func() { l.Description = *p.Description })
	}
	if p.Price != nil {
		set(fieldPrice, *p.Price != l.Price, CheckPrice(*p.Price), func() { l.Price = *p.Price })
	}
	if p.Tags != nil {
		set(fieldTags, !slices.Equal(*p.Tags, l.Tags), checkTags(*p.Tags), func() { l.Tags = *p.Tags })
	}
	if p.Status != nil && len(errs) == 0 {
		if err := l.move(*p.Status, owner); err != nil {
			errs = append(errs, err)
		} else {
			changed = append(changed, string(fieldStatus))
		}
	}
	return changed, errors.Join(errs...)
}

// replace stores l if nobody changed the listing since before was read, with the
// tasks its status calls for.
func (s *Service) replace(tx Tx, before, l Listing) error {
	now, err := tx.Listing(l.ID)
	if err != nil {
		return err
	}
	if now.Version != before.Version || now.Status != before.Status || !now.UpdatedAt.Equal(before.UpdatedAt) {
		return market.Fail(market.Conflict, "the listing was changed meanwhile; read it again")
	}
	if err := errors.Join(tx.PutListing(l), relabel(tx, l), s.forgo(tx, before, l)); err != nil {
		return err
	}
	if l.Status == PendingReview && l.Waiting == nil && l.HeldAt.IsZero() {
		return tx.PutTask(task.Task{Kind: task.ReviewOffer, Key: string(l.ID), Due: l.UpdatedAt})
	}
	return nil
}
