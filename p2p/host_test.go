package p2p_test

import (
	"bufio"
	"context"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/record"
	ma "github.com/multiformats/go-multiaddr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/delivery"
	"privd/p2p"
	"privd/p2p/p2ptest"
	"privd/p2p/wire"
)

// Nodes that know only the first find each other.
func TestPeersMeetThroughOthers(t *testing.T) {
	t.Parallel()
	nodes := p2ptest.Network(t, 5)
	for _, n := range nodes {
		p2ptest.Wait(t, "everybody to meet", func() bool { return n.PeerCount() == len(nodes)-1 })
		for i, p := range n.Peers() {
			require.NotEmpty(t, p.Addrs)
			p2ptest.Wait(t, "introduction", func() bool { return n.Peers()[i].Agent == "privd" })
			require.WithinDuration(t, time.Now(), p.Since, time.Minute)
			if i > 0 {
				require.False(t, p.Since.Before(n.Peers()[i-1].Since))
			}
		}
	}
}

// A bootstrap node that was away at the start, or goes away, is found again when it
// is back.
func TestBootstrapIsTriedAgain(t *testing.T) {
	t.Parallel()
	identity := p2ptest.Identity(t)
	first := p2ptest.StartWith(t, identity, p2ptest.NewCatalog())
	address := first.Addresses()
	first.Stop()
	second := p2ptest.Start(t, func(c *p2p.Config, _ *p2p.Deps) { c.Bootstrap = address })
	listen := func(c *p2p.Config, _ *p2p.Deps) {
		a := ma.StringCast(address[0])
		tcp, _ := ma.SplitFunc(a, func(c ma.Component) bool { return c.Protocol().Code == ma.P_P2P })
		c.Listen = []string{tcp.String()}
	}
	for range 2 {
		back := p2ptest.StartWith(t, identity, p2ptest.NewCatalog(), listen)
		p2ptest.Wait(t, "second to connect", func() bool { return second.PeerCount() == 1 })
		back.Stop()
		p2ptest.Wait(t, "second to be alone", func() bool { return second.PeerCount() == 0 })
	}
}

// Both transports work, also by themselves.
func TestTransports(t *testing.T) {
	t.Parallel()
	for name, listen := range map[string][]string{
		"quic": {"/ip4/127.0.0.1/udp/0/quic-v1"},
		"both": {"/ip4/127.0.0.1/udp/0/quic-v1", "/ip4/127.0.0.1/tcp/0"},
	} {
		n := p2ptest.Start(t, func(c *p2p.Config, _ *p2p.Deps) { c.Listen = listen })
		other := p2ptest.Start(t, p2ptest.Bootstrap(n), func(c *p2p.Config, _ *p2p.Deps) { c.Listen = nil })
		other.WaitJoined(n)
		require.Len(t, n.Addresses(), len(listen), name)
	}
}

// Closing takes seconds at most, whatever is under way, and may be repeated; a host
// that never ran closes too, and the metrics can be registered again.
func TestClose(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	started := make(chan struct{})
	server := p2ptest.Start(t, func(_ *p2p.Config, d *p2p.Deps) {
		d.Metrics = registry
		d.Seller = fakeSeller{note: func(ctx context.Context, _ delivery.Receipt) error {
			close(started)
			<-ctx.Done()
			return ctx.Err()
		}}
	})
	client := p2ptest.Start(t, p2ptest.Bootstrap(server))
	client.WaitJoined(server)
	families, err := registry.Gather()
	require.NoError(t, err)
	require.NotEmpty(t, families)
	failed := make(chan error, 1)
	go func() {
		failed <- client.Seller([]string{server.ID()}).Note(context.Background(), delivery.Receipt{})
	}()
	<-started
	start := time.Now()
	server.Stop()
	require.Less(t, time.Since(start), 5*time.Second)
	require.Error(t, <-failed) // refused as busy, or cut off
	require.NoError(t, server.Close())

	idle, err := p2p.New(p2ptest.Config(), p2ptest.Identity(t), p2p.Deps{Blocks: server.Blocks, Metrics: registry})
	require.NoError(t, err)
	require.NoError(t, idle.Close())
}

// Addresses that are not signed by the peer they are about are a lie of whoever
// passes them on.
func TestForgedAddressesAreRefused(t *testing.T) {
	t.Parallel()
	n := p2ptest.Start(t)
	v := newVillain(t)
	mine, other := p2ptest.Identity(t), newVillain(t)
	forged, err := record.Seal(&peer.PeerRecord{PeerID: other.ID(), Seq: 1, Addrs: []ma.Multiaddr{ma.StringCast("/ip4/127.0.0.1/tcp/1")}}, mine)
	require.NoError(t, err)
	b, err := forged.Marshal()
	require.NoError(t, err)
	asked := make(chan struct{}, 64)
	v.SetStreamHandler("/privd/peers/1", func(s network.Stream) {
		_, _ = wire.ReadFrame(bufio.NewReader(s), wire.MaxPeersRequest)
		_ = wire.WriteFrame(s, wire.EncodePeersAnswer([][]byte{b}))
		_ = s.Close()
		select {
		case asked <- struct{}{}:
		default:
		}
	})
	v.join(n)
	<-asked
	require.ErrorIs(t, n.Seller([]string{other.ID().String()}).Note(t.Context(), delivery.Receipt{}), market.ErrUnavailable)
}
