// Package erasure takes contributions back out of the world: off the market at
// once, off the disk as soon as no buyer waits for what was paid, and at the latest
// by the promised deadline. What it does is stored before it is done, so that it is
// finished whatever happens in between.
//
// What stays is a compliance record that says who asked for what and when it was
// done, and holds nothing of the content.
package erasure

import (
	"time"

	"github.com/ipfs/go-cid"

	"privd/market"
	"privd/market/contribution"
	"privd/market/listing"
	"privd/market/media"
	"privd/market/seal"
	"privd/market/task"
)

// Type is how a contribution was deleted, spelled as in the API.
type Type string

// The types of deletion.
const (
	Hard Type = "hard"         // at once: nobody had looked at it yet
	GDPR Type = "gdpr_request" // off the market at once, erased by the deadline
)

// Within is how long the erasure of a GDPR request may take.
const Within = 30 * 24 * time.Hour

// Deletion is the compliance record of one deletion.
type Deletion struct {
	Contribution market.ContributionID
	User         market.UserID
	Kind         media.Kind
	Type         Type
	Reason       string // what the owner gave as one; may be empty
	RequestedAt  time.Time
	Deadline     time.Time // zero for a hard deletion
	ErasedAt     time.Time // zero until key, blocks and previews are gone
	// Mark keeps the same file from being rewarded again; zero when it was not
	// rewarded. See contribution.FileMark.
	Mark market.Hash
	// Work is what the erasure still needs to know; nil once nothing is left to do.
	Work *Work
}

// Work is what an erasure has to take care of.
type Work struct {
	Covered []Covered
	ToldAt  time.Time // when the network was told last
}

// Covered is a listing that held the contribution, and what was on sale last.
type Covered struct {
	Listing market.ListingID
	// Version is the last one that covers the contribution; all before it do too.
	Version uint64
	// Sold is what the last version says of the contribution; nil when the listing
	// was never on sale.
	Sold *Sold
}

// Sold is what other nodes may have copies of.
type Sold struct {
	Order     seal.Order
	Signature seal.Sig
	Content   cid.Cid // of the ciphertext
	// Total is how many bytes of ciphertext the whole version has.
	Total int64
}

// Tx is the part of a transaction that erasing needs.
type Tx interface {
	task.Tx
	// Contribution returns NotFound when there is none.
	Contribution(market.ContributionID) (contribution.Contribution, error)
	DeleteContribution(market.ContributionID) error
	// ListingsOf lists a user's listings, newest first.
	ListingsOf(market.UserID) ([]listing.Listing, error)
	// Deletion returns NotFound when nothing of that user was deleted under the id.
	Deletion(market.UserID, market.ContributionID) (Deletion, error)
	PutDeletion(Deletion) error
	// DeletionsOf calls each with a user's deletions, until it returns false.
	DeletionsOf(user market.UserID, each func(Deletion) bool) error
}
