package contribution

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/media"
	"privd/market/seal"
)

// TestReward goes through all 32 combinations against decimals written out by hand.
func TestReward(t *testing.T) {
	t.Parallel()
	// By consent: none, research, AI, AI and research, commercial, commercial and
	// research, commercial and AI, all.
	uses := []Consent{
		{}, {Research: true}, {AI: true}, {AI: true, Research: true},
		{Commercial: true}, {Commercial: true, Research: true}, {Commercial: true, AI: true}, {Commercial: true, AI: true, Research: true},
	}
	multipliers := []int64{1000, 1100, 1200, 1300, 1300, 1400, 1500, 1600}
	rewards := map[media.Kind][]string{
		media.Photo: {"1", "1.1", "1.2", "1.3", "1.3", "1.4", "1.5", "1.6"},
		media.Video: {"5", "5.5", "6", "6.5", "6.5", "7", "7.5", "8"},
		media.Voice: {"2", "2.2", "2.4", "2.6", "2.6", "2.8", "3", "3.2"},
		media.Text:  {"0.5", "0.55", "0.6", "0.65", "0.65", "0.7", "0.75", "0.8"},
	}
	require.Len(t, rewards, len(media.Kinds()))
	for kind, want := range rewards {
		for i, consent := range uses {
			require.Equal(t, multipliers[i], consent.Multiplier())
			require.Equal(t, want[i], Reward(kind, consent).PRIV(), "%s with %+v", kind, consent)
			exact, err := market.ParsePRIV(want[i])
			require.NoError(t, err)
			require.Equal(t, exact, Reward(kind, consent))
		}
	}
}

func TestRewardMultiplierStays(t *testing.T) {
	t.Parallel()
	c := Contribution{Consent: Consent{AI: true}}
	require.EqualValues(t, 1200, c.RewardMultiplier())
	c.Rewarded = 1600
	require.EqualValues(t, 1600, c.RewardMultiplier())
}

// Versions count up, and what is not stated stays.
func TestConsentVersions(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	c := Consent{AI: true, Version: firstVersion}
	for i, change := range []ConsentChange{{Commercial: &yes}, {AI: &no}, {AI: &no}, {Research: &yes, Commercial: &no}} {
		require.NoError(t, c.change(change, c.GivenAt.Add(1)))
		require.Equal(t, fmt.Sprintf("1.%d", i+1), c.Version)
	}
	require.Equal(t, Consent{Research: true, Version: "1.4", GivenAt: c.GivenAt}, c)
	c.Version = "1.999"
	require.Equal(t, market.Conflict, market.CodeOf(c.change(ConsentChange{AI: &yes}, c.GivenAt)))
}

func TestFileMark(t *testing.T) {
	t.Parallel()
	mark := FileMark(seal.Key{1}, "usr_a", market.Hash{1})
	require.NotEqual(t, mark, FileMark(seal.Key{2}, "usr_a", market.Hash{1}))
	require.NotEqual(t, mark, FileMark(seal.Key{1}, "usr_b", market.Hash{1}))
	require.NotEqual(t, mark, FileMark(seal.Key{1}, "usr_a", market.Hash{2}))
	require.Equal(t, mark, FileMark(seal.Key{1}, "usr_a", market.Hash{1}))
}
