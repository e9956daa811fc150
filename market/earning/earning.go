// Package earning is what users of a node are owed, and why.
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
	// (Source, Reference).
	Reference   string
	CreatedAt   time.Time
	ConfirmedAt time.Time
	ClaimedAt   time.Time
}

// Tx is the part of a transaction that earnings need.
type Tx interface {
	// EarningByReference returns NotFound when nothing is booked for it.
	EarningByReference(source Source, reference string) (Earning, error)
	PutEarning(Earning) error
	// EarningsOf lists a user's earnings, newest first.
	EarningsOf(market.UserID) ([]Earning, error)
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

// Summary adds up earnings: pending, confirmed and claimed.
type Summary struct{ Pending, Confirmed, Claimed market.Amount }

// Total returns everything ever earned.
func (s Summary) Total() (market.Amount, error) { return market.Sum(s.Pending, s.Confirmed, s.Claimed) }

// Unclaimed returns what was earned and not claimed yet.
func (s Summary) Unclaimed() (market.Amount, error) { return s.Pending.Add(s.Confirmed) }

// Summarize adds up a user's earnings.
func Summarize(tx Tx, user market.UserID) (s Summary, err error) {
	all, err := tx.EarningsOf(user)
	if err != nil {
		return s, err
	}
	for _, e := range all {
		switch e.Status {
		case Pending:
			s.Pending, err = s.Pending.Add(e.Amount)
		case Confirmed:
			s.Confirmed, err = s.Confirmed.Add(e.Amount)
		case Claimed:
			s.Claimed, err = s.Claimed.Add(e.Amount)
		}
		if err != nil {
			return s, err
		}
	}
	return s, nil
}
