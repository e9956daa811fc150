package purchase

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"privd/market"
	"privd/market/content"
	"privd/market/listing"
	"privd/market/seal"
	"privd/market/task"
)

// View is a purchase with the manifest of what it bought.
type View struct {
	Purchase
	Manifest *listing.Manifest
	// Withheld are the entries that a download leaves out: their owner had them erased.
	Withheld []int
}

// Access is what a buyer may do with a purchase.
type Access string

// The documented access statuses; Waiting is the added one of a purchase that is
// not opened yet.
const (
	AccessActive  Access = "active"
	AccessExpired Access = "expired"
	AccessRevoked Access = "revoked"
	AccessWaiting Access = "pending"
	AccessFailed  Access = "failed"
)

// Access returns what the purchase gives at a time.
func (p Purchase) Access(now time.Time) Access {
	switch {
	case p.State == Revoked:
		return AccessRevoked
	case p.State == Failed, p.State == Garbage:
		return AccessFailed
	case p.State != Opened:
		return AccessWaiting
	case now.Before(p.ExpiresAt):
		return AccessActive
	}
	return AccessExpired
}

// Get returns a user's own purchase; NotFound for anybody else's.
func (e *Engine) Get(ctx context.Context, user market.UserID, id market.PurchaseID) (View, error) {
	p, err := e.own(ctx, user, id)
	if err != nil {
		return View{}, err
	}
	return view(p)
}

func view(p Purchase) (View, error) {
	m, err := listing.DecodeManifest(p.Manifest)
	return View{Purchase: p, Manifest: m}, err
}

func (e *Engine) own(ctx context.Context, user market.UserID, id market.PurchaseID) (p Purchase, err error) {
	err = e.Store.View(ctx, func(tx Tx) error { p, err = tx.Purchase(id); return err })
	if errors.Is(err, market.ErrNotFound) || (err == nil && p.Buyer != user) {
		return Purchase{}, market.Fail(market.NotFound, "Purchase not found")
	}
	return p, err
}

// List returns one page of a user's purchases, newest first, and how many there
// are. Those that are not opened, or failed without costing anything, are left out
// unless pending is set.
func (e *Engine) List(ctx context.Context, user market.UserID, pending bool, limit, offset int) (page []View, total int, err error) {
	var rows []Purchase
	err = e.Store.View(ctx, func(tx Tx) error {
		rows, total = nil, 0
		return tx.PurchasesOf(user, func(p Purchase) bool {
			if pending || p.State == Opened || p.State == Revoked {
				if total >= offset && len(rows) < limit {
					rows = append(rows, p)
				}
				total++
			}
			return ctx.Err() == nil
		})
	})
	for _, p := range rows {
		if err != nil {
			break
		}
		var v View
		v, err = view(p)
		page = append(page, v)
	}
	return page, total, errors.Join(err, ctx.Err())
}

// Bought reports whether a user has access to a listing, now or soon.
func (e *Engine) Bought(ctx context.Context, user market.UserID, id market.ListingID) (bool, error) {
	var p Purchase
	err := e.Store.View(ctx, func(tx Tx) (err error) { p, err = tx.LastPurchase(user, id); return err })
	if errors.Is(err, market.ErrNotFound) {
		return false, nil
	}
	return err == nil && p.Blocks(e.Clock()), err
}

// Download counts one download and returns what may be fetched. It takes the
// buyer and the access token; at the limit, expired or revoked it is Denied and
// the count does not move.
func (e *Engine) Download(ctx context.Context, user market.UserID, id market.PurchaseID, token string) (View, error) {
	var p Purchase
	var withheld []int
	err := e.Store.Update(ctx, func(tx Tx) (err error) {
		if p, err = tx.Purchase(id); err != nil {
			return err
		}
		if err := p.mayDownload(user, token, e.Clock()); err != nil {
			return err
		}
		if withheld, err = p.handOut(e.Clock().UTC()); err != nil {
			return err
		}
		if len(p.Gone) > 0 {
			err = tx.PutTask(task.Task{Kind: task.EraseCopy, Key: string(p.ID), Due: e.Clock().UTC()})
		}
		return errors.Join(err, tx.PutPurchase(p))
	})
	if errors.Is(err, market.ErrNotFound) {
		return View{}, market.Fail(market.NotFound, "Purchase not found")
	}
	if err != nil {
		return View{}, err
	}
	v, err := view(p)
	v.Withheld = withheld
	return v, err
}

