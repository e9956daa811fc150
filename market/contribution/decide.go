package contribution

import (
	"errors"
	"time"

	"privd/market"
	"privd/market/review"
)

// Decide ends the wait of a contribution that the review held: part of the caller's
// transaction. Approval books the reward exactly as the review's own does. NotFound
// when there is no such contribution, Conflict when it does not wait.
func (s *Service) Decide(tx Tx, id market.ContributionID, v review.Verdict, reason string) error {
	c, err := tx.Contribution(id)
	if errors.Is(err, market.ErrNotFound) {
		return market.Fail(market.NotFound, "Contribution not found")
	}
	if err != nil {
		return err
	}
	if c.Status != Pending {
		return market.Fail(market.Conflict, "the contribution is "+string(c.Status)+" already")
	}
	if v != review.Approve && v != review.Reject {
		return market.BadField("verdict", "verdict must be approve or reject")
	}
	c.Reason = reason
	return s.conclude(tx, c, v, s.Clock().UTC().Truncate(time.Millisecond))
}

// conclude stores a contribution as a verdict leaves it. What is held stays pending.
func (s *Service) conclude(tx Tx, c Contribution, v review.Verdict, now time.Time) error {
	c.UpdatedAt = now
	switch v {
	case review.Reject:
		c.Status, c.ReviewedAt = Rejected, now
	case review.Approve:
		c.Status, c.ReviewedAt = Approved, now
		if err := s.reward(tx, &c, now); err != nil {
			return err
		}
	}
	return tx.PutContribution(c)
}
