package vault_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/content"
	"privd/storage/storagetest"
)

// network is a source that serves what it holds.
type network struct {
	mu     sync.Mutex
	blocks map[cid.Cid][]byte
	asked  map[cid.Cid]int
	// before is called before each block is sent; an error ends the request.
	before func(n int) error
	sent   int
}

func newNetwork() *network {
	return &network{blocks: make(map[cid.Cid][]byte), asked: make(map[cid.Cid]int)}
}

func (n *network) add(b content.RawBlock) cid.Cid {
	n.blocks[b.CID] = b.Data
	return b.CID
}

// holding returns a network that holds the blocks of a pack.
func holding(tb testing.TB, s *storagetest.Stack, p content.Pack) *network {
	n := newNetwork()
	for _, b := range p.Blocks {
		for _, codec := range []uint64{cid.Raw, cid.DagProtobuf} {
			c := cid.NewCidV1(codec, b.Multihash)
			data, err := s.Blocks.Read(context.Background(), c, nil)
			require.NoError(tb, err)
			n.blocks[c] = data
		}
	}
	return n
}

func (n *network) Blocks(ctx context.Context, want []cid.Cid) (<-chan content.RawBlock, error) {
	out := make(chan content.RawBlock)
	go func() {
		defer close(out)
		for _, c := range want {
			n.mu.Lock()
			data, has := n.blocks[c]
			n.asked[c]++
			n.sent++
			sent := n.sent
			n.mu.Unlock()
			if n.before != nil && n.before(sent) != nil {
				return
			}
			if !has {
				continue
			}
			select {
			case out <- content.RawBlock{CID: c, Data: data}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, nil
}

func dagCBOR(tb testing.TB, data []byte) content.RawBlock {
	b := storagetest.Block(tb, cid.DagCBOR, multihash.SHA2_256, data)
	return content.RawBlock{CID: b.Cid(), Data: data}
}

func raw(tb testing.TB, data []byte) content.RawBlock {
	b := storagetest.Block(tb, cid.Raw, multihash.SHA2_256, data)
	return content.RawBlock{CID: b.Cid(), Data: data}
}

// pbNode makes a UnixFS node with any children and sizes.
func pbNode(tb testing.TB, fileSize uint64, sizes []uint64, children ...cid.Cid) content.RawBlock {
	tb.Helper()
	file := unixfs.NewFSNode(unixfs.TFile)
	for _, size := range sizes {
		file.AddBlockSize(size)
	}
	var node merkledag.ProtoNode
	require.NoError(tb, node.SetCidBuilder(cid.V1Builder{Codec: cid.DagProtobuf, MhType: multihash.SHA2_256}))
	for _, c := range children {
		require.NoError(tb, node.AddRawLink("", &ipld.Link{Cid: c}))
	}
	data, err := file.GetBytes()
	require.NoError(tb, err)
	if file.FileSize() != fileSize {
		data = unixfs.FilePBData(nil, fileSize)
	}
	node.SetData(data)
	return content.RawBlock{CID: node.Cid(), Data: node.RawData()}
}

func leafOf(stored content.Stored) cid.Cid {
	return cid.NewCidV1(cid.Raw, stored.Pack.Blocks[0].Multihash)
}

// Two nodes: what one stored the other fetches, with the seller's manifest beside
// it, and opens with a key that came separately.
func TestFetch(t *testing.T) {
	t.Parallel()
	seller, buyer := storagetest.New(t), storagetest.New(t)
	ctx := context.Background()
	plain := random(5, 40<<20+999)
	stored := store(t, seller, "contrib_1", plain)
	key, err := seller.Vault.FileKey(ctx, "contrib_1")
	require.NoError(t, err)
	source := holding(t, seller, stored.Pack)
	manifest := source.add(dagCBOR(t, []byte("\x63abc")))
	roots := []cid.Cid{stored.Object.Root, manifest}

	var last int64
	pack, err := buyer.Vault.Fetch(ctx, "purchase_1", roots, source, 42<<20, func(n int64) {
		require.Greater(t, n, last)
		last = n
	})
	require.NoError(t, err)
	require.Greater(t, last, stored.Object.PayloadSize)
	buyer.Record(t, pack)
	r, err := buyer.Vault.OpenWith(ctx, stored.Object, key)
	require.True(t, bytes.Equal(plain, readAll(t, r, err)))
	_, err = buyer.Vault.Open(ctx, "purchase_1", stored.Object)
	require.ErrorIs(t, err, market.ErrNotFound, "there is no key of its own")
	for c, n := range source.asked {
		require.Equal(t, 1, n, "%s was asked for once", c)
	}

	again, err := buyer.Vault.Fetch(ctx, "purchase_1", roots, newNetwork(), 42<<20, nil)
	require.NoError(t, err, "what is recorded is not fetched again")
	require.Equal(t, pack, again)
	_, err = buyer.Vault.Fetch(ctx, "purchase_1", []cid.Cid{raw(t, []byte("else")).CID}, source, 1<<20, nil)
	require.ErrorIs(t, err, market.ErrConflict)
}

// A block that is here already is not fetched, but copied: the pack that has it
// may be erased.
func TestFetchCopiesWhatIsHere(t *testing.T) {
	t.Parallel()
	s := storagetest.New(t)
	ctx := context.Background()
	plain := random(5, 5<<20)
	stored := store(t, s, "contrib_1", plain)
	key, err := s.Vault.FileKey(ctx, "contrib_1")
	require.NoError(t, err)
	pack, err := s.Vault.Fetch(ctx, "purchase_1", []cid.Cid{stored.Object.Root}, newNetwork(), 6<<20, nil)
	require.NoError(t, err)
	s.Record(t, pack)
	require.NoError(t, s.Vault.Erase(ctx, "contrib_1"))
	r, err := s.Vault.OpenWith(ctx, stored.Object, key)
	require.True(t, bytes.Equal(plain, readAll(t, r, err)))
}

// A fetch that is cut off goes on where it was, after a restart too.
func TestFetchResumes(t *testing.T) {
	t.Parallel()
	seller, buyer := storagetest.New(t), storagetest.New(t)
	plain := random(5, 20<<20)
	stored := store(t, seller, "contrib_1", plain)
	source := holding(t, seller, stored.Pack)
	roots := []cid.Cid{stored.Object.Root}
	ctx, cancel := context.WithCancel(context.Background())
	source.before = func(n int) error {
		if n == 12 {
			cancel()
			return context.Canceled
		}
		return nil
	}
	_, err := buyer.Vault.Fetch(ctx, "purchase_1", roots, source, 21<<20, nil)
	require.Error(t, err)
	buyer.Reopen(t)
	source.before, source.asked = nil, make(map[cid.Cid]int)
	pack, err := buyer.Vault.Fetch(context.Background(), "purchase_1", roots, source, 21<<20, nil)
	require.NoError(t, err)
	require.Less(t, len(source.asked), len(stored.Pack.Blocks)-5, "most was here")
	buyer.Record(t, pack)
	key, err := seller.Vault.FileKey(context.Background(), "contrib_1")
	require.NoError(t, err)
	r, err := buyer.Vault.OpenWith(context.Background(), stored.Object, key)
	require.True(t, bytes.Equal(plain, readAll(t, r, err)))
	require.NoFileExists(t, filepath.Join(buyer.Repo.Blocks(), "purchase_1.partial"))
}

// A fetch that was finished and never recorded starts over instead of failing for
// ever.
func TestFetchAfterLostRecord(t *testing.T) {
	t.Parallel()
	s := storagetest.New(t)
	n := newNetwork()
	root := n.add(raw(t, []byte("text")))
	for range 2 {
		_, err := s.Vault.Fetch(context.Background(), "purchase_1", []cid.Cid{root}, n, 100, nil)
		require.NoError(t, err)
	}
}

// What a liar serves is refused, leaves nothing, and costs little.
func TestFetchRefuses(t *testing.T) {
	t.Parallel()
	small := raw(t, []byte("small"))
	many := func(n int) (sizes []uint64, children []cid.Cid) {
		for range n {
			sizes, children = append(sizes, 5), append(children, small.CID)
		}
		return sizes, children
	}
	cases := map[string]struct {
		build func(t *testing.T, n *network) cid.Cid
		want  error
	}{
		"nobody has it": {func(t *testing.T, n *network) cid.Cid { return raw(t, []byte("absent")).CID }, market.ErrUnavailable},
		"a child is missing": {func(t *testing.T, n *network) cid.Cid {
			return n.add(pbNode(t, 5, []uint64{5}, raw(t, []byte("absnt")).CID))
		}, market.ErrUnavailable},
		"wrong bytes": {func(t *testing.T, n *network) cid.Cid {
			c := raw(t, []byte("right")).CID
			n.blocks[c] = []byte("wrong")
			return c
		}, market.ErrInvalid},
		"over the limit":    {func(t *testing.T, n *network) cid.Cid { return n.add(raw(t, make([]byte, 1<<20+1))) }, market.ErrTooLarge},
		"a block too large": {func(t *testing.T, n *network) cid.Cid { return n.add(raw(t, make([]byte, 3<<20))) }, market.ErrTooLarge},
		"a child smaller than promised": {func(t *testing.T, n *network) cid.Cid {
			return n.add(pbNode(t, 6, []uint64{6}, n.add(small)))
		}, market.ErrInvalid},
		"two sizes for one child": {func(t *testing.T, n *network) cid.Cid {
			return n.add(pbNode(t, 11, []uint64{5, 6}, n.add(small), small.CID))
		}, market.ErrInvalid},
		"sizes that do not add up": {func(t *testing.T, n *network) cid.Cid {
			return n.add(pbNode(t, 77, []uint64{5}, n.add(small)))
		}, market.ErrInvalid},
		"a child of nothing": {func(t *testing.T, n *network) cid.Cid {
			return n.add(pbNode(t, 0, []uint64{0}, n.add(raw(t, nil))))
		}, market.ErrInvalid},
		"a child beyond all bounds": {func(t *testing.T, n *network) cid.Cid {
			return n.add(pbNode(t, 1<<63, []uint64{1 << 63}, n.add(small)))
		}, market.ErrInvalid},
		"not UnixFS": {func(t *testing.T, n *network) cid.Cid {
			b := storagetest.Block(t, cid.DagProtobuf, multihash.SHA2_256, []byte("not protobuf"))
			return n.add(content.RawBlock{CID: b.Cid(), Data: b.RawData()})
		}, market.ErrInvalid},
		"a directory": {func(t *testing.T, n *network) cid.Cid {
			dir := unixfs.EmptyDirNode()
			require.NoError(t, dir.SetCidBuilder(cid.V1Builder{Codec: cid.DagProtobuf, MhType: multihash.SHA2_256}))
			return n.add(content.RawBlock{CID: dir.Cid(), Data: dir.RawData()})
		}, market.ErrInvalid},
		"nested too deep": {func(t *testing.T, n *network) cid.Cid {
			c := n.add(small)
			for range 20 {
				c = n.add(pbNode(t, 5, []uint64{5}, c))
			}
			return c
		}, market.ErrInvalid},
		"dag-cbor below a file": {func(t *testing.T, n *network) cid.Cid {
			return n.add(pbNode(t, 4, []uint64{4}, n.add(dagCBOR(t, []byte("\x63abc")))))
		}, market.ErrInvalid},
		"too many children": {func(t *testing.T, n *network) cid.Cid {
			sizes, children := many(9000)
			n.add(small)
			return n.add(pbNode(t, 5*9000, sizes, children...))
		}, market.ErrInvalid},
		"a CID of another kind": {func(t *testing.T, n *network) cid.Cid {
			return storagetest.Block(t, cid.Raw, multihash.SHA2_512, nil).Cid()
		}, market.ErrInvalid},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, n := storagetest.New(t), newNetwork()
			root := c.build(t, n)
			_, err := s.Vault.Fetch(context.Background(), "purchase_1", []cid.Cid{root}, n, 1<<20, nil)
			require.ErrorIs(t, err, c.want)
			if errors.Is(err, market.ErrInvalid) {
				requireEmpty(t, s.Repo.Blocks())
			}
		})
	}
}

// A few blocks that claim to be an astronomical file are a few blocks.
func TestFetchRepeatedLinks(t *testing.T) {
	t.Parallel()
	s, n := storagetest.New(t), newNetwork()
	ctx := context.Background()
	c := n.add(raw(t, []byte("small")))
	size := uint64(5)
	for range 5 {
		sizes, children := make([]uint64, 100), make([]cid.Cid, 100)
		for i := range sizes {
			sizes[i], children[i] = size, c
		}
		size *= 100
		c = n.add(pbNode(t, size, sizes, children...))
	}
	pack, err := s.Vault.Fetch(ctx, "purchase_1", []cid.Cid{c}, n, 1<<20, nil)
	require.NoError(t, err)
	require.Len(t, pack.Blocks, 6)
	s.Record(t, pack)
	// It is no ciphertext, and finding that out takes no longer than for a small one.
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, err = s.Vault.OpenWith(ctx, content.Object{Root: c, PayloadSize: int64(size), Size: int64(size) - 16 - int64(size)/(64<<10+16)*16}, [16]byte{})
	require.Error(t, err)
	require.NoError(t, ctx.Err())
}

func TestFetchOnceAtATime(t *testing.T) {
	t.Parallel()
	s, n := storagetest.New(t), newNetwork()
	root := n.add(raw(t, []byte("text")))
	inside, release := make(chan struct{}), make(chan struct{})
	n.before = func(int) error { close(inside); <-release; return nil }
	var first sync.WaitGroup
	first.Go(func() {
		if _, err := s.Vault.Fetch(context.Background(), "purchase_1", []cid.Cid{root}, n, 100, nil); err != nil {
			t.Error(err)
		}
	})
	<-inside
	_, err := s.Vault.Fetch(context.Background(), "purchase_1", []cid.Cid{root}, n, 100, nil)
	require.ErrorIs(t, err, market.ErrConflict)
	close(release)
	first.Wait()
	require.FileExists(t, filepath.Join(s.Repo.Blocks(), "purchase_1.car"))
}
