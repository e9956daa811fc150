package labeling

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"privd/market"
	"privd/market/contribution"
	"privd/market/reputation"
	"privd/market/review"
)

// Tasks returns one page of the tasks in front of a user, and how many there are. A
// hand with room in it is filled first, with what the user's level may label: not
// what is the user's own, nor what the user had before.
func (s *Service) Tasks(ctx context.Context, user market.UserID, limit, offset int) (page []Task, total int, err error) {
	var hand []Task
	var fresh draw
	err = s.Store.View(ctx, func(tx Tx) (err error) {
		hand, fresh, err = s.draw(tx, user)
		return err
	})
	if err == nil && fresh.some() {
		// Looked at again, since others draw too.
		err = s.Store.Update(ctx, func(tx Tx) (err error) {
			if hand, fresh, err = s.draw(tx, user); err != nil {
				return err
			}
			more, err := s.give(tx, user, fresh)
			hand = append(hand, more...)
			return err
		})
	}
	if err != nil {
		return nil, 0, err
	}
	// By an id that is drawn at random: the place tells nothing of a task.
	slices.SortFunc(hand, func(a, b Task) int { return strings.Compare(string(a.ID), string(b.ID)) })
	total = len(hand)
	if offset >= total {
		return nil, total, nil
	}
	return hand[offset:min(offset+limit, total)], total, nil
}

// The bounds of a look for new tasks.
const (
	maxScan     = 4096 // items
	maxGold     = 64   // known answers to choose from
	maxAssigned = 64   // tasks of one item
)

// draw is what a hand is to be filled with.
type draw struct {
	room  int
	items []Item
	gold  []Item // to go with the items, in random order
	gone  []Item // whose contribution does not wait any more
	dead  []Task // tests whose contribution was erased
}

func (d draw) some() bool { return len(d.items)+len(d.gone)+len(d.dead) > 0 }

// draw returns a user's hand and what to fill it with. An item that few people have
// comes before one that many have, so that they spread over the items.
func (s *Service) draw(tx Tx, user market.UserID) (hand []Task, d draw, err error) {
	standing, err := s.Rules.Levels.Read(tx, user)
	if err != nil {
		return nil, d, err
	}
	if hand, err = d.check(tx, user); err != nil {
		return nil, d, err
	}
	may := AccessOf(standing.Level)
	if d.room = may.Hand - len(hand); d.room <= 0 || s.spent(standing.Stats, may) {
		return hand, d, nil
	}
	room := d.room
	var busy []Item
	scanned := 0
	var failed error
	err = tx.OfferedItems(func(it Item) bool {
		scanned++
		if it.Owner == user || it.Assigned >= maxAssigned || !slices.Contains(may.Kinds, it.Kind) {
			return scanned < maxScan
		}
		var had bool
		if had, failed = tx.Assigned(user, it.Contribution); failed != nil || had {
			return failed == nil && scanned < maxScan
		}
		var waits bool
		if waits, failed = pending(tx, it); failed != nil {
			return false
		}
		switch {
		case !waits:
			d.gone = append(d.gone, it)
		case it.Assigned < 2*s.Rules.Labels:
			d.items = append(d.items, it)
		case len(busy) < room:
			busy = append(busy, it)
		}
		return len(d.items) < room && len(d.gone) < maxAssigned && scanned < maxScan
	})
	if err = errors.Join(err, failed); err != nil {
		return nil, d, err
	}
	d.items = append(d.items, busy...)
	d.items = d.items[:min(len(d.items), room)]
	if len(d.items) > 0 && s.Rules.GoldShare > 0 {
		d.gold, err = golds(tx, user, may)
	}
	return hand, d, err
}

// check returns the tasks in front of a user that can still be answered, and notes the
// others.
func (d *draw) check(tx Tx, user market.UserID) (hand []Task, err error) {
	all, err := tx.Hand(user)
	if err != nil {
		return nil, err
	}
	for _, t := range all {
		if t.Answer != "" {
			switch _, err := tx.Contribution(t.Item); {
			case err == nil:
				hand = append(hand, t)
			case errors.Is(err, market.ErrNotFound):
				d.dead = append(d.dead, t)
			default:
				return nil, err
			}
			continue
		}
		it, err := tx.LabelItem(t.Item)
		if err != nil {
			return nil, err
		}
		waits, err := pending(tx, it)
		if err != nil {
			return nil, err
		}
		if waits {
			hand = append(hand, t)
			continue
		}
		d.gone = append(d.gone, it)
	}
	return hand, nil
}

