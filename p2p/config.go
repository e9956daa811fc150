package p2p

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// Config is how a host meets the network. Start from DefaultConfig.
type Config struct {
	// Listen holds the multiaddrs to listen on; port 0 picks a free one. None makes
	// a host that only dials.
	Listen []string `toml:"listen"`
	// Bootstrap holds the multiaddrs, each with its /p2p/ part, of nodes to meet
	// first. They are dialed again for as long as they are away.
	Bootstrap []string `toml:"bootstrap"`
	// Topic is the gossip topic: the name of the network.
	Topic string `toml:"topic"`
	// ProtocolPrefix stands before the name of each protocol.
	ProtocolPrefix string `toml:"protocol_prefix"`
	// Agent is how the node introduces itself, as in privd/1.0.0.
	Agent string `toml:"agent"`
	// MDNS looks for nodes of the same topic on the local network.
	MDNS bool `toml:"mdns"`
	// PortMap asks the router for a port mapping (UPnP, NAT-PMP).
	PortMap bool `toml:"port_map"`
	// MinPeers is how many connections the host looks for by itself.
	MinPeers int `toml:"min_peers"`
	// MaxPeers is above how many connections the least useful are closed.
	MaxPeers int `toml:"max_peers"`
	// StreamTimeout bounds one exchange of the delivery and peers protocols, and the
	// wait for the next message of any other.
	StreamTimeout time.Duration `toml:"stream_timeout"`
	// CatchUpEvery is how often the host asks some peer for the listings it holds.
	CatchUpEvery time.Duration `toml:"catch_up_every"`
	// BlockFor is how long a peer that kept misbehaving is refused.
	BlockFor time.Duration `toml:"block_for"`
	// FetchStall ends a fetch of blocks when none came for that long.
	FetchStall time.Duration `toml:"fetch_stall"`
	Limits     Limits        `toml:"limits"`
}

// Limits bound what others may ask of this node.
type Limits struct {
	SealPerPeer     Rate `toml:"seal_per_peer"`
	SealPerNode     Rate `toml:"seal_per_node"`
	DeliveryPerPeer Rate `toml:"delivery_per_peer"` // openers and receipts
	DeliveryPerNode Rate `toml:"delivery_per_node"`
	OffersPerPeer   Rate `toml:"offers_per_peer"` // pages of held listings
	OffersPerNode   Rate `toml:"offers_per_node"`
	PeersPerPeer    Rate `toml:"peers_per_peer"`
	GossipPerPeer   Rate `toml:"gossip_per_peer"`   // messages one peer passes on
	GossipPerSeller Rate `toml:"gossip_per_seller"` // new announcements of one wallet
	KnownPerPeer    Rate `toml:"known_per_peer"`    // messages that told nothing new
	// ServedPerPeer is how many bytes of blocks one peer gets in 24 hours; 0 is no
	// limit.
	ServedPerPeer int64 `toml:"served_per_peer"`
}

// Rate is a token bucket: Burst at once, PerMinute on average.
type Rate struct {
	PerMinute int `toml:"per_minute"`
	Burst     int `toml:"burst"`
}

// DefaultConfig returns what suits a node at home. Topic is left empty: it comes
// with the network.
func DefaultConfig() Config {
	return Config{
		Listen:         []string{"/ip4/0.0.0.0/tcp/0", "/ip4/0.0.0.0/udp/0/quic-v1"},
		ProtocolPrefix: "/privd",
		Agent:          "privd",
		MDNS:           true,
		PortMap:        true,
		MinPeers:       16,
		MaxPeers:       128,
		StreamTimeout:  10 * time.Second,
		CatchUpEvery:   2 * time.Minute,
		BlockFor:       15 * time.Minute,
		FetchStall:     time.Minute,
		Limits: Limits{
			SealPerPeer:     Rate{10, 10},
			SealPerNode:     Rate{60, 60},
			DeliveryPerPeer: Rate{120, 60},
			DeliveryPerNode: Rate{3000, 600},
			OffersPerPeer:   Rate{60, 60},
			OffersPerNode:   Rate{600, 300},
			PeersPerPeer:    Rate{30, 20},
			GossipPerPeer:   Rate{12000, 4000},
			GossipPerSeller: Rate{300, 1000},
			KnownPerPeer:    Rate{120, 2000},
			ServedPerPeer:   256 << 30,
		},
	}
}

