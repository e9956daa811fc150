package listing

import (
	"privd/market"
	"privd/market/seal"

	"github.com/ipfs/go-cid"
)

// Sizes of a manifest block, in bytes.
const (
	MaxInline   = 16 << 10 // up to this it travels inside the announcement
	MaxManifest = 1 << 20  // above this it is not a manifest
)

// Announcement is a listing as it travels: the order its seller signed, and the
// manifest the order commits to, inline when it is small.
type Announcement struct {
	Order     seal.Order
	Signature seal.Sig
	Manifest  []byte // the manifest block, or nil when it must be fetched
}

// ManifestCID returns where the manifest block is: the order's SHA-256 as a
// CIDv1 of dag-cbor.
func (a Announcement) ManifestCID() cid.Cid { return ManifestCID(a.Order.Manifest) }

// Withdrawal takes a listing off other nodes' catalogs, up to and including
// Version. The seller or the sealer signs it.
type Withdrawal struct {
	Seller    market.Address
	Listing   market.Hash
	Version   uint64
	Signature seal.Sig
}

// Wanted is an announcement whose manifest did not travel with it and is still to
// be fetched.
type Wanted struct {
	Announcement Announcement
	Peers        []string // who announced it
}
