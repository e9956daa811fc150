package p2p

import (
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	"github.com/stretchr/testify/require"
)

func TestConductBlocksWhoKeepsOffending(t *testing.T) {
	t.Parallel()
	c := newConduct(50 * time.Millisecond)
	var cut []peer.ID
	c.onBlock = func(p peer.ID) { cut = append(cut, p) }
	for range 9 {
		c.offend("a", lie)
	}
	c.offend("b", lie)
	require.False(t, c.refused("a"))
	c.offend("a", lie)
	require.Equal(t, []peer.ID{"a"}, cut)
	require.True(t, c.refused("a"))
	require.False(t, c.InterceptPeerDial("a"))
	require.False(t, c.InterceptSecured(0, "a", nil))
	require.True(t, c.InterceptPeerDial("b"))
	require.Eventually(t, func() bool { return !c.refused("a") }, 5*time.Second, time.Millisecond)
}

func TestPointsAreForgotten(t *testing.T) {
	t.Parallel()
	now := time.Now()
	m := mark{points: 5, at: now}
	require.InDelta(t, 5, m.now(now), 1e-9)
	require.InDelta(t, 3, m.now(now.Add(2*forgiveEvery)), 1e-9)
	require.Zero(t, m.now(now.Add(time.Hour)))
}

func TestTablesStayBounded(t *testing.T) {
	t.Parallel()
	c := newConduct(time.Hour)
	l := newLimiter[int](Rate{PerMinute: 1, Burst: 1})
	for i := range 3 * maxMarks {
		c.offend(peer.ID(string(rune(i))), lie)
		c.offend(peer.ID("x"+string(rune(i))), blockAt)
		_, ok := l.take(i)
		require.True(t, ok)
	}
	require.LessOrEqual(t, len(c.marks), maxMarks)
	require.LessOrEqual(t, len(c.blocked), maxMarks)
	require.LessOrEqual(t, len(l.buckets), maxBuckets)
}

func TestLimiterSaysHowLongToWait(t *testing.T) {
	t.Parallel()
	l := newLimiter[string](Rate{PerMinute: 6, Burst: 2})
	for range 2 {
		require.True(t, l.some("a"))
		_, ok := l.take("a")
		require.True(t, ok)
	}
	require.False(t, l.some("a"))
	for range 3 { // refusals do not push the next token away
		wait, ok := l.take("a")
		require.False(t, ok)
		require.InDelta(t, 10, wait.Seconds(), 1)
	}
	_, ok := l.take("b")
	require.True(t, ok)
}

// TCP goes first nearby; far away libp2p's order stands.
func TestRankDials(t *testing.T) {
	t.Parallel()
	delays := func(addrs ...string) map[string]time.Duration {
		var in []ma.Multiaddr
		for _, a := range addrs {
			in = append(in, ma.StringCast(a))
		}
		out := make(map[string]time.Duration)
		for _, d := range rankDials(in) {
			out[d.Addr.String()] = d.Delay
		}
		require.Len(t, out, len(addrs))
		return out
	}
	near := delays("/ip4/192.168.1.2/udp/1/quic-v1", "/ip4/192.168.1.2/tcp/1", "/ip4/127.0.0.1/tcp/1")
	require.Zero(t, near["/ip4/192.168.1.2/tcp/1"])
	require.Zero(t, near["/ip4/127.0.0.1/tcp/1"])
	require.Equal(t, nearQUICDelay, near["/ip4/192.168.1.2/udp/1/quic-v1"])
	require.Zero(t, delays("/ip4/192.168.1.2/udp/1/quic-v1")["/ip4/192.168.1.2/udp/1/quic-v1"])
	far := delays("/ip4/8.8.8.8/udp/1/quic-v1", "/ip4/8.8.8.8/tcp/1")
	require.Zero(t, far["/ip4/8.8.8.8/udp/1/quic-v1"])
	require.Positive(t, far["/ip4/8.8.8.8/tcp/1"])
}
