// Package earning is what users of a node are owed, and why. Each earning is
// booked once for what it stands for, and a user's sums are kept beside the
// earnings, so that reading them costs the same however long the history is.
package earning

import (
	"time"

	"privd/market"
)

// Source is where an earning comes from.
type Source string

// The sources.
const (
	Browsing  Source = "browsing"
	Labeling  Source = "labeling"
	DataSales Source = "data_sales"
	Staking   Source = "staking"
	Referral  Source = "referral"
)

// Sources returns all sources, in the order of the documents.
func Sources() []Source { return []Source{Browsing, Labeling, DataSales, Staking, Referral} }

// Status is how far an earning is on its way to its owner.
type Status string

// The statuses. Cancelled is never shown: the sale behind it was refunded.
const (
	Pending   Status = "pending"
	Confirmed Status = "confirmed"
	Claimed   Status = "claimed"
	Cancelled Status = "cancelled"
)

// Earning is one amount a user is owed.
type Earning struct {
	ID          market.EarningID
	User        market.UserID
	Source      Source
	Amount      market.Amount // wei of PRIV
	Status      Status
	Description string
	// Reference names what it is for; an earning is booked once for each
	// (Source, Reference). It may be empty for what a service books.
	Reference string
	// Sale is the purchase on chain whose price it is the seller's share of. Such an
	// earning lies in the Market contract for its owner's wallet; any other is owed by
	// the node's operator.
	Sale market.Hash
	// Request is the digest of what a service asked for; zero for what the node books
	// itself. The references of services are a set of their own, so that no service
	// can take the place of what the node books.
	Request market.Hash
	// Claim is the claim that pays it, while it is Claimed.
	Claim       market.ClaimID
	CreatedAt   time.Time
	ConfirmedAt time.Time
	ClaimedAt   time.Time
}

// FromSale reports whether the Market contract holds the money.
func (e Earning) FromSale() bool { return !e.Sale.IsZero() }

// FromService reports whether a service booked it.
func (e Earning) FromService() bool { return !e.Request.IsZero() }

// Tx is the part of a transaction that earnings need.
type Tx interface {
	// EarningByReference returns what the node booked for a reference; NotFound when
	// there is nothing.
	EarningByReference(source Source, reference string) (Earning, error)
	// PutEarning stores an earning and brings its user's Summary up to date.
	PutEarning(Earning) error
	// Referrer returns who referred a user, "" when nobody did; NotFound for an unknown
	// user.
	Referrer(market.UserID) (market.UserID, error)
}

// Book stores an earning unless one with its source and reference exists; either
// way it returns the stored one, so that booking twice pays once.
func Book(tx Tx, e Earning) (Earning, error) {
	stored, err := tx.EarningByReference(e.Source, e.Reference)
	if err == nil {
		return stored, nil
	}
	if market.CodeOf(err) != market.NotFound {
		return Earning{}, err
	}
	e.ID = market.NewID[market.EarningID](market.PrefixEarning)
	return e, tx.PutEarning(e)
}
