package node_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/chain/chaintest"
	"privd/chain/deploy"
	"privd/chain/devchain"
	"privd/market"
	"privd/node"
)

// TestForeignContracts starts nodes with network files that name contracts which are
// there, but are not the network's: each node ends by itself and says which it is.
func TestForeignContracts(t *testing.T) {
	t.Parallel()
	net := chaintest.Start(t)
	// A second set on the same chain: the same sources, but another PRIV.
	operator := devchain.Accounts()[1]
	other, err := deploy.Run(t.Context(), deploy.Config{RPC: net.URL, ChainID: net.Config.ChainID, Key: operator.Key, Supply: market.Wei(1)})
	require.NoError(t, err)
	for name, test := range map[string]struct {
		spoil func(*node.Contracts)
		says  string
	}{
		"another contract as market": {func(c *node.Contracts) { c.Market = c.Rewards }, "is not the Market"},
		"a market of another token":  {func(c *node.Contracts) { c.Market = other.Contracts.Market }, "is not the Market"},
		"another token":              {func(c *node.Contracts) { c.PRIV = other.Contracts.PRIV }, "is not the Market"},
		"another's rewards":          {func(c *node.Contracts) { c.Rewards = other.Contracts.Rewards }, "is not the Rewards"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			contracts := node.Contracts(net.Config.Contracts)
			test.spoil(&contracts)
			n := nodeWith(t, net, contracts)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			require.ErrorContains(t, n.Run(ctx), test.says)
			require.NoError(t, ctx.Err())
		})
	}
}

func nodeWith(t *testing.T, net *chaintest.Net, contracts node.Contracts) *node.Node {
	t.Helper()
	dir := t.TempDir()
	network := node.Network{
		ChainID: net.Config.ChainID, RPC: net.URL, DeployBlock: net.Config.DeployBlock, Topic: "privd/test/contracts",
		Contracts: contracts, Bootstrap: []string{},
	}
	file := filepath.Join(dir, "network.json")
	require.NoError(t, network.Save(file))
	at := filepath.Join(dir, "node")
	require.NoError(t, node.Init(t.Context(), at, node.InitOptions{NetworkFile: file, Config: []byte(`
[api]
address = "127.0.0.1:0"
[p2p]
listen = ["/ip4/127.0.0.1/tcp/0"]
mdns = false
port_map = false
`)}))
	n, err := node.New(t.Context(), at, node.Options{Log: chaintest.Log(), Version: "test"})
	require.NoError(t, err)
	return n
}
