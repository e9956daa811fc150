package records

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/account"
	"privd/market/earning"
	"privd/market/task"
)

func open(tb testing.TB, dir string, onTasks func([]task.Task)) *Store {
	tb.Helper()
	s, err := Open(Options{Dir: dir, Log: slog.New(slog.DiscardHandler), OnTasks: onTasks})
	require.NoError(tb, err)
	return s
}

func newStore(tb testing.TB) *Store {
	tb.Helper()
	s := open(tb, tb.TempDir(), nil)
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	return s
}

func update1(tb testing.TB, s *Store, fn func(tx *Tx) error) {
	tb.Helper()
	require.NoError(tb, s.Update(context.Background(), fn))
}

func view(tb testing.TB, s *Store, fn func(tx *Tx)) {
	tb.Helper()
	require.NoError(tb, s.View(context.Background(), func(tx *Tx) error { fn(tx); return nil }))
}

// An update that fails leaves nothing, and one that succeeded is there after the
// store was closed and opened again.
func TestUpdateIsAllOrNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, nil)
	failure := errors.New("no")
	err := s.Update(context.Background(), func(tx *Tx) error {
		require.NoError(t, tx.PutTask(task.Task{Kind: task.Review, Key: "a"}))
		return failure
	})
	require.ErrorIs(t, err, failure)
	update1(t, s, func(tx *Tx) error { return tx.PutTask(task.Task{Kind: task.Review, Key: "b"}) })
	require.NoError(t, s.Close())

	s = open(t, dir, nil)
	view(t, s, func(tx *Tx) {
		_, err := tx.Task(task.Review, "a")
		require.ErrorIs(t, err, market.ErrNotFound)
		_, err = tx.Task(task.Review, "b")
		require.NoError(t, err)
	})
	require.NoError(t, s.Close())
}

