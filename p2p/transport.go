package p2p

import (
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// newLibp2p opens the sockets. Relays, hole punching and the DHT are left out
// until something here uses them.
func newLibp2p(cfg Config, identity crypto.PrivKey, gater *conduct) (host.Host, error) {
	resources, err := newResources(cfg)
	if err != nil {
		return nil, err
	}
	connections, err := connmgr.NewConnManager(cfg.MaxPeers*3/4, cfg.MaxPeers, connmgr.WithGracePeriod(20*time.Second))
	if err != nil {
		return nil, fmt.Errorf("make connection manager: %w", err)
	}
	options := []libp2p.Option{
		libp2p.Identity(identity),
		libp2p.UserAgent(cfg.Agent),
		libp2p.Transport(tcp.NewTCPTransport),
		libp2p.Transport(quic.NewTransport),
		libp2p.ResourceManager(resources),
		libp2p.ConnectionManager(connections),
		libp2p.ConnectionGater(gater),
		libp2p.SwarmOpts(swarm.WithDialRanker(rankDials)),
		libp2p.DisableRelay(),
		libp2p.DisableMetrics(),
		libp2p.ListenAddrStrings(cfg.Listen...),
	}
	if len(cfg.Listen) == 0 {
		options = append(options, libp2p.NoListenAddrs)
	}
	if cfg.PortMap && cfg.listensBeyondLoopback() {
		options = append(options, libp2p.NATPortMap())
	}
	h, err := libp2p.New(options...)
	if err != nil {
		return nil, fmt.Errorf("open libp2p host: %w", err)
	}
	return h, nil
}

// newResources bounds connections, streams and memory, and how many streams of
// each of this package's protocols a peer may hold open.
func newResources(cfg Config) (network.ResourceManager, error) {
	limits := rcmgr.DefaultLimits
	libp2p.SetDefaultServiceLimits(&limits)
	names := protocolsOf(cfg)
	streams := func(in, out int) rcmgr.BaseLimit {
		return rcmgr.BaseLimit{StreamsInbound: in, StreamsOutbound: out, Streams: in + out, Memory: 64 << 20}
	}
	limits.AddProtocolLimit(names.delivery, streams(128, 128), rcmgr.BaseLimitIncrease{})
	limits.AddProtocolPeerLimit(names.delivery, streams(8, 32), rcmgr.BaseLimitIncrease{})
	limits.AddProtocolLimit(names.offers, streams(16, 16), rcmgr.BaseLimitIncrease{})
	limits.AddProtocolPeerLimit(names.offers, streams(2, 2), rcmgr.BaseLimitIncrease{})
	limits.AddProtocolLimit(names.peers, streams(32, 32), rcmgr.BaseLimitIncrease{})
	limits.AddProtocolPeerLimit(names.peers, streams(2, 4), rcmgr.BaseLimitIncrease{})
	concrete := rcmgr.PartialLimitConfig{System: rcmgr.ResourceLimits{
		// The connection manager trims to MaxPeers only after a grace period.
		Conns:         rcmgr.LimitVal(cfg.MaxPeers * 2),
		ConnsInbound:  rcmgr.LimitVal(cfg.MaxPeers * 3 / 2),
		ConnsOutbound: rcmgr.LimitVal(cfg.MaxPeers),
	}}.Build(limits.AutoScale())
	manager, err := rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(concrete))
	if err != nil {
		return nil, fmt.Errorf("make resource manager: %w", err)
	}
	return manager, nil
}

// nearQUICDelay is the head start of TCP on the local network: long enough for a
// handshake to a machine nearby.
const nearQUICDelay = 250 * time.Millisecond

// rankDials tries TCP before QUIC on loopback and private networks, where it moves
// blocks about twice as fast; across the internet libp2p's own order stands,
// because QUIC connects sooner and copes with loss.
func rankDials(addrs []ma.Multiaddr) []network.AddrDelay {
	var near, far []ma.Multiaddr
	for _, a := range addrs {
		if manet.IsPrivateAddr(a) {
			near = append(near, a)
		} else {
			far = append(far, a)
		}
	}
	ranked := swarm.DefaultDialRanker(far)
	hasTCP := false
	for _, a := range near {
		hasTCP = hasTCP || isTCP(a)
	}
	if !hasTCP {
		return append(ranked, swarm.DefaultDialRanker(near)...)
	}
	for _, a := range near {
		d := network.AddrDelay{Addr: a}
		if !isTCP(a) {
			d.Delay = nearQUICDelay
		}
		ranked = append(ranked, d)
	}
	return ranked
}

func isTCP(a ma.Multiaddr) bool {
	_, err := a.ValueForProtocol(ma.P_TCP)
	return err == nil
}
