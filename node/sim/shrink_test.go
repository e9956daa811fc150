package sim_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/node/sim"
)

// A story comes from its seed alone, and from the lines it is told in.
func TestStoryIsItsSeed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		s := sim.Tell(seed, 5)
		require.Equal(t, s, sim.Tell(seed, 5))
		again, err := sim.Read(strings.NewReader("# a remark\n" + s.String()))
		require.NoError(t, err)
		require.Equal(t, s, again)
	}
	_, err := sim.Read(strings.NewReader("seed=1 runs=1 dead=-1 long=false\n1 +1ms buy whom=m00"))
	require.ErrorContains(t, err, "whom")
	_, err = sim.Read(strings.NewReader("once upon a time"))
	require.Error(t, err)
}

// Every verb and every fault is in some story.
func TestStoriesHaveEverything(t *testing.T) {
	t.Parallel()
	verbs, faults := map[sim.Verb]int{}, map[sim.Fault]int{}
	dead, long := 0, 0
	for seed := range uint64(100) {
		s := sim.Tell(seed, 10)
		for _, o := range s.Ops {
			verbs[o.Verb]++
			faults[o.Fault]++
		}
		if s.Dead >= 0 {
			dead++
		}
		if s.Long {
			long++
		}
		runs := map[int]int{}
		for _, o := range s.Ops {
			runs[o.Run]++
		}
		require.Len(t, runs, 11)
		for run, ops := range runs {
			require.GreaterOrEqual(t, ops, 10, "run %d of %d", run, seed)
		}
	}
	for _, v := range []sim.Verb{sim.Sell, sim.Buy, sim.Price, sim.Pause, sim.Resume, sim.Delist, sim.Claim, sim.Download,
		sim.Withdraw, sim.Push, sim.Kill, sim.RPC, sim.Reorg, sim.Drop, sim.Stall, sim.Jump} {
		require.NotZero(t, verbs[v], v)
	}
	for _, f := range sim.Faults() {
		require.NotZero(t, faults[f], f)
	}
	require.NotZero(t, dead)
	require.NotZero(t, long)
}

// A failing story shrinks to what makes it fail.
func TestShrink(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		s := sim.Tell(seed, 10)
		buy, reorg := -1, -1
		has := func(s sim.Story) bool {
			b := slices.IndexFunc(s.Ops, func(o sim.Op) bool { return o.Verb == sim.Buy && o.Run == 7 })
			r := slices.IndexFunc(s.Ops, func(o sim.Op) bool { return o.Verb == sim.Reorg })
			buy, reorg = b, r
			return b >= 0 && r >= 0
		}
		if !has(s) {
			continue
		}
		tries := 0
		short := sim.Shrink(t.Context(), s, func(s sim.Story) bool { tries++; return has(s) })
		require.True(t, has(short))
		require.Len(t, short.Ops, 2, "%s", short)
		require.Equal(t, 1, short.Runs)
		require.Less(t, tries, 120)
		require.GreaterOrEqual(t, buy+reorg, 1)
	}
}
