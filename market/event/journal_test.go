package event_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/earning"
	"privd/market/erasure"
	"privd/market/event"
	"privd/storage/records"
)

// diary is a journal on a real store.
type diary struct {
	*event.Journal
	store *records.Store
}

func newDiary(t *testing.T, dir string) diary {
	t.Helper()
	journal := &event.Journal{Clock: func() time.Time { return at }}
	store, err := records.Open(records.Options{Dir: dir, Log: slog.New(slog.DiscardHandler), OnEvents: journal.Told,
		Clock: func() time.Time { return at }})
	require.NoError(t, err)
	journal.Store = records.As[event.Tx](store)
	return diary{journal, store}
}

func earn(tx *records.Tx, user market.UserID, id string, created time.Time) error {
	return tx.PutEarning(earning.Earning{ID: market.EarningID(id), User: user, Source: earning.DataSales, Reference: id, CreatedAt: created})
}

func (d diary) earn(t *testing.T, user market.UserID, ids ...string) {
	t.Helper()
	require.NoError(t, d.store.Update(context.Background(), func(tx *records.Tx) error {
		for _, id := range ids {
			if err := earn(tx, user, id, at); err != nil {
				return err
			}
		}
		return nil
	}))
}

func ids(page []event.Event) (out []string) {
	for _, e := range page {
		out = append(out, string(e.Earning))
	}
	return out
}

func TestStart(t *testing.T) {
	t.Parallel()
	d := newDiary(t, t.TempDir())
	defer d.store.Close()
	seen := func(n uint64) *uint64 { return &n }
	check := func(from *uint64, after uint64, reset bool) {
		t.Helper()
		gotAfter, gotReset, err := d.Start(t.Context(), from)
		require.NoError(t, err)
		require.Equal(t, after, gotAfter)
		require.Equal(t, reset, gotReset)
	}
	check(nil, 0, false)
	check(seen(0), 0, false)
	check(seen(1), 0, true)
	d.earn(t, "usr_1", "a", "b", "c", "d")
	check(nil, 4, false)
	check(seen(0), 0, false)
	check(seen(1), 1, false)
	check(seen(4), 4, false)
	check(seen(5), 4, true)
	require.NoError(t, d.store.Update(t.Context(), func(tx *records.Tx) error {
		n, err := tx.TrimJournal(2, time.Time{}, 100)
		require.Equal(t, 2, n)
		return err
	}))
	check(seen(0), 0, false)
	check(seen(1), 4, true)
	check(seen(2), 2, false)
	check(seen(1<<64-1), 4, true)
}

// A transaction that fails tells nothing, also when it shares a commit with others.
func TestFailuresTellNothing(t *testing.T) {
	t.Parallel()
	d := newDiary(t, t.TempDir())
	defer d.store.Close()
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			_ = d.store.Update(context.Background(), func(tx *records.Tx) error {
				if err := earn(tx, "usr_1", fmt.Sprintf("e%02d", i), at); err != nil {
					return err
				}
				if i%3 == 0 {
					return errors.New("no")
				}
				return nil
			})
		})
	}
	all.Wait()
	page, _, err := d.Next(t.Context(), "usr_1", 0, 1000)
	require.NoError(t, err)
	require.Len(t, page, 40)
	seen := map[string]bool{}
	for i, id := range ids(page) {
		require.False(t, seen[id])
		seen[id] = true
		require.NotZero(t, (int(id[1]-'0')*10+int(id[2]-'0'))%3, id)
		if i > 0 {
			require.Greater(t, page[i].Seq, page[i-1].Seq)
		}
	}
}

