package p2p_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/p2p/p2ptest"
)

// 1. Twenty nodes know only the first. 2. One of them announces a listing; all
// hear of it. 3. It withdraws; all forget it.
func TestGossipReachesTwentyNodes(t *testing.T) {
	t.Parallel()
	nodes := p2ptest.Network(t, 20)
	seller := p2ptest.NewSeller(t)
	a := seller.Announce(1, 1, 600)
	require.NoError(t, nodes[7].PublishAnnouncement(t.Context(), a))
	for i, n := range nodes {
		if i != 7 { // a node stores its own before it announces it
			n.WaitListed(a.Order.Listing)
		}
	}
	require.NoError(t, nodes[7].PublishWithdrawal(t.Context(), seller.Withdraw(1, 1)))
	for i, n := range nodes {
		if i != 7 {
			n.WaitGone(a.Order.Listing)
		}
	}
}

// Publishing to nobody is an error that says so, and does not spoil the next try.
func TestPublishWaitsForPeers(t *testing.T) {
	t.Parallel()
	first := p2ptest.Start(t)
	a := p2ptest.NewSeller(t).Announce(1, 1, 100)
	require.ErrorIs(t, first.PublishAnnouncement(context.Background(), a), market.ErrUnavailable)
	second := p2ptest.Start(t, p2ptest.Bootstrap(first))
	first.WaitJoined(second)
	require.NoError(t, first.PublishAnnouncement(context.Background(), a))
	second.WaitListed(a.Order.Listing)
}
