package p2p

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/errgroup"

	"privd/market"
)

const (
	// enoughSources is how many peers are asked in one period; more of them hardly
	// ever hold more.
	enoughSources = 3
	// maxPages bounds what one peer can make this node read: 20 million notices.
	maxPages = 10_000
	// catchUpJudges is how many verdicts of one peer's page are sought at once, so
	// that they share the store's syncs.
	catchUpJudges = 32
	// tooManyLies ends a catch-up.
	tooManyLies = 5
	// catchUpTime bounds one catch-up, however slowly the peer talks.
	catchUpTime = 15 * time.Minute
	// settleTime is after how long a node that came asks again, and several: what was
	// published between its first question and its place in the gossip mesh reached it by
	// neither, and one peer alone may not hold it.
	settleTime = 5 * time.Second
	// restFactor times as long as a pull took passes before the next round, so that
	// a large catalog does not keep the node busy.
	restFactor = 20
)

// sources are the peers asked in the current period.
type sources struct {
	mu    sync.Mutex
	asked []peer.ID
}

// add reports whether p is to be asked; remove takes that back when p fails.
func (s *sources) add(p peer.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.asked) >= enoughSources || slices.Contains(s.asked, p) {
		return false
	}
	s.asked = append(s.asked, p)
	return true
}

func (s *sources) remove(p peer.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = slices.DeleteFunc(s.asked, func(q peer.ID) bool { return q == p })
}

func (s *sources) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = s.asked[:0]
}

// keepCaughtUp pulls the listings that peers hold: from those that join, and from
// somebody now and then. Gossip is only a hint; this is what makes a node that was
// away see what it missed.
func (h *Host) keepCaughtUp(ctx context.Context) {
	round := time.NewTimer(h.cfg.CatchUpEvery)
	defer round.Stop()
	settling, settled := true, false
	var period sources
	var took atomic.Int64    // nanoseconds of the last pull
	var pulls errgroup.Group // a slow peer holds up one of them
	pulls.SetLimit(enoughSources)
	defer pulls.Wait()
	for {
		var ask []peer.ID
		select {
		case <-ctx.Done():
			return
		case p := <-h.catchUps:
			ask = []peer.ID{p}
			if settling {
				settling = false
				round.Reset(min(settleTime, h.cfg.CatchUpEvery))
			}
		case <-round.C:
			period.clear()
			many := 1
			if !settling && !settled { // somebody has come
				settled, many = true, enoughSources
			}
			ask = h.some(many)
			round.Reset(max(h.cfg.CatchUpEvery, restFactor*time.Duration(took.Load())))
		}
		for _, p := range ask {
			if !period.add(p) {
				continue
			}
			pulls.Go(func() error {
				start := time.Now()
				if h.catchUp(ctx, p) != nil {
					period.remove(p)
				}
				took.Store(int64(time.Since(start)))
				return nil
			})
		}
	}
}

// some returns up to n peers of the topic, drawn at random.
func (h *Host) some(n int) []peer.ID {
	topic := h.topic.Load()
	if topic == nil {
		return nil
	}
	peers := topic.ListPeers()
	rand.Shuffle(len(peers), func(i, j int) { peers[i], peers[j] = peers[j], peers[i] })
	return peers[:min(n, len(peers))]
}

// catchUp pulls everything a peer holds and has it judged.
func (h *Host) catchUp(ctx context.Context, p peer.ID) error {
	ctx, cancel := context.WithTimeout(ctx, catchUpTime)
	defer cancel()
	var after market.Hash
	var lies, news atomic.Int64
	for range maxPages {
		var more bool
		var err error
		after, more, err = h.pullPage(ctx, p, after, &lies, &news)
		if err != nil {
			if ctx.Err() == nil {
				h.blame(p, err)
				h.log.Debug("catching up failed", "peer_id", p.String(), "error", err)
			}
			return err
		}
		if !more || lies.Load() >= tooManyLies {
			break
		}
	}
	if n := news.Load(); n > 0 {
		h.log.Info("caught up", "peer_id", p.String(), "new", n)
	}
	return nil
}

func (h *Host) pullPage(ctx context.Context, p peer.ID, after market.Hash, lies, news *atomic.Int64) (market.Hash, bool, error) {
	var judging errgroup.Group
	judging.SetLimit(catchUpJudges)
	last, more, err := h.readPage(ctx, p, after, func(n Notice) bool {
		judging.Go(func() error {
			h.takeNotice(ctx, n, p, lies, news)
			return nil
		})
		return lies.Load() < tooManyLies
	})
	_ = judging.Wait()
	return last, more, err
}

func (h *Host) takeNotice(ctx context.Context, n Notice, p peer.ID, lies, news *atomic.Int64) {
	ctx, cancel := context.WithTimeout(ctx, judgeTimeout)
	defer cancel()
	v := h.judge(ctx, n, p)
	h.metrics.catchUp.WithLabelValues(string(v)).Inc()
	switch v {
	case accepted:
		news.Add(1)
	case rejected:
		// An expired one is merely stale here: its holder has not swept yet.
		lies.Add(1)
		h.offend(p, lie, "refused offer")
	}
}
