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