// Two updates that each read a whole range before writing into it behave as if
// they ran one after the other: a row the other one adds is never overlooked.
func TestUpdatesSeeEachOthersRows(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const workers, rounds = 4, 10
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := range rounds {
				err := s.Update(context.Background(), func(tx *Tx) error {
					sofar, err := tx.EarningsOf("usr_1")
					if err != nil {
						return err
					}
					id := fmt.Sprintf("earn_%d_%d", w, i)
					// Its amount is how many there were: each value may occur once.
					return tx.PutEarning(earning.Earning{ID: market.EarningID(id), User: "usr_1", Reference: id, Amount: market.Wei(uint64(len(sofar)))})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	view(t, s, func(tx *Tx) {
		earnings, err := tx.EarningsOf("usr_1")
		require.NoError(t, err)
		seen := make(map[string]bool)
		for _, e := range earnings {
			require.False(t, seen[e.Amount.String()], "two updates saw the same range")
			seen[e.Amount.String()] = true
		}
		require.Len(t, earnings, workers*rounds)
	})
}

func TestContextEndsTransactions(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx, cancel := context.WithCancel(context.Background())
	started, release := make(chan struct{}), make(chan struct{})
	var first sync.WaitGroup
	first.Go(func() {
		err := s.Update(context.Background(), func(*Tx) error { close(started); <-release; return nil })
		if err != nil {
			t.Error(err)
		}
	})
	<-started
	var waiting sync.WaitGroup
	waiting.Go(func() {
		err := s.Update(ctx, func(*Tx) error { return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want canceled", err)
		}
	})
	cancel()
	waiting.Wait()
	close(release)
	first.Wait()
	require.ErrorIs(t, s.View(ctx, func(*Tx) error { return nil }), context.Canceled)
}

// A scan stops when its context ends, however many rows are left.
func TestScanStopsWithContext(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	update1(t, s, func(tx *Tx) error {
		for i := range 3 * pageSize {
			if err := tx.PutTask(task.Task{Kind: task.Review, Key: fmt.Sprint(i)}); err != nil {
				return err
			}
		}
		return nil
	})
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	err := s.View(ctx, func(tx *Tx) error {
		return tx.EachTask(func(task.Task) bool { n++; cancel(); return true })
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, pageSize, n)
}

// A transaction that outgrows the database fails as a whole, even when the caller
// overlooks it.
func TestUpdateTooLarge(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	text := strings.Repeat("x", 64<<10)
	var failed error
	err := s.Update(context.Background(), func(tx *Tx) error {
		for i := range 100 {
			if err := tx.PutTask(task.Task{Kind: task.Review, Key: fmt.Sprint(i), LastError: text}); err != nil {
				failed = err
				return nil
			}
		}
		return nil
	})
	require.ErrorIs(t, err, market.ErrTooLarge)
	require.ErrorIs(t, failed, market.ErrTooLarge)
	view(t, s, func(tx *Tx) {
		_, err := tx.Task(task.Review, "0")
		require.ErrorIs(t, err, market.ErrNotFound)
	})
}

// A row in the middle of what is walked may be read and written while it is
// walked.
func TestWritingWhileWalking(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	update1(t, s, func(tx *Tx) error {
		for i := range 10 {
			if err := tx.PutTask(task.Task{Kind: task.Review, Key: fmt.Sprint(i)}); err != nil {
				return err
			}
		}
		return nil
	})
	update1(t, s, func(tx *Tx) error {
		var failed error
		err := tx.EachTask(func(t task.Task) bool {
			failed = errors.Join(failed, tx.DeleteTask(t.Kind, t.Key))
			return tx.EachTask(func(task.Task) bool { return false }) == nil
		})
		return errors.Join(err, failed)
	})
	view(t, s, func(tx *Tx) {
		require.NoError(t, tx.EachTask(func(task.Task) bool { t.Error("a task is left"); return false }))
	})
}

func TestTasks(t *testing.T) {
	t.Parallel()
	var told [][]task.Task
	s := open(t, t.TempDir(), func(ts []task.Task) { told = append(told, ts) })
	defer func() { require.NoError(t, s.Close()) }()
	due := time.Date(2025, 1, 2, 3, 4, 5, 6, time.UTC)
	put := func() {
		update1(t, s, func(tx *Tx) error {
			return tx.PutTask(task.Task{Kind: task.Review, Key: "a", Due: due, Revision: 77})
		})
	}
	put()
	put()
	require.Len(t, told, 2, "told after each commit that stored tasks")
	require.EqualValues(t, 2, told[1][0].Revision)
	view(t, s, func(tx *Tx) {
		got, err := tx.Task(task.Review, "a")
		require.NoError(t, err)
		require.Equal(t, task.Task{Kind: task.Review, Key: "a", Due: due, Revision: 2}, got)
	})
	err := s.Update(context.Background(), func(tx *Tx) error {
		require.NoError(t, tx.PutTask(task.Task{Kind: task.Review, Key: "b"}))
		return errors.New("no")
	})
	require.Error(t, err)
	update1(t, s, func(tx *Tx) error {
		return errors.Join(tx.DeleteTask(task.Review, "a"), tx.DeleteTask(task.Review, "never there"))
	})
	require.Len(t, told, 2, "not told of what was not committed, nor of deletions")
}

func TestAs(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	accounts := As[account.Tx](s)
	u := account.User{ID: "usr_1", Name: "alice"}
	require.NoError(t, accounts.Update(context.Background(), func(tx account.Tx) error { return tx.PutUser(u) }))
	require.NoError(t, accounts.View(context.Background(), func(tx account.Tx) error {
		got, err := tx.User("usr_1")
		require.Equal(t, u, got)
		return err
	}))
	type alien interface{ NoSuchMethod() }
	require.Panics(t, func() { As[alien](s) })
}

func TestCollectGarbage(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	require.NoError(t, s.CollectGarbage(context.Background()))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.NoError(t, s.RunGarbageCollector(ctx, time.Hour))
}
