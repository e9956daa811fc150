// Package gallery shows previews: those of this node's contributions, and those of
// listings from elsewhere, which are fetched by their CID from the seller's peers
// when somebody looks. Who may see what is decided here; what a preview may be, in
// package preview.
package gallery

import (
	"context"
	"errors"
	"time"

	"github.com/ipfs/go-cid"

	"privd/market"
	"privd/market/account"
	"privd/market/content"
	"privd/market/contribution"
	"privd/market/listing"
	"privd/market/preview"
)

// Tx is the part of a transaction that previews need.
type Tx interface {
	User(market.UserID) (account.User, error)
	Contribution(market.ContributionID) (contribution.Contribution, error)
	// Offer returns what is on sale under an id.
	Offer(market.ListingID) (listing.Offer, error)
	// OffersShowing calls each with the offers that show a preview of a contribution,
	// in no order, until it returns false.
	OffersShowing(id market.ContributionID, each func(listing.Offer) bool) error
}

// Gallery shows previews. Its fields are required.
type Gallery struct {
	Store market.Store[Tx]
	Vault content.Vault
	Maker listing.Previewer
	// Source gets blocks from the named peers.
	Source func(peers []string) content.Source
	Clock  market.Clock

	fetched cache
}

const (
	// fetchTime is how long a preview from elsewhere is waited for, makeTime one that
	// is made for its owner alone.
	fetchTime = 10 * time.Second
	makeTime  = 30 * time.Second
)

var errNone = market.Fail(market.NotFound, "Preview not found")

// Preview returns the preview of a contribution: to anybody while it is in an active
// listing, of this node or another, else to its owner alone; NotFound for others,
// and where there is none. in names the listing to see it in, empty for any. user is
// empty for strangers.
func (g *Gallery) Preview(ctx context.Context, user market.UserID, id market.ContributionID, in market.ListingID) (preview.Preview, error) {
	var own contribution.Contribution
	var shown *listing.Offer
	err := g.Store.View(ctx, func(tx Tx) (err error) {
		shown = nil
		own, err = tx.Contribution(id)
		here := err == nil
		if err != nil && !errors.Is(err, market.ErrNotFound) {
			return err
		}
		if here && own.User == user {
			return nil
		}
		shown, err = find(tx, id, in)
		if err != nil || !here || shown == nil {
			return err
		}
		// A contribution of this node is shown as its owner sells it, whoever else names
		// it.
		owner, err := tx.User(own.User)
		if err == nil && owner.Wallet != shown.Order.Seller {
			shown = nil
		}
		return err
	})
	switch {
	case err != nil:
		return preview.Preview{}, err
	case own.ID != "" && own.User == user:
		return g.own(ctx, own)
	case shown == nil || uint64(g.Clock().Unix()) > shown.Order.Expiry:
		return preview.Preview{}, errNone
	}
	return g.shown(ctx, *shown, id)
}

// find picks the offer to show a contribution in. Of several, the one that was here
// first: ids are claims, and who repeats another's comes later.
func find(tx Tx, id market.ContributionID, in market.ListingID) (first *listing.Offer, err error) {
	if in != "" {
		o, err := tx.Offer(in)
		if errors.Is(err, market.ErrNotFound) {
			return nil, nil
		}
		return &o, err
	}
	err = tx.OffersShowing(id, func(o listing.Offer) bool {
		if first == nil || o.ReceivedAt.Before(first.ReceivedAt) {
			first = &o
		}
		return true
	})
	return first, err
}

// own returns the preview of a contribution to its owner. One that was never listed
// is made for this once, and not stored: nobody else is to see it.
func (g *Gallery) own(ctx context.Context, c contribution.Contribution) (preview.Preview, error) {
	if c.Preview != nil {
		return g.read(ctx, *c.Preview, string(c.Kind))
	}
	ctx, cancel := context.WithTimeout(ctx, makeTime)
	defer cancel()
	done, err := g.fetched.enter(ctx, &g.fetched.maker)
	if err != nil {
		return preview.Preview{}, err
	}
	defer done()
	r, err := g.Vault.Open(ctx, string(c.ID), c.Object)
	if err != nil {
		return preview.Preview{}, err
	}
	p, err := g.Maker.Make(ctx, preview.Input{Kind: c.Kind, MIME: c.MIME, FileHash: c.FileHash, Content: r})
	if err = errors.Join(err, r.Close()); market.CodeOf(err) == market.Invalid && err != nil {
		return p, errNone
	}
	return p, err
}

// shown returns the preview that an offer names, from here or from its seller.
func (g *Gallery) shown(ctx context.Context, o listing.Offer, id market.ContributionID) (preview.Preview, error) {
	m, err := o.Decode()
	if err != nil {
		return preview.Preview{}, err
	}
	for _, e := range m.Entries {
		if e.Contribution != string(id) || e.Preview == nil {
			continue
		}
		p, err := g.read(ctx, *e.Preview, e.Kind)
		if !errors.Is(err, market.ErrNotFound) {
			return p, err
		}
		data, err := g.fetched.get(ctx, shown{o.ID, *e.Preview}, g.Clock(), func(ctx context.Context) ([]byte, error) {
			return content.FetchBlock(ctx, g.Source(m.Peers), *e.Preview, preview.MaxSize)
		})
		if err != nil {
			return preview.Preview{}, err
		}
		return show(e.Kind, data)
	}
	return preview.Preview{}, errNone
}

// read returns a preview whose block is on this node.
func (g *Gallery) read(ctx context.Context, c cid.Cid, kind string) (preview.Preview, error) {
	data, err := g.Vault.Block(ctx, c, preview.MaxSize)
	if err != nil {
		return preview.Preview{}, err
	}
	return show(kind, data)
}

// show lets pass what is a preview; the bytes may be a stranger's.
func show(kind string, data []byte) (preview.Preview, error) {
	p, ok := preview.Read(kind, data)
	if !ok {
		return preview.Preview{}, errNone
	}
	return p, nil
}
