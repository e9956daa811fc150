package records

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/task"
)

// Many updates at once, some of which fail before they write, after they wrote, by
// a panic or by writing too much: the good ones take effect exactly once, the bad
// ones not at all, and each caller learns which its own was.
func TestUpdatesTogether(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const workers, rounds = 8, 25
	refusal := errors.New("refused")
	kinds := []struct {
		name string
		do   func(tx *Tx) error
		want error
	}{
		{"good", func(*Tx) error { return nil }, nil},
		{"refused", func(*Tx) error { return refusal }, refusal},
		{"too large", func(tx *Tx) error {
			var err error
			for i := range 4 {
				err = errors.Join(err, tx.PutTask(task.Task{Kind: "big", Key: fmt.Sprint(i), LastError: strings.Repeat("x", 800<<10)}))
			}
			return err
		}, market.ErrTooLarge},
		{"panics", func(*Tx) error { panic("fn") }, nil},
	}
	var succeeded atomic.Int64
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := range rounds {
				kind := kinds[(w+i)%len(kinds)]
				writesFirst := (w*7+i)%3 == 0
				err := guarded(func() error {
					return s.Update(context.Background(), func(tx *Tx) error {
						if writesFirst || kind.name == "good" {
							if err := countOne(tx); err != nil {
								return err
							}
						}
						return kind.do(tx)
					})
				})
				switch {
				case kind.name == "good" && err == nil:
					succeeded.Add(1)
				case kind.name == "panics" && err == nil, kind.name != "panics" && !errors.Is(err, kind.want):
					t.Errorf("%s: got %v", kind.name, err)
				}
			}
		})
	}
	all.Wait()
	view(t, s, func(tx *Tx) {
		counted, err := tx.Task("count", "")
		require.NoError(t, err)
		require.EqualValues(t, succeeded.Load(), counted.Attempts)
		require.EqualValues(t, succeeded.Load(), counted.Revision)
		require.EqualValues(t, workers*rounds/len(kinds), succeeded.Load())
	})
}

func countOne(tx *Tx) error {
	t, err := tx.Task("count", "")
	if err != nil && !errors.Is(err, market.ErrNotFound) {
		return err
	}
	return tx.PutTask(task.Task{Kind: "count", Attempts: t.Attempts + 1})
}

func guarded(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return fn()
}

// An update that another batch member would not survive spares it: the member runs
// again alone and is told of its own fate only.
func TestSpoiltBatch(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx := context.Background()
	inside, goOn := make(chan struct{}), make(chan struct{})
	var runs int
	var first sync.WaitGroup
	first.Go(func() {
		err := s.Update(ctx, func(tx *Tx) error {
			if runs++; runs == 1 {
				close(inside)
				<-goOn
			}
			return countOne(tx)
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-inside
	failure := errors.New("no")
	var second sync.WaitGroup
	started := make(chan struct{})
	second.Go(func() {
		close(started)
		err := s.Update(ctx, func(tx *Tx) error { return errors.Join(countOne(tx), failure) })
		if !errors.Is(err, failure) {
			t.Errorf("got %v", err)
		}
	})
	<-started
	close(goOn)
	first.Wait()
	second.Wait()
	view(t, s, func(tx *Tx) {
		counted, err := tx.Task("count", "")
		require.NoError(t, err)
		require.Equal(t, 1, counted.Attempts)
	})
}

// BenchmarkUpdate commits small updates durably, by one caller and by several.
func BenchmarkUpdate(b *testing.B) {
	for _, callers := range []int{1, 4, 32} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			s := newStore(b)
			b.SetParallelism(max(1, callers/2))
			var n atomic.Int64
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					t := task.Task{Kind: task.Review, Key: fmt.Sprint(n.Add(1))}
					if err := s.Update(context.Background(), func(tx *Tx) error { return tx.PutTask(t) }); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
