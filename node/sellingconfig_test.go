package node_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"privd/node"
)

// What an operator sets about selling is checked, and the field at fault named.
func TestSellingConfig(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*node.Selling){
		"":                       func(s *node.Selling) { s.MinPrice, s.PRIVPerETH, s.ToAbsent = "0.5", "25000", false },
		"selling.patience":       func(s *node.Selling) { s.Patience = 0 },
		"selling.min_price_priv": func(s *node.Selling) { s.MinPrice = "-1" },
		"selling.priv_per_eth":   func(s *node.Selling) { s.PRIVPerETH = "0.0000000000000000001" },
	} {
		cfg := node.DefaultConfig()
		change(&cfg.Selling)
		err := cfg.Validate()
		require.Equal(t, field == "", err == nil, "%s: %v", field, err)
		require.True(t, err == nil || field != "", err)
		if err != nil {
			require.ErrorContains(t, err, field)
		}
	}
}
