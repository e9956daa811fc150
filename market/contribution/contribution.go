// Package contribution is what users give: files with consent. It takes an
// upload in one pass, has it reviewed, and keeps what the owner agreed to.
package contribution

import (
	"time"

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
	ReviewedAt  time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Fingerprint review.Fingerprint
	// Sold is what a photo is sold as: a copy without location and device metadata,
	// or the file itself where it has none; nil until it was looked at.
	Sold *Variant
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

// Multiplier returns the reward multiplier in thousandths: the consent bonuses
// added to one.
func (c Consent) Multiplier() int64 {
	m := int64(1000)
	if c.AI {
		m += 200
	}
	if c.Research {
		m += 100
	}
	if c.Commercial {
		m += 300
	}
	return m
}

// tenths of a PRIV that each kind earns without consent bonuses.
var baseReward = map[media.Kind]uint64{media.Photo: 10, media.Video: 50, media.Voice: 20, media.Text: 5}

// Reward returns what a contribution of this kind and consent earns when it is
// approved, in wei of PRIV.
func Reward(kind media.Kind, consent Consent) market.Amount {
	const weiPerTenth = 100_000_000_000_000_000
	amount, err := market.Wei(weiPerTenth).MulDiv(baseReward[kind]*uint64(consent.Multiplier()), 1000)
	if err != nil {
		panic("contribution: a reward cannot overflow")
	}
	return amount
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
	// ContributionsOf calls each with a user's contributions, newest first, until it
	// returns false.
	ContributionsOf(user market.UserID, each func(Contribution) bool) error
	PutPack(content.Pack) error
}
