package blocks_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/boxo/blockstore"
	"github.com/ipfs/go-cid"
	ds "github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
	ipld "github.com/ipfs/go-ipld-format"
	car "github.com/ipld/go-car/v2"
	carstore "github.com/ipld/go-car/v2/blockstore"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/content"
	"privd/storage/blocks"
	"privd/storage/storagetest"
)

func TestBlockstore(t *testing.T) {
	t.Parallel()
	storagetest.Blockstore(t, func(t *testing.T) blockstore.Blockstore { return storagetest.New(t).Blocks })
}

func TestBlockstoreInMemory(t *testing.T) {
	t.Parallel()
	storagetest.Blockstore(t, func(*testing.T) blockstore.Blockstore {
		return blockstore.NewBlockstore(dssync.MutexWrap(ds.NewMapDatastore()))
	})
}

// write makes a pack of the given texts; the first is its root.
func write(tb testing.TB, s *storagetest.Stack, id string, texts ...string) (content.Pack, []cid.Cid) {
	tb.Helper()
	w, err := s.Blocks.Create(id, 1)
	require.NoError(tb, err)
	var cids []cid.Cid
	for _, text := range texts {
		b := storagetest.Block(tb, cid.Raw, multihash.SHA2_256, []byte(text))
		require.NoError(tb, w.Append(b.Cid(), b.RawData()))
		cids = append(cids, b.Cid())
	}
	pack, err := w.Commit(cids[:1])
	require.NoError(tb, err)
	return pack, cids
}

func packPath(s *storagetest.Stack, id string) string {
	return filepath.Join(s.Repo.Blocks(), id+".car")
}

// A pack is a CARv2 that go-car reads by itself: header, roots, blocks, index.
func TestPackIsCAR(t *testing.T) {
	t.Parallel()
	s := storagetest.New(t)
	texts := []string{"one", "two", string(bytes.Repeat([]byte("three"), 200_000)), "one"}
	pack, cids := write(t, s, "p", texts...)
	require.Len(t, pack.Blocks, 3, "a block that is there twice is written once")

	r, err := car.OpenReader(packPath(s, "p"))
	require.NoError(t, err)
	roots, err := r.Roots()
	require.NoError(t, err)
	require.Equal(t, cids[:1], roots)
	stats, err := r.Inspect(true)
	require.NoError(t, err)
	require.EqualValues(t, 3, stats.BlockCount)
	require.True(t, stats.RootsPresent)
	require.NotZero(t, stats.IndexCodec)
	require.NoError(t, r.Close())

	ro, err := carstore.OpenReadOnly(packPath(s, "p"))
	require.NoError(t, err)
	for i, c := range cids {
		b, err := ro.Get(context.Background(), c)
		require.NoError(t, err)
		require.Equal(t, texts[i], string(b.RawData()))
	}
	require.NoError(t, ro.Close())
	info, err := os.Stat(packPath(s, "p"))
	require.NoError(t, err)
	require.Equal(t, pack.Size, info.Size())
	require.EqualValues(t, 0o600, info.Mode().Perm())
}

// A leaf that is there already, even as the last one, leaves no trace.
func TestAppendLeaf(t *testing.T) {
	t.Parallel()
	s := storagetest.New(t)
	w, err := s.Blocks.Create("p", 1)
	require.NoError(t, err)
	long, short := bytes.Repeat([]byte("long"), 300_000), []byte("short")
	var roots []cid.Cid
	for _, leaf := range [][]byte{short, long, short, long} {
		c, err := w.AppendLeaf(leaf)
		require.NoError(t, err)
		require.Equal(t, storagetest.Block(t, cid.Raw, multihash.SHA2_256, leaf).Cid(), c)
		got, err := w.Read(c, nil)
		require.NoError(t, err)
		require.True(t, bytes.Equal(leaf, got))
		roots = append(roots, c)
	}
	_, err = w.AppendLeaf(make([]byte, blocks.MaxBlock+1))
	require.ErrorIs(t, err, market.ErrTooLarge)
	pack, err := w.Commit(roots[:1])
	require.NoError(t, err)
	require.Len(t, pack.Blocks, 2)
	require.NoError(t, s.Blocks.VerifyPack(context.Background(), pack, func(_ content.Block, err error) { require.NoError(t, err) }))
	r, err := car.OpenReader(packPath(s, "p"))
	require.NoError(t, err)
	stats, err := r.Inspect(true)
	require.NoError(t, err)
	require.EqualValues(t, 2, stats.BlockCount)
	require.NoError(t, r.Close())
}

