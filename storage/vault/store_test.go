package vault_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
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
	uio "github.com/ipfs/boxo/ipld/unixfs/io"
	"github.com/ipfs/go-cid"
	ds "github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/content"
	"privd/storage/storagetest"
	"privd/storage/vault"
)

// random returns n bytes that look random and are the same for the same seed.
func random(seed uint64, n int) []byte {
	b := make([]byte, n)
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	_, _ = rand.NewChaCha8(key).Read(b)
	return b
}

func store(tb testing.TB, s *storagetest.Stack, id string, plain []byte) content.Stored {
	tb.Helper()
	stored, err := s.Vault.Store(context.Background(), id, bytes.NewReader(plain))
	require.NoError(tb, err)
	s.Record(tb, stored.Pack)
	return stored
}

func readAll(tb testing.TB, r content.Reader, err error) []byte {
	tb.Helper()
	require.NoError(tb, err)
	got, err := io.ReadAll(r)
	require.NoError(tb, err)
	require.NoError(tb, r.Close())
	return got
}

// sizes around the edges of chunks, leaves and buffers.
var sizes = []int{1, 15, 64<<10 - 1, 64 << 10, 64<<10 + 1, 256 << 10, 1<<20 - 272, 1<<20 - 271, 1 << 20, 1<<20 + 1, 3<<20 + 12345, 9 << 20}

func TestStoreAndOpen(t *testing.T) {
	t.Parallel()
	s := storagetest.New(t)
	ctx := context.Background()
	for i, size := range sizes {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			plain := random(uint64(i), size)
			id := fmt.Sprintf("contrib_%d", i)
			stored := store(t, s, id, plain)
			require.EqualValues(t, size, stored.Object.Size)

			r, err := s.Vault.Open(ctx, id, stored.Object)
			require.True(t, bytes.Equal(plain, readAll(t, r, err)), "Open returns what was stored")
			key, err := s.Vault.FileKey(ctx, id)
			require.NoError(t, err)
			r, err = s.Vault.OpenWith(ctx, stored.Object, key)
			require.True(t, bytes.Equal(plain, readAll(t, r, err)), "OpenWith returns what was stored")
		})
	}
}

// The payload behind the stored header is an age file that age itself opens, and
// its DAG is the one boxo's importer makes of the same bytes.
func TestStoreIsAgeAndUnixFS(t *testing.T) {
	t.Parallel()
	s := storagetest.New(t)
	ctx := context.Background()
	for i, size := range []int{10, 1 << 20, 5<<20 + 77} {
		plain := random(uint64(i), size)
		id := fmt.Sprintf("contrib_%d", i)
		stored := store(t, s, id, plain)

		dags := merkledag.NewDAGService(blockservice.New(s.Blocks, offline.Exchange(s.Blocks)))
		root, err := dags.Get(ctx, stored.Object.Root)
		require.NoError(t, err)
		dag, err := uio.NewDagReader(ctx, root, dags)
		require.NoError(t, err)
		payload, err := io.ReadAll(dag)
		require.NoError(t, err)
		require.EqualValues(t, stored.Object.PayloadSize, len(payload))

		header, err := os.ReadFile(filepath.Join(s.Repo.Keys(), id+".age"))
		require.NoError(t, err)
		opened, err := age.Decrypt(io.MultiReader(bytes.NewReader(header), bytes.NewReader(payload)), s.Identity)
		require.NoError(t, err)
		got, err := io.ReadAll(opened)
		require.NoError(t, err)
		require.True(t, bytes.Equal(plain, got), "age opens header and payload")

		require.Equal(t, boxoRoot(t, payload, vault.LeafSize), stored.Object.Root, "boxo makes the same DAG")
	}
}

func boxoRoot(tb testing.TB, payload []byte, leaf int64) cid.Cid {
	tb.Helper()
	bs := blockstore.NewBlockstore(dssync.MutexWrap(ds.NewMapDatastore()))
	params := helpers.DagBuilderParams{
		Maxlinks: 1024, RawLeaves: true, Dagserv: merkledag.NewDAGService(blockservice.New(bs, offline.Exchange(bs))),
		CidBuilder: cid.V1Builder{Codec: cid.DagProtobuf, MhType: multihash.SHA2_256},
	}
	builder, err := params.New(chunker.NewSizeSplitter(bytes.NewReader(payload), leaf))
	require.NoError(tb, err)
	root, err := balanced.Layout(builder)
	require.NoError(tb, err)
	return root.Cid()
}

