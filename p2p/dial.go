package p2p

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/discovery/mdns"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"golang.org/x/sync/errgroup"
)

const (
	dialTimeout  = 15 * time.Second
	firstRetry   = time.Second
	longestRetry = time.Minute
	// dialers is how many found peers are dialed at once.
	dialers = 4
)

// keepBootstrapped keeps trying the bootstrap nodes that are not connected, each
// less often the longer it stays away.
func (h *Host) keepBootstrapped(ctx context.Context) {
	var group errgroup.Group
	for _, node := range h.bootstrap {
		if node.ID != h.host.ID() {
			group.Go(func() error { h.keepMet(ctx, node); return nil })
		}
	}
	_ = group.Wait()
}

func (h *Host) keepMet(ctx context.Context, node peer.AddrInfo) {
	retry := firstRetry
	for ctx.Err() == nil {
		start := time.Now()
		if !h.conduct.refused(node.ID) && h.connectAgain(ctx, node) == nil {
			h.log.Info("connected to bootstrap node", "peer_id", node.ID.String())
			h.whileConnected(ctx, node.ID)
		}
		// A node that refuses us accepts the connection and closes it at once: only
		// one that lasted starts the waits anew.
		if time.Since(start) > longestRetry {
			retry = firstRetry
		}
		// Jitter, so that a network does not fall upon a node that comes back.
		pause(ctx, retry/2+rand.N(retry))
		retry = min(2*retry, longestRetry)
	}
}

// whileConnected returns when the peer is lost.
func (h *Host) whileConnected(ctx context.Context, id peer.ID) {
	for {
		lost := h.lost.wait()
		if h.host.Network().Connectedness(id) != network.Connected {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-lost:
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func (h *Host) connect(ctx context.Context, p peer.AddrInfo) error {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if err := h.host.Connect(ctx, p); err != nil {
		h.log.Debug("peer does not answer", "peer_id", p.ID.String(), "error", err)
		return fmt.Errorf("connect to %s: %w", p.ID, err)
	}
	return nil
}

// connectAgain is connect without libp2p's own back-off, which grows to minutes and
// would come on top of the caller's.
func (h *Host) connectAgain(ctx context.Context, p peer.AddrInfo) error {
	if s, ok := h.host.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(p.ID)
	}
	return h.connect(ctx, p)
}

// propose queues a peer to be dialed; when the queue is full it will be found
// again.
func (h *Host) propose(p peer.AddrInfo) {
	select {
	case h.dials <- p:
	default:
	}
}

// dialFound dials peers that were found, while there is room for them.
func (h *Host) dialFound(ctx context.Context) {
	var group errgroup.Group
	for range dialers {
		group.Go(func() error {
			for {
				select {
				case <-ctx.Done():
					return nil
				case p := <-h.dials:
					if p.ID != h.host.ID() && h.PeerCount() < h.cfg.MaxPeers*3/4 && h.host.Network().Connectedness(p.ID) != network.Connected {
						_ = h.connect(ctx, p)
					}
				}
			}
		})
	}
	_ = group.Wait()
}

// HandlePeerFound takes a peer that mDNS found.
func (f found) HandlePeerFound(p peer.AddrInfo) { f.h.propose(p) }

type found struct{ h *Host }

// startMDNS looks for nodes of the same topic on the local network. Without
// multicast the node does without.
func (h *Host) startMDNS() (stop func()) {
	service := mdns.NewMdnsService(h.host, h.cfg.mdnsService(), found{h})
	if err := service.Start(); err != nil {
		h.log.Warn("local discovery is off", "error", err)
		return func() {}
	}
	return func() { _ = service.Close() }
}
