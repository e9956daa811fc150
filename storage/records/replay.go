package records

import (
	"time"

	"privd/market"
	"privd/market/replay"
)

var _ replay.Tx = (*Tx)(nil)

// Answer implements replay.Tx.
func (tx *Tx) Answer(h market.Hash) (replay.Answer, error) { return answers.get(tx, hashKey(h)) }

// PutAnswer implements replay.Tx.
func (tx *Tx) PutAnswer(a replay.Answer) error { return answers.put(tx, a) }

// DropAnswers implements replay.Tx.
func (tx *Tx) DropAnswers(now time.Time) error {
	var gone []replay.Answer
	err := answers.until(tx, "expiry", key(nil).time(now), func(a replay.Answer) bool {
		if a.ExpiresAt.Before(now) {
			gone = append(gone, a)
		}
		return len(gone) < 256 // the rest go next time
	})
	for _, a := range gone {
		if err == nil {
			err = answers.remove(tx, hashKey(a.Key))
		}
	}
	return err
}
