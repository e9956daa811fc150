package task

import (
	"errors"
	"time"

	"privd/market"
)

// scrubAfter is how long deleted records may stay on the disk. Scrubbing reads and
// writes all that is there, so it is not done for each.
const scrubAfter = 24 * time.Hour

// ScrubSoon has what the caller's transaction deletes leave the disk within a day.
func ScrubSoon(tx Tx, now time.Time) error {
	held, err := tx.Task(Scrub, "records")
	switch {
	case err == nil && held.Due.After(now):
		return nil // it will not have begun before this is stored
	case err != nil && !errors.Is(err, market.ErrNotFound):
		return err
	}
	return tx.PutTask(Task{Kind: Scrub, Key: "records", Due: now.Add(scrubAfter)})
}
