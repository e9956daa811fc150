// Package reputation says how far a user's word goes: a level from 1 to 5 that
// follows from the labeling tasks it completed, how often it was right, and what it
// has staked. Counts are kept as tasks close; everything else is a function of them.
package reputation

import (
	"fmt"

	"privd/market"
	"privd/market/account"
	"privd/market/review"
	"privd/market/staking"
)

// Stats counts what became of one user's labels.
type Stats struct {
	User      market.UserID
	GoldRight uint64 // tasks with a known answer, answered right
	GoldTotal uint64
	Agreed    uint64 // tasks decided as the user said
	Decided   uint64
	// Day (since 1970, UTC) and Today bound how many labels are given in a day.
	Day   uint64
	Today uint64
}

// Completed returns how many tasks were answered and closed.
func (s Stats) Completed() uint64 { return s.GoldTotal + s.Decided }

// Gold returns the accuracy on tasks with a known answer, 0 before the first.
func (s Stats) Gold() review.Permille { return share(s.GoldRight, s.GoldTotal) }

// Consensus returns the rate of agreement with what other people decided, 0 before
// the first.
func (s Stats) Consensus() review.Permille { return share(s.Agreed, s.Decided) }

// Accuracy returns the mean of the two, or the one there is.
func (s Stats) Accuracy() review.Permille {
	switch {
	case s.GoldTotal == 0:
		return s.Consensus()
	case s.Decided == 0:
		return s.Gold()
	}
	return (s.Gold() + s.Consensus()) / 2
}

// share returns part of whole, rounded down, so that nobody reaches a threshold by
// rounding.
func share(part, whole uint64) review.Permille {
	if whole == 0 {
		return 0
	}
	a, err := market.Wei(part).MulDiv(uint64(review.One), whole)
	if err != nil || !a.Big().IsUint64() {
		return 0
	}
	return review.Permille(min(a.Big().Uint64(), uint64(review.One)))
}

// Level is a rank, 1 to 5.
type Level int

// The levels.
const (
	Novice     Level = 1
	Apprentice Level = 2
	Expert     Level = 3
	Master     Level = 4
	Elite      Level = 5
)

var names = [...]string{Novice: "Novice", Apprentice: "Apprentice", Expert: "Expert", Master: "Master", Elite: "Elite"}

// String returns the documented name.
func (l Level) String() string {
	if l < Novice || l > Elite {
		return "unknown"
	}
	return names[l]
}

// Need is what a level takes.
type Need struct {
	Tasks    uint64          // completed
	Accuracy review.Permille // at least
	Stake    market.Amount   // wei of PRIV, at least
}

// met reports whether all of a need is there.
func (n Need) met(s Stats, stake market.Amount) bool {
	return s.Completed() >= n.Tasks && s.Accuracy() >= n.Accuracy && stake.Cmp(n.Stake) >= 0
}

// Rules are what levels 2 to 5 take.
type Rules [4]Need

// DefaultRules returns the rules of a production node.
func DefaultRules() Rules {
	whole := func(n uint64) market.Amount {
		a, err := market.Wei(1_000_000_000_000_000_000).MulDiv(n, 1)
		if err != nil {
			panic("reputation: a default stake cannot overflow")
		}
		return a
	}
	return Rules{
		{Tasks: 10, Accuracy: 700},
		{Tasks: 100, Accuracy: 850, Stake: whole(100)},
		{Tasks: 200, Accuracy: 950, Stake: whole(1000)},
		{Tasks: 1000, Accuracy: 980, Stake: whole(5000)},
	}
}

// Validate returns a market.Invalid that names the field at fault. A level never
// takes less than the one below it.
func (r Rules) Validate() error {
	for i, n := range r {
		level := Level(i + 2)
		if n.Accuracy > review.One {
			return market.BadField("accuracy", fmt.Sprintf("reputation.accuracy of level %d must be at most 1000", level))
		}
		if i == 0 {
			continue
		}
		switch below := r[i-1]; {
		case n.Tasks < below.Tasks:
			return market.BadField("tasks", fmt.Sprintf("reputation.tasks of level %d must not be less than of level %d", level, level-1))
		case n.Accuracy < below.Accuracy:
			return market.BadField("accuracy", fmt.Sprintf("reputation.accuracy of level %d must not be less than of level %d", level, level-1))
		case n.Stake.Cmp(below.Stake) < 0:
			return market.BadField("stake", fmt.Sprintf("reputation.stake of level %d must not be less than of level %d", level, level-1))
		}
	}
	return nil
}

// Level returns the highest level whose needs are met, with those of all below it.
func (r Rules) Level(s Stats, stake market.Amount) Level {
	level := Novice
	for _, need := range r {
		if !need.met(s, stake) {
			break
		}
		level++
	}
	return level
}

// Next is what a user's next level takes.
type Next struct {
	Level     Level
	TasksLeft uint64          // still to be completed
	Accuracy  review.Permille // the threshold
	Stake     market.Amount   // the threshold, wei of PRIV
}

// Reputation is how one user stands.
type Reputation struct {
	Stats  Stats
	Staked market.Amount // wei of PRIV
	Level  Level
	Next   *Next // nil at the highest level
}

// Of returns how somebody with these counts and this stake stands.
func (r Rules) Of(s Stats, stake market.Amount) Reputation {
	out := Reputation{Stats: s, Staked: stake, Level: r.Level(s, stake)}
	if out.Level < Elite {
		need := r[out.Level-1]
		out.Next = &Next{Level: out.Level + 1, Accuracy: need.Accuracy, Stake: need.Stake}
		if done := s.Completed(); done < need.Tasks {
			out.Next.TasksLeft = need.Tasks - done
		}
	}
	return out
}

// Tx is the part of a transaction that reputation needs.
type Tx interface {
	staking.Events
	User(market.UserID) (account.User, error)
	// LabelStats returns a user's counts; zeros when there are none.
	LabelStats(market.UserID) (Stats, error)
	PutLabelStats(Stats) error
}

// Read returns how a user stands.
func (r Rules) Read(tx Tx, user market.UserID) (out Reputation, err error) {
	u, err := tx.User(user)
	if err != nil {
		return out, err
	}
	stats, err := tx.LabelStats(user)
	if err != nil {
		return out, err
	}
	position, err := staking.PositionOf(tx, u.Wallet)
	if err != nil {
		return out, err
	}
	return r.Of(stats, position.Staked), nil
}
