package earning

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"privd/market"
)

// Limits of what a service may book.
const (
	maxDescription = 500 // characters
	maxReference   = 200 // characters
)

// MaxAmount bounds one earning of a service: a thousand million PRIV, far above
// anything that is meant, and low enough that sums never overflow.
func MaxAmount() market.Amount {
	most, err := market.ParsePRIV("1000000000")
	if err != nil {
		panic("earning: " + err.Error())
	}
	return most
}

// Request is what a service asks to book.
type Request struct {
	User        market.UserID
	Source      Source
	Amount      market.Amount
	Description string
	Reference   string // empty: none, and the same request again books again
	Status      Status // Pending or Confirmed
}

// digest tells requests apart.
func (r Request) digest() market.Hash {
	h := sha256.New()
	for _, part := range []string{string(r.User), string(r.Source), r.Amount.String(), r.Description, r.Reference, string(r.Status)} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return market.Hash(h.Sum(nil))
}

func (r Request) check() error {
	switch {
	case !slices.Contains(Sources(), r.Source):
		return market.BadField("source", "source must be browsing, labeling, data_sales, staking or referral")
	case r.Status != Pending && r.Status != Confirmed:
		return market.BadField("status", "status must be pending or confirmed")
	case r.Amount.IsZero():
		return market.BadField("amount", "amount must be more than 0")
	case r.Amount.Cmp(MaxAmount()) > 0:
		return market.BadField("amount", "amount must be at most "+MaxAmount().PRIV()+" PRIV")
	}
	for _, text := range []struct {
		field, value string
		most         int
	}{{"description", r.Description, maxDescription}, {"reference_id", r.Reference, maxReference}} {
		if !utf8.ValidString(text.value) || utf8.RuneCountInString(text.value) > text.most {
			return market.BadField(text.field, fmt.Sprintf("%s must be at most %d characters", text.field, text.most))
		}
		for _, c := range text.value {
			if unicode.IsControl(c) {
				return market.BadField(text.field, text.field+" must not hold control characters")
			}
		}
	}
	return nil
}

// ServiceTx is the part of a transaction that the bookings of services need.
type ServiceTx interface {
	Tx
	// Earning returns an earning by id; NotFound when there is none.
	Earning(market.EarningID) (Earning, error)
	// ServiceEarning returns what services booked for a reference; NotFound when there
	// is nothing.
	ServiceEarning(source Source, reference string) (Earning, error)
}

// Service books what comes from outside: browsing, labeling elsewhere, staking,
// referrals. Its fields are required.
type Service struct {
	Store market.Store[ServiceTx]
	Clock market.Clock
}

// Book books a service's request once for each (source, reference): the same
// request again returns what it booked, another one is a Conflict.
func (s *Service) Book(ctx context.Context, r Request) (e Earning, err error) {
	if err := r.check(); err != nil {
		return Earning{}, err
	}
	err = s.Store.Update(ctx, func(tx ServiceTx) error {
		e, err = s.book(tx, r)
		return err
	})
	return e, err
}

func (s *Service) book(tx ServiceTx, r Request) (Earning, error) {
	if _, err := tx.Referrer(r.User); err != nil {
		if market.CodeOf(err) == market.NotFound {
			err = &market.Error{Code: market.NotFound, Field: "user_id", Message: "User not found"}
		}
		return Earning{}, err
	}
	if r.Reference != "" {
		held, err := tx.ServiceEarning(r.Source, r.Reference)
		switch {
		case err == nil && held.Request == r.digest():
			return held, nil
		case err == nil:
			return Earning{}, &market.Error{Code: market.Conflict, Field: "reference_id", Reason: "REFERENCE_USED",
				Message: "another earning was booked under this source and reference_id"}
		case market.CodeOf(err) != market.NotFound:
			return Earning{}, err
		}
	}
	now := s.Clock().UTC().Truncate(time.Millisecond)
	e := Earning{
		ID: market.NewID[market.EarningID](market.PrefixEarning), User: r.User, Source: r.Source, Amount: r.Amount,
		Status: r.Status, Description: r.Description, Reference: r.Reference, Request: r.digest(), CreatedAt: now,
	}
	if r.Status == Confirmed {
		e.ConfirmedAt = now
	}
	return e, tx.PutEarning(e)
}

// Confirm confirms a pending earning that a service booked; one that is confirmed
// or claimed already is returned as it is. Conflict for what the node booked
// itself: sales and rewards are confirmed by the chain and by the review.
func (s *Service) Confirm(ctx context.Context, id market.EarningID) (e Earning, err error) {
	err = s.Store.Update(ctx, func(tx ServiceTx) error {
		e, err = tx.Earning(id)
		switch {
		case market.CodeOf(err) == market.NotFound || (err == nil && e.Status == Cancelled):
			return market.Fail(market.NotFound, "Earning not found")
		case err != nil:
			return err
		case !e.FromService():
			return &market.Error{Code: market.Conflict, Reason: "NOT_FROM_A_SERVICE",
				Message: "this earning was booked by the node, which confirms it by itself"}
		case e.Status != Pending:
			return nil
		}
		e.Status, e.ConfirmedAt = Confirmed, s.Clock().UTC().Truncate(time.Millisecond)
		return tx.PutEarning(e)
	})
	return e, err
}
