package sim

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Report is how a story ended.
type Report struct {
	Story Story
	// Wrong is what the oracle found; empty when all is well.
	Wrong []string
	// Dir is where the world is kept that went wrong: repos and logs.
	Dir string

	Asked                                  map[string]int // calls to buy, by how they were answered
	Purchases, Settled, Refunded, Revealed int            // on chain
	Began, Played, Drained, Ended          time.Duration
}

// String tells it in one line.
func (r Report) String() string {
	return fmt.Sprintf("seed %d: %d runs, %d operations; asked %v; %d purchases, %d settled, %d refunded, %d revealed; begin %s, play %s, drain %s, end %s",
		r.Story.Seed, r.Story.Runs, len(r.Story.Ops), r.Asked, r.Purchases, r.Settled, r.Refunded, r.Revealed,
		r.Began.Round(time.Millisecond), r.Played.Round(time.Millisecond), r.Drained.Round(time.Millisecond), r.Ended.Round(time.Millisecond))
}

// playTimeout bounds a story: no fault lasts, and no chain lives longer.
const playTimeout = 4*time.Minute + 30*time.Second

// Play plays a story in a world of its own and judges it. An error means that it
// could not be played.
func Play(ctx context.Context, o Options, s Story) (r Report, err error) {
	ctx, cancel := context.WithTimeout(ctx, playTimeout)
	defer cancel()
	r.Story = s
	began := time.Now()
	lap := func(into *time.Duration) {
		*into = time.Since(began)
		began = time.Now()
	}
	w, err := newWorld(ctx, o, s.Seed)
	if err != nil {
		return r, err
	}
	lap(&r.Began)
	signing, stop := context.WithCancel(ctx)
	var wallets sync.WaitGroup
	for _, u := range w.users {
		if u.key != nil {
			wallets.Go(func() { u.keepSigning(signing) })
		}
	}
	err = w.play(ctx, s)
	lap(&r.Played)
	if err == nil {
		r.Wrong, err = w.end(ctx, s, &r)
	}
	lap(&r.Drained)
	r.Asked = w.asked()
	stop()
	wallets.Wait()
	if closed := w.close(); closed != nil {
		r.Wrong = append(r.Wrong, closed.Error())
	}
	r.Wrong = append(r.Wrong, w.blamed...)
	secrets, failed := w.judgeSecrets()
	r.Wrong = append(r.Wrong, secrets...)
	lap(&r.Ended)
	if err = errors.Join(err, failed); err == nil && len(r.Wrong) == 0 {
		return r, os.RemoveAll(w.dir)
	}
	r.Dir = w.dir
	return r, errors.Join(err, os.WriteFile(filepath.Join(w.dir, "story.txt"), []byte(s.String()), 0o600))
}

// end drains and judges.
func (w *World) end(ctx context.Context, s Story, r *Report) (wrong []string, err error) {
	all, h, err := w.drain(ctx, s)
	if err != nil {
		// Something that should end does not, or a node is gone: that is what stories
		// are for.
		return []string{err.Error()}, nil
	}
	for _, d := range h.order {
		r.Purchases++
		switch {
		case d.status == settled:
			r.Settled++
		case d.status == refunded:
			r.Refunded++
		}
		if d.opened {
			r.Revealed++
		}
	}
	return w.judge(ctx, s, all, h)
}

// Failure tells what went wrong, and how to see it again.
func (r Report) Failure() string {
	return fmt.Sprintf("%s\n%s\nthe world is kept in %s; its story is story.txt there", r, strings.Join(r.Wrong, "\n"), r.Dir)
}

// asked counts the calls to buy by their answers.
func (w *World) asked() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	count := map[string]int{}
	for _, i := range w.intents {
		count[i.answer]++
	}
	return count
}
