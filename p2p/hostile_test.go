package p2p_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/binary"
	"io"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pubsubpb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	ma "github.com/multiformats/go-multiaddr"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/delivery"
	"privd/market/listing"
	"privd/p2p"
	"privd/p2p/p2ptest"
	"privd/p2p/wire"
)

// A villain is a bare libp2p host that says what it likes.
type villain struct {
	host.Host
	t *testing.T
}

func newVillain(t *testing.T) *villain {
	t.Helper()
	h, err := libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"), libp2p.DisableRelay(), libp2p.DisableMetrics())
	require.NoError(t, err)
	t.Cleanup(func() { _ = h.Close() })
	return &villain{h, t}
}

func (v *villain) connect(n *p2ptest.Node) error {
	a, err := ma.NewMultiaddr(n.Addresses()[0])
	require.NoError(v.t, err)
	info, err := peer.AddrInfoFromP2pAddr(a)
	require.NoError(v.t, err)
	return v.Connect(v.t.Context(), *info)
}

func (v *villain) mustConnect(n *p2ptest.Node) {
	v.t.Helper()
	p2ptest.Wait(v.t, "connection", func() bool { return v.connect(n) == nil })
}

// say sends raw bytes on a new stream and returns what comes back until the other
// side ends it.
func (v *villain) say(n *p2ptest.Node, name protocol.ID, raw []byte) ([]byte, error) {
	id, err := peer.Decode(n.ID())
	require.NoError(v.t, err)
	s, err := v.NewStream(v.t.Context(), id, name)
	if err != nil {
		return nil, err
	}
	defer s.Reset()
	_ = s.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := s.Write(raw); err != nil {
		return nil, err
	}
	return io.ReadAll(s)
}

func (v *villain) blockedBy(n *p2ptest.Node) bool {
	id, err := peer.Decode(n.ID())
	require.NoError(v.t, err)
	return v.Network().Connectedness(id) != network.Connected
}

// gossip joins the topic and waits until it can publish.
func (v *villain) gossip(n *p2ptest.Node, options ...pubsub.Option) *pubsub.Topic {
	v.t.Helper()
	topic := v.join(n, options...)
	p2ptest.Wait(v.t, "topic peer", func() bool { return len(topic.ListPeers()) > 0 })
	return topic
}

// join connects and joins the topic.
func (v *villain) join(n *p2ptest.Node, options ...pubsub.Option) *pubsub.Topic {
	v.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	v.t.Cleanup(cancel)
	ps, err := pubsub.NewGossipSub(ctx, v, append([]pubsub.Option{pubsub.WithFloodPublish(true)}, options...)...)
	require.NoError(v.t, err)
	topic, err := ps.Join(p2ptest.Config().Topic)
	require.NoError(v.t, err)
	_, err = topic.Relay()
	require.NoError(v.t, err)
	v.mustConnect(n)
	return topic
}

func encoded(t *testing.T, n p2p.Notice) []byte {
	t.Helper()
	b, err := wire.EncodeNotice(n)
	require.NoError(t, err)
	return b
}

