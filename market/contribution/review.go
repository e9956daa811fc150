package contribution

import (
	"context"
	"errors"
	"time"

	"privd/market"
	"privd/market/content"
	"privd/market/earning"
	"privd/market/task"
)

// Verdict is what a review decides.
type Verdict string

// The verdicts.
const (
	Approve Verdict = "approve"
	Hold    Verdict = "hold"
	Reject  Verdict = "reject"
)

// Assessment is a review of one contribution.
type Assessment struct {
	Verdict     Verdict
	Reason      string
	Quality     Quality
	Fingerprint Fingerprint
}

// Reviewer scores a contribution's content.
type Reviewer interface {
	// Assess reads r and judges it. An error means that it could not be judged
	// now; content that does not decode is a verdict, not an error.
	Assess(ctx context.Context, c Contribution, r content.Reader) (Assessment, error)
}

// Judge reviews one pending contribution: the handler of review tasks. Approval
// books the reward, once.
func (s *Service) Judge(ctx context.Context, id market.ContributionID) (task.Next, error) {
	var c Contribution
	err := s.Store.View(ctx, func(tx Tx) (err error) { c, err = tx.Contribution(id); return err })
	if errors.Is(err, market.ErrNotFound) || (err == nil && c.Status != Pending) {
		return task.Done(), nil
	}
	if err != nil {
		return task.Next{}, err
	}
	assessment, err := s.assess(ctx, c)
	if err != nil {
		return task.Next{}, err
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		c, err := tx.Contribution(id)
		if err != nil || c.Status != Pending {
			return err
		}
		return s.apply(tx, c, assessment)
	})
	return task.Done(), err
}

func (s *Service) assess(ctx context.Context, c Contribution) (Assessment, error) {
	r, err := s.Vault.Open(ctx, string(c.ID), c.Object)
	if err != nil {
		return Assessment{}, err
	}
	a, err := s.Review.Assess(ctx, c, r)
	return a, errors.Join(err, r.Close())
}

func (s *Service) apply(tx Tx, c Contribution, a Assessment) error {
	now := s.Clock().UTC().Truncate(time.Millisecond)
	c.Quality, c.Fingerprint, c.Reason = &a.Quality, a.Fingerprint, a.Reason
	c.UpdatedAt = now
	switch a.Verdict {
	case Reject:
		c.Status, c.ReviewedAt = Rejected, now
	case Approve:
		c.Status, c.ReviewedAt = Approved, now
		c.Earned = Reward(c.Kind, c.Consent)
		if _, err := earning.Book(tx, earning.Earning{
			User: c.User, Source: earning.DataSales, Amount: c.Earned, Status: earning.Confirmed,
			Description: "Reward for an approved " + string(c.Kind) + " contribution", Reference: string(c.ID),
			CreatedAt: now, ConfirmedAt: now,
		}); err != nil {
			return err
		}
	}
	return tx.PutContribution(c)
}
