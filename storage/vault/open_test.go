package vault_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/content"
	"privd/market/seal"
	"privd/storage/blocks"
	"privd/storage/storagetest"
)

// Any way of reading gives the bytes that are there: in order, at random places,
// after seeking, by many at once.
func TestReadAnywhere(t *testing.T) {
	t.Parallel()
	s := storagetest.New(t)
	plain := random(7, 9<<20+4321)
	stored := store(t, s, "contrib_1", plain)
	r, err := s.Vault.Open(context.Background(), "contrib_1", stored.Object)
	require.NoError(t, err)
	require.EqualValues(t, len(plain), r.Size())

	var readers sync.WaitGroup
	for seed := range uint64(4) {
		readers.Go(func() {
			dice := rand.New(rand.NewPCG(seed, 1))
			buf := make([]byte, 200_000)
			for range 40 {
				at := dice.IntN(len(plain))
				want := plain[at:min(len(plain), at+dice.IntN(len(buf)))]
				n, err := r.ReadAt(buf[:len(want)], int64(at))
				if err != nil && err != io.EOF || !bytes.Equal(want, buf[:n]) {
					t.Errorf("at %d: %d bytes of %d, %v", at, n, len(want), err)
				}
			}
		})
	}
	readers.Wait()

	dice := rand.New(rand.NewPCG(9, 9))
	for range 40 {
		at := int64(dice.IntN(len(plain)))
		for whence, offset := range map[int]int64{io.SeekStart: at, io.SeekEnd: at - int64(len(plain))} {
			got, err := r.Seek(offset, whence)
			require.NoError(t, err)
			require.Equal(t, at, got)
		}
		part := make([]byte, min(len(plain)-int(at), dice.IntN(300_000)))
		_, err := io.ReadFull(r, part)
		require.NoError(t, err)
		require.True(t, bytes.Equal(plain[at:int(at)+len(part)], part))
		back, err := r.Seek(-int64(len(part)), io.SeekCurrent)
		require.NoError(t, err)
		require.Equal(t, at, back)
	}
	_, err = r.Seek(-1, io.SeekStart)
	require.Error(t, err)
	_, err = r.Seek(1<<40, io.SeekStart)
	require.NoError(t, err)
	_, err = r.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err)
	_, err = r.ReadAt(make([]byte, 1), r.Size())
	require.Equal(t, io.EOF, err)
	_, err = r.ReadAt(make([]byte, 1), -1)
	require.Error(t, err)
	n, err := r.ReadAt(make([]byte, 10), r.Size()-4)
	require.Equal(t, io.EOF, err)
	require.Equal(t, 4, n)

	_, err = r.Seek(5, io.SeekStart)
	require.NoError(t, err)
	var out bytes.Buffer
	_, err = io.Copy(&out, r)
	require.NoError(t, err)
	require.True(t, bytes.Equal(plain[5:], out.Bytes()))
	require.NoError(t, r.Close())
	require.NoError(t, r.Close(), "closing twice is fine")
	_, err = r.Read(make([]byte, 1))
	require.Error(t, err)
}

