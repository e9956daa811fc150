package event

import (
	"context"
	"sync"

	"privd/market"
)

// Journal is the events of a node for those who follow them. Store and Clock are
// required.
type Journal struct {
	Store market.Store[Tx]
	Clock market.Clock

	mu        sync.Mutex
	followers map[market.UserID][]*Follower
	following int
}

// How many may follow at once.
const (
	MaxFollowers = 256 // on a node
	MaxOfUser    = 8   // of one user's events
)

// Follower is told that there may be something new. Close it when done.
type Follower struct {
	// Wake receives after each commit that journaled something for the user; signals
	// that nobody took yet are one.
	Wake <-chan struct{}

	wake    chan struct{}
	journal *Journal
	user    market.UserID
	once    sync.Once
}

// Follow starts to follow a user's events; Limited when too many do. Who follows
// first and reads then misses nothing.
func (j *Journal) Follow(user market.UserID) (*Follower, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.following >= MaxFollowers || len(j.followers[user]) >= MaxOfUser {
		return nil, market.Fail(market.Limited, "too many event streams are open; close one")
	}
	if j.followers == nil {
		j.followers = map[market.UserID][]*Follower{}
	}
	f := &Follower{wake: make(chan struct{}, 1), journal: j, user: user}
	f.Wake = f.wake
	j.followers[user] = append(j.followers[user], f)
	j.following++
	return f, nil
}

// Close ends the following; closing again is fine.
func (f *Follower) Close() {
	f.once.Do(func() {
		j := f.journal
		j.mu.Lock()
		defer j.mu.Unlock()
		kept := make([]*Follower, 0, len(j.followers[f.user]))
		for _, other := range j.followers[f.user] {
			if other != f {
				kept = append(kept, other)
			}
		}
		j.followers[f.user] = kept
		if len(kept) == 0 {
			delete(j.followers, f.user)
		}
		j.following--
	})
}

// Told wakes those who follow: called after a commit with the users it journaled
// something for. It does not block.
func (j *Journal) Told(users []market.UserID) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, user := range users {
		for _, f := range j.followers[user] {
			select {
			case f.wake <- struct{}{}:
			default:
			}
		}
	}
}

// Start says after which number a reader goes on: nil starts with what happens from
// now on, 0 with everything kept. reset is true when events after the reader's number
// are not kept any more, or the number is not of this journal: then the reader goes on
// from now, and has to look at how things stand.
func (j *Journal) Start(ctx context.Context, seen *uint64) (after uint64, reset bool, err error) {
	var oldest, newest uint64
	err = j.Store.View(ctx, func(tx Tx) (err error) { oldest, newest, err = tx.JournalBounds(); return err })
	switch {
	case err != nil || seen == nil:
		return newest, false, err
	case *seen == 0:
		return 0, false, nil
	case *seen > newest || *seen+1 < oldest:
		return newest, true, nil
	}
	return *seen, false, nil
}

// Next returns up to limit of a user's events after a number, and the number up to
// which the reader has then seen everything.
func (j *Journal) Next(ctx context.Context, user market.UserID, after uint64, limit int) (page []Event, upTo uint64, err error) {
	err = j.Store.View(ctx, func(tx Tx) error {
		page, upTo = nil, after
		_, newest, err := tx.JournalBounds()
		if err != nil {
			return err
		}
		err = tx.JournalOf(user, after, func(e Event) bool {
			page = append(page, e)
			return len(page) < limit
		})
		switch {
		case len(page) == limit:
			upTo = page[limit-1].Seq
		case newest > after:
			upTo = newest
		}
		return err
	})
	return page, upTo, err
}

// trimBatch is how many events one transaction removes.
const trimBatch = 200

// Trim removes what the journal no longer keeps, in small transactions, and returns
// how many events that were.
func (j *Journal) Trim(ctx context.Context) (total int, err error) {
	for ctx.Err() == nil {
		n := 0
		err := j.Store.Update(ctx, func(tx Tx) error {
			_, newest, err := tx.JournalBounds()
			if err != nil {
				return err
			}
			upTo := uint64(0)
			if newest > Keep {
				upTo = newest - Keep
			}
			n, err = tx.TrimJournal(upTo, j.Clock().Add(-KeepFor), trimBatch)
			return err
		})
		total += n
		if err != nil || n < trimBatch {
			return total, err
		}
	}
	return total, ctx.Err()
}
