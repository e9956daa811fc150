package deploy_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/chain/deploy"
	"privd/chain/devchain"
	"privd/market"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, chaintest.Leaks()...) }

func config(t *testing.T) deploy.Config {
	t.Helper()
	c, err := devchain.Start(devchain.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return deploy.Config{RPC: c.HTTP(), ChainID: devchain.ChainID, Key: devchain.Accounts()[1].Key, Supply: chaintest.PRIV(t, "1000000")}
}

// A fresh account on a fresh chain always gives the same addresses; deploying again
// with what there is changes nothing.
func TestDeterministicAndIdempotent(t *testing.T) {
	t.Parallel()
	a, err := deploy.Run(t.Context(), config(t))
	require.NoError(t, err)
	cfg := config(t)
	b, err := deploy.Run(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, a, b)
	cfg.Have = b.Contracts
	again, err := deploy.Run(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, b.Contracts, again.Contracts)
}

// A deployment that was interrupted goes on with what was saved.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	var saved chain.Contracts
	saves := 0
	cfg.Save = func(c chain.Contracts) error {
		if saves++; saves > 2 {
			return errors.New("power cut")
		}
		saved = c
		return nil
	}
	_, err := deploy.Run(t.Context(), cfg)
	require.ErrorContains(t, err, "power cut")
	require.NotZero(t, saved.USDC)
	require.Zero(t, saved.Market)
	cfg.Save, cfg.Have = nil, saved
	result, err := deploy.Run(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, saved.PRIV, result.Contracts.PRIV)
	require.NotZero(t, result.Contracts.Staking)
}

// Contracts that are not what the market needs are refused by name.
func TestWrongContracts(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	good, err := deploy.Run(t.Context(), cfg)
	require.NoError(t, err)
	other, err := deploy.Run(t.Context(), cfg)
	require.NoError(t, err)
	for name, test := range map[string]struct {
		spoil func(*chain.Contracts)
		says  string
	}{
		"nothing there":    {func(c *chain.Contracts) { c.Market = market.Address{9} }, "no contract at"},
		"another token":    {func(c *chain.Contracts) { c.PRIV = other.Contracts.PRIV }, "uses the token"},
		"not a token":      {func(c *chain.Contracts) { c.PRIV = good.Contracts.Market }, "takes no ERC-3009 authorizations"},
		"swapped":          {func(c *chain.Contracts) { c.Rewards, c.Staking = c.Staking, c.Rewards }, "signs as"},
		"another's market": {func(c *chain.Contracts) { c.Market = other.Contracts.Market }, "uses the token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrong := cfg
			wrong.Have = good.Contracts
			test.spoil(&wrong.Have)
			_, err := deploy.Run(t.Context(), wrong)
			require.ErrorContains(t, err, test.says)
		})
	}
}

func TestWrongChain(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	cfg.ChainID = 5
	_, err := deploy.Run(t.Context(), cfg)
	require.ErrorContains(t, err, "chain 31337, want 5")
}

// A chain that does not mine holds the deployment up no longer than its context.
func TestContext(t *testing.T) {
	t.Parallel()
	c, err := devchain.Start(devchain.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	c.Pause()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = deploy.Run(ctx, deploy.Config{RPC: c.HTTP(), ChainID: devchain.ChainID, Key: devchain.Accounts()[1].Key, Supply: market.Wei(1)})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
