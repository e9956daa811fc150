package keys_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/content"
	"privd/storage/keys"
	"privd/storage/storagetest"
)

var identity = sync.OnceValues(age.GenerateHybridIdentity)

func newRing(tb testing.TB) (*keys.Ring, string) {
	tb.Helper()
	id, err := identity()
	require.NoError(tb, err)
	dir := filepath.Join(tb.TempDir(), "keys")
	r, err := keys.Open(dir, id)
	require.NoError(tb, err)
	return r, dir
}

func TestKeyring(t *testing.T) {
	t.Parallel()
	storagetest.Keyring(t, func(t *testing.T) content.Keyring {
		r, _ := newRing(t)
		return r
	})
}

// A secret is on the disk encrypted to the post-quantum identity, readable by its
// owner only, and gone after Destroy.
func TestSecretOnDisk(t *testing.T) {
	t.Parallel()
	r, dir := newRing(t)
	ctx := context.Background()
	secret := []byte("a secret that is easily found")
	require.NoError(t, r.Put(ctx, "listing_1.1", secret))
	path := filepath.Join(dir, "listing_1.1.age")
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	require.False(t, bytes.Contains(file, secret))
	require.Contains(t, string(file), "mlkem768x25519")
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())

	// A second name for the same bytes shows that they were overwritten, not only
	// unlinked.
	witness := filepath.Join(t.TempDir(), "witness")
	require.NoError(t, os.Link(path, witness))
	require.NoError(t, r.Destroy(ctx, "listing_1.1"))
	require.NoFileExists(t, path)
	after, err := os.ReadFile(witness)
	require.NoError(t, err)
	require.Len(t, after, len(file))
	require.False(t, bytes.Contains(after, file[:64]), "overwritten before it was unlinked")
}

// The header of an age file opens to its file key; a destroyed one does not, even
// though it was opened before.
func TestFileKeys(t *testing.T) {
	t.Parallel()
	r, _ := newRing(t)
	ctx := context.Background()
	id, err := identity()
	require.NoError(t, err)
	var file bytes.Buffer
	w, err := age.Encrypt(&file, id.Recipient())
	require.NoError(t, err)
	require.NoError(t, w.Close())
	header := file.Bytes()[:keys.HeaderLength(file.Bytes())]
	require.NoError(t, r.PutHeader(ctx, "contrib_1", header))
	require.ErrorIs(t, r.PutHeader(ctx, "contrib_1", header), market.ErrConflict, "a file key is never replaced")
	require.Error(t, r.PutHeader(ctx, "contrib_2", file.Bytes()), "payload is not kept here")
	require.Error(t, r.PutHeader(ctx, "contrib_2", []byte("junk")))

	want, err := age.DecryptHeader(header, id)
	require.NoError(t, err)
	for range 2 { // from the file, then from memory
		got, err := r.FileKey(ctx, "contrib_1")
		require.NoError(t, err)
		require.Equal(t, want, got[:])
	}
	require.NoError(t, r.Check(ctx, "contrib_1"))
	require.NoError(t, r.Destroy(ctx, "contrib_1"))
	_, err = r.FileKey(ctx, "contrib_1")
	require.ErrorIs(t, err, market.ErrNotFound)
	require.NoError(t, r.Put(ctx, "contrib_1", []byte("no file key")))
	_, err = r.FileKey(ctx, "contrib_1")
	require.Error(t, err)
}

// Every bit of a secret's file counts.
func TestCheck(t *testing.T) {
	t.Parallel()
	r, dir := newRing(t)
	ctx := context.Background()
	require.NoError(t, r.Put(ctx, "a", []byte("secret")))
	path := filepath.Join(dir, "a.age")
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, r.Check(ctx, "a"))
	for i := 0; i < len(file); i += 97 {
		bad := bytes.Clone(file)
		bad[i] ^= 1
		require.NoError(t, os.WriteFile(path, bad, 0o600))
		err := r.Check(ctx, "a")
		require.ErrorContains(t, err, "a is damaged", "byte %d", i)
		require.NotContains(t, err.Error(), "secret\x00")
	}
	require.NoError(t, os.WriteFile(path, file[:len(file)-1], 0o600))
	require.Error(t, r.Check(ctx, "a"))
	names, err := r.Names()
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, names)
	require.ErrorIs(t, r.Check(ctx, "b"), market.ErrNotFound)
	require.ErrorIs(t, r.Put(ctx, "b", make([]byte, keys.MaxSecret+1)), market.ErrTooLarge)
	require.NoError(t, r.Put(ctx, "b", make([]byte, keys.MaxSecret)))
	got, err := r.Get(ctx, "b")
	require.NoError(t, err)
	require.Len(t, got, keys.MaxSecret)
}

// What an interrupted write left is destroyed when the ring is opened.
func TestOpenSweeps(t *testing.T) {
	t.Parallel()
	_, dir := newRing(t)
	litter := filepath.Join(dir, "a.age.0011.tmp")
	require.NoError(t, os.WriteFile(litter, []byte("half a secret"), 0o600))
	id, err := identity()
	require.NoError(t, err)
	_, err = keys.Open(dir, id)
	require.NoError(t, err)
	require.NoFileExists(t, litter)
}

func FuzzHeaderLength(f *testing.F) {
	f.Add([]byte("age-encryption.org/v1\n-> X25519 abc\nbody\n--- mac\npayload"))
	f.Add([]byte("\n--- \n"))
	f.Add([]byte(strings.Repeat("\n---", 10)))
	f.Fuzz(func(t *testing.T, b []byte) {
		n := keys.HeaderLength(b)
		if n >= 0 {
			require.LessOrEqual(t, n, len(b))
			require.Equal(t, byte('\n'), b[n-1])
			require.Equal(t, n, keys.HeaderLength(b[:n]), "what comes behind does not matter")
		}
	})
}
