// Package event is what users are told as it happens: a contribution was reviewed, a
// listing changed, a purchase moved, an earning was booked. Which change of which
// noun is an event is decided by pure functions of what stood before and what stands
// after; the records apply them to each row they store, in the same transaction, so
// that no use case can forget one.
//
// The journal is bounded. It tells a reader who was away for too long that something
// is missing, and never leaves a gap without a word. Events hold ids and statuses,
// never secrets.
package event

import (
	"time"

	"privd/market"
	"privd/market/earning"
)

// Kind says what happened.
type Kind string

// The kinds.
const (
	ContributionReviewed Kind = "contribution.reviewed"
	ContributionDeleted  Kind = "contribution.deleted"
	ContributionErased   Kind = "contribution.erased" // key, blocks and previews are gone
	ListingChanged       Kind = "listing.changed"
	PurchaseMoved        Kind = "purchase.moved"
	ClaimMoved           Kind = "claim.moved"
	EarningBooked        Kind = "earning.booked"
	EarningConfirmed     Kind = "earning.confirmed"
	EarningClaimed       Kind = "earning.claimed"
	EarningCancelled     Kind = "earning.cancelled"
	RatingReceived       Kind = "rating.received"
	SignatureRequested   Kind = "signature.requested"
	X402SaleMoved        Kind = "x402_sale.moved"
)

// Event is one thing that happened to what a user owns. Which fields are set besides
// the first four depends on the kind.
type Event struct {
	// Seq and At are given by the journal. Numbers are unique on the node and rise; gaps
	// mean nothing.
	Seq  uint64
	At   time.Time
	User market.UserID
	Kind Kind

	Contribution market.ContributionID
	Listing      market.ListingID
	Purchase     market.PurchaseID
	Earning      market.EarningID
	Claim        market.ClaimID
	Signature    market.SignatureID
	X402Sale     market.Hash
	Dataset      market.DatasetID

	Status  string   // as the API shows it
	Before  string   // the status before; empty for what is new
	State   string   // of a purchase, as its timeline shows it
	Changed []string // names of the fields of a listing that changed

	Amount market.Amount // wei of PRIV, of earnings and claims; units of mUSDC, of sales over x402
	Source earning.Source
	Stars  uint8 // of a rating
	// Text is a reason, a comment, what an earning is for, the transaction that pays a
	// claim or was paid for a sale over x402, how a contribution was deleted, or what a
	// signature is for.
	Text string
}

// The bounds of the journal.
const (
	Keep    = 10_000              // events on a node
	KeepFor = 30 * 24 * time.Hour // of an event
	// MaxText is how many bytes of a reason or comment an event holds.
	MaxText = 2000
)

// Tx is the part of a transaction that the journal needs. Events are written by the
// records themselves.
type Tx interface {
	// JournalOf calls each with a user's events above a number, in order, until it
	// returns false.
	JournalOf(user market.UserID, after uint64, each func(Event) bool) error
	// JournalBounds returns the numbers of the oldest and the newest event kept; zeros
	// when there is none.
	JournalBounds() (oldest, newest uint64, err error)
	// TrimJournal removes up to limit of the oldest events, as long as they are numbered
	// at most upTo or happened before an instant, but never the newest: numbers go on
	// from there. It returns how many it removed.
	TrimJournal(upTo uint64, before time.Time, limit int) (int, error)
}
