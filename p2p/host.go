package p2p

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ipfs/boxo/bitswap"
	"github.com/ipfs/boxo/blockstore"
	"github.com/ipfs/go-cid"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"privd/market"
	"privd/market/delivery"
	"privd/market/listing"
	"privd/market/rating"
	"privd/market/report"
	"privd/p2p/wire"
)

// Notice is what nodes tell each other about a listing: exactly one of them is set.
type Notice = wire.Notice

// Deps is what a host works with. Blocks is required.
type Deps struct {
	// Blocks is served to whoever asks: everything in it must be fit for strangers.
	// The host never writes to it.
	Blocks blockstore.Blockstore
	// AllowBlock says whether a peer may have a block, on top of
	// Limits.ServedPerPeer. It is called for each want and must be quick. Optional.
	AllowBlock func(peerID string, c cid.Cid) bool
	// Seller answers the delivery protocol; without one every request is refused.
	Seller delivery.Seller
	// OnAnnouncement, OnWithdrawal, OnRating, OnErasure and OnReport judge what arrives, by gossip or by
	// catching up, and store it: nil passes it on to others; Invalid, Denied and
	// Expired blame the peer it came from; Conflict means it told nothing new; anything
	// else drops it. Many calls run at once. Without them everything is dropped.
	OnAnnouncement func(ctx context.Context, a listing.Announcement, from string) error
	OnWithdrawal   func(ctx context.Context, w listing.Withdrawal) error
	OnRating       func(ctx context.Context, s rating.Signed) error
	OnErasure      func(ctx context.Context, e listing.Erasure) error
	OnReport       func(ctx context.Context, s report.Signed) error
	// Offers yields what this node knows to be on sale, withdrawals worth repeating and
	// ratings that count, in ascending order of their keys, starting after the given one
	// (the zero hash for all). It is abandoned after a page. Optional.
	Offers func(ctx context.Context, after market.Hash) iter.Seq2[Notice, error]
	// OnPeer is called when a peer has joined the topic. Optional; must not block.
	OnPeer func(peerID string)
	// Log is for what an operator wants to read. Optional.
	Log *slog.Logger
	// Metrics registers the counters. Optional.
	Metrics prometheus.Registerer
}

// Host is this node on the network. Its methods may be called from anywhere.
type Host struct {
	cfg       Config
	deps      Deps
	log       *slog.Logger
	names     protocols
	bootstrap []peer.AddrInfo

	host     host.Host
	pubsub   *pubsub.PubSub
	exchange *bitswap.Bitswap
	conduct  *conduct
	metrics  *metrics
	served   *served
	finder   *finder
	dials    chan peer.AddrInfo
	lost     *broadcast    // a connection ended
	opened   *broadcast    // a gossip stream was opened
	met      chan struct{} // a peer joined: it may know others
	catchUps chan peer.ID

	topic atomic.Pointer[pubsub.Topic] // set while Run runs

	limits struct {
		sealPeer, deliveryPeer, offersPeer, peersPeer, gossipPeer, known *limiter[peer.ID]
		sealNode, deliveryNode, offersNode                               *limiter[struct{}]
		seller                                                           *limiter[market.Address]
	}

	// ctx ends with Close; handlers and background work end with it.
	ctx    context.Context
	cancel context.CancelFunc
	close  func() error

	mu     sync.Mutex // guards closed, and work.Add against work.Wait
	closed bool
	work   sync.WaitGroup
}

// protocols are the names of what this package speaks.
type protocols struct{ delivery, offers, peers, bitswap protocol.ID }

func protocolsOf(cfg Config) protocols {
	p := protocol.ID(cfg.ProtocolPrefix)
	return protocols{delivery: p + "/delivery/1", offers: p + "/offers/1", peers: p + "/peers/1", bitswap: p}
}

// New opens the sockets and serves blocks; everything else starts with Run. The
// caller must Close the host, also when it never ran.
func New(cfg Config, identity crypto.PrivKey, deps Deps) (*Host, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("p2p config: %w", err)
	}
	if identity == nil || deps.Blocks == nil {
		return nil, errors.New("p2p: identity and blocks are required")
	}
	quietLibraries()
	h := &Host{
		cfg: cfg, deps: deps, log: deps.Log, names: protocolsOf(cfg),
		conduct: newConduct(cfg.BlockFor), finder: newFinder(), served: newServed(cfg.Limits.ServedPerPeer),
		dials: make(chan peer.AddrInfo, 64), lost: newBroadcast(), opened: newBroadcast(), met: make(chan struct{}, 1), catchUps: make(chan peer.ID, 64),
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	h.setLimits(cfg.Limits)
	h.bootstrap, _ = cfg.bootstrap() // checked by Validate
	var err error
	if h.metrics, err = newMetrics(deps.Metrics, h); err != nil {
		return nil, err
	}
	if h.host, err = newLibp2p(cfg, identity, h.conduct); err != nil {
		return nil, err
	}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.close = sync.OnceValue(h.stop)
	h.conduct.onBlock = h.block
	h.host.Network().Notify(&network.NotifyBundle{DisconnectedF: func(network.Network, network.Conn) { h.lost.send() }})
	h.exchange = h.newExchange()
	if h.pubsub, err = h.newPubSub(); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	introductions, err := h.host.EventBus().Subscribe(new(event.EvtPeerIdentificationCompleted), eventbus.BufSize(256))
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	h.background(func() {
		defer introductions.Close()
		h.keepRecords(h.ctx, introductions)
	})
	return h, nil
}

