// Package contribution is what users give: files with consent. It takes an
// upload in one pass, has it reviewed, and keeps what the owner agreed to.
package contribution

import (
	"time"

	"github.com/ipfs/go-cid"

	"privd/market"
	"privd/market/content"
	"privd/market/earning"
	"privd/market/media"
	"privd/market/review"
	"privd/market/task"
)

// Status is where a contribution stands.
type Status string

// The statuses.
const (
	Pending  Status = "pending"
	Approved Status = "approved"
	Rejected Status = "rejected"
)

// Consent is what an owner agrees to.
type Consent struct {
	AI         bool
	Research   bool
	Commercial bool
	Version    string
	GivenAt    time.Time
}

// Contribution is a file a user gave.
type Contribution struct {
	ID          market.ContributionID
	User        market.UserID
	Kind        media.Kind
	FileHash    market.Hash // SHA-256 of the plaintext
	Object      content.Object
	MIME        string
	Filename    string
	Metadata    []byte // a JSON object
	Consent     Consent
	Status      Status
	Reason      string // why it was rejected or held
	Quality     *Quality
	Earned      market.Amount // wei of PRIV, 0 until approved
	Rewarded    int64         // the multiplier it was rewarded with, in thousandths; 0 until then
	ReviewedAt  time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Fingerprint review.Fingerprint
	// Sold is what a photo is sold as: a copy without location and device metadata,
	// or the file itself where it has none; nil until it was looked at.
	Sold *Variant
	// Preview is a small derivative that anybody may see while the contribution is on
	// sale; nil until one was made for a listing.
	Preview *cid.Cid
}

// Variant is one form of a contribution's content.
type Variant struct {
	ID       string // under which the vault has it
	Object   content.Object
	FileHash market.Hash // SHA-256 of the plaintext
}

// Quality is what the review found, in thousandths.
type Quality struct {
	Version int
	Score   review.Permille
	Factors []review.Factor
}

// Filter narrows a list; zero fields do not.
type Filter struct {
	Status Status
	Kind   media.Kind
}

// Matches reports whether c passes the filter.
func (f Filter) Matches(c Contribution) bool {
	return (f.Status == "" || f.Status == c.Status) && (f.Kind == media.Unknown || f.Kind == c.Kind)
}

// Tx is the part of a transaction that contributions need.
type Tx interface {
	task.Tx
	earning.Tx
	// Contribution returns NotFound when there is none.
	Contribution(market.ContributionID) (Contribution, error)
	// ContributionByHash finds a user's contribution of the same content.
	ContributionByHash(market.UserID, market.Hash) (market.ContributionID, error)
	PutContribution(Contribution) error
	PutReceipt(Receipt) error
	// ReceiptsOf lists the consent receipts of a contribution, the first one first.
	ReceiptsOf(market.ContributionID) ([]Receipt, error)
	// Fingerprints calls each with the fingerprints of a user's approved contributions
	// of one kind, until it returns false.
	Fingerprints(user market.UserID, kind media.Kind, each func(market.ContributionID, review.Fingerprint) bool) error
	// FileMarked reports whether a file of an erased contribution was rewarded.
	FileMarked(mark market.Hash) (bool, error)
	// ContributionsOf calls each with a user's contributions, newest first, until it
	// returns false.
	ContributionsOf(user market.UserID, each func(Contribution) bool) error
	PutPack(content.Pack) error
}