// What fails leaves neither pack nor key, and says why.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	cut := errors.New("connection reset")
	cases := []struct {
		name string
		r    io.Reader
		want error
	}{
		{"empty", bytes.NewReader(nil), market.ErrInvalid},
		{"reader fails at once", iotest.ErrReader(cut), cut},
		{"reader fails late", io.MultiReader(bytes.NewReader(random(1, 5<<20)), iotest.ErrReader(cut)), cut},
		// A body that was cut short must not be taken for a short file.
		{"body cut short", io.MultiReader(bytes.NewReader(random(1, 3<<20+5)), iotest.ErrReader(io.ErrUnexpectedEOF)), io.ErrUnexpectedEOF},
		{"no progress", stuck{}, io.ErrNoProgress},
	}
	s := storagetest.New(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.Vault.Store(context.Background(), "contrib_1", c.r)
			require.ErrorIs(t, err, c.want)
			requireEmpty(t, s.Repo.Blocks())
			requireEmpty(t, s.Repo.Keys())
		})
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func requireEmpty(tb testing.TB, dir string) {
	tb.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(tb, err)
	for _, e := range entries {
		require.Fail(tb, "left behind", "%s in %s", e.Name(), dir)
	}
}

func TestStoreCancelled(t *testing.T) {
	t.Parallel()
	s := storagetest.New(t)
	ctx, cancel := context.WithCancel(context.Background())
	// The context ends while 4 MiB have been read.
	r := io.MultiReader(bytes.NewReader(random(1, 4<<20)), onRead(cancel), bytes.NewReader(random(2, 64<<20)))
	_, err := s.Vault.Store(ctx, "contrib_1", r)
	require.ErrorIs(t, err, context.Canceled)
	requireEmpty(t, s.Repo.Blocks())
	requireEmpty(t, s.Repo.Keys())
}

type onRead func()

func (f onRead) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}

// A name that is taken is a conflict, and what has it stays as it was.
func TestStoreTaken(t *testing.T) {
	t.Parallel()
	s := storagetest.New(t)
	ctx := context.Background()
	plain := random(1, 1000)
	stored := store(t, s, "contrib_1", plain)
	_, err := s.Vault.Store(ctx, "contrib_1", bytes.NewReader(random(2, 10)))
	require.ErrorIs(t, err, market.ErrConflict)
	r, err := s.Vault.Open(ctx, "contrib_1", stored.Object)
	require.Equal(t, plain, readAll(t, r, err))

	require.ErrorIs(t, s.Vault.Discard("contrib_1"), market.ErrConflict, "a recorded pack is not discarded")
	for _, bad := range []string{"", "../x", "a/b", "a\x00b", ".hidden", strings.Repeat("a", 200)} {
		_, err := s.Vault.Store(ctx, bad, bytes.NewReader(plain))
		require.ErrorIs(t, err, market.ErrInvalid, "%q", bad)
	}
}

// Plaintext reaches the disk at no moment: neither while it is stored nor after.
func TestPlaintextStaysOffTheDisk(t *testing.T) {
	t.Parallel()
	s := storagetest.New(t)
	const marker = "THIS IS PLAINTEXT, AND IT MUST NOT BE FOUND. "
	plain := bytes.Repeat([]byte(marker), 9<<20/len(marker))
	scans := 0
	scan := func() { requireAbsent(t, string(s.Repo.Dir), marker); scans++ }
	half := len(plain) / 2
	r := io.MultiReader(bytes.NewReader(plain[:half]), onRead(scan), bytes.NewReader(plain[half:]), onRead(scan))
	stored, err := s.Vault.Store(context.Background(), "contrib_1", r)
	require.NoError(t, err)
	scan()
	s.Record(t, stored.Pack)
	got, err := s.Vault.Open(context.Background(), "contrib_1", stored.Object)
	require.True(t, bytes.Equal(plain, readAll(t, got, err)))
	s.Reopen(t)
	scan()
	require.Equal(t, 4, scans)
}

func requireAbsent(tb testing.TB, dir, marker string) {
	tb.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		require.False(tb, bytes.Contains(b, []byte(marker[:24])), "plaintext in %s", path)
		return err
	})
	require.NoError(tb, err)
}
