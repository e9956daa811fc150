package listing

import (
	"crypto/sha256"
	"time"

	"github.com/ipfs/go-cid"

	"privd/market"
	"privd/market/seal"
)

// Erasure asks whoever holds a copy of one file of a listing to erase it: its owner
// takes it back. It carries the order that sold it, so that anybody can tell who may
// ask, without having kept anything.
type Erasure struct {
	Order          seal.Order
	OrderSignature seal.Sig
	Listing        market.ListingID
	Content        cid.Cid  // root of the ciphertext
	At             int64    // unix seconds: when its owner asked
	Signature      seal.Sig // by the order's seller or sealer
}

// Digest names the content in the signed notice.
func (e Erasure) Digest() market.Hash { return market.Hash(sha256.Sum256(e.Content.Bytes())) }

// How old a notice may be, and how far ahead of this node's clock.
const (
	erasureLife = 60 * 24 * time.Hour
	erasureSkew = time.Hour
)

// CheckErasure verifies a notice from a stranger: the seller signed the order, the
// order is of the listing, and the seller or the order's sealer signed the notice.
// Invalid is a lie, Expired merely old.
func CheckErasure(domain seal.Domain, e Erasure, now time.Time) error {
	bad := func(why string) error { return market.Fail(market.Invalid, "erasure notice: "+why) }
	switch {
	case seal.ListingHash(e.Listing) != e.Order.Listing:
		return bad("the order is of another listing")
	case !e.Content.Defined():
		return bad("it names no content")
	case e.At > now.Add(erasureSkew).Unix():
		return bad("it lies in the future")
	case e.At < now.Add(-erasureLife).Unix():
		return market.Fail(market.Expired, "erasure notice is too old")
	case seal.Check(e.Order.Seller, domain.Order(e.Order), e.OrderSignature) != nil:
		return bad("the order is not signed by its seller")
	}
	signer, err := seal.Recover(domain.Erased(e.Order.Seller, e.Order.Listing, e.Digest(), uint64(e.At)), e.Signature)
	if err != nil || (signer != e.Order.Seller && signer != e.Order.Sealer) {
		return bad("it is signed by neither seller nor sealer")
	}
	return nil
}
