package vault

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"filippo.io/age"
	"github.com/ipfs/boxo/blockservice"
	"github.com/ipfs/boxo/blockstore"
	chunker "github.com/ipfs/boxo/chunker"
	"github.com/ipfs/boxo/exchange/offline"
	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs/importer/balanced"
	"github.com/ipfs/boxo/ipld/unixfs/importer/helpers"
	"github.com/ipfs/go-cid"
	ds "github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"privd/market/seal"
	"privd/storage/keys"
)

// The tree is boxo's balanced layout at every number of leaves, full levels and
// lone last children included: same root, same blocks.
func TestTreeIsBoxosBalancedLayout(t *testing.T) {
	t.Parallel()
	const leafSize, width = 10, 3
	for n := 1; n <= 130; n++ {
		payload := make([]byte, n*leafSize-rand.IntN(leafSize))
		for i := range payload {
			payload[i] = byte(rand.Uint32())
		}
		ours := make(map[string][]byte)
		put := func(c cid.Cid, data []byte) error {
			ours[string(c.Hash())] = bytes.Clone(data)
			return nil
		}
		tree := tree{width: width}
		for rest := payload; len(rest) > 0; {
			leaf := rest[:min(leafSize, len(rest))]
			rest = rest[len(leaf):]
			c := rawCID(leaf)
			require.NoError(t, put(c, leaf))
			require.NoError(t, tree.add(link{cid: c, size: uint64(len(leaf)), total: uint64(len(leaf))}, put))
		}
		root, err := tree.finish(put)
		require.NoError(t, err)
		require.EqualValues(t, len(payload), root.size)

		bs := blockstore.NewBlockstore(dssync.MutexWrap(ds.NewMapDatastore()))
		params := helpers.DagBuilderParams{
			Maxlinks: width, RawLeaves: true, Dagserv: merkledag.NewDAGService(blockservice.New(bs, offline.Exchange(bs))),
			CidBuilder: cid.V1Builder{Codec: cid.DagProtobuf, MhType: multihash.SHA2_256},
		}
		builder, err := params.New(chunker.NewSizeSplitter(bytes.NewReader(payload), leafSize))
		require.NoError(t, err)
		theirs, err := balanced.Layout(builder)
		require.NoError(t, err)
		require.Equal(t, theirs.Cid(), root.cid, "%d leaves", n)
		keys, err := bs.AllKeysChan(t.Context())
		require.NoError(t, err)
		count := 0
		for c := range keys {
			require.Contains(t, ours, string(c.Hash()), "%d leaves", n)
			count++
		}
		require.Len(t, ours, count)
	}
}

func rawCID(b []byte) cid.Cid { return cid.NewCidV1(cid.Raw, sha256Hash(b)) }

// age takes the header made for a file key as one of its own, and refuses it for
// any other key.
func TestHeaderFor(t *testing.T) {
	t.Parallel()
	id, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	var file bytes.Buffer
	w, err := age.Encrypt(&file, id.Recipient())
	require.NoError(t, err)
	_, err = w.Write([]byte("content"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	n := keys.HeaderLength(file.Bytes())
	raw, err := age.DecryptHeader(file.Bytes()[:n], id)
	require.NoError(t, err)
	header, err := headerFor(seal.FileKey(raw))
	require.NoError(t, err)
	extracted, err := age.ExtractHeader(bytes.NewReader(header))
	require.NoError(t, err)
	require.Equal(t, header, extracted, "it is in canonical form")

	open := func(key []byte) (io.Reader, error) {
		return age.Decrypt(io.MultiReader(bytes.NewReader(header), bytes.NewReader(file.Bytes()[n:])), age.NewInjectedFileKeyIdentity(key))
	}
	r, err := open(raw)
	require.NoError(t, err)
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "content", string(got))
	raw[3] ^= 1
	_, err = open(raw)
	require.Error(t, err)
}

// However the header is cut into reads, header and payload come out whole; and
// what has none is refused after a bounded number of bytes.
func FuzzCutHeader(f *testing.F) {
	f.Add([]byte("age-encryption.org/v1\n-> a b\nbody\n--- mac\npayload"))
	f.Add([]byte("no header at all"))
	f.Add(bytes.Repeat([]byte("x"), maxHeader+10))
	f.Add([]byte("\n--- \n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		want := keys.HeaderLength(file)
		for _, r := range []io.Reader{bytes.NewReader(file), iotest.OneByteReader(bytes.NewReader(file)), iotest.DataErrReader(bytes.NewReader(file))} {
			header, payload, err := cutHeader(r)
			if want < 0 || want > maxHeader {
				require.Error(t, err)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, file[:want], header)
			rest, err := io.ReadAll(payload)
			require.NoError(t, err)
			require.True(t, bytes.Equal(file[want:], rest))
		}
		broken := errors.New("broken")
		if want < 0 && len(file) < maxHeader {
			_, _, err := cutHeader(io.MultiReader(bytes.NewReader(file), iotest.ErrReader(broken)))
			require.ErrorIs(t, err, broken)
		}
	})
}

// A node from anywhere is refused or consistent.
func FuzzParseNode(f *testing.F) {
	leaf := rawCID([]byte("leaf"))
	for _, children := range [][]link{{{cid: leaf, size: 4, total: 4}}, {{cid: leaf, size: 4, total: 4}, {cid: leaf, size: 4, total: 4}}} {
		_, err := node(children, func(_ cid.Cid, data []byte) error { f.Add(data); return nil })
		require.NoError(f, err)
	}
	f.Add(merkledag.NodeWithData([]byte("\x08\x02\x12\x04data\x18\x04")).RawData())
	f.Fuzz(func(t *testing.T, block []byte) {
		n, err := parseNode(block)
		if err != nil {
			return
		}
		require.Len(t, n.ends, len(n.links))
		require.LessOrEqual(t, len(n.links), maxFanOut)
		require.GreaterOrEqual(t, n.size(), int64(0))
		require.LessOrEqual(t, n.size(), int64(maxFile))
		at := int64(0)
		for i, end := range n.ends {
			require.Greater(t, end, at)
			require.NoError(t, checkCID(n.links[i]))
			at = end
		}
	})
}
