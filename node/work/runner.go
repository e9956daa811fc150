// Package work runs the stored tasks: each when it is due, one at a time for each
// key, a bounded number at once for each kind. A task that fails is tried again,
// later and later; a task that was asked for again while it ran runs again.
package work

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"privd/market"
	"privd/market/task"
)

// Handler does one kind of task. attempts counts the runs since it last made
// progress.
type Handler func(ctx context.Context, key string, attempts int) (task.Next, error)

// Kind says how one kind of task is run.
type Kind struct {
	Handler  Handler
	Parallel int           // how many at once
	Timeout  time.Duration // of one run
}

// Tx is the part of a transaction that the runner needs.
type Tx interface {
	task.Tx
	// EachTask calls each with every stored task until it returns false.
	EachTask(each func(task.Task) bool) error
}

// Deps is what a runner needs; all of it is required.
type Deps struct {
	Store market.Store[Tx]
	Clock market.Clock
	Log   *slog.Logger
	Kinds map[task.Kind]Kind
}

// Runner runs tasks.
type Runner struct {
	Deps

	mu      sync.Mutex
	queue   queue
	queued  map[id]*item
	running map[id]bool
	busy    map[task.Kind]int
	wake    chan struct{}
}

type id struct {
	kind task.Kind
	key  string
}

const (
	firstRetry = time.Second
	lastRetry  = 5 * time.Minute
	// recheck bounds how long the runner trusts its reading of the clock, which on a
	// development network jumps.
	recheck = time.Second
	// warnAfter is from which failure on an operator is told.
	warnAfter = 3
)

// New returns a runner; Notify may be called at once.
func New(deps Deps) *Runner {
	return &Runner{
		Deps: deps, queued: map[id]*item{}, running: map[id]bool{}, busy: map[task.Kind]int{}, wake: make(chan struct{}, 1),
	}
}

// Notify tells the runner of tasks that were just stored. It does not block.
func (r *Runner) Notify(tasks []task.Task) {
	r.mu.Lock()
	for _, t := range tasks {
		r.add(t)
	}
	r.mu.Unlock()
	r.poke()
}

// Wake makes the runner read the clock again, which may have jumped.
func (r *Runner) Wake() { r.poke() }

// Retry makes the queued tasks of some kinds due now: what they waited for may be
// back.
func (r *Runner) Retry(kinds ...task.Kind) {
	r.mu.Lock()
	now := r.Clock()
	for k, it := range r.queued {
		if slices.Contains(kinds, k.kind) && it.due.After(now) {
			it.due = now
			heap.Fix(&r.queue, it.index)
		}
	}
	r.mu.Unlock()
	r.poke()
}

func (r *Runner) poke() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// add queues a task, or moves it if it is queued. Called with the lock held.
func (r *Runner) add(t task.Task) {
	k := id{t.Kind, t.Key}
	if it, ok := r.queued[k]; ok {
		if t.Revision < it.revision {
			return // two commits told in the wrong order
		}
		it.due, it.revision = t.Due, t.Revision
		heap.Fix(&r.queue, it.index)
		return
	}
	it := &item{id: k, due: t.Due, revision: t.Revision}
	r.queued[k] = it
	heap.Push(&r.queue, it)
}

// Len returns how many tasks are queued or running.
func (r *Runner) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.queued) + len(r.running)
}

// Run loads what is stored and runs it until ctx ends; then it waits for the runs
// under way, whose context has ended too.
func (r *Runner) Run(ctx context.Context) error {
	err := r.Store.View(ctx, func(tx Tx) error {
		return tx.EachTask(func(t task.Task) bool {
			r.mu.Lock()
			r.add(t)
			r.mu.Unlock()
			return true
		})
	})
	if ctx.Err() != nil {
		return nil // stopped before it began
	}
	if err != nil {
		return fmt.Errorf("load tasks: %w", err)
	}
	var runs sync.WaitGroup
	defer runs.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.wake:
		case <-timer.C:
		}
		start, pause := r.due()
		for _, next := range start {
			runs.Go(func() {
				r.run(ctx, next)
				r.release(next)
			})
		}
		timer.Reset(pause)
	}
}