// Readers that follow while many write get each event of their user, once, in order.
func TestFollowersMissNothing(t *testing.T) {
	t.Parallel()
	d := newDiary(t, t.TempDir())
	defer d.store.Close()
	const writers, each = 8, 25
	users := []market.UserID{"usr_1", "usr_2"}
	var readers, all sync.WaitGroup
	got := make([][]event.Event, len(users))
	for i, user := range users {
		f, err := d.Follow(user)
		require.NoError(t, err)
		readers.Go(func() {
			defer f.Close()
			after := uint64(0)
			for len(got[i]) < writers*each {
				page, upTo, err := d.Next(context.Background(), user, after, 7)
				if err != nil {
					return
				}
				got[i], after = append(got[i], page...), upTo
				if len(page) == 0 {
					select {
					case <-f.Wake:
					case <-time.After(20 * time.Second):
						return
					}
				}
			}
		})
	}
	for w := range writers {
		all.Go(func() {
			for n := range each {
				_ = d.store.Update(context.Background(), func(tx *records.Tx) error {
					id := fmt.Sprintf("%d.%d", w, n)
					return errors.Join(earn(tx, users[0], "a"+id, at), earn(tx, users[1], "b"+id, at))
				})
			}
		})
	}
	all.Wait()
	readers.Wait()
	for i, user := range users {
		require.Len(t, got[i], writers*each)
		seen := map[market.EarningID]bool{}
		for n, e := range got[i] {
			require.Equal(t, user, e.User)
			require.False(t, seen[e.Earning])
			seen[e.Earning] = true
			require.True(t, n == 0 || e.Seq > got[i][n-1].Seq)
		}
	}
}

// The journal keeps so many events, for so long, and goes on counting from its
// newest, also over a restart.
func TestTrim(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := newDiary(t, dir)
	const extra = 450
	for from := 0; from < event.Keep+extra; from += 1050 {
		require.NoError(t, d.store.Update(t.Context(), func(tx *records.Tx) error {
			for i := from; i < min(from+1050, event.Keep+extra); i++ {
				// The smallest row that is told.
				gone := erasure.Deletion{User: "usr_1", Contribution: market.ContributionID(fmt.Sprint(i)), Work: &erasure.Work{}}
				if err := tx.PutDeletion(gone); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	n, err := d.Trim(t.Context())
	require.NoError(t, err)
	require.Equal(t, extra, n)
	page, upTo, err := d.Next(t.Context(), "usr_1", 0, 2)
	require.NoError(t, err)
	require.EqualValues(t, "450", page[0].Contribution)
	require.EqualValues(t, "451", page[1].Contribution)
	require.EqualValues(t, 452, upTo)

	d.Clock = func() time.Time { return at.Add(event.KeepFor + time.Second) }
	n, err = d.Trim(t.Context())
	require.NoError(t, err)
	require.Equal(t, event.Keep-1, n)
	require.NoError(t, d.store.Close())
	d = newDiary(t, dir)
	defer d.store.Close()
	d.earn(t, "usr_2", "x")
	page, upTo, err = d.Next(t.Context(), "usr_2", 0, 10)
	require.NoError(t, err)
	require.Equal(t, []string{"x"}, ids(page))
	require.EqualValues(t, event.Keep+extra+1, upTo)
	page, upTo, err = d.Next(t.Context(), "usr_3", 5, 10)
	require.NoError(t, err)
	require.Empty(t, page)
	require.EqualValues(t, event.Keep+extra+1, upTo, "events of others move the place")
}

func TestFollowersAreBounded(t *testing.T) {
	t.Parallel()
	j := &event.Journal{}
	var open []*event.Follower
	for i := range event.MaxFollowers {
		f, err := j.Follow(market.UserID(fmt.Sprint("usr_", i/event.MaxOfUser)))
		require.NoError(t, err)
		open = append(open, f)
	}
	_, err := j.Follow("usr_0")
	require.ErrorIs(t, err, market.ErrLimited)
	_, err = j.Follow("usr_other")
	require.ErrorIs(t, err, market.ErrLimited)
	open[0].Close()
	open[0].Close()
	f, err := j.Follow("usr_0")
	require.NoError(t, err)
	j.Told([]market.UserID{"usr_0", "usr_nobody"})
	j.Told([]market.UserID{"usr_0"})
	<-f.Wake
	select {
	case <-f.Wake:
		require.Fail(t, "signals that nobody took are one")
	default:
	}
}
