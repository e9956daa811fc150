package node_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/node"
)

// A payment's time that is over before the payment is sent would be asked for anew
// without end.
func TestPayWithin(t *testing.T) {
	t.Parallel()
	for within, ok := range map[time.Duration]bool{
		0: false, time.Minute: false, 2 * time.Minute: true, 10 * time.Minute: true, time.Hour: true, 2 * time.Hour: false,
	} {
		cfg := node.DefaultConfig()
		cfg.Trade.PayWithin = within
		require.Equal(t, ok, cfg.Validate() == nil, within)
	}
}

// The limit of fees is read exactly, and something stands in it.
func TestMaxFee(t *testing.T) {
	t.Parallel()
	require.Equal(t, "500", node.DefaultConfig().Chain.MaxFee)
	for fee, wei := range map[string]string{"2.5": "2500000000", "500": "500000000000", "0.000000001": "1", "0": "", "": "", "-1": "", "0.0000000001": "", "x": ""} {
		cfg := node.DefaultConfig()
		cfg.Chain.MaxFee = fee
		err := cfg.Validate()
		if wei == "" {
			require.ErrorContains(t, err, "chain.max_fee_gwei", fee)
			continue
		}
		require.NoError(t, err, fee)
		require.Equal(t, wei, cfg.ChainOf(node.Network{}).MaxFee.String(), fee)
	}
}