// due takes what may start now off the queue, and returns how long until something
// else may be due. What is due but has to wait for a run to end is not waited for
// here: the end of that run pokes.
func (r *Runner) due() (start []id, pause time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.Clock()
	var waiting []*item
	for r.queue.Len() > 0 && !r.queue[0].due.After(now) {
		it := heap.Pop(&r.queue).(*item)
		if r.running[it.id] || r.busy[it.id.kind] >= max(1, r.Kinds[it.id.kind].Parallel) {
			waiting = append(waiting, it)
			continue
		}
		delete(r.queued, it.id)
		r.running[it.id] = true
		r.busy[it.id.kind]++
		start = append(start, it.id)
	}
	pause = recheck
	if r.queue.Len() > 0 {
		pause = max(time.Millisecond, min(recheck, r.queue[0].due.Sub(now)))
	}
	for _, it := range waiting {
		heap.Push(&r.queue, it)
	}
	return start, pause
}

func (r *Runner) release(k id) {
	r.mu.Lock()
	delete(r.running, k)
	r.busy[k.kind]--
	r.mu.Unlock()
	r.poke()
}

// run does one task and stores what became of it.
func (r *Runner) run(ctx context.Context, k id) {
	var t task.Task
	err := r.Store.View(ctx, func(tx Tx) (err error) { t, err = tx.Task(k.kind, k.key); return err })
	if errors.Is(err, market.ErrNotFound) {
		return
	}
	if err == nil {
		err = r.do(ctx, t)
	}
	if err != nil && ctx.Err() == nil {
		r.Log.Error("task was not stored", "kind", k.kind, "key", k.key, "error", err)
		r.mu.Lock()
		r.add(task.Task{Kind: k.kind, Key: k.key, Due: r.Clock().Add(firstRetry)})
		r.mu.Unlock()
	}
}

func (r *Runner) do(ctx context.Context, t task.Task) error {
	next, failure := r.handle(ctx, t)
	if ctx.Err() != nil {
		return ctx.Err() // stopping: the task stays as it was
	}
	if failure != nil {
		r.complain(t, failure)
	}
	return r.Store.Update(ctx, func(tx Tx) error {
		now, err := tx.Task(t.Kind, t.Key)
		if errors.Is(err, market.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if now.Revision != t.Revision {
			// Asked for again meanwhile; what this run found may be old already.
			return tx.PutTask(now)
		}
		if failure == nil && next.Done {
			return tx.DeleteTask(t.Kind, t.Key)
		}
		return tx.PutTask(r.after(t, next, failure))
	})
}

// after returns the task as it is to be tried next.
func (r *Runner) after(t task.Task, next task.Next, failure error) task.Task {
	switch {
	case failure != nil:
		next.After = task.Backoff(t.Attempts, firstRetry, lastRetry)
		t.Attempts++
		t.LastError = failure.Error()
	case next.Progress:
		t.Attempts, t.LastError = 0, ""
	default:
		t.Attempts++
	}
	t.Due = r.Clock().UTC().Add(next.After)
	return t
}

func (r *Runner) complain(t task.Task, failure error) {
	level := slog.LevelDebug
	if t.Attempts+1 >= warnAfter || market.CodeOf(failure) == market.Internal {
		level = slog.LevelWarn
	}
	r.Log.Log(context.Background(), level, "task failed", "kind", t.Kind, "key", t.Key, "attempts", t.Attempts+1, "error", failure)
}

// handle runs the handler. A panic in one task, perhaps over a stranger's file,
// must not take the node down: it is a failure like any other, with its stack.
func (r *Runner) handle(ctx context.Context, t task.Task) (next task.Next, err error) {
	kind, ok := r.Kinds[t.Kind]
	if !ok {
		return next, fmt.Errorf("no handler for tasks of kind %s", t.Kind)
	}
	ctx, cancel := context.WithTimeout(ctx, kind.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return kind.Handler(ctx, t.Key, t.Attempts)
}

type item struct {
	id       id
	due      time.Time
	revision uint64 // of the task the due time is from
	index    int
}

// queue is a heap of items, soonest first.
type queue []*item

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].due.Before(q[j].due) }
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}
func (q *queue) Push(x any) {
	it := x.(*item)
	it.index = len(*q)
	*q = append(*q, it)
}
func (q *queue) Pop() any {
	old := *q
	it := old[len(old)-1]
	*q = old[:len(old)-1]
	return it
}
