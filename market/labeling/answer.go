package labeling

import (
	"context"
	"errors"
	"math/rand/v2"

	"privd/market"
	"privd/market/earning"
	"privd/market/review"
	"privd/market/task"
)

// Answer gives a user's answer to a task. The same answer again returns the same;
// another one is a Conflict, as is one that comes after the task was closed. The
// answer that makes the decision decides the contribution, in one transaction with
// all that follows from it.
func (s *Service) Answer(ctx context.Context, user market.UserID, id TaskID, label Label, score review.Permille) (t Task, err error) {
	if !label.Valid() {
		return t, market.BadField("label", "label must be one of good, poor, spam, inappropriate, unsure")
	}
	if score > review.One {
		return t, market.BadField("score", "score must be from 0 to 1")
	}
	err = s.Store.Update(ctx, func(tx Tx) (err error) {
		if t, err = own(tx, user, id); err != nil {
			return err
		}
		if t.State != Open {
			return again(t, label, score)
		}
		t.State, t.Label, t.Score, t.AnsweredAt = Answered, label, score, s.now()
		if err := s.tick(tx, user); err != nil {
			return err
		}
		if !label.votes() {
			t.State, t.ClosedAt = Void, t.AnsweredAt
			return tx.PutLabelTask(t)
		}
		if err := s.owe(tx, t); err != nil {
			return err
		}
		if t.Answer != "" {
			return s.answerGold(tx, t)
		}
		return s.vote(tx, &t)
	})
	return t, err
}

// again answers for a task that is not open.
func again(t Task, label Label, score review.Permille) error {
	switch {
	case t.AnsweredAt.IsZero():
		return &market.Error{Code: market.Conflict, Reason: "TASK_CLOSED", Message: "the task was closed before you answered"}
	case t.Label != label || t.Score != score:
		return &market.Error{Code: market.Conflict, Reason: "ALREADY_LABELED", Message: "you have labeled this task already"}
	}
	return nil
}

// tick counts an answer of the day.
func (s *Service) tick(tx Tx, user market.UserID) error {
	standing, err := s.Rules.Levels.Read(tx, user)
	if err != nil {
		return err
	}
	stats, may := standing.Stats, AccessOf(standing.Level)
	if s.spent(stats, may) {
		return market.Fail(market.Limited, "you have given all the labels your level allows in a day; go on tomorrow")
	}
	if today := day(s.Clock()); stats.Day != today {
		stats.Day, stats.Today = today, 0
	}
	stats.User, stats.Today = user, stats.Today+1
	return tx.PutLabelStats(stats)
}

// owe books what an answer earns if it turns out right.
func (s *Service) owe(tx Tx, t Task) error {
	if t.Reward.IsZero() {
		return nil
	}
	_, err := earning.Book(tx, earning.Earning{
		User: t.User, Source: earning.Labeling, Amount: t.Reward, Status: earning.Pending,
		Description: "Labeling of a " + string(t.Kind) + " contribution", Reference: string(t.ID), CreatedAt: t.AnsweredAt,
	})
	return err
}

// vote adds an answer to its item and decides the item if that is enough.
func (s *Service) vote(tx Tx, t *Task) error {
	it, err := tx.LabelItem(t.Item)
	if err != nil {
		return err
	}
	waits, err := pending(tx, it)
	if err == nil && (!it.State.Undecided() || !waits) {
		err = &market.Error{Code: market.Conflict, Reason: "TASK_CLOSED", Message: "the contribution does not wait for labels any more"}
	}
	if err != nil {
		return err
	}
	if err := tx.PutLabelTask(*t); err != nil {
		return err
	}
	it.Ballots = append(it.Ballots, Ballot{Task: t.ID, User: t.User, Label: t.Label, Score: t.Score})
	switch c := s.Rules.count(it.Ballots); {
	case c.decided:
		if err := s.decide(tx, it, c.outcome, ByLabelers, c.score, c.words()); err != nil {
			return err
		}
	case c.escalated:
		it.State = Escalated
		return tx.PutLabelItem(it)
	default:
		return tx.PutLabelItem(it)
	}
	*t, err = tx.LabelTask(t.ID)
	return err
}

// answerGold has an answer judged some time later, as others are.
func (s *Service) answerGold(tx Tx, t Task) error {
	due := t.AnsweredAt
	if s.Rules.GoldDelay > 0 {
		due = due.Add(rand.N(s.Rules.GoldDelay))
	}
	if err := tx.PutLabelTask(t); err != nil {
		return err
	}
	return tx.PutTask(task.Task{Kind: task.LabelAnswer, Key: string(t.ID), Due: due})
}

// Judge closes an answered task whose answer is known: the handler of label-answer
// tasks.
func (s *Service) Judge(ctx context.Context, id TaskID) (task.Next, error) {
	err := s.Store.Update(ctx, func(tx Tx) error {
		t, err := tx.LabelTask(id)
		if err != nil || t.State != Answered || t.Answer == "" {
			return err
		}
		right := t.Label.agrees(t.Answer)
		if err := s.close(tx, t, right); err != nil {
			return err
		}
		stats, err := tx.LabelStats(t.User)
		if err != nil {
			return err
		}
		stats.User, stats.GoldTotal = t.User, stats.GoldTotal+1
		if right {
			stats.GoldRight++
		}
		return tx.PutLabelStats(stats)
	})
	if errors.Is(err, market.ErrNotFound) {
		return task.Done(), nil
	}
	return task.Done(), err
}

// close ends an answered task, with its earning.
func (s *Service) close(tx Tx, t Task, right bool) error {
	t.State, t.ClosedAt = Wrong, s.now()
	status := earning.Cancelled
	if right {
		t.State, status = Right, earning.Confirmed
	}
	if err := s.settle(tx, t, status); err != nil {
		return err
	}
	return tx.PutLabelTask(t)
}

// settle moves the earning of a task from pending to what became of it.
func (s *Service) settle(tx Tx, t Task, status earning.Status) error {
	e, err := tx.EarningByReference(earning.Labeling, string(t.ID))
	if errors.Is(err, market.ErrNotFound) {
		return nil // it pays nothing
	}
	if err != nil || e.Status != earning.Pending {
		return err
	}
	e.Status = status
	if status == earning.Confirmed {
		e.ConfirmedAt = t.ClosedAt
	}
	return tx.PutEarning(e)
}
