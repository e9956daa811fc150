package contribution

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"privd/market"
	"privd/market/task"
)

// Receipt is the record of one statement of consent: the one given with the
// upload, and one for each change since. Receipts hold nothing of the content and
// outlive it.
type Receipt struct {
	ID           string // rcpt_
	Contribution market.ContributionID
	User         market.UserID
	Consent      Consent
}

// PrefixReceipt begins the id of a consent receipt.
const PrefixReceipt = "rcpt_"

// firstVersion is the version of the consent that an upload carries.
const firstVersion = "1.0"

func newReceipt(c Contribution) Receipt {
	return Receipt{ID: market.NewID[string](PrefixReceipt), Contribution: c.ID, User: c.User, Consent: c.Consent}
}

// ConsentChange is what an owner changes; nil fields stay.
type ConsentChange struct {
	AI         *bool
	Research   *bool
	Commercial *bool
}

// maxConsents bounds how often the consent of one contribution is stated: each
// statement is kept for good.
const maxConsents = 1000

// UpdateConsent states a user's consent anew and writes a receipt for it, whether
// or not it differs from the one before. What is on sale follows, by a task that is
// stored with it: see listing.Service.FollowConsent. NotFound for anybody else's
// contribution, Invalid when nothing is stated.
func (s *Service) UpdateConsent(ctx context.Context, user market.UserID, id market.ContributionID, change ConsentChange) (Contribution, Receipt, error) {
	if change == (ConsentChange{}) {
		return Contribution{}, Receipt{}, market.Fail(market.Invalid,
			"no consent was stated; known fields are consent_ai_training, consent_research and consent_commercial")
	}
	var c Contribution
	var r Receipt
	err := s.Store.Update(ctx, func(tx Tx) (err error) {
		if c, err = owned(tx, user, id); err != nil {
			return err
		}
		if err := c.Consent.change(change, s.Clock().UTC().Truncate(time.Millisecond)); err != nil {
			return err
		}
		c.UpdatedAt = c.Consent.GivenAt
		r = newReceipt(c)
		if err := errors.Join(tx.PutContribution(c), tx.PutReceipt(r)); err != nil {
			return err
		}
		return tx.PutTask(task.Task{Kind: task.FollowConsent, Key: string(id), Due: c.UpdatedAt})
	})
	return c, r, err
}

// change applies what was stated and moves on to the next version.
func (c *Consent) change(to ConsentChange, now time.Time) error {
	major, minor, _ := strings.Cut(c.Version, ".")
	n, err := strconv.Atoi(minor)
	if err != nil {
		return errors.New("consent version " + c.Version + " is malformed")
	}
	if n+1 >= maxConsents {
		return market.Fail(market.Conflict, "the consent of this contribution was changed too often")
	}
	for _, f := range []struct {
		to *bool
		at *bool
	}{{to.AI, &c.AI}, {to.Research, &c.Research}, {to.Commercial, &c.Commercial}} {
		if f.to != nil {
			*f.at = *f.to
		}
	}
	c.Version, c.GivenAt = major+"."+strconv.Itoa(n+1), now
	return nil
}

// Receipts returns the consent receipts of a user's own contribution, the first
// one first.
func (s *Service) Receipts(ctx context.Context, user market.UserID, id market.ContributionID) (all []Receipt, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		if _, err := owned(tx, user, id); err != nil {
			return err
		}
		all, err = tx.ReceiptsOf(id)
		return err
	})
	return all, err
}

// owned returns a user's own contribution; NotFound for anybody else's.
func owned(tx Tx, user market.UserID, id market.ContributionID) (Contribution, error) {
	c, err := tx.Contribution(id)
	if errors.Is(err, market.ErrNotFound) || (err == nil && c.User != user) {
		return Contribution{}, market.Fail(market.NotFound, "Contribution not found")
	}
	return c, err
}