func (p Purchase) mayDownload(user market.UserID, token string, now time.Time) error {
	denied := func(reason, message string) error {
		return &market.Error{Code: market.Denied, Reason: reason, Message: message}
	}
	switch {
	case p.Buyer != user:
		return market.ErrNotFound
	case token == "":
		return denied("ACCESS_TOKEN_REQUIRED", "An access token is required")
	case subtle.ConstantTimeCompare([]byte(token), []byte(p.AccessToken)) != 1:
		return denied("INVALID_ACCESS_TOKEN", "The access token is not this purchase's")
	}
	switch p.Access(now) {
	case AccessWaiting:
		return &market.Error{Code: market.Conflict, Reason: "PURCHASE_PENDING", Message: "The purchase is not completed yet: " + p.Waiting()}
	case AccessExpired:
		return denied("ACCESS_EXPIRED", "Access has expired")
	case AccessRevoked, AccessFailed:
		if p.State == Garbage {
			return denied("CONTENT_NOT_AS_PROMISED", "There is nothing to download: "+p.Reason)
		}
		return denied("ACCESS_REVOKED", "Access was revoked")
	}
	if p.Downloads >= MaxDownloads {
		return denied("DOWNLOAD_LIMIT_REACHED", fmt.Sprintf("Download limit of %d reached", MaxDownloads))
	}
	return nil
}

// Waiting says in words what a pending purchase waits for.
func (p Purchase) Waiting() string {
	if p.Reason != "" {
		return p.Reason
	}
	if p.Asks() {
		return errUnsigned{}.Error()
	}
	return map[State]string{
		Fetching: "fetching the ciphertext", Sealing: "waiting for the seller's seal", Paying: "paying",
		Unconfirmed: "waiting for the payment to be confirmed", Opening: "waiting for the seller's key",
	}[p.State]
}

// Open returns the plaintext of one file of an opened purchase whose access
// lasts. The caller has checked who asks.
func (e *Engine) Open(ctx context.Context, id market.PurchaseID, index int) (content.Reader, listing.Entry, error) {
	var p Purchase
	err := e.Store.View(ctx, func(tx Tx) (err error) { p, err = tx.Purchase(id); return err })
	if errors.Is(err, market.ErrNotFound) || (err == nil && p.Access(e.Clock()) != AccessActive) {
		return nil, listing.Entry{}, market.Fail(market.Denied, "Access is not active")
	}
	if err != nil {
		return nil, listing.Entry{}, err
	}
	v, err := view(p)
	if err != nil {
		return nil, listing.Entry{}, err
	}
	if index < 0 || index >= len(v.Manifest.Entries) {
		return nil, listing.Entry{}, market.Fail(market.NotFound, "No such file in this purchase")
	}
	key, err := e.key(ctx, p)
	if err != nil {
		return nil, listing.Entry{}, err
	}
	keys, err := openBundle(ctx, e.Vault, v.Manifest, key)
	if err != nil {
		return nil, listing.Entry{}, err
	}
	entry := v.Manifest.Entries[index]
	r, err := e.Vault.OpenWith(ctx, object(entry), keys[index])
	return r, entry, err
}

func (e *Engine) key(ctx context.Context, p Purchase) (key seal.Key, err error) {
	raw, err := e.Keyring.Get(ctx, keyName(p))
	if err != nil {
		return key, err
	}
	return key, key.UnmarshalBinary(raw)
}