// Validate returns an error that names the field at fault.
func (c Config) Validate() error {
	for i, s := range c.Listen {
		if _, err := ma.NewMultiaddr(s); err != nil {
			return fmt.Errorf("listen[%d]: %w", i, err)
		}
	}
	if _, err := c.bootstrap(); err != nil {
		return err
	}
	switch {
	case c.Topic == "" || len(c.Topic) > 128:
		return fmt.Errorf("topic: must have 1 to 128 bytes, has %d", len(c.Topic))
	case !strings.HasPrefix(c.ProtocolPrefix, "/") || strings.HasSuffix(c.ProtocolPrefix, "/") || len(c.ProtocolPrefix) > 64:
		return fmt.Errorf("protocol_prefix: must look like /name, is %q", c.ProtocolPrefix)
	case c.Agent == "" || len(c.Agent) > 64:
		return fmt.Errorf("agent: must have 1 to 64 bytes, has %d", len(c.Agent))
	case c.MinPeers < 1:
		return fmt.Errorf("min_peers: must be at least 1, is %d", c.MinPeers)
	case c.MaxPeers < c.MinPeers:
		return fmt.Errorf("max_peers: must be at least min_peers (%d), is %d", c.MinPeers, c.MaxPeers)
	case c.Limits.ServedPerPeer < 0:
		return fmt.Errorf("limits.served_per_peer: must not be negative, is %d", c.Limits.ServedPerPeer)
	}
	for _, d := range []struct {
		name string
		d    time.Duration
	}{{"stream_timeout", c.StreamTimeout}, {"catch_up_every", c.CatchUpEvery}, {"block_for", c.BlockFor}, {"fetch_stall", c.FetchStall}} {
		if d.d <= 0 {
			return fmt.Errorf("%s: must be positive, is %s", d.name, d.d)
		}
	}
	return c.Limits.validate()
}

func (l Limits) validate() error {
	for _, r := range []struct {
		name string
		rate Rate
	}{
		{"seal_per_peer", l.SealPerPeer}, {"seal_per_node", l.SealPerNode},
		{"delivery_per_peer", l.DeliveryPerPeer}, {"delivery_per_node", l.DeliveryPerNode},
		{"offers_per_peer", l.OffersPerPeer}, {"offers_per_node", l.OffersPerNode}, {"peers_per_peer", l.PeersPerPeer},
		{"gossip_per_peer", l.GossipPerPeer}, {"gossip_per_seller", l.GossipPerSeller}, {"known_per_peer", l.KnownPerPeer},
	} {
		if r.rate.PerMinute < 1 || r.rate.Burst < 1 {
			return fmt.Errorf("limits.%s: per_minute and burst must be at least 1, are %d and %d", r.name, r.rate.PerMinute, r.rate.Burst)
		}
	}
	return nil
}

// bootstrap returns the bootstrap nodes, one entry per peer.
func (c Config) bootstrap() ([]peer.AddrInfo, error) {
	addrs := make([]ma.Multiaddr, 0, len(c.Bootstrap))
	for i, s := range c.Bootstrap {
		a, err := ma.NewMultiaddr(s)
		if err == nil {
			_, err = peer.AddrInfoFromP2pAddr(a)
		}
		if err != nil {
			return nil, fmt.Errorf("bootstrap[%d]: %w", i, err)
		}
		addrs = append(addrs, a)
	}
	return peer.AddrInfosFromP2pAddrs(addrs...)
}

// listensBeyondLoopback reports whether a router could send anything here.
func (c Config) listensBeyondLoopback() bool {
	for _, s := range c.Listen {
		if a, err := ma.NewMultiaddr(s); err == nil && !manet.IsIPLoopback(a) {
			return true
		}
	}
	return false
}

// mdnsService returns a DNS-SD service name of its own for each topic, within the
// 15 characters that RFC 6763 allows.
func (c Config) mdnsService() string {
	sum := sha256.Sum256([]byte(c.Topic))
	return "_privd-" + hex.EncodeToString(sum[:4]) + "._udp"
}
