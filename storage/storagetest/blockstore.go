package storagetest

import (
	"bytes"
	"context"
	"testing"

	"github.com/ipfs/boxo/blockstore"
	block "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"
)

// Block makes a block of data with a CIDv1.
func Block(tb testing.TB, codec, hash uint64, data []byte) block.Block {
	tb.Helper()
	c, err := cid.Prefix{Version: 1, Codec: codec, MhType: hash, MhLength: -1}.Sum(data)
	require.NoError(tb, err)
	b, err := block.NewBlockWithCid(data, c)
	require.NoError(tb, err)
	return b
}

// Blockstore is the suite every blockstore has to pass. empty returns a new one.
func Blockstore(t *testing.T, empty func(t *testing.T) blockstore.Blockstore) {
	ctx := context.Background()
	small := Block(t, cid.Raw, multihash.SHA2_256, []byte("small"))
	none := Block(t, cid.Raw, multihash.SHA2_256, nil)
	large := Block(t, cid.DagProtobuf, multihash.SHA2_256, bytes.Repeat([]byte("large "), 150_000))
	other := Block(t, cid.DagCBOR, multihash.BLAKE3, []byte("another hash function"))
	all := []block.Block{small, none, large, other}

	t.Run("absent", func(t *testing.T) {
		bs := empty(t)
		has, err := bs.Has(ctx, small.Cid())
		require.NoError(t, err)
		require.False(t, has)
		_, err = bs.Get(ctx, small.Cid())
		require.True(t, ipld.IsNotFound(err), "%v", err)
		_, err = bs.GetSize(ctx, small.Cid())
		require.True(t, ipld.IsNotFound(err), "%v", err)
		_, err = bs.Get(ctx, cid.Undef)
		require.True(t, ipld.IsNotFound(err), "%v", err)
		require.NoError(t, bs.DeleteBlock(ctx, small.Cid()), "deleting what is gone is fine")
		require.Empty(t, keys(t, bs))
	})
	t.Run("put one by one", func(t *testing.T) {
		bs := empty(t)
		for _, b := range all {
			require.NoError(t, bs.Put(ctx, b))
			require.NoError(t, bs.Put(ctx, b), "putting it again is fine")
		}
		requireBlocks(t, bs, all)
	})
	t.Run("put many", func(t *testing.T) {
		bs := empty(t)
		require.NoError(t, bs.PutMany(ctx, append(all, small)))
		require.NoError(t, bs.PutMany(ctx, nil))
		requireBlocks(t, bs, all)
	})
	t.Run("found by multihash", func(t *testing.T) {
		bs := empty(t)
		require.NoError(t, bs.Put(ctx, large))
		c := cid.NewCidV1(cid.Raw, large.Cid().Hash())
		got, err := bs.Get(ctx, c)
		require.NoError(t, err)
		require.Equal(t, c, got.Cid(), "under the CID it was asked by")
		require.Equal(t, large.RawData(), got.RawData())
	})
	t.Run("delete", func(t *testing.T) {
		bs := empty(t)
		require.NoError(t, bs.PutMany(ctx, all))
		require.NoError(t, bs.DeleteBlock(ctx, large.Cid()))
		requireBlocks(t, bs, []block.Block{small, none, other})
		has, err := bs.Has(ctx, large.Cid())
		require.NoError(t, err)
		require.False(t, has)
		require.NoError(t, bs.Put(ctx, large), "it may come back")
		requireBlocks(t, bs, all)
		for _, b := range all {
			require.NoError(t, bs.DeleteBlock(ctx, b.Cid()))
		}
		require.Empty(t, keys(t, bs))
	})
	t.Run("keys end with the context", func(t *testing.T) {
		bs := empty(t)
		require.NoError(t, bs.PutMany(ctx, all))
		short, cancel := context.WithCancel(ctx)
		ch, err := bs.AllKeysChan(short)
		require.NoError(t, err)
		<-ch
		cancel()
		for range ch { // ends
		}
	})
}

func keys(t *testing.T, bs blockstore.Blockstore) map[string]bool {
	t.Helper()
	ch, err := bs.AllKeysChan(context.Background())
	require.NoError(t, err)
	out := make(map[string]bool)
	for c := range ch {
		out[string(c.Hash())] = true
	}
	return out
}

func requireBlocks(t *testing.T, bs blockstore.Blockstore, want []block.Block) {
	t.Helper()
	ctx := context.Background()
	found := keys(t, bs)
	require.Len(t, found, len(want))
	for _, b := range want {
		require.True(t, found[string(b.Cid().Hash())], "%s is among the keys", b.Cid())
		has, err := bs.Has(ctx, b.Cid())
		require.NoError(t, err)
		require.True(t, has)
		size, err := bs.GetSize(ctx, b.Cid())
		require.NoError(t, err)
		require.Equal(t, len(b.RawData()), size)
		got, err := bs.Get(ctx, b.Cid())
		require.NoError(t, err)
		require.Equal(t, b.Cid(), got.Cid())
		require.True(t, bytes.Equal(b.RawData(), got.RawData()))
	}
}