// For each kind of bad gossip: 1. a villain sends it until it is cut off. 2. Nothing
// of it was kept. 3. The node still hears an honest one.
func TestHostileGossip(t *testing.T) {
	t.Parallel()
	seller := p2ptest.NewSeller(t)
	announce := func(change func(*listing.Announcement)) func(i int) []byte {
		return func(i int) []byte {
			a := seller.Announce(uint64(i), 1, 64)
			change(&a)
			return encoded(t, p2p.Notice{Announcement: &a})
		}
	}
	for name, c := range map[string]struct {
		data    func(i int) []byte
		options []pubsub.Option
	}{
		"garbage":   {data: func(i int) []byte { b := make([]byte, 100); _, _ = rand.Read(b); return b }},
		"empty":     {data: func(i int) []byte { return binary.AppendUvarint([]byte{0x1a, 0x00, 0x20}, uint64(i)) }},
		"oversized": {data: func(i int) []byte { b := make([]byte, wire.MaxNotice+1); _, _ = rand.Read(b); return b }},
		"forged":    {data: announce(func(a *listing.Announcement) { a.Order.Price = market.Wei(1) })},
		"expired": {data: func(i int) []byte {
			a := seller.Until(uint64(i), 1, 64, time.Now().Add(-time.Hour))
			return encoded(t, p2p.Notice{Announcement: &a})
		}},
		"unknown field": {data: func(i int) []byte {
			a := seller.Announce(uint64(i), 1, 64)
			return append(encoded(t, p2p.Notice{Announcement: &a}), 0x78, 0x01)
		}},
		"unsigned": {data: announce(func(*listing.Announcement) {}),
			options: []pubsub.Option{pubsub.WithMessageSignaturePolicy(pubsub.LaxNoSign), pubsub.WithNoAuthor(), pubsub.WithMessageIdFn(byData)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := p2ptest.Start(t)
			v := newVillain(t)
			topic := v.gossip(n, c.options...)
			i := 0
			p2ptest.Wait(t, "villain to be cut off", func() bool {
				if i < 200 {
					_ = topic.Publish(t.Context(), c.data(i))
					i++
				}
				return v.blockedBy(n)
			})
			// A dialer learns that it is refused only after its own handshake.
			_ = v.connect(n)
			p2ptest.Wait(t, "villain to be refused", func() bool { return v.blockedBy(n) })
			require.Zero(t, n.Catalog.Len())

			honest := p2ptest.Start(t, p2ptest.Bootstrap(n))
			honest.WaitJoined(n)
			a := seller.Announce(1_000_000, 1, 64)
			require.NoError(t, honest.PublishAnnouncement(t.Context(), a))
			n.WaitListed(a.Order.Listing)
		})
	}
}

// 1. A villain repeats what everybody knows, each time in a new envelope that
// pubsub takes for a new message. 2. It is cut off, and not every copy was judged.
func TestReplaysCostTheirSender(t *testing.T) {
	t.Parallel()
	n := p2ptest.Start(t, func(c *p2p.Config, _ *p2p.Deps) {
		c.Limits.KnownPerPeer = p2p.Rate{PerMinute: 1, Burst: 20}
	})
	seller := p2ptest.NewSeller(t)
	for i := range 400 {
		// Known, because a newer version is.
		require.NoError(t, n.Catalog.Announce(t.Context(), seller.Announce(uint64(i), 2, 0), ""))
	}
	before := n.Catalog.Judged()
	v := newVillain(t)
	topic := v.gossip(n)
	i := 0
	p2ptest.Wait(t, "villain to be cut off", func() bool {
		if i < 400 {
			a := seller.Announce(uint64(i), 1, 0)
			_ = topic.Publish(t.Context(), encoded(t, p2p.Notice{Announcement: &a}))
			i++
		}
		return v.blockedBy(n)
	})
	require.LessOrEqual(t, n.Catalog.Judged()-before, 100)
}

// The same words signed by somebody else are the same message.
func TestCopiesAreOneMessage(t *testing.T) {
	t.Parallel()
	n := p2ptest.Start(t)
	a := p2ptest.NewSeller(t).Announce(1, 1, 64)
	data := encoded(t, p2p.Notice{Announcement: &a})
	for range 3 {
		v := newVillain(t)
		require.NoError(t, v.gossip(n).Publish(t.Context(), data))
		n.WaitListed(a.Order.Listing)
	}
	b := p2ptest.NewSeller(t).Announce(2, 1, 64)
	require.NoError(t, newVillain(t).gossip(n).Publish(t.Context(), encoded(t, p2p.Notice{Announcement: &b})))
	n.WaitListed(b.Order.Listing)
	require.LessOrEqual(t, n.Catalog.Judged(), 4) // 2, and what catching up asked
}

