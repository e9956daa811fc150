// Package listing is what sellers offer: listings and their status flow, the
// manifest and the signed order that make one version of it sellable, and the
// announcements by which other nodes learn of it.
package listing

import (
	"time"

	"privd/market"
	"privd/market/dataset"
	"privd/market/seal"
)

// Category is what kind of content a listing holds.
type Category string

// The categories. Data listings are mixed.
const (
	Photo Category = "photo"
	Video Category = "video"
	Voice Category = "voice"
	Text  Category = "text"
	Mixed Category = "mixed"
)

// Valid reports whether the category is one of the documented ones.
func (c Category) Valid() bool {
	switch c {
	case Photo, Video, Voice, Text, Mixed:
		return true
	}
	return false
}

// Status is where a listing stands in its life.
type Status string

// The statuses.
const (
	Draft         Status = "draft"
	PendingReview Status = "pending_review"
	Active        Status = "active"
	Rejected      Status = "rejected"
	Paused        Status = "paused"
	Delisted      Status = "delisted"
)

// Listing is an offer made by a user of this node.
type Listing struct {
	ID            market.ListingID
	Owner         market.UserID
	Wallet        market.Address // the seller on chain
	Title         string
	Description   string
	Category      Category
	Tags          []string
	Price         market.Amount // wei of PRIV
	Contributions []market.ContributionID
	KeepMetadata  bool // sell photos with their location and device metadata
	// Dataset is what a data listing sells instead of contributions, of the data type;
	// empty for others.
	Dataset  market.DatasetID
	DataType dataset.DataType
	Status   Status
	Reason   string // why it was rejected or paused, or what it waits for, in words
	// HeldAt is since when a submitted listing waits for the operator; zero when it
	// does not. Cleared says that the operator approved it as it was submitted.
	HeldAt    time.Time
	Cleared   bool
	Files     int
	TotalSize int64 // bytes of plaintext
	// Version counts the orders made for it; 0 before the first.
	Version   uint64
	Published *Published // the order on sale now or last
	// What an external wallet has to sign before it is on sale.
	Waiting   *Waiting
	Renewal   *Renewal
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Published is one version of a listing as it was put on sale.
type Published struct {
	Order     seal.Order
	Signature seal.Sig
	Manifest  []byte // the block
	RenewAt   time.Time
}

// Announcement returns the published version as it travels.
func (p *Published) Announcement() Announcement {
	a := Announcement{Order: p.Order, Signature: p.Signature}
	if len(p.Manifest) <= MaxInline {
		a.Manifest = p.Manifest
	}
	return a
}
