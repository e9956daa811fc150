package sim_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/node/sim"
)

var (
	runs    = flag.Int("sim.runs", 200, "how many runs to play; 0 is no end")
	seed    = flag.Uint64("sim.seed", 0, "the first seed; 0 draws one")
	lasting = flag.Duration("sim.for", 0, "how long to play; 0 is until all runs are played")
	program = flag.String("sim.program", "", "the privd binary to run instead of one that is built from here")
	story   = flag.String("sim.story", "", "a file with a story to play, or a seed as told by a failure")
	tries   = flag.Int("sim.tries", 3, "how often to play it")
	shrink  = flag.Duration("sim.shrink", 2*time.Minute, "how long to shrink a story that fails")
	kept    = flag.String("sim.dir", "", "where worlds live, and those that went wrong are kept; default a temporary folder")
	goOn    = flag.Bool("sim.go-on", false, "play on after a story has failed")
	workers = flag.Int("sim.worlds", 0, "how many worlds at the same time; 0 is one for each two processors, two at least")
)

// together is how many runs share a world.
const together = 20

// TestStories plays random stories on whole nodes: whatever happens to processes,
// servers and the chain, everybody has in the end what the chain says, to the wei, and
// whoever paid has the key.
func TestStories(t *testing.T) {
	left, size := *runs, together
	if testing.Short() {
		left, size = 4, 4
	}
	first := *seed
	if first == 0 {
		first = rand.Uint64N(1e9) + 1
	}
	ctx := t.Context()
	if *lasting > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, *lasting)
		defer cancel()
		left = 0
	}
	t.Logf("the first seed is %d: -sim.seed=%d plays the same stories", first, first)
	options := sim.Options{Dir: dir(t), Program: *program}
	if options.Program == "" {
		var err error
		options.Program, err = sim.Build(ctx, t.TempDir())
		require.NoError(t, err)
	}
	p := &player{t: t, options: options}
	var all sync.WaitGroup
	var mu sync.Mutex
	next, played := first, 0
	take := func() (s sim.Story, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() != nil || t.Failed() && !*goOn || (*lasting == 0 && *runs > 0 && played >= left) {
			return s, false
		}
		n := size
		if *lasting == 0 && *runs > 0 {
			n = min(size, left-played)
		}
		s = sim.Tell(next, n)
		next++
		played += n
		return s, true
	}
	began := time.Now()
	for range worlds() {
		all.Go(func() {
			for s, ok := take(); ok; s, ok = take() {
				p.play(s)
			}
		})
	}
	all.Wait()
	t.Logf("%d runs in %s", p.runs, time.Since(began).Round(time.Second))
}

// TestRaces plays a story on nodes that the race detector watches, when it watches
// the tests.
func TestRaces(t *testing.T) {
	if testing.Short() {
		t.Skip("slow, and the detector is for longer tests")
	}
	first := *seed
	if first == 0 {
		first = rand.Uint64N(1e9) + 1
	}
	p := &player{t: t, options: sim.Options{Dir: dir(t)}}
	s := sim.Tell(first, 8)
	s.Dead = -1
	p.play(s)
}

func worlds() int {
	if *workers > 0 {
		return *workers
	}
	return max(2, runtime.NumCPU()/2)
}

func dir(t *testing.T) string {
	if *kept != "" {
		require.NoError(t, os.MkdirAll(*kept, 0o700))
		return *kept
	}
	made, err := os.MkdirTemp("", "sim-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.Remove(made) }) // stays when a world in it is kept
	return made
}

// player plays stories and tells of those that fail.
type player struct {
	t       *testing.T
	options sim.Options

	mu   sync.Mutex
	runs int
}

func (p *player) play(s sim.Story) {
	// A story that has begun is ended, whatever the time.
	r, err := sim.Play(context.WithoutCancel(p.t.Context()), p.options, s)
	if err != nil {
		p.t.Errorf("seed %d could not be played: %v", s.Seed, err)
		return
	}
	p.mu.Lock()
	p.runs += s.Runs
	p.mu.Unlock()
	fmt.Fprintln(os.Stderr, r)
	if len(r.Wrong) == 0 {
		return
	}
	p.t.Errorf("%s", r.Failure())
	p.shorten(s)
}

// shorten shrinks a story that failed, and keeps it in a file.
func (p *player) shorten(s sim.Story) {
	ctx, cancel := context.WithTimeout(p.t.Context(), *shrink)
	defer cancel()
	var last sim.Report
	short := sim.Shrink(ctx, s, func(s sim.Story) bool {
		for range 2 {
			r, err := sim.Play(ctx, p.options, s)
			if r.Dir != "" {
				_ = os.RemoveAll(r.Dir) // the first one is kept
			}
			if err == nil && len(r.Wrong) > 0 {
				last = r
				return true
			}
		}
		return false
	})
	if len(short.Ops) == len(s.Ops) {
		p.t.Logf("seed %d did not fail in less within %s; -sim.story=%d plays it %d times", s.Seed, *shrink, s.Seed, *tries)
		return
	}
	file := filepath.Join(p.options.Dir, fmt.Sprintf("story-%d.txt", s.Seed))
	if err := os.WriteFile(file, []byte(short.String()), 0o600); err != nil {
		p.t.Error(err)
	}
	p.t.Logf("seed %d shrinks to %d operations; -sim.story=%s plays them:\n%s\n%v", s.Seed, len(short.Ops), file, short, last.Wrong)
}

// TestReplay plays one story again, as in: go test ./node/sim -run TestReplay -sim.story=FILE
func TestReplay(t *testing.T) {
	if *story == "" {
		t.Skip("there is no -sim.story to play again")
	}
	var s sim.Story
	var number uint64
	file, err := os.Open(*story)
	if err == nil {
		defer file.Close()
		s, err = sim.Read(file)
		require.NoError(t, err)
	} else {
		require.True(t, errors.Is(err, os.ErrNotExist))
		_, err := fmt.Sscan(*story, &number)
		require.NoError(t, err, "neither a file nor a seed")
		s = sim.Tell(number, together)
	}
	for range *tries {
		r, err := sim.Play(t.Context(), sim.Options{Dir: dir(t), Program: *program}, s)
		require.NoError(t, err)
		t.Log(r)
		if len(r.Wrong) > 0 {
			t.Error(r.Failure())
		}
	}
}