// A pack is invisible until it is recorded and invisible again once removed; a
// block two packs have stays.
func TestRemove(t *testing.T) {
	t.Parallel()
	s, ctx := storagetest.New(t), context.Background()
	p1, c1 := write(t, s, "p1", "shared", "own")
	p2, _ := write(t, s, "p2", "shared")
	_, err := s.Blocks.Get(ctx, c1[0])
	require.True(t, ipld.IsNotFound(err))
	s.Record(t, p1)
	s.Record(t, p2)
	require.NoError(t, s.Blocks.Remove(ctx, "p1"))
	require.NoFileExists(t, packPath(s, "p1"))
	_, err = s.Blocks.Get(ctx, c1[1])
	require.True(t, ipld.IsNotFound(err))
	got, err := s.Blocks.Get(ctx, c1[0])
	require.NoError(t, err)
	require.Equal(t, "shared", string(got.RawData()))
	require.NoError(t, s.Blocks.Remove(ctx, "p1"), "removing what is gone is fine")
	require.ErrorIs(t, s.Blocks.Remove(ctx, "../p2"), market.ErrInvalid)
}

// A flipped bit anywhere in a block is an error; another copy is used instead when
// there is one.
func TestDamage(t *testing.T) {
	t.Parallel()
	s, ctx := storagetest.New(t), context.Background()
	p1, cids := write(t, s, "p1", "precious", "other")
	s.Record(t, p1)
	for i := range int64(p1.Blocks[0].Length) {
		flip(t, packPath(s, "p1"), p1.Blocks[0].Offset+i)
		_, err := s.Blocks.Get(ctx, cids[0])
		require.ErrorIs(t, err, blocks.ErrDamaged)
		require.ErrorContains(t, err, "p1")
		flip(t, packPath(s, "p1"), p1.Blocks[0].Offset+i)
	}
	_, err := s.Blocks.Get(ctx, cids[0])
	require.NoError(t, err)

	p2, _ := write(t, s, "p2", "precious")
	s.Record(t, p2)
	flip(t, packPath(s, "p1"), p1.Blocks[0].Offset)
	got, err := s.Blocks.Get(ctx, cids[0])
	require.NoError(t, err, "the other copy is whole")
	require.Equal(t, "precious", string(got.RawData()))

	require.NoError(t, os.Truncate(packPath(s, "p1"), p1.Blocks[1].Offset+1))
	_, err = s.Blocks.Get(ctx, cids[1])
	require.ErrorIs(t, err, blocks.ErrDamaged)
	s.Reopen(t)
	require.NoError(t, os.Remove(packPath(s, "p1")))
	_, err = s.Blocks.Get(ctx, cids[1])
	require.ErrorIs(t, err, blocks.ErrDamaged, "a pack that is recorded and has no file is damage")
}

func flip(tb testing.TB, path string, at int64) {
	tb.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(tb, err)
	var b [1]byte
	_, err = f.ReadAt(b[:], at)
	require.NoError(tb, err)
	b[0] ^= 0x10
	_, err = f.WriteAt(b[:], at)
	require.NoError(tb, err)
	require.NoError(tb, f.Close())
}

func TestPutChecksBytes(t *testing.T) {
	t.Parallel()
	s, ctx := storagetest.New(t), context.Background()
	lie := fakeBlock{storagetest.Block(t, cid.Raw, multihash.SHA2_256, []byte("true")).Cid()}
	require.ErrorIs(t, s.Blocks.Put(ctx, lie), blocks.ErrDamaged)
	big := storagetest.Block(t, cid.Raw, multihash.SHA2_256, make([]byte, blocks.MaxBlock+1))
	require.ErrorIs(t, s.Blocks.Put(ctx, big), market.ErrTooLarge)
	entries, err := os.ReadDir(s.Repo.Blocks())
	require.NoError(t, err)
	require.Empty(t, entries)
}

type fakeBlock struct{ c cid.Cid }

func (f fakeBlock) Cid() cid.Cid             { return f.c }
func (f fakeBlock) RawData() []byte          { return []byte("false") }
func (f fakeBlock) String() string           { return "" }
func (f fakeBlock) Loggable() map[string]any { return nil }

