package p2p_test

import (
	"bufio"
	"encoding/binary"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/p2p"
	"privd/p2p/p2ptest"
	"privd/p2p/wire"
)

// 1. A node hears of listings and goes away. 2. More are announced, one is
// withdrawn. 3. It comes back and catches up with all of it, though nobody repeats
// anything. 4. So does a node that was never there.
func TestLateJoinersCatchUp(t *testing.T) {
	t.Parallel()
	const listings = 2500 // more than a page
	seller := p2ptest.NewSeller(t)
	stays := p2ptest.Start(t)
	identity, catalog := p2ptest.Identity(t), p2ptest.NewCatalog()
	leaves := p2ptest.StartWith(t, identity, catalog, p2ptest.Bootstrap(stays))
	stays.WaitJoined(leaves)
	for i := range uint64(10) {
		a := seller.Announce(i, 1, 64)
		require.NoError(t, stays.Catalog.Announce(t.Context(), a, ""))
		require.NoError(t, stays.PublishAnnouncement(t.Context(), a))
	}
	for i := range uint64(10) {
		leaves.WaitListed(seller.Listing(i))
	}
	leaves.Stop()
	for i := uint64(10); i < listings; i++ {
		require.NoError(t, stays.Catalog.Announce(t.Context(), seller.Announce(i, 1, 64), ""))
	}
	require.NoError(t, stays.Catalog.Withdraw(t.Context(), seller.Withdraw(3, 1)))

	back := p2ptest.StartWith(t, identity, catalog, p2ptest.Bootstrap(stays))
	late := p2ptest.Start(t, p2ptest.Bootstrap(stays))
	for _, n := range []*p2ptest.Node{back, late} {
		p2ptest.Wait(t, "catalog to be complete", func() bool { return n.Catalog.Len() == listings-1 })
		n.WaitGone(seller.Listing(3))
	}
}

// A node catches up with somebody now and then, without anybody joining.
func TestCatchingUpRepeats(t *testing.T) {
	t.Parallel()
	first := p2ptest.Start(t)
	second := p2ptest.Start(t, p2ptest.Bootstrap(first), func(c *p2p.Config, _ *p2p.Deps) { c.CatchUpEvery = 100 * time.Millisecond })
	second.WaitJoined(first)
	a := p2ptest.NewSeller(t).Announce(1, 1, 64)
	require.NoError(t, first.Catalog.Announce(t.Context(), a, ""))
	second.WaitListed(a.Order.Listing)
}

func frame(b []byte) []byte {
	return append(binary.AppendUvarint(nil, uint64(len(b))), b...)
}

// Peers that answer a catch-up with lies, without order, without end or not at all
// do not keep the node from catching up with honest ones.
func TestHostileOffers(t *testing.T) {
	t.Parallel()
	seller := p2ptest.NewSeller(t)
	item := func(number uint64, change func(*p2p.Notice)) []byte {
		a := seller.Announce(number, 1, 64)
		n := p2p.Notice{Announcement: &a}
		change(&n)
		b, err := wire.EncodeOffersItem(wire.OffersItem{Notice: &n})
		require.NoError(t, err)
		return frame(b)
	}
	same := func(*p2p.Notice) {}
	forge := func(n *p2p.Notice) { n.Announcement.Order.Price = market.Wei(7) }
	low, high := uint64(1), uint64(2)
	if l, h := seller.Listing(low), seller.Listing(high); string(l[:]) > string(h[:]) {
		low, high = high, low
	}
	end, err := wire.EncodeOffersItem(wire.OffersItem{More: true})
	require.NoError(t, err)
	for name, talk := range map[string]func(network.Stream){
		"silent":      func(s network.Stream) { _, _ = s.Read(make([]byte, 1)) }, // until the node resets it
		"garbage":     func(s network.Stream) { _, _ = s.Write([]byte{3, 1, 2, 3}) },
		"huge":        func(s network.Stream) { _, _ = s.Write(binary.AppendUvarint(nil, 1<<27)) },
		"cut off":     func(s network.Stream) { b := item(low, same); _, _ = s.Write(b[:len(b)-5]) },
		"forged":      func(s network.Stream) { _, _ = s.Write(append(item(low, forge), item(high, forge)...)) },
		"disordered":  func(s network.Stream) { _, _ = s.Write(append(item(high, forge), item(low, forge)...)) },
		"empty pages": func(s network.Stream) { _, _ = s.Write(frame(end)) },
		"endless": func(s network.Stream) {
			b := item(low, forge)
			for {
				if _, err := s.Write(b); err != nil {
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := p2ptest.Start(t, func(c *p2p.Config, _ *p2p.Deps) {
				c.CatchUpEvery, c.StreamTimeout = 200*time.Millisecond, time.Second
			})
			v := newVillain(t)
			asked := make(chan struct{}, 1)
			v.SetStreamHandler("/privd/offers/1", func(s network.Stream) {
				_, _ = wire.ReadFrame(bufio.NewReader(s), wire.MaxOffersRequest)
				select {
				case asked <- struct{}{}:
				default:
				}
				talk(s)
				_ = s.Close()
			})
			v.join(n)
			<-asked
			honest := p2ptest.Start(t, p2ptest.Bootstrap(n))
			honest.WaitJoined(n)
			a := seller.Announce(99, 1, 64)
			require.NoError(t, honest.Catalog.Announce(t.Context(), a, ""))
			n.WaitListed(a.Order.Listing)
			require.Equal(t, 1, n.Catalog.Len())
		})
	}
}

// A peer that asks for page after page is told no.
func TestOffersAreLimited(t *testing.T) {
	t.Parallel()
	n := p2ptest.Start(t, func(c *p2p.Config, _ *p2p.Deps) { c.Limits.OffersPerPeer = p2p.Rate{PerMinute: 1, Burst: 3} })
	require.NoError(t, n.Catalog.Announce(t.Context(), p2ptest.NewSeller(t).Announce(1, 1, 64), ""))
	v := newVillain(t)
	v.mustConnect(n)
	served := 0
	for range 6 {
		if b, err := v.say(n, "/privd/offers/1", frame(wire.EncodeOffersRequest(market.Hash{}))); err == nil && len(b) > 0 {
			served++
		}
	}
	require.Equal(t, 3, served)
}

// A peer that does not read what it asked for is dropped.
func TestUnreadOffersEnd(t *testing.T) {
	t.Parallel()
	seller := p2ptest.NewSeller(t)
	n := p2ptest.Start(t, func(c *p2p.Config, _ *p2p.Deps) { c.StreamTimeout = time.Second })
	for i := range uint64(300) {
		require.NoError(t, n.Catalog.Announce(t.Context(), seller.Announce(i, 1, 16<<10), ""))
	}
	v := newVillain(t)
	v.mustConnect(n)
	id, err := peer.Decode(n.ID())
	require.NoError(t, err)
	s, err := v.NewStream(t.Context(), id, "/privd/offers/1")
	require.NoError(t, err)
	_, err = s.Write(frame(wire.EncodeOffersRequest(market.Hash{})))
	require.NoError(t, err)
	// Nothing is read: the window fills, and the node gives the stream up.
	p2ptest.Wait(t, "stream to break", func() bool { _, err := s.Write([]byte{0}); return err != nil })
}
