package listing

import (
	"errors"
	"time"

	"privd/market"
	"privd/market/seal"
)

// Offer is a listing that can be bought, from this node or another: a verified
// order with the manifest it commits to.
type Offer struct {
	ID         market.ListingID
	Order      seal.Order
	Signature  seal.Sig
	Manifest   []byte // the block
	ReceivedAt time.Time
}

// Decode returns the offer's manifest.
func (o Offer) Decode() (*Manifest, error) { return DecodeManifest(o.Manifest) }

// Announcement returns the offer as it travels.
func (o Offer) Announcement() Announcement {
	return (&Published{Order: o.Order, Signature: o.Signature, Manifest: o.Manifest}).Announcement()
}

// Withdrawal returns the notice that ends the order on sale, to be signed.
func (p *Published) Withdrawal() Withdrawal {
	return Withdrawal{Seller: p.Order.Seller, Listing: p.Order.Listing, Version: p.Order.Version}
}

// maxOrderLife bounds how long an order may claim to be good: external wallets
// sign for 90 days, and clocks differ a little.
const maxOrderLife = 91 * 24 * time.Hour

// CheckOrder verifies the signature, the bounds and the expiry of an order from a
// stranger at a given time. It needs no chain. Invalid is a lie or a mistake of
// the sender, Expired is merely old.
func CheckOrder(domain seal.Domain, o seal.Order, sig seal.Sig, now time.Time) error {
	var maxPrice [32]byte
	for i := 16; i < 32; i++ {
		maxPrice[i] = 0xff
	}
	price := o.Price.Bytes32()
	unix := uint64(now.Unix())
	switch {
	case o.Price.IsZero() || string(price[:]) > string(maxPrice[:]):
		return market.Fail(market.Invalid, "order price out of range")
	case o.Version == 0 || o.Sealer == (market.Address{}):
		return market.Fail(market.Invalid, "order version or sealer missing")
	case o.Expiry > unix+uint64(maxOrderLife/time.Second):
		return market.Fail(market.Invalid, "order expires too far ahead")
	case unix > o.Expiry:
		return market.Fail(market.Expired, "order has expired")
	}
	if seal.Check(o.Seller, domain.Order(o), sig) != nil {
		return market.Fail(market.Invalid, "order is not signed by its seller")
	}
	return nil
}

// MatchManifest decodes the manifest block of an order and checks that the two
// belong together: the hash, the seller and the listing.
func MatchManifest(o seal.Order, block []byte) (*Manifest, error) {
	if Hash(block) != o.Manifest {
		return nil, market.Fail(market.Invalid, "manifest is not the one the order commits to")
	}
	m, err := DecodeManifest(block)
	if err != nil {
		return nil, &market.Error{Code: market.Invalid, Message: "manifest is malformed", Err: err}
	}
	if market.Address(m.Seller) != o.Seller || seal.ListingHash(market.ListingID(m.Listing)) != o.Listing {
		return nil, market.Fail(market.Invalid, "manifest names another seller or listing")
	}
	return m, nil
}

// CheckWithdrawal verifies a withdrawal against the offer it ends: the seller or
// the order's sealer signed it. known is nil when no offer is held.
func CheckWithdrawal(domain seal.Domain, w Withdrawal, known *Offer) error {
	signer, err := seal.Recover(domain.Withdrawn(w.Seller, w.Listing, w.Version), w.Signature)
	if err != nil {
		return market.Fail(market.Invalid, "withdrawal has a bad signature")
	}
	if known == nil {
		// Kept, it would only fill the disk; and a sealer may have signed it, which
		// nobody can tell without the order.
		return market.Fail(market.Conflict, "withdrawal of an unknown listing")
	}
	if known.Order.Seller == w.Seller && (signer == w.Seller || signer == known.Order.Sealer) {
		return nil
	}
	return market.Fail(market.Invalid, "withdrawal is signed by neither seller nor sealer")
}

// Supersedes reports whether a comes after b: orders rank by version, then by
// expiry.
func Supersedes(a, b seal.Order) bool {
	if a.Version != b.Version {
		return a.Version > b.Version
	}
	return a.Expiry > b.Expiry
}

// Accept stores an order from the network, or from this node, if it is newer than
// what is held. It returns Conflict for what is known or superseded, and for an
// id that another seller holds.
func Accept(tx Tx, offer Offer) error {
	switch w, err := tx.Withdrawal(offer.Order.Listing); {
	case err == nil && w.Seller != offer.Order.Seller:
		return market.Fail(market.Conflict, "listing id belongs to another seller")
	case err == nil && offer.Order.Version <= w.Version:
		return market.Fail(market.Conflict, "listing version was withdrawn")
	case err != nil && !errors.Is(err, market.ErrNotFound):
		return err
	}
	held, err := tx.Offer(offer.ID)
	switch {
	case errors.Is(err, market.ErrNotFound):
		return tx.PutOffer(offer)
	case err != nil:
		return err
	case held.Order.Seller != offer.Order.Seller:
		return market.Fail(market.Conflict, "listing id belongs to another seller")
	case !Supersedes(offer.Order, held.Order):
		return market.Fail(market.Conflict, "listing version is known already")
	}
	return tx.PutOffer(offer)
}

// Retract removes what a verified withdrawal ends and remembers it. It reports
// the offer that left the catalog, if one did; Conflict means it was known.
func Retract(tx Tx, w Withdrawal) (market.ListingID, error) {
	switch before, err := tx.Withdrawal(w.Listing); {
	case err == nil && w.Version <= before.Version:
		return "", market.Fail(market.Conflict, "withdrawal is known already")
	case err != nil && !errors.Is(err, market.ErrNotFound):
		return "", err
	}
	if err := tx.PutWithdrawal(w); err != nil {
		return "", err
	}
	held, err := tx.OfferByHash(w.Listing)
	if errors.Is(err, market.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if held.Order.Seller != w.Seller || held.Order.Version > w.Version {
		return "", nil
	}
	return held.ID, tx.DeleteOffer(held.ID)
}
