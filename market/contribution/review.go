package contribution

import (
	"context"
	"errors"
	"time"

	"privd/market"
	"privd/market/earning"
	"privd/market/review"
	"privd/market/task"
)

// Judge reviews one pending contribution: the handler of review tasks. Approval
// books the reward, once. What the policy holds stays pending; what could not be
// read in many attempts is rejected, so that it does not keep others waiting.
func (s *Service) Judge(ctx context.Context, id market.ContributionID, attempts int) (task.Next, error) {
	var c Contribution
	err := s.Store.View(ctx, func(tx Tx) (err error) { c, err = tx.Contribution(id); return err })
	if errors.Is(err, market.ErrNotFound) || (err == nil && c.Status != Pending) {
		return task.Done(), nil
	}
	if err != nil {
		return task.Next{}, err
	}
	result, err := s.score(ctx, c)
	if err != nil && attempts < maxReviews {
		return task.Next{}, err
	}
	if err != nil {
		result = review.Result{Version: review.Version, Kind: c.Kind, MIME: c.MIME, Fault: "it could not be read for review"}
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		c, err := tx.Contribution(id)
		if err != nil || c.Status != Pending {
			return err
		}
		return s.apply(tx, c, result)
	})
	return task.Done(), err
}

// maxReviews is how often a review is tried.
const maxReviews = 20

func (s *Service) score(ctx context.Context, c Contribution) (review.Result, error) {
	r, err := s.Vault.Open(ctx, string(c.ID), c.Object)
	if err != nil {
		return review.Result{}, err
	}
	result, err := s.Scorer.Score(ctx, review.Input{Kind: c.Kind, MIME: c.MIME, Content: r, Known: own{s, c}})
	return result, errors.Join(err, r.Close())
}

// own is what a contribution's uniqueness is judged against: the earlier ones of
// the same user. Another user may own the same picture.
type own struct {
	service *Service
	c       Contribution
}

// Nearest implements review.Known.
func (o own) Nearest(ctx context.Context, f review.Fingerprint) (best review.Match, err error) {
	err = o.service.Store.View(ctx, func(tx Tx) error {
		best = review.Match{}
		return tx.Fingerprints(o.c.User, o.c.Kind, func(id market.ContributionID, g review.Fingerprint) bool {
			if id != o.c.ID {
				m := review.Match{ID: string(id), Similarity: f.Similarity(g)}
				if m.Similarity > best.Similarity || (m.Similarity == best.Similarity && m.Similarity > 0 && m.ID < best.ID) {
					best = m
				}
			}
			return ctx.Err() == nil
		})
	})
	return best, errors.Join(err, ctx.Err())
}

func (s *Service) apply(tx Tx, c Contribution, result review.Result) error {
	now := s.Clock().UTC().Truncate(time.Millisecond)
	verdict, reason := s.Policy.Decide(result)
	c.Quality = &Quality{Version: result.Version, Score: result.Score, Factors: result.Factors}
	c.Fingerprint, c.Reason = result.Fingerprint, reason
	if err := s.conclude(tx, c, verdict, now); err != nil || verdict != review.Hold || s.Held == nil {
		return err
	}
	return s.Held(tx, c)
}

// reward books what an approved contribution earns. A file that was rewarded,
// erased and given again earns nothing more.
func (s *Service) reward(tx Tx, c *Contribution, now time.Time) error {
	marked, err := tx.FileMarked(FileMark(s.MarkKey, c.User, c.FileHash))
	if err != nil || marked {
		return err
	}
	c.Earned, c.Rewarded = Reward(c.Kind, c.Consent), c.Consent.Multiplier()
	_, err = earning.BookReward(tx, earning.Earning{
		User: c.User, Source: earning.DataSales, Amount: c.Earned, Status: earning.Confirmed,
		Description: "Reward for an approved " + string(c.Kind) + " contribution", Reference: string(c.ID),
		CreatedAt: now, ConfirmedAt: now,
	})
	return err
}