// Whoever sends nonsense on a stream is dropped, then cut off; others are served.
func TestHostileStreams(t *testing.T) {
	t.Parallel()
	huge := binary.AppendUvarint(nil, 1<<40)
	for name, c := range map[string]struct {
		protocol protocol.ID
		raw      []byte
	}{
		"delivery garbage": {"/privd/delivery/1", append([]byte{40}, make([]byte, 40)...)},
		"delivery huge":    {"/privd/delivery/1", huge},
		"delivery empty":   {"/privd/delivery/1", []byte{0}},
		"delivery varint":  {"/privd/delivery/1", []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
		"offers garbage":   {"/privd/offers/1", []byte{3, 1, 2, 3}},
		"offers huge":      {"/privd/offers/1", huge},
		"peers garbage":    {"/privd/peers/1", []byte{4, 0x0a, 2, 1, 2}},
		"peers huge":       {"/privd/peers/1", huge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := p2ptest.Start(t, selling(fakeSeller{note: func(context.Context, delivery.Receipt) error { return nil }}))
			v := newVillain(t)
			v.mustConnect(n)
			p2ptest.Wait(t, "villain to be cut off", func() bool {
				answer, _ := v.say(n, c.protocol, c.raw)
				require.Empty(t, answer)
				return v.blockedBy(n)
			})
			honest := p2ptest.Start(t, p2ptest.Bootstrap(n))
			honest.WaitJoined(n)
			require.NoError(t, honest.Seller([]string{n.ID()}).Note(t.Context(), delivery.Receipt{}))
		})
	}
}

// A peer that sends a byte now and then does not hold a stream beyond its deadline,
// nor keep others out.
func TestSlowStreamsEnd(t *testing.T) {
	t.Parallel()
	n := p2ptest.Start(t, func(c *p2p.Config, d *p2p.Deps) {
		c.StreamTimeout = 500 * time.Millisecond
		d.Seller = fakeSeller{note: func(context.Context, delivery.Receipt) error { return nil }}
	})
	v := newVillain(t)
	v.mustConnect(n)
	id, err := peer.Decode(n.ID())
	require.NoError(t, err)
	for _, name := range []protocol.ID{"/privd/delivery/1", "/privd/offers/1", "/privd/peers/1"} {
		s, err := v.NewStream(t.Context(), id, name)
		require.NoError(t, err)
		_, err = s.Write([]byte{100, 1})
		require.NoError(t, err)
		_ = s.SetDeadline(time.Now().Add(20 * time.Second))
		start := time.Now()
		_, err = io.ReadAll(s)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "deadline", "the node did not end the stream")
		require.Less(t, time.Since(start), 10*time.Second)
	}
	honest := p2ptest.Start(t, p2ptest.Bootstrap(n))
	honest.WaitJoined(n)
	require.NoError(t, honest.Seller([]string{n.ID()}).Note(t.Context(), delivery.Receipt{}))
}

// A seller's node that answers nonsense, another question, or too much counts as
// away, and is cut off when it goes on.
func TestHostileSellers(t *testing.T) {
	t.Parallel()
	noted, err := wire.EncodeDeliveryAnswer(wire.DeliveryAnswer{Noted: true})
	require.NoError(t, err)
	for name, raw := range map[string][]byte{
		"garbage":          {3, 1, 2, 3},
		"huge":             binary.AppendUvarint(nil, wire.MaxDeliveryAnswer+1),
		"another question": append(binary.AppendUvarint(nil, uint64(len(noted))), noted...),
		"nothing":          {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := p2ptest.Start(t)
			v := newVillain(t)
			v.SetStreamHandler("/privd/delivery/1", func(s network.Stream) {
				_, _ = wire.ReadFrame(bufio.NewReader(s), wire.MaxDeliveryRequest)
				_, _ = s.Write(raw)
				_ = s.Close()
			})
			v.mustConnect(n)
			_, err := n.Seller([]string{v.ID().String()}).Opener(t.Context(), delivery.OpenerRequest{})
			require.ErrorIs(t, err, market.ErrUnavailable)
		})
	}
}

func byData(m *pubsubpb.Message) string { return string(m.GetData()) }
