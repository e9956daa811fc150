package sale_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/sale"
)

// The minimum follows the gas price, read once a minute, and never falls below what
// the operator asks for.
func TestFloor(t *testing.T) {
	t.Parallel()
	now, reads, gas := time.Unix(1_800_000_000, 0), 0, market.Wei(1_000_000_000)
	var failing error
	rate, err := market.ParsePRIV("25000")
	require.NoError(t, err)
	m := &sale.Floor{Least: market.Wei(1), PRIVPerETH: rate, Clock: func() time.Time { return now }, GasPrice: func(context.Context) (market.Amount, error) {
		reads++
		return gas, failing
	}}
	get := func() string {
		least, err := m.Price(t.Context())
		require.NoError(t, err)
		return least.PRIV()
	}
	// 2 x 87,320 gas at 1 gwei are 0.00017464 ETH.
	require.Equal(t, "4.366", get())
	gas = market.Wei(2_000_000_000)
	require.Equal(t, "4.366", get())
	require.Equal(t, 1, reads)
	now = now.Add(2 * time.Minute)
	require.Equal(t, "8.732", get())
	m.Least, err = market.ParsePRIV("10")
	require.NoError(t, err)
	require.Equal(t, "10", get())
	now, failing = now.Add(2*time.Minute), market.ErrUnavailable
	_, err = m.Price(t.Context())
	require.ErrorIs(t, err, market.ErrUnavailable)
}