// A flipped bit in any block, a block that is cut short, a wrong key, a wrong size:
// an error each time, and never a wrong byte before it.
func TestOpenDamaged(t *testing.T) {
	t.Parallel()
	s := storagetest.New(t)
	ctx := context.Background()
	plain := random(3, 3<<20+5)
	stored := store(t, s, "contrib_1", plain)
	path := filepath.Join(s.Repo.Blocks(), "contrib_1.car")
	for i, b := range stored.Pack.Blocks {
		t.Run(fmt.Sprint("block ", i), func(t *testing.T) {
			flip(t, path, b.Offset+int64(b.Length)/2)
			defer flip(t, path, b.Offset+int64(b.Length)/2)
			r, err := s.Vault.Open(ctx, "contrib_1", stored.Object)
			if err != nil {
				require.ErrorIs(t, err, blocks.ErrDamaged)
				return
			}
			got, err := io.ReadAll(r)
			require.ErrorIs(t, err, blocks.ErrDamaged)
			require.True(t, bytes.Equal(plain[:len(got)], got))
			require.NoError(t, r.Close())
		})
	}
	key, err := s.Vault.FileKey(ctx, "contrib_1")
	require.NoError(t, err)
	wrong := key
	wrong[0] ^= 1
	bad := map[string]struct {
		object func(o content.Object) content.Object
		key    seal.FileKey
	}{
		"wrong key":       {func(o content.Object) content.Object { return o }, wrong},
		"longer":          {func(o content.Object) content.Object { o.Size++; return o }, key},
		"shorter":         {func(o content.Object) content.Object { o.Size--; return o }, key},
		"payload longer":  {func(o content.Object) content.Object { o.PayloadSize++; return o }, key},
		"payload shorter": {func(o content.Object) content.Object { o.PayloadSize--; return o }, key},
		"cut at a chunk": {func(o content.Object) content.Object {
			o.Size, o.PayloadSize = 64<<10, 16+64<<10+16
			return o
		}, key},
		"empty":          {func(o content.Object) content.Object { o.Size = 0; return o }, key},
		"only a nonce":   {func(o content.Object) content.Object { o.Size, o.PayloadSize = 1, 16; return o }, key},
		"no root":        {func(o content.Object) content.Object { return content.Object{Size: 1, PayloadSize: 40} }, key},
		"a leaf as root": {func(o content.Object) content.Object { o.Root = leafOf(stored); return o }, key},
	}
	for name, c := range bad {
		t.Run(name, func(t *testing.T) {
			_, err := s.Vault.OpenWith(ctx, c.object(stored.Object), c.key)
			require.Error(t, err)
			require.NotContains(t, err.Error(), string(key[:]))
		})
	}
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

// Erasing destroys key and pack; what is erased is NotFound, and erasing it again
// is fine.
func TestErase(t *testing.T) {
	t.Parallel()
	s := storagetest.New(t)
	ctx := context.Background()
	plain := random(1, 2<<20)
	stored := store(t, s, "contrib_1", plain)
	key, err := s.Vault.FileKey(ctx, "contrib_1")
	require.NoError(t, err)
	open, err := s.Vault.Open(ctx, "contrib_1", stored.Object)
	require.NoError(t, err)
	require.NoError(t, s.Vault.Erase(ctx, "contrib_1"))
	_, err = s.Vault.FileKey(ctx, "contrib_1")
	require.ErrorIs(t, err, market.ErrNotFound)
	_, err = s.Vault.Open(ctx, "contrib_1", stored.Object)
	require.ErrorIs(t, err, market.ErrNotFound)
	_, err = s.Vault.OpenWith(ctx, stored.Object, key)
	require.ErrorIs(t, err, market.ErrNotFound, "the blocks are gone too")
	require.NoError(t, s.Vault.Erase(ctx, "contrib_1"))
	requireEmpty(t, s.Repo.Blocks())
	requireEmpty(t, s.Repo.Keys())
	// A download under way ends with an error or what it had, never with something
	// else.
	got, _ := io.ReadAll(open)
	require.True(t, bytes.Equal(plain[:len(got)], got))
	require.NoError(t, open.Close())
}

func TestBlocksOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := storagetest.New(t)
	ctx := context.Background()
	a, b := dagCBOR(t, []byte("\x63one")), dagCBOR(t, []byte("\x63two"))
	_, err := s.Vault.StoreBlock(ctx, "listing_1.1.manifest", a.CID, a.Data)
	require.NoError(t, err)
	_, err = s.Vault.Block(ctx, a.CID, 1<<20)
	require.ErrorIs(t, err, market.ErrNotFound, "not recorded yet")
	pack, err := s.Vault.StoreBlock(ctx, "listing_1.1.manifest", b.CID, b.Data)
	require.NoError(t, err, "what was never recorded may be replaced")
	s.Record(t, pack)
	got, err := s.Vault.Block(ctx, b.CID, int64(len(b.Data)))
	require.NoError(t, err)
	require.Equal(t, b.Data, got)
	_, err = s.Vault.Block(ctx, b.CID, int64(len(b.Data))-1)
	require.ErrorIs(t, err, market.ErrTooLarge)
	again, err := s.Vault.StoreBlock(ctx, "listing_1.1.manifest", b.CID, b.Data)
	require.NoError(t, err)
	require.Equal(t, pack, again)
	_, err = s.Vault.StoreBlock(ctx, "listing_1.1.manifest", a.CID, a.Data)
	require.ErrorIs(t, err, market.ErrConflict)
	_, err = s.Vault.StoreBlock(ctx, "x", a.CID, b.Data)
	require.ErrorIs(t, err, market.ErrInvalid)
	require.NoError(t, s.Vault.Discard("never there"[:5]))
}
