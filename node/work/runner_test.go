package work_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/task"
	"privd/node/work"
	"privd/storage/records"
)

type fixture struct {
	store  *records.Store
	runner *work.Runner
	stop   func()
}

// start runs a runner over real records with one kind, "test".
func start(t *testing.T, kind work.Kind) *fixture {
	t.Helper()
	f := &fixture{}
	var err error
	f.store, err = records.Open(records.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler), OnTasks: func(ts []task.Task) {
		f.runner.Notify(ts)
	}})
	require.NoError(t, err)
	f.runner = work.New(work.Deps{Store: records.As[work.Tx](f.store), Clock: time.Now, Log: slog.New(slog.DiscardHandler),
		Kinds: map[task.Kind]work.Kind{"test": kind}})
	f.run(t)
	t.Cleanup(func() {
		f.stop()
		require.NoError(t, f.store.Close())
	})
	return f
}

func (f *fixture) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.runner.Run(ctx) }()
	f.stop = func() {
		cancel()
		require.NoError(t, <-done)
		done <- nil
	}
}

func (f *fixture) put(t *testing.T, key string, due time.Time) {
	t.Helper()
	require.NoError(t, f.store.Update(context.Background(), func(tx *records.Tx) error {
		return tx.PutTask(task.Task{Kind: "test", Key: key, Due: due})
	}))
}

func (f *fixture) gone(key string) bool {
	err := f.store.View(context.Background(), func(tx *records.Tx) error { _, err := tx.Task("test", key); return err })
	return errors.Is(err, market.ErrNotFound)
}

// TestRetries: a task that fails, and one that panics, are tried again until they
// succeed; then they are gone.
func TestRetries(t *testing.T) {
	t.Parallel()
	var tries atomic.Int64
	f := start(t, work.Kind{Parallel: 1, Timeout: time.Second, Handler: func(_ context.Context, _ string, attempts int) (task.Next, error) {
		switch tries.Add(1) {
		case 1:
			return task.Next{}, errors.New("not yet")
		case 2:
			require.Equal(t, 1, attempts)
			panic("a stranger's file")
		}
		require.Equal(t, 2, attempts)
		return task.Done(), nil
	}})
	f.put(t, "a", time.Now())
	require.Eventually(t, func() bool { return f.gone("a") }, 30*time.Second, 10*time.Millisecond)
	require.Equal(t, int64(3), tries.Load())
}

// TestAskedAgainWhileRunning: what is asked for while it runs runs once more.
func TestAskedAgainWhileRunning(t *testing.T) {
	t.Parallel()
	running, proceed := make(chan struct{}, 8), make(chan struct{}, 8)
	f := start(t, work.Kind{Parallel: 4, Timeout: time.Minute, Handler: func(context.Context, string, int) (task.Next, error) {
		running <- struct{}{}
		<-proceed
		return task.Done(), nil
	}})
	f.put(t, "a", time.Now())
	<-running
	f.put(t, "a", time.Now())
	proceed <- struct{}{}
	<-running
	require.False(t, f.gone("a"))
	proceed <- struct{}{}
	require.Eventually(t, func() bool { return f.gone("a") }, 30*time.Second, 10*time.Millisecond)
}

// TestParallel: no more of a kind run at once than allowed, and never one key twice.
func TestParallel(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	busy, most := 0, 0
	f := start(t, work.Kind{Parallel: 3, Timeout: time.Minute, Handler: func(context.Context, string, int) (task.Next, error) {
		mu.Lock()
		busy++
		most = max(most, busy)
		mu.Unlock()
		time.Sleep(time.Millisecond) // long enough to overlap
		mu.Lock()
		busy--
		mu.Unlock()
		return task.Done(), nil
	}})
	for _, key := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		f.put(t, key, time.Now())
	}
	require.Eventually(t, func() bool { return f.runner.Len() == 0 && f.gone("h") }, 30*time.Second, 5*time.Millisecond)
	require.LessOrEqual(t, most, 3)
}

// TestRestart: what was stored before a stop runs after the next start.
func TestRestart(t *testing.T) {
	t.Parallel()
	var ran atomic.Int64
	f := start(t, work.Kind{Parallel: 1, Timeout: time.Minute, Handler: func(context.Context, string, int) (task.Next, error) {
		ran.Add(1)
		return task.Done(), nil
	}})
	f.put(t, "later", time.Now().Add(time.Hour))
	f.stop()
	f.put(t, "now", time.Now())
	require.Zero(t, ran.Load())
	f.run(t)
	require.Eventually(t, func() bool { return f.gone("now") }, 30*time.Second, 5*time.Millisecond)
	require.False(t, f.gone("later"))
	f.runner.Retry("test")
	require.Eventually(t, func() bool { return f.gone("later") }, 30*time.Second, 5*time.Millisecond)
}
