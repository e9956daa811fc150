package p2p_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/p2p"
	"privd/p2p/p2ptest"
)

func TestConfigNamesTheFieldAtFault(t *testing.T) {
	t.Parallel()
	good := p2p.DefaultConfig()
	good.Topic = "/privd/test"
	require.NoError(t, good.Validate())
	for field, spoil := range map[string]func(*p2p.Config){
		"listen[1]":                func(c *p2p.Config) { c.Listen = []string{"/ip4/127.0.0.1/tcp/0", "localhost:4001"} },
		"bootstrap[0]":             func(c *p2p.Config) { c.Bootstrap = []string{"/ip4/127.0.0.1/tcp/4001"} },
		"topic":                    func(c *p2p.Config) { c.Topic = "" },
		"protocol_prefix":          func(c *p2p.Config) { c.ProtocolPrefix = "privd/" },
		"agent":                    func(c *p2p.Config) { c.Agent = strings.Repeat("a", 65) },
		"min_peers":                func(c *p2p.Config) { c.MinPeers = 0 },
		"max_peers":                func(c *p2p.Config) { c.MaxPeers = c.MinPeers - 1 },
		"stream_timeout":           func(c *p2p.Config) { c.StreamTimeout = 0 },
		"catch_up_every":           func(c *p2p.Config) { c.CatchUpEvery = -1 },
		"block_for":                func(c *p2p.Config) { c.BlockFor = 0 },
		"fetch_stall":              func(c *p2p.Config) { c.FetchStall = 0 },
		"limits.seal_per_peer":     func(c *p2p.Config) { c.Limits.SealPerPeer.Burst = 0 },
		"limits.gossip_per_seller": func(c *p2p.Config) { c.Limits.GossipPerSeller.PerMinute = 0 },
		"limits.served_per_peer":   func(c *p2p.Config) { c.Limits.ServedPerPeer = -1 },
	} {
		c := good
		spoil(&c)
		require.ErrorContains(t, c.Validate(), field+":", field)
		_, err := p2p.New(c, p2ptest.Identity(t), p2p.Deps{})
		require.ErrorContains(t, err, field+":")
	}
}
