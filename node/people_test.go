package node_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/node"
)

// TestPeopleConfig reads settings of reputation, labeling and staking; bad ones are
// named.
func TestPeopleConfig(t *testing.T) {
	t.Parallel()
	for text, field := range map[string]string{
		"": "",
		"[reputation]\ntasks = [1, 2, 3, 4]\nstake = [\"0\", \"0.5\", \"1\", \"2\"]": "",
		"[review]\nhold_below = 600\n[labeling]\nlabels = 5\nreward = \"0\"":         "",
		"[reputation]\ntasks = [1, 2, 3]":                                            "reputation.tasks",
		"[reputation]\ntasks = [10, 9, 200, 1000]":                                   "tasks",
		"[reputation]\naccuracy = [700, 850, 950, 1001]":                             "accuracy",
		"[reputation]\nstake = [\"0\", \"much\", \"1\", \"2\"]":                      "reputation.stake",
		"[labeling]\nlabels = 0":                                                     "labels",
		"[labeling]\nlabels = 9":                                                     "most_labels",
		"[labeling]\ngold_share = 501":                                               "gold_share",
		"[labeling]\ngold_delay = \"-1s\"":                                           "gold_delay",
		"[labeling]\nreward = \"-1\"":                                                "labeling.reward",
		"[staking]\nper_day = 0":                                                     "staking.per_day",
	} {
		path := filepath.Join(t.TempDir(), "config.toml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		cfg, err := node.LoadConfig(path)
		require.NoError(t, err, text)
		err = cfg.Validate()
		if field == "" {
			require.NoError(t, err, text)
			continue
		}
		var e *market.Error
		require.ErrorAs(t, err, &e, text)
		require.Equal(t, field, e.Field, text)
	}
}
