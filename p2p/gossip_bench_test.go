package p2p_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/stretchr/testify/require"

	"privd/p2p"
	"privd/p2p/p2ptest"
)

const benchNodes = 20

// One listing of 600 bytes at a time, until all of 20 nodes have it; the times are
// those of single nodes. Compare with BenchmarkBareGossip.
func BenchmarkGossip(b *testing.B) {
	nodes := p2ptest.Network(b, benchNodes, func(c *p2p.Config, _ *p2p.Deps) { c.MinPeers = benchNodes })
	for _, n := range nodes {
		p2ptest.Wait(b, "everybody to meet", func() bool { return n.PeerCount() == benchNodes-1 })
	}
	seller := p2ptest.NewSeller(b)
	var times []time.Duration
	number := uint64(0)
	for b.Loop() {
		number++
		a := seller.Announce(number, 1, 400)
		from := nodes[number%benchNodes]
		start := time.Now()
		require.NoError(b, from.PublishAnnouncement(b.Context(), a))
		for _, n := range nodes {
			if n != from {
				n.WaitListed(a.Order.Listing)
				times = append(times, n.Catalog.HeardAt(a.Order.Listing).Sub(start))
			}
		}
	}
	report(b, times)
}

// The yardstick: plain gossipsub in the same mesh, messages of the same size.
func BenchmarkBareGossip(b *testing.B) {
	var hosts []host.Host
	var topics []*pubsub.Topic
	var mu sync.Mutex
	heard := make(map[string][]time.Time)
	for range benchNodes {
		h, err := libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"), libp2p.DisableRelay(), libp2p.DisableMetrics())
		require.NoError(b, err)
		b.Cleanup(func() { _ = h.Close() })
		ctx, cancel := context.WithCancel(context.Background())
		b.Cleanup(cancel)
		ps, err := pubsub.NewGossipSub(ctx, h)
		require.NoError(b, err)
		topic, err := ps.Join("bench")
		require.NoError(b, err)
		sub, err := topic.Subscribe(pubsub.WithBufferSize(1024))
		require.NoError(b, err)
		go func() {
			for {
				m, err := sub.Next(ctx)
				if err != nil {
					return
				}
				mu.Lock()
				heard[string(m.Data)] = append(heard[string(m.Data)], time.Now())
				mu.Unlock()
			}
		}()
		for _, other := range hosts {
			require.NoError(b, h.Connect(b.Context(), peer.AddrInfo{ID: other.ID(), Addrs: other.Addrs()}))
		}
		hosts, topics = append(hosts, h), append(topics, topic)
	}
	for _, t := range topics {
		p2ptest.Wait(b, "everybody to meet", func() bool { return len(t.ListPeers()) == benchNodes-1 })
	}
	var times []time.Duration
	number := 0
	for b.Loop() {
		number++
		data := make([]byte, 660)
		data[0], data[1], data[2] = byte(number), byte(number>>8), byte(number>>16)
		start := time.Now()
		require.NoError(b, topics[number%benchNodes].Publish(b.Context(), data))
		p2ptest.Wait(b, "all to hear", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(heard[string(data)]) == benchNodes
		})
		mu.Lock()
		for _, at := range heard[string(data)] {
			times = append(times, at.Sub(start))
		}
		mu.Unlock()
	}
	report(b, times)
}

func report(b *testing.B, times []time.Duration) {
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
}
