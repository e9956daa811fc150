package labeling

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"privd/market"
	"privd/market/contribution"
	"privd/market/earning"
	"privd/market/review"
)

// words tell the contributor what people found.
func (c consensus) words() string {
	if c.outcome == Good {
		return fmt.Sprintf("People looked at it and found it good, %d of %d.", c.agree, c.votes)
	}
	return fmt.Sprintf("People looked at it and did not accept it, %d of %d; the usual reason was: %s.", c.agree, c.votes, c.outcome)
}

// decide ends an item: the contribution moves, and every task of the item is closed,
// counted and paid.
func (s *Service) decide(tx Tx, it Item, outcome Label, by Decider, score review.Permille, why string) error {
	verdict := review.Reject
	if outcome == Good {
		verdict = review.Approve
	}
	if err := s.Decide(tx, it.Contribution, verdict, why); err != nil {
		return err
	}
	it.State, it.Outcome, it.By, it.Score, it.ClosedAt = Decided, outcome, by, score, s.now()
	if err := tx.PutLabelItem(it); err != nil {
		return err
	}
	return s.closeAll(tx, it, func(t Task) error {
		right := t.Label.agrees(outcome)
		if err := s.close(tx, t, right); err != nil {
			return err
		}
		stats, err := tx.LabelStats(t.User)
		if err != nil {
			return err
		}
		stats.User, stats.Decided = t.User, stats.Decided+1
		if right {
			stats.Agreed++
		}
		return tx.PutLabelStats(stats)
	})
}

// withdraw ends an item whose contribution is gone. Nobody was right or wrong.
func (s *Service) withdraw(tx Tx, it Item) error {
	it.State, it.ClosedAt = Withdrawn, s.now()
	if err := tx.PutLabelItem(it); err != nil {
		return err
	}
	return s.closeAll(tx, it, func(t Task) error {
		t.State, t.ClosedAt = Void, s.now()
		return errors.Join(s.settle(tx, t, earning.Cancelled), tx.PutLabelTask(t))
	})
}

// closeAll calls answered with the tasks of an item that were answered, and takes the
// open ones back. Tasks that test a labeler are none of them.
func (s *Service) closeAll(tx Tx, it Item, answered func(Task) error) error {
	tasks, err := tx.LabelTasksOf(it.Contribution)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		switch {
		case t.State == Answered:
			err = answered(t)
		case t.State == Open:
			t.State, t.ClosedAt = Void, s.now()
			err = tx.PutLabelTask(t)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Forget ends the item of a contribution that is being erased, if it has one: part
// of that transaction. Without it the item ends when the next labeler would get it.
func (s *Service) Forget(tx Tx, id market.ContributionID) error {
	it, err := tx.LabelItem(id)
	if errors.Is(err, market.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if it.Gold != "" {
		it.Gold = ""
		if err := tx.PutLabelItem(it); err != nil {
			return err
		}
	}
	if !it.State.Undecided() {
		return nil
	}
	return s.withdraw(tx, it)
}

// Held returns one page of the items that wait for a decision, oldest first, and how
// many there are.
func (s *Service) Held(ctx context.Context, limit, offset int) (page []Item, total int, err error) {
	return s.list(ctx, Tx.UndecidedItems, limit, offset)
}

// Known returns one page of the items whose answer is known, and how many there
// are.
func (s *Service) Known(ctx context.Context, limit, offset int) (page []Item, total int, err error) {
	return s.list(ctx, Tx.GoldItems, limit, offset)
}

func (s *Service) list(ctx context.Context, walk func(Tx, func(Item) bool) error, limit, offset int) (page []Item, total int, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		page, total = nil, 0
		return walk(tx, func(it Item) bool {
			if total >= offset && len(page) < limit {
				page = append(page, it)
			}
			total++
			return ctx.Err() == nil
		})
	})
	return page, total, errors.Join(err, ctx.Err())
}

var errNoItem = market.Fail(market.NotFound, "no such contribution waits for a decision")

// maxReason bounds what an operator gives as a reason, in characters.
const maxReason = 500

// Rule decides a held contribution for the operator. Labels given so far are judged
// by it. NotFound when it does not wait, Conflict when it was just decided.
func (s *Service) Rule(ctx context.Context, id market.ContributionID, verdict review.Verdict, reason string) (it Item, err error) {
	outcome := Good
	switch verdict {
	case review.Approve:
	case review.Reject:
		outcome = Poor
	default:
		return it, market.BadField("verdict", "verdict must be approve or reject")
	}
	if !utf8.ValidString(reason) || utf8.RuneCountInString(reason) > maxReason {
		return it, market.BadField("reason", "reason must be at most 500 characters")
	}
	if reason == "" {
		reason = "The operator looked at it."
	}
	err = s.Store.Update(ctx, func(tx Tx) (err error) {
		it, err = tx.LabelItem(id)
		if errors.Is(err, market.ErrNotFound) {
			return errNoItem
		}
		if err != nil {
			return err
		}
		if !it.State.Undecided() {
			return &market.Error{Code: market.Conflict, Reason: "ALREADY_DECIDED", Message: "the contribution is " + string(it.State) + " already"}
		}
		waits, err := pending(tx, it)
		if err != nil {
			return err
		}
		if !waits {
			return errNoItem
		}
		if err := s.decide(tx, it, outcome, ByOperator, median(it.Ballots, outcome), reason); err != nil {
			return err
		}
		it, err = tx.LabelItem(id)
		return err
	})
	return it, err
}

// SetGold makes a contribution whose review is over one whose answer is known. Its
// preview is shown to every labeler: the operator answers for that.
func (s *Service) SetGold(ctx context.Context, id market.ContributionID, answer Label) (it Item, err error) {
	if !answer.votes() {
		return it, market.BadField("label", "label must be one of good, poor, spam, inappropriate")
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		c, err := tx.Contribution(id)
		if errors.Is(err, market.ErrNotFound) {
			return market.Fail(market.NotFound, "Contribution not found")
		}
		if err != nil {
			return err
		}
		if c.Status == contribution.Pending {
			return market.BadField("contribution_id", "the contribution is not reviewed yet; decide it first")
		}
		it, err = tx.LabelItem(id)
		if errors.Is(err, market.ErrNotFound) {
			it = Item{
				Contribution: c.ID, Owner: c.User, Kind: c.Kind, MIME: c.MIME, State: Decided, Outcome: answer, By: ByOperator,
				OpenedAt: s.now(), ClosedAt: s.now(),
			}
			err = nil
		}
		if err != nil {
			return err
		}
		it.Gold = answer
		return tx.PutLabelItem(it)
	})
	return it, err
}

// DropGold stops showing a contribution as one whose answer is known. Tasks that are
// out are still judged by it.
func (s *Service) DropGold(ctx context.Context, id market.ContributionID) error {
	return s.Store.Update(ctx, func(tx Tx) error {
		it, err := tx.LabelItem(id)
		if errors.Is(err, market.ErrNotFound) || (err == nil && it.Gold == "") {
			return market.Fail(market.NotFound, "no known answer for this contribution")
		}
		if err != nil {
			return err
		}
		it.Gold = ""
		return tx.PutLabelItem(it)
	})
}