// More packs than may be open at once, read and removed by many at the same time.
func TestOpenFilesAreBounded(t *testing.T) {
	t.Parallel()
	s, ctx := storagetest.New(t), context.Background()
	store, err := blocks.Open(blocks.Options{Dir: s.Repo.Blocks(), Records: s.Records, MaxOpen: 2})
	require.NoError(t, err)
	const n = 10
	roots := make([]cid.Cid, n)
	for i := range n {
		p, cids := write(t, s, fmt.Sprint("p", i), fmt.Sprint("text ", i))
		s.Record(t, p)
		roots[i] = cids[0]
	}
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := range 20 * n {
				b, err := store.Get(ctx, roots[(i*7+w)%n])
				if err == nil && string(b.RawData()) != fmt.Sprint("text ", (i*7+w)%n) {
					t.Errorf("got %q", b.RawData())
				}
				if err != nil && !ipld.IsNotFound(err) {
					t.Error(err)
				}
			}
		})
	}
	for i := range n / 2 {
		require.NoError(t, store.Remove(ctx, fmt.Sprint("p", i)))
	}
	all.Wait()
	require.NoError(t, store.Close())
}

// Sweep removes packs that were never recorded and temporary files, keeps what is
// recorded and fetches that may be taken up again, and names what is missing.
func TestSweep(t *testing.T) {
	t.Parallel()
	s, ctx := storagetest.New(t), context.Background()
	kept, cids := write(t, s, "kept", "a")
	s.Record(t, kept)
	write(t, s, "unrecorded", "b")
	lost, _ := write(t, s, "lost", "c")
	s.Record(t, lost)
	require.NoError(t, os.Remove(packPath(s, "lost")))
	w, err := s.Blocks.Create("halfway", 1)
	require.NoError(t, err)
	b := storagetest.Block(t, cid.Raw, multihash.SHA2_256, []byte("half"))
	require.NoError(t, w.Append(b.Cid(), b.RawData()))
	w, err = s.Blocks.Resume("fetch", 1)
	require.NoError(t, err)
	require.NoError(t, w.Append(b.Cid(), b.RawData()))
	require.NoError(t, w.Suspend())
	temp := filepath.Join(s.Repo.Blocks(), "x.car.123.tmp")
	require.NoError(t, os.WriteFile(temp, nil, 0o600))

	swept, err := s.Blocks.Sweep(ctx, time.Now())
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"unrecorded", "halfway"}, swept.Removed)
	require.Equal(t, []string{"lost"}, swept.Missing)
	require.NoFileExists(t, temp)
	_, err = s.Blocks.Get(ctx, cids[0])
	require.NoError(t, err)
	partial := filepath.Join(s.Repo.Blocks(), "fetch.partial")
	require.FileExists(t, partial)
	_, err = s.Blocks.Sweep(ctx, time.Now().Add(15*24*time.Hour))
	require.NoError(t, err)
	require.NoFileExists(t, partial, "nobody took it up again")
}

// Records that do not belong to the blocks must not get the blocks removed.
func TestSweepRefusesToRemoveEverything(t *testing.T) {
	t.Parallel()
	s := storagetest.New(t)
	for i := range 65 {
		require.NoError(t, os.WriteFile(packPath(s, fmt.Sprint("p", i)), []byte("pack"), 0o600))
	}
	_, err := s.Blocks.Sweep(context.Background(), time.Now())
	require.ErrorIs(t, err, market.ErrConflict)
	require.FileExists(t, packPath(s, "p0"))
}

