package reputation_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/market"
	"privd/market/reputation"
	"privd/market/review"
)

func priv(t require.TestingT, text string) market.Amount {
	a, err := market.ParsePRIV(text)
	require.NoError(t, err)
	return a
}

// The documented example follows from the rule: 150 tasks, 0.97 on gold and 0.91 with
// others, 500 PRIV staked.
func TestDocumentedExample(t *testing.T) {
	t.Parallel()
	s := reputation.Stats{GoldRight: 97, GoldTotal: 100, Agreed: 91, Decided: 100}
	require.Equal(t, "0.97", s.Gold().String())
	require.Equal(t, "0.91", s.Consensus().String())
	require.Equal(t, "0.94", s.Accuracy().String())

	s = reputation.Stats{GoldRight: 33, GoldTotal: 34, Agreed: 106, Decided: 116}
	require.EqualValues(t, 150, s.Completed())
	got := reputation.DefaultRules().Of(s, priv(t, "500"))
	require.Equal(t, reputation.Expert, got.Level)
	require.Equal(t, "Expert", got.Level.String())
	require.Equal(t, &reputation.Next{Level: reputation.Master, TasksLeft: 50, Accuracy: 950, Stake: priv(t, "1000")}, got.Next)
}

func TestLevels(t *testing.T) {
	t.Parallel()
	// right of total in permille, on gold tasks alone.
	of := func(total, permille uint64) reputation.Stats {
		return reputation.Stats{GoldTotal: total, GoldRight: total * permille / 1000}
	}
	for _, c := range []struct {
		name  string
		stats reputation.Stats
		stake string
		level reputation.Level
		left  uint64
	}{
		{"nothing yet", reputation.Stats{}, "0", 1, 10},
		{"a stake alone buys nothing", reputation.Stats{}, "1000000", 1, 10},
		{"nine tasks", of(9, 1000), "0", 1, 1},
		{"ten tasks", of(10, 700), "0", 2, 90},
		{"ten tasks, not accurate", of(10, 600), "5000", 1, 0},
		{"hundred tasks without a stake", of(100, 1000), "0", 2, 0},
		{"hundred tasks, one wei short", of(100, 1000), "99.999999999999999999", 2, 0},
		{"hundred tasks", of(100, 850), "100", 3, 100},
		{"just below in accuracy", of(1000, 849), "100", 2, 0},
		{"two hundred", of(200, 950), "1000", 4, 800},
		{"Elite in all but stake", of(1000, 1000), "4999.9", 4, 0},
		{"Elite", of(1000, 980), "5000", 5, 0},
		{"Elite lost by one mistake too many", of(1000, 979), "5000", 4, 0},
	} {
		got := reputation.DefaultRules().Of(c.stats, priv(t, c.stake))
		require.Equal(t, c.level, got.Level, c.name)
		if c.level == reputation.Elite {
			require.Nil(t, got.Next, c.name)
			continue
		}
		require.Equal(t, c.level+1, got.Next.Level, c.name)
		require.Equal(t, c.left, got.Next.TasksLeft, c.name)
	}
}

func TestAccuracy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		stats                     reputation.Stats
		gold, consensus, accuracy review.Permille
	}{
		{reputation.Stats{}, 0, 0, 0},
		{reputation.Stats{GoldRight: 2, GoldTotal: 3}, 666, 0, 666},
		{reputation.Stats{Agreed: 2, Decided: 3}, 0, 666, 666},
		{reputation.Stats{GoldTotal: 1, Agreed: 3, Decided: 3}, 0, 1000, 500},
		{reputation.Stats{GoldRight: 1 << 62, GoldTotal: 1 << 63, Agreed: 1, Decided: 1}, 500, 1000, 750},
	} {
		require.Equal(t, c.gold, c.stats.Gold())
		require.Equal(t, c.consensus, c.stats.Consensus())
		require.Equal(t, c.accuracy, c.stats.Accuracy())
	}
}

// A right answer never costs a level, a larger stake neither.
func TestLevelsRise(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(0, 2000)
		s := reputation.Stats{GoldTotal: n.Draw(t, "gold"), Decided: n.Draw(t, "decided")}
		s.GoldRight = rapid.Uint64Range(0, s.GoldTotal).Draw(t, "right")
		s.Agreed = rapid.Uint64Range(0, s.Decided).Draw(t, "agreed")
		stake := market.Wei(rapid.Uint64().Draw(t, "stake"))
		rules := reputation.DefaultRules()
		before := rules.Level(s, stake)
		more, err := stake.Add(market.Wei(1))
		require.NoError(t, err)
		require.GreaterOrEqual(t, rules.Level(s, more), before)
		if s.GoldTotal > 0 || s.Decided == 0 { // the first gold answer also changes what is averaged
			s.GoldRight, s.GoldTotal = s.GoldRight+1, s.GoldTotal+1
			require.GreaterOrEqual(t, rules.Level(s, stake), before)
		}
		next := rules.Of(s, stake).Next
		if next != nil {
			require.LessOrEqual(t, next.Accuracy, review.One)
		}
	})
}

func TestRulesValidate(t *testing.T) {
	t.Parallel()
	require.NoError(t, reputation.DefaultRules().Validate())
	for _, spoil := range []func(*reputation.Rules){
		func(r *reputation.Rules) { r[1].Tasks = 9 },
		func(r *reputation.Rules) { r[2].Accuracy = 849 },
		func(r *reputation.Rules) { r[3].Accuracy = 1001 },
		func(r *reputation.Rules) { r[3].Stake = market.Wei(1) },
	} {
		r := reputation.DefaultRules()
		spoil(&r)
		require.ErrorIs(t, r.Validate(), market.ErrInvalid)
	}
}