// pending reports whether the contribution of an item still waits.
func pending(tx Tx, it Item) (bool, error) {
	c, err := tx.Contribution(it.Contribution)
	if errors.Is(err, market.ErrNotFound) {
		return false, nil
	}
	return c.Status == contribution.Pending, err
}

// golds returns items with a known answer that a user has not had, in random order.
func golds(tx Tx, user market.UserID, may Access) (out []Item, err error) {
	scanned := 0
	var failed error
	err = tx.GoldItems(func(it Item) bool {
		scanned++
		if it.Owner == user || !slices.Contains(may.Kinds, it.Kind) {
			return scanned < maxScan
		}
		var had bool
		if had, failed = tx.Assigned(user, it.Contribution); failed != nil {
			return false
		}
		if !had {
			if _, failed = tx.Contribution(it.Contribution); failed == nil {
				out = append(out, it)
			} else if errors.Is(failed, market.ErrNotFound) {
				failed = nil // erased; nobody sees it any more
			}
		}
		return failed == nil && len(out) < maxGold && scanned < maxScan
	})
	rand.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out, errors.Join(err, failed)
}

// give stores the tasks of a draw. Beside each item that is to be decided goes, with
// the probability that makes its share of all, one with a known answer: alone they
// would be known for what they are.
func (s *Service) give(tx Tx, user market.UserID, d draw) (given []Task, err error) {
	for _, it := range d.gone {
		if err := s.withdraw(tx, it); err != nil {
			return nil, err
		}
	}
	for _, t := range d.dead {
		t.State, t.ClosedAt = Void, s.now()
		if err := tx.PutLabelTask(t); err != nil {
			return nil, err
		}
	}
	share := int(s.Rules.GoldShare)
	for _, it := range d.items {
		if d.room <= 0 {
			break
		}
		if len(d.gold) > 0 && d.room > 1 && rand.IntN(int(review.One)-share) < share {
			t, err := s.assign(tx, user, d.gold[0], d.gold[0].Gold)
			if err != nil {
				return nil, err
			}
			given, d.gold, d.room = append(given, t), d.gold[1:], d.room-1
		}
		t, err := s.assign(tx, user, it, "")
		if err != nil {
			return nil, err
		}
		it.Assigned++
		if err := tx.PutLabelItem(it); err != nil {
			return nil, err
		}
		given, d.room = append(given, t), d.room-1
	}
	return given, nil
}

func (s *Service) assign(tx Tx, user market.UserID, it Item, answer Label) (Task, error) {
	t := Task{
		ID: market.NewID[TaskID](market.PrefixTask), User: user, Item: it.Contribution, Kind: it.Kind, MIME: it.MIME,
		Answer: answer, Reward: s.Rules.Reward, State: Open, AssignedAt: s.now(),
	}
	return t, tx.PutLabelTask(t)
}

// Look returns the contribution behind an open task of a user, for its preview.
func (s *Service) Look(ctx context.Context, user market.UserID, id TaskID) (c contribution.Contribution, err error) {
	err = s.Store.View(ctx, func(tx Tx) error {
		t, err := own(tx, user, id)
		if err != nil {
			return err
		}
		if t.State != Open {
			return errNoTask
		}
		c, err = tx.Contribution(t.Item)
		if errors.Is(err, market.ErrNotFound) {
			return errNoTask
		}
		return err
	})
	return c, err
}

var errNoTask = market.Fail(market.NotFound, "Labeling task not found")

// own returns a user's task; NotFound for anybody else's.
func own(tx Tx, user market.UserID, id TaskID) (Task, error) {
	t, err := tx.LabelTask(id)
	if errors.Is(err, market.ErrNotFound) || (err == nil && t.User != user) {
		return Task{}, errNoTask
	}
	return t, err
}

// spent reports whether a user has given all the answers of the day.
func (s *Service) spent(stats reputation.Stats, may Access) bool {
	return stats.Day == day(s.Clock()) && stats.Today >= may.Daily
}

func day(t time.Time) uint64 { return uint64(max(t.Unix(), 0)) / (24 * 60 * 60) }
