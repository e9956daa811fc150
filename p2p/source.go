package p2p

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ipfs/boxo/exchange"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"privd/market"
	"privd/market/content"
)

const (
	// window is how many blocks of a fetch may be asked for and not yet taken by
	// the caller: it bounds the memory to 64 MiB at 2 MiB a block, and covers the
	// round trip to a seller far away.
	window = 32
	// batch is how many of them are asked for at once.
	batch = 8
)

// Source returns where blocks come from: the peers with the given ids first, and
// any connected peer that has them.
func (h *Host) Source(peerIDs []string) content.Source {
	return source{h: h, ids: decodeIDs(peerIDs)}
}

type source struct {
	h   *Host
	ids []peer.ID
}

// Blocks implements content.Source. It connects to the peers it was given, and
// returns Unavailable when neither they nor anybody else can be asked. The channel
// is closed early when no block came for Config.FetchStall. Blocks come as fast as
// the caller takes them; it must drain the channel or end ctx.
func (s source) Blocks(ctx context.Context, want []cid.Cid) (<-chan content.RawBlock, error) {
	want = distinct(want)
	if err := s.connect(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	f := &fetch{sessions: s.h.exchange, out: make(chan content.RawBlock), stall: s.h.cfg.FetchStall}
	remove := s.h.finder.add(s.ids)
	done := func() {
		cancel()
		remove()
		close(f.out)
	}
	if !s.h.begin() {
		done()
		return nil, market.Fail(market.Unavailable, "the node is stopping")
	}
	go func() {
		defer s.h.work.Done()
		defer done()
		defer context.AfterFunc(s.h.ctx, cancel)()
		f.run(ctx, want)
	}()
	return f.out, nil
}

// connect reaches for all of the peers at once and returns as soon as one is
// there; the others join when they can.
func (s source) connect(ctx context.Context) error {
	reached := make(chan bool, len(s.ids))
	for _, id := range s.ids {
		s.h.background(func() {
			reached <- id != s.h.host.ID() && s.h.reach(ctx, id) == nil
		})
	}
	for range s.ids {
		select {
		case ok := <-reached:
			if ok {
				return nil
			}
		case <-ctx.Done():
			return &market.Error{Code: market.Unavailable, Message: "no peer answers", Err: ctx.Err()}
		case <-s.h.ctx.Done():
			return market.Fail(market.Unavailable, "the node is stopping")
		}
	}
	if s.h.PeerCount() == 0 {
		return market.Fail(market.Unavailable, "no peer answers")
	}
	return nil
}

func distinct(cids []cid.Cid) []cid.Cid {
	seen := cid.NewSet()
	out := make([]cid.Cid, 0, len(cids))
	for _, c := range cids {
		if seen.Visit(c) {
			out = append(out, c)
		}
	}
	return out
}

// fetch is one call of Blocks.
type fetch struct {
	sessions exchange.SessionExchange
	out      chan content.RawBlock
	stall    time.Duration
	handing  atomic.Int64 // readers that wait for the caller
	last     atomic.Int64 // unix nanoseconds: when the caller took a block last
	began    atomic.Int64 // unix nanoseconds: when the attempt began
}

// tries is how many sessions a fetch goes through within one stall. A session that
// has given up its peers does not look at them again by itself.
const tries = 4

// run asks for the blocks until all came, or none for too long.
func (f *fetch) run(ctx context.Context, want []cid.Cid) {
	f.last.Store(time.Now().UnixNano())
	for len(want) > 0 && ctx.Err() == nil && time.Since(time.Unix(0, f.last.Load())) < f.stall {
		want = f.attempt(ctx, want)
	}
}

// attempt asks one session for the blocks in order, a batch whenever there is room
// for one, and returns those that did not come. Bitswap buffers what it receives
// without bound, so the window is kept here.
func (f *fetch) attempt(ctx context.Context, want []cid.Cid) (left []cid.Cid) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	f.began.Store(time.Now().UnixNano())
	session := f.sessions.NewSession(ctx)
	slots := make(chan struct{}, window)
	var readers sync.WaitGroup
	var mu sync.Mutex
	came := cid.NewSet()
	for rest := want; len(rest) > 0 && ctx.Err() == nil; {
		n := min(batch, len(rest))
		if !acquire(ctx, slots, n) {
			break
		}
		got, err := session.GetBlocks(ctx, rest[:n])
		if err != nil {
			break
		}
		rest = rest[n:]
		readers.Go(func() {
			f.pass(ctx, end, got, func(c cid.Cid) {
				mu.Lock()
				came.Add(c)
				mu.Unlock()
				<-slots
			})
		})
	}
	readers.Wait()
	for _, c := range want {
		if !came.Has(c) {
			left = append(left, c)
		}
	}
	return left
}

func acquire(ctx context.Context, slots chan<- struct{}, n int) bool {
	for range n {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// pass hands the blocks of a batch to the caller. It ends the attempt when nothing
// moves.
func (f *fetch) pass(ctx context.Context, end func(), got <-chan blocks.Block, done func(cid.Cid)) {
	timer := time.NewTimer(f.stall / tries)
	defer timer.Stop()
	for {
		select {
		case b, ok := <-got:
			if !ok {
				return
			}
			if !f.hand(ctx, b) {
				return
			}
			done(b.Cid())
		case <-timer.C:
			left := f.patience()
			if left <= 0 {
				end()
				return
			}
			timer.Reset(left)
		case <-ctx.Done():
			return
		}
	}
}

func (f *fetch) hand(ctx context.Context, b blocks.Block) bool {
	f.handing.Add(1)
	defer f.handing.Add(-1)
	select {
	case f.out <- content.RawBlock{CID: b.Cid(), Data: b.RawData()}:
		f.last.Store(time.Now().UnixNano())
		return true
	case <-ctx.Done():
		return false
	}
}

// patience returns how long to wait on before the attempt is over. The batches
// share one clock, because on a slow line the last one waits for all before it; it
// stands still while the caller is what is slow.
func (f *fetch) patience() time.Duration {
	step := f.stall / tries
	if f.handing.Load() > 0 {
		return step
	}
	return step - time.Since(time.Unix(0, max(f.last.Load(), f.began.Load())))
}
