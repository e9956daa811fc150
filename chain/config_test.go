package chain_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/market"
)

func valid() chain.Config {
	c := chain.Defaults()
	c.RPC, c.ChainID = "http://127.0.0.1:8545", 31337
	c.Contracts = chain.Contracts{PRIV: market.Address{1}, USDC: market.Address{2}, Market: market.Address{3}, Rewards: market.Address{4}, Staking: market.Address{5}}
	return c
}

func TestConfig(t *testing.T) {
	t.Parallel()
	require.NoError(t, valid().Validate())
	for field, spoil := range map[string]func(*chain.Config){
		"RPC":               func(c *chain.Config) { c.RPC = "ipc:/tmp/geth" },
		"MoreRPC":           func(c *chain.Config) { c.MoreRPC = []string{"http://127.0.0.1:1", "file:///etc"} },
		"Agree":             func(c *chain.Config) { c.Agree = "perhaps" },
		"ChainID":           func(c *chain.Config) { c.ChainID = 0 },
		"Contracts.PRIV":    func(c *chain.Config) { c.Contracts.PRIV = market.Address{} },
		"Contracts.USDC":    func(c *chain.Config) { c.Contracts.USDC = market.Address{} },
		"Contracts.Market":  func(c *chain.Config) { c.Contracts.Market = market.Address{} },
		"Contracts.Rewards": func(c *chain.Config) { c.Contracts.Rewards = market.Address{} },
		"Contracts.Staking": func(c *chain.Config) { c.Contracts.Staking = market.Address{} },
		"Confirmations":     func(c *chain.Config) { c.Confirmations = 0 },
		"Poll":              func(c *chain.Config) { c.Poll = 0 },
		"Timeout":           func(c *chain.Config) { c.Timeout = -1 },
		"StallAfter":        func(c *chain.Config) { c.StallAfter = time.Millisecond },
		"PageBlocks":        func(c *chain.Config) { c.PageBlocks = 0 },
		"BumpAfter":         func(c *chain.Config) { c.BumpAfter = 0 },
		"MaxFee":            func(c *chain.Config) { c.MaxFee = market.Amount{} },
		"MaxInFlight":       func(c *chain.Config) { c.MaxInFlight = 0 },
		"Rebroadcast":       func(c *chain.Config) { c.Rebroadcast = 0 },
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			c := valid()
			spoil(&c)
			var bad *market.Error
			require.True(t, errors.As(c.Validate(), &bad))
			require.Equal(t, field, bad.Field)
			_, err := chain.NewClient(c)
			require.Equal(t, market.Invalid, market.CodeOf(err))
		})
	}
}