// A writer that is taken up again keeps the whole sections before the first that
// is cut short or damaged.
func TestResume(t *testing.T) {
	t.Parallel()
	texts := []string{"first", "second", "third"}
	harm := map[string]struct {
		do   func(t *testing.T, path string, end int64)
		kept int
	}{
		"nothing":                {func(*testing.T, string, int64) {}, 3},
		"cut in the last":        {func(t *testing.T, p string, end int64) { require.NoError(t, os.Truncate(p, end-2)) }, 2},
		"last damaged":           {func(t *testing.T, p string, end int64) { flip(t, p, end-1) }, 2},
		"cut in a header":        {func(t *testing.T, p string, end int64) { require.NoError(t, os.Truncate(p, end-20)) }, 2},
		"garbage behind":         {func(t *testing.T, p string, end int64) { grow(t, p, "\x05garb") }, 3},
		"zeros behind":           {func(t *testing.T, p string, end int64) { grow(t, p, "\x00\x00\x00") }, 3},
		"a length beyond bounds": {func(t *testing.T, p string, end int64) { grow(t, p, "\xff\xff\xff\xff\xff\xff\xff\xff\x7f") }, 3},
	}
	for name, h := range harm {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := storagetest.New(t)
			w, err := s.Blocks.Resume("f", 1)
			require.NoError(t, err)
			var cids []cid.Cid
			for _, text := range texts {
				b := storagetest.Block(t, cid.Raw, multihash.SHA2_256, []byte(text))
				cids = append(cids, b.Cid())
				require.NoError(t, w.Append(b.Cid(), b.RawData()))
			}
			require.NoError(t, w.Suspend())
			path := filepath.Join(s.Repo.Blocks(), "f.partial")
			info, err := os.Stat(path)
			require.NoError(t, err)
			h.do(t, path, info.Size())

			w, err = s.Blocks.Resume("f", 1)
			require.NoError(t, err)
			for i, c := range cids {
				require.Equal(t, i < h.kept, w.Has(c), texts[i])
			}
			for i, c := range cids {
				require.NoError(t, w.Append(c, []byte(texts[i])))
			}
			pack, err := w.Commit(cids[:1])
			require.NoError(t, err)
			s.Record(t, pack)
			for i, c := range cids {
				got, err := s.Blocks.Get(context.Background(), c)
				require.NoError(t, err)
				require.Equal(t, texts[i], string(got.RawData()))
			}
			require.NoFileExists(t, path)
		})
	}
}

func grow(tb testing.TB, path, tail string) {
	tb.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	require.NoError(tb, err)
	_, err = f.WriteString(tail)
	require.NoError(tb, errors.Join(err, f.Close()))
}

// Whatever is in an unfinished file, taking it up again neither fails nor panics.
func FuzzResume(f *testing.F) {
	s := storagetest.New(f)
	f.Add([]byte("\x26\x01\x55\x12\x20"))
	f.Add([]byte{})
	b := storagetest.Block(f, cid.Raw, multihash.SHA2_256, []byte("text"))
	section := append([]byte{byte(len(b.Cid().Bytes()) + 4)}, append(b.Cid().Bytes(), "text"...)...)
	f.Add(section)
	f.Add(append(section, section...))
	w, err := s.Blocks.Resume("probe", 1)
	require.NoError(f, err)
	require.NoError(f, w.Append(b.Cid(), b.RawData()))
	require.NoError(f, w.Suspend())
	raw, err := os.ReadFile(filepath.Join(s.Repo.Blocks(), "probe.partial"))
	require.NoError(f, err)
	front := len(raw) - len(section)
	f.Fuzz(func(t *testing.T, tail []byte) {
		path := filepath.Join(s.Repo.Blocks(), "fuzz.partial")
		require.NoError(t, os.WriteFile(path, append(make([]byte, front), tail...), 0o600))
		w, err := s.Blocks.Resume("fuzz", 1)
		require.NoError(t, err)
		require.NoError(t, w.Abort())
	})
}

func TestVerifyPack(t *testing.T) {
	t.Parallel()
	s, ctx := storagetest.New(t), context.Background()
	p, _ := write(t, s, "p", "one", "two")
	bad := 0
	count := func(_ content.Block, err error) {
		if err != nil {
			bad++
		}
	}
	require.NoError(t, s.Blocks.VerifyPack(ctx, p, count))
	require.Zero(t, bad)
	flip(t, packPath(s, "p"), p.Blocks[1].Offset)
	require.NoError(t, s.Blocks.VerifyPack(ctx, p, count))
	require.Equal(t, 1, bad)
	flip(t, packPath(s, "p"), 3)
	require.ErrorIs(t, s.Blocks.VerifyPack(ctx, p, count), blocks.ErrDamaged, "the CAR header counts too")
	require.NoError(t, os.Truncate(packPath(s, "p"), p.Size-1))
	require.ErrorIs(t, s.Blocks.VerifyPack(ctx, p, count), blocks.ErrDamaged)
	require.NoError(t, os.Remove(packPath(s, "p")))
	require.ErrorIs(t, s.Blocks.VerifyPack(ctx, p, count), os.ErrNotExist)
}
