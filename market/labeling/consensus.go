package labeling

import (
	"slices"

	"privd/market/review"
)

// consensus is what the ballots of an item come to.
type consensus struct {
	decided   bool
	escalated bool // as many as there may be, and no majority
	outcome   Label
	score     review.Permille // the median of those who agree
	agree     int             // how many agree
	votes     int
}

// count applies the rule: once there are enough votes, the side with more than half
// of them wins; on a tie people go on, up to the most there may be. Then the operator
// decides. Who is unsure has no vote.
func (r Rules) count(ballots []Ballot) consensus {
	var c consensus
	tally := map[Label]int{}
	for _, b := range ballots {
		if b.Label.votes() {
			tally[b.Label]++
			c.votes++
		}
	}
	if c.votes < r.Labels {
		return c
	}
	good := tally[Good]
	bad := c.votes - good
	switch {
	case 2*good > c.votes:
		c.decided, c.outcome, c.agree = true, Good, good
	case 2*bad > c.votes:
		c.decided, c.outcome, c.agree = true, reason(tally), bad
	case c.votes >= r.Most:
		c.escalated = true
	}
	if c.decided {
		c.score = median(ballots, c.outcome)
	}
	return c
}

// reason returns the most frequent label that rejects.
func reason(tally map[Label]int) Label {
	best := Poor
	for _, l := range Labels() {
		if l.votes() && l != Good && tally[l] > 0 && tally[l] >= tally[best] {
			best = l
		}
	}
	return best
}

// median returns the lower median of the scores of those who agree with an outcome.
func median(ballots []Ballot, outcome Label) review.Permille {
	var scores []review.Permille
	for _, b := range ballots {
		if b.Label.votes() && b.Label.agrees(outcome) {
			scores = append(scores, b.Score)
		}
	}
	if len(scores) == 0 {
		return 0
	}
	slices.Sort(scores)
	return scores[(len(scores)-1)/2]
}
