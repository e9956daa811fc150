package p2p_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/ipfs/boxo/blockstore"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/content"
	"privd/p2p"
	"privd/p2p/p2ptest"
)

// putBlocks stores n random raw blocks of the given size.
func putBlocks(tb testing.TB, store blockstore.Blockstore, n, size int) []cid.Cid {
	tb.Helper()
	cids := make([]cid.Cid, n)
	for i := range cids {
		data := make([]byte, size)
		_, _ = rand.Read(data)
		c, err := cid.NewPrefixV1(cid.Raw, multihash.SHA2_256).Sum(data)
		require.NoError(tb, err)
		b, err := blocks.NewBlockWithCid(data, c)
		require.NoError(tb, err)
		require.NoError(tb, store.Put(context.Background(), b))
		cids[i] = c
	}
	return cids
}

// collect drains a fetch and returns the bytes by CID.
func collect(tb testing.TB, ctx context.Context, s content.Source, want []cid.Cid) map[cid.Cid][]byte {
	tb.Helper()
	ch, err := s.Blocks(ctx, want)
	require.NoError(tb, err)
	got := make(map[cid.Cid][]byte)
	for b := range ch {
		_, twice := got[b.CID]
		require.False(tb, twice)
		got[b.CID] = b.Data
	}
	return got
}

// 1. Carol wants the blocks of Bob, whom she does not know; both know Alice.
// 2. All blocks arrive once, as they were. 3. Carol's store stays empty.
func TestSourceFetchesFromAPeerFoundThroughAnother(t *testing.T) {
	t.Parallel()
	alice := p2ptest.Start(t)
	few := func(c *p2p.Config, _ *p2p.Deps) { c.MinPeers = 1 } // nobody looks for more
	bob := p2ptest.Start(t, p2ptest.Bootstrap(alice), few)
	carol := p2ptest.Start(t, p2ptest.Bootstrap(alice), few)
	bob.WaitJoined(alice)
	carol.WaitJoined(alice)
	alice.WaitJoined(bob)
	cids := putBlocks(t, bob.Blocks, 100, 10_000)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	got := collect(t, ctx, carol.Source([]string{"not a peer id", bob.ID()}), append(cids, cids[0]))
	require.Equal(t, len(cids), len(got))
	for c, data := range got {
		b, err := bob.Blocks.Get(ctx, c)
		require.NoError(t, err)
		require.Equal(t, b.RawData(), data)
		has, err := carol.Blocks.Has(ctx, c)
		require.NoError(t, err)
		require.False(t, has)
	}
}

// A fetch of what nobody has ends by itself; a node without peers says so at once.
func TestSourceGivesUp(t *testing.T) {
	t.Parallel()
	impatient := func(c *p2p.Config, _ *p2p.Deps) { c.FetchStall = 300 * time.Millisecond }
	first := p2ptest.Start(t)
	missing := putBlocks(t, p2ptest.Start(t).Blocks, 1, 100)
	_, err := first.Source([]string{first.ID()}).Blocks(t.Context(), missing)
	require.ErrorIs(t, err, market.ErrUnavailable)
	second := p2ptest.Start(t, p2ptest.Bootstrap(first), impatient)
	second.WaitJoined(first)
	require.Empty(t, collect(t, t.Context(), second.Source(nil), missing))
}

// A peer that has had its share is refused; another is served.
func TestServedBytesAreBounded(t *testing.T) {
	t.Parallel()
	stingy := p2ptest.Start(t, func(c *p2p.Config, _ *p2p.Deps) { c.Limits.ServedPerPeer = 50_000 })
	impatient := func(c *p2p.Config, _ *p2p.Deps) { c.FetchStall = time.Second }
	greedy := p2ptest.Start(t, p2ptest.Bootstrap(stingy), impatient)
	modest := p2ptest.Start(t, p2ptest.Bootstrap(stingy))
	greedy.WaitJoined(stingy)
	modest.WaitJoined(stingy)
	cids := putBlocks(t, stingy.Blocks, 20, 10_000)
	for range 3 {
		collect(t, t.Context(), greedy.Source(nil), cids[:10])
	}
	require.Empty(t, collect(t, t.Context(), greedy.Source(nil), cids[10:12]))
	require.Len(t, collect(t, t.Context(), modest.Source(nil), cids[:2]), 2)
}

// AllowBlock keeps a block from a peer.
func TestAllowBlock(t *testing.T) {
	t.Parallel()
	var secret cid.Cid
	server := p2ptest.Start(t, func(_ *p2p.Config, d *p2p.Deps) {
		d.AllowBlock = func(_ string, c cid.Cid) bool { return !c.Equals(secret) }
	})
	cids := putBlocks(t, server.Blocks, 2, 100)
	secret = cids[0]
	client := p2ptest.Start(t, p2ptest.Bootstrap(server), func(c *p2p.Config, _ *p2p.Deps) { c.FetchStall = 5 * time.Second })
	client.WaitJoined(server)
	got := collect(t, t.Context(), client.Source([]string{server.ID()}), cids)
	require.Len(t, got, 1)
	require.Contains(t, got, cids[1])
}

// 256 MiB in blocks of 1 MiB over TCP on loopback, both hosts in this process.
func BenchmarkFetch(b *testing.B) {
	server := p2ptest.Start(b)
	client := p2ptest.Start(b, p2ptest.Bootstrap(server))
	client.WaitJoined(server)
	cids := putBlocks(b, server.Blocks, 256, 1<<20)
	b.SetBytes(256 << 20)
	for b.Loop() {
		ch, err := client.Source([]string{server.ID()}).Blocks(b.Context(), cids)
		require.NoError(b, err)
		n := 0
		for range ch {
			n++
		}
		require.Equal(b, len(cids), n)
	}
}

// Small blocks come as steadily as large ones: none is lost on the way, which
// would cost half a minute until it is asked for again.
func TestSourceFetchesManySmallBlocks(t *testing.T) {
	t.Parallel()
	server := p2ptest.Start(t)
	client := p2ptest.Start(t, p2ptest.Bootstrap(server))
	client.WaitJoined(server)
	cids := putBlocks(t, server.Blocks, 4000, 5000)
	start := time.Now()
	require.Equal(t, len(cids), len(collect(t, t.Context(), client.Source([]string{server.ID()}), cids)))
	require.Less(t, time.Since(start), 25*time.Second)
}
