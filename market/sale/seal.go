package sale

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"time"

	"filippo.io/age"

	"privd/market"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/market/listing"
	"privd/market/seal"
)

var _ delivery.Seller = (*Desk)(nil)

func refuse(code delivery.RefusalCode) error { return &delivery.Refusal{Code: code} }

// retryBusy is how long a buyer is asked to wait when this node cannot answer.
const retryBusy = 5 * time.Second

func busy() error { return &delivery.Refusal{Code: delivery.Busy, RetryAfter: retryBusy} }

// Seal implements delivery.Seller. It stores nothing: the opener is derived, so
// strangers cost one HMAC, one encryption and one signature.
func (d *Desk) Seal(ctx context.Context, r delivery.SealRequest) (delivery.Sealed, error) {
	head, err := d.Chain.Head()
	if err != nil {
		return delivery.Sealed{}, busy()
	}
	recipient, err := age.ParseHybridRecipient(r.Recipient)
	if err != nil || market.Hash(sha256.Sum256([]byte(r.Recipient))) != r.Terms.Recipient {
		return delivery.Sealed{}, refuse(delivery.BadTerms)
	}
	if key, paid, err := d.unanswered(ctx, r); err != nil {
		return delivery.Sealed{}, err
	} else if paid {
		return d.seal(ctx, r, key, recipient)
	}
	l, err := d.onSale(ctx, r.Order, head)
	if err != nil {
		return delivery.Sealed{}, err
	}
	if !acceptable(r, head) {
		return delivery.Sealed{}, refuse(delivery.BadTerms)
	}
	until, err := d.Chain.AccessUntil(ctx, r.Order.Seller, r.Order.Listing, r.Terms.Buyer)
	if err != nil {
		return delivery.Sealed{}, busy()
	}
	if head.Time <= until {
		return delivery.Sealed{}, refuse(delivery.ActiveAccess)
	}
	if err := d.worth(ctx, r.Order); err != nil {
		return delivery.Sealed{}, err
	}
	key, err := d.listingKey(ctx, l.ID, r.Order)
	if err != nil {
		return delivery.Sealed{}, err
	}
	sealed, err := d.seal(ctx, r, key, recipient)
	if err == nil {
		d.promise(l.ID, r, sealed, head)
	}
	return sealed, err
}

// onSale finds the listing an order is of, if that order is what is on sale now.
func (d *Desk) onSale(ctx context.Context, o seal.Order, head deal.Mark) (l listing.Listing, err error) {
	err = d.Store.View(ctx, func(tx Tx) error { l, err = tx.ListingByHash(o.Listing); return err })
	switch {
	case errors.Is(err, market.ErrNotFound), err == nil && (l.Published == nil || o.Sealer != d.Sealer):
		return l, refuse(delivery.UnknownOrder)
	case err != nil:
		return l, err
	case l.Status != listing.Active:
		return l, refuse(delivery.Expired)
	case o.Version < l.Published.Order.Version:
		return l, refuse(delivery.NewVersion)
	}
	// A renewed order differs from the one the buyer may still hold by its expiry
	// alone; both are good until theirs.
	same := l.Published.Order
	same.Expiry = o.Expiry
	if o != same {
		return l, refuse(delivery.UnknownOrder)
	}
	if head.Time > o.Expiry {
		return l, refuse(delivery.Expired)
	}
	return l, nil
}

func acceptable(r delivery.SealRequest, head deal.Mark) bool {
	t := r.Terms
	return t.Buyer != (market.Address{}) && t.Delegate != (market.Address{}) && t.Buyer != r.Order.Seller &&
		t.AccessDays >= 1 && t.AccessDays <= 365 &&
		t.DeliveryWindow >= uint32(time.Hour/time.Second) && t.DeliveryWindow <= uint32(7*24*time.Hour/time.Second) &&
		t.PayBy > head.Time && t.PayBy <= head.Time+uint64(maxPayBy/time.Second)
}

// worth refuses a price that a silent buyer would make a loss of.
func (d *Desk) worth(ctx context.Context, o seal.Order) error {
	if d.Minimum == nil {
		return nil
	}
	least, err := d.Minimum(ctx)
	if err != nil {
		return busy()
	}
	if o.Price.Cmp(least) < 0 {
		return refuse(delivery.BelowMinimum)
	}
	return nil
}

// listingKey returns K of the version an order sells; it is never used unless it
// is the key the order commits to.
func (d *Desk) listingKey(ctx context.Context, id market.ListingID, o seal.Order) (key seal.Key, err error) {
	raw, err := d.Keyring.Get(ctx, listing.KeyName(id, o.Version))
	if errors.Is(err, market.ErrNotFound) {
		return key, refuse(delivery.Erased)
	}
	if err != nil {
		return key, err
	}
	if err := key.UnmarshalBinary(raw); err != nil || !key.Opens(o.KeyCommitment) {
		return key, refuse(delivery.UnknownOrder)
	}
	return key, nil
}

func (d *Desk) seal(ctx context.Context, r delivery.SealRequest, key seal.Key, recipient age.Recipient) (delivery.Sealed, error) {
	offer := d.Domain.Offer(r.Order, r.Terms)
	opener := seal.Opener(d.Secret, offer)
	c := seal.Seal(key, opener, offer)
	sale := d.sale(r, key)
	signature, err := d.Signer.SignDigest(ctx, d.Sealer, d.Domain.Purchase(d.Domain.Deal(sale)))
	if err != nil {
		return delivery.Sealed{}, err
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipient)
	if err != nil {
		return delivery.Sealed{}, err
	}
	if _, err := io.Copy(w, bytes.NewReader(c[:])); err != nil {
		return delivery.Sealed{}, err
	}
	if err := w.Close(); err != nil {
		return delivery.Sealed{}, err
	}
	return delivery.Sealed{SealedHash: sale.SealedHash, Lock: sale.Lock, SealedKey: out.Bytes(), Signature: signature}, nil
}
