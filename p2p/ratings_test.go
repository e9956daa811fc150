package p2p_test

import (
	"context"
	"iter"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/rating"
	"privd/market/seal"
	"privd/p2p"
	"privd/p2p/p2ptest"
)

// heard is the ratings one node has taken.
type heard struct {
	mu   sync.Mutex
	held map[market.Hash]rating.Signed
	err  error // the verdict on what is new
}

func newHeard() *heard { return &heard{held: map[market.Hash]rating.Signed{}} }

func (h *heard) take(_ context.Context, s rating.Signed) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, known := h.held[s.Purchase]; known {
		return market.ErrConflict
	}
	if h.err != nil {
		return h.err
	}
	h.held[s.Purchase] = s
	return nil
}

func (h *heard) has(s rating.Signed) func() bool {
	return func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.held[s.Purchase] == s
	}
}

func (h *heard) offers(context.Context, market.Hash) iter.Seq2[p2p.Notice, error] {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []p2p.Notice
	for _, s := range h.held {
		all = append(all, p2p.Notice{Rating: &s})
	}
	return func(yield func(p2p.Notice, error) bool) {
		for _, n := range all {
			if !yield(n, nil) {
				return
			}
		}
	}
}

func (h *heard) join(_ *p2p.Config, d *p2p.Deps) { d.OnRating, d.Offers = h.take, h.offers }

// 1. A rating reaches who is there, over a node between. 2. Who comes later gets it
// with the offers. 3. A node that cannot judge it yet does not pass it on, and blames
// nobody.
func TestRatingsTravel(t *testing.T) {
	t.Parallel()
	a, b, c, d := newHeard(), newHeard(), newHeard(), newHeard()
	first := p2ptest.Start(t, a.join)
	second := p2ptest.Start(t, p2ptest.Bootstrap(first), b.join)
	second.WaitJoined(first)
	first.WaitJoined(second)
	said := rating.Signed{Purchase: market.Hash{7}, Stars: 4, Comment: "fine", Signature: seal.Sig{1}}
	require.NoError(t, a.take(t.Context(), said))
	require.NoError(t, first.PublishRating(t.Context(), said))
	p2ptest.Wait(t, "the rating by gossip", b.has(said))

	late := p2ptest.Start(t, p2ptest.Bootstrap(second), c.join)
	late.WaitJoined(second)
	p2ptest.Wait(t, "the rating with the offers", c.has(said))

	d.err = market.ErrUnavailable
	behind := p2ptest.Start(t, p2ptest.Bootstrap(first), d.join)
	behind.WaitJoined(first)
	first.WaitJoined(behind)
	next := rating.Signed{Purchase: market.Hash{8}, Stars: 1, Signature: seal.Sig{2}}
	require.NoError(t, a.take(t.Context(), next))
	require.NoError(t, first.PublishRating(t.Context(), next))
	p2ptest.Wait(t, "the second rating", b.has(next))
	require.False(t, d.has(next)())
	require.NotZero(t, behind.PeerCount(), "nobody was cut off")
}