func (h *Host) setLimits(l Limits) {
	h.limits.sealPeer = newLimiter[peer.ID](l.SealPerPeer)
	h.limits.sealNode = newLimiter[struct{}](l.SealPerNode)
	h.limits.deliveryPeer = newLimiter[peer.ID](l.DeliveryPerPeer)
	h.limits.deliveryNode = newLimiter[struct{}](l.DeliveryPerNode)
	h.limits.offersPeer = newLimiter[peer.ID](l.OffersPerPeer)
	h.limits.offersNode = newLimiter[struct{}](l.OffersPerNode)
	h.limits.peersPeer = newLimiter[peer.ID](l.PeersPerPeer)
	h.limits.gossipPeer = newLimiter[peer.ID](l.GossipPerPeer)
	h.limits.known = newLimiter[peer.ID](l.KnownPerPeer)
	h.limits.seller = newLimiter[market.Address](l.GossipPerSeller)
}

// Run joins the topic, answers the protocols and looks for peers until ctx ends
// or the host is closed. It may be called once.
func (h *Host) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.ctx, cancel)()

	leave, events, err := h.join()
	if h.ctx.Err() != nil {
		return nil // closed meanwhile, which is how Run ends
	}
	if err != nil {
		return err
	}
	defer leave()
	h.host.SetStreamHandler(h.names.delivery, h.handler(h.serveDelivery))
	h.host.SetStreamHandler(h.names.offers, h.handler(h.serveOffers))
	h.host.SetStreamHandler(h.names.peers, h.handler(h.servePeers))
	defer func() {
		h.host.RemoveStreamHandler(h.names.delivery)
		h.host.RemoveStreamHandler(h.names.offers)
		h.host.RemoveStreamHandler(h.names.peers)
	}()
	if h.cfg.MDNS {
		defer h.startMDNS()()
	}

	var group errgroup.Group
	for _, run := range []func(context.Context){h.keepBootstrapped, h.keepConnected, h.dialFound, h.keepCaughtUp, func(ctx context.Context) { h.watchTopic(ctx, events) }} {
		group.Go(func() error { run(ctx); return nil })
	}
	h.log.Info("listening", "peer_id", h.ID(), "addresses", h.Addresses())
	return group.Wait()
}

// Close ends everything and returns when it has ended. It may be called again.
func (h *Host) Close() error { return h.close() }

func (h *Host) stop() error {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.cancel()
	var errs []error
	// Closing the host closes the connections, which wakes whoever reads or writes.
	errs = append(errs, h.exchange.Close(), h.host.Close())
	h.work.Wait()
	h.metrics.unregister()
	return errors.Join(errs...)
}

// ID returns this node's peer id.
func (h *Host) ID() string { return h.host.ID().String() }

// Addresses returns the multiaddrs, each with /p2p/, under which this node can be
// dialed.
func (h *Host) Addresses() []string {
	out := []string{}
	for _, a := range h.host.Addrs() {
		out = append(out, a.String()+"/p2p/"+h.ID())
	}
	return out
}

// Peer is a node this one is connected to.
type Peer struct {
	ID    string
	Addrs []string // multiaddrs in use
	Since time.Time
	Agent string // as it introduced itself: hostile text of at most 64 bytes
}

// Peers returns the connected peers, the oldest connection first.
func (h *Host) Peers() []Peer {
	known := make(map[peer.ID]*Peer)
	for _, c := range h.host.Network().Conns() {
		p := known[c.RemotePeer()]
		if p == nil {
			p = &Peer{ID: c.RemotePeer().String(), Since: c.Stat().Opened, Agent: h.agentOf(c.RemotePeer())}
			known[c.RemotePeer()] = p
		}
		p.Addrs = append(p.Addrs, c.RemoteMultiaddr().String())
		if c.Stat().Opened.Before(p.Since) {
			p.Since = c.Stat().Opened
		}
	}
	out := make([]Peer, 0, len(known))
	for _, p := range known {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Peer) int {
		if c := a.Since.Compare(b.Since); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// PeerCount returns how many peers are connected.
func (h *Host) PeerCount() int { return len(h.host.Network().Peers()) }

func (h *Host) agentOf(p peer.ID) string {
	v, err := h.host.Peerstore().Get(p, "AgentVersion")
	if err != nil {
		return ""
	}
	agent, _ := v.(string)
	agent = strings.ToValidUTF8(agent, "")
	return agent[:min(len(agent), 64)]
}

// offend counts misbehaviour of a peer.
func (h *Host) offend(p peer.ID, points float64, what string) {
	h.metrics.offences.WithLabelValues(what).Inc()
	h.log.Debug("peer misbehaved", "peer_id", p.String(), "what", what)
	h.conduct.offend(p, points)
}

// block cuts off a peer that has misbehaved too often.
func (h *Host) block(p peer.ID) {
	h.metrics.blocked.Inc()
	h.log.Warn("peer kept misbehaving and is refused", "peer_id", p.String(), "for", h.cfg.BlockFor.String())
	// The caller may be inside a handler of this very connection.
	h.background(func() { _ = h.host.Network().ClosePeer(p) })
}

// background runs fn in a goroutine that Close waits for; not at all once the
// host is closed.
func (h *Host) background(fn func()) {
	if h.begin() {
		go func() {
			defer h.work.Done()
			fn()
		}()
	}
}

// begin holds Close back until work.Done. It returns false when it is too late.
func (h *Host) begin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.work.Add(1)
	}
	return !h.closed
}

// broadcast wakes all who wait.
type broadcast struct {
	mu sync.Mutex
	c  chan struct{}
}

func newBroadcast() *broadcast { return &broadcast{c: make(chan struct{})} }

func (b *broadcast) send() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.c)
	b.c = make(chan struct{})
}

// wait returns a channel that the next send closes.
func (b *broadcast) wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.c
}
