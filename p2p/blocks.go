package p2p

import (
	"context"
	"sync"
	"time"

	"github.com/ipfs/boxo/bitswap"
	"github.com/ipfs/boxo/bitswap/client"
	bsmsg "github.com/ipfs/boxo/bitswap/message"
	"github.com/ipfs/boxo/bitswap/network/bsnet"
	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

const (
	// outstandingBytes is how much may be on its way to one peer; libp2p's own
	// windows bound what is buffered. 1 MiB per round trip is slow across an ocean.
	outstandingBytes = 8 << 20
	// Reading workers of the block server. The default of 128 is for disks that are
	// far away.
	blockWorkers = 16
)

// newExchange starts bitswap over the node's blocks, under the network's own
// protocol name, so that only its nodes are served. Received blocks are handed to
// who asked; nothing is written to the store.
func (h *Host) newExchange() *bitswap.Bitswap {
	net := bsnet.NewFromIpfsHost(h.host, bsnet.Prefix(h.names.bitswap), bsnet.SupportedProtocols([]protocol.ID{bsnet.ProtocolBitswap}))
	return bitswap.New(h.ctx, net, h.finder, h.deps.Blocks,
		bitswap.MaxOutstandingBytesPerPeer(outstandingBytes),
		bitswap.EngineBlockstoreWorkerCount(blockWorkers),
		bitswap.WithPeerBlockRequestFilter(h.allowBlock),
		bitswap.WithTracer(blockTracer{h}),
		bitswap.WithClientOption(client.WithDontHaveTimeoutConfig(patientConfig())),
		// The statistics would look up each received block in the store.
		bitswap.WithoutDuplicatedBlockStats(),
		bitswap.ProviderSearchDelay(100*time.Millisecond),
		bitswap.RebroadcastDelay(10*time.Second),
	)
}

// patientConfig says when a peer that does not answer counts as not having the
// block. Bitswap's own 50 ms to 7 s take a pause of the scheduler, or a slow line
// with a full window, for a refusal, and a session forgets a peer after 16 of those.
func patientConfig() *client.DontHaveTimeoutConfig {
	c := client.DefaultDontHaveTimeoutConfig()
	c.MinTimeout = 5 * time.Second
	c.DontHaveTimeout = 10 * time.Second
	c.MaxExpectedWantProcessTime = 10 * time.Second
	c.MaxTimeout = 30 * time.Second
	return c
}

func (h *Host) allowBlock(p peer.ID, c cid.Cid) bool {
	return h.served.allow(p) && (h.deps.AllowBlock == nil || h.deps.AllowBlock(p.String(), c))
}

type blockTracer struct{ h *Host }

func (t blockTracer) MessageReceived(_ peer.ID, m bsmsg.BitSwapMessage) {
	t.h.metrics.bytesGot.Add(float64(blockBytes(m)))
}

func (t blockTracer) MessageSent(p peer.ID, m bsmsg.BitSwapMessage) {
	n := blockBytes(m)
	t.h.metrics.bytesSent.Add(float64(n))
	t.h.served.add(p, n)
}

func blockBytes(m bsmsg.BitSwapMessage) (n int64) {
	for _, b := range m.Blocks() {
		n += int64(len(b.RawData()))
	}
	return n
}

// served counts the bytes each peer got in a window of a day.
type served struct {
	limit int64 // 0 is none
	mu    sync.Mutex
	peers map[peer.ID]*volume
}

type volume struct {
	since time.Time
	bytes int64
}

const servedWindow = 24 * time.Hour

func newServed(limit int64) *served { return &served{limit: limit, peers: make(map[peer.ID]*volume)} }

func (s *served) add(p peer.ID, n int64) {
	if n == 0 || s.limit == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.peers[p]
	if v == nil || time.Since(v.since) > servedWindow {
		makeRoom(s.peers, func(v *volume) bool { return time.Since(v.since) > servedWindow })
		v = &volume{since: time.Now()}
		s.peers[p] = v
	}
	v.bytes += n
}

func (s *served) allow(p peer.ID) bool {
	if s.limit == 0 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.peers[p]
	return v == nil || v.bytes < s.limit || time.Since(v.since) > servedWindow
}

// finder answers bitswap's question who has a block: the peers that the fetches
// going on now were told to ask.
type finder struct {
	mu    sync.Mutex
	peers map[peer.ID]int // how many fetches name it
}

func newFinder() *finder { return &finder{peers: make(map[peer.ID]int)} }

func (f *finder) add(ids []peer.ID) (remove func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		f.peers[id]++
	}
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, id := range ids {
			if f.peers[id]--; f.peers[id] == 0 {
				delete(f.peers, id)
			}
		}
	}
}

// FindProvidersAsync implements routing.ContentDiscovery.
func (f *finder) FindProvidersAsync(_ context.Context, _ cid.Cid, limit int) <-chan peer.AddrInfo {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make(chan peer.AddrInfo, len(f.peers))
	for id := range f.peers {
		if limit > 0 && len(out) == limit {
			break
		}
		out <- peer.AddrInfo{ID: id}
	}
	close(out)
	return out
}
