package repo_test

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/storage/repo"
)

var quiet = slog.New(slog.DiscardHandler)

func TestInitAndOpen(t *testing.T) {
	t.Parallel()
	dir, ctx := filepath.Join(t.TempDir(), "deep", "repo"), context.Background()
	_, err := repo.Open(ctx, dir, quiet)
	require.ErrorIs(t, err, market.ErrNotFound)
	r, err := repo.Init(dir)
	require.NoError(t, err)
	_, err = repo.Init(dir)
	require.ErrorIs(t, err, market.ErrConflict)
	require.NoError(t, r.WriteSecret(r.Token(), []byte("secret\n")))
	token, err := repo.Dir(dir).ReadText(r.Token())
	require.NoError(t, err)
	require.Equal(t, "secret", token)
	_, err = r.ReadText(r.API())
	require.ErrorIs(t, err, market.ErrNotFound)
	requireModes(t, dir)
	require.NoError(t, r.Close())

	litter := filepath.Join(dir, "token.aa.tmp")
	require.NoError(t, os.WriteFile(litter, nil, 0o600))
	r, err = repo.Open(ctx, dir, quiet)
	require.NoError(t, err)
	require.NoFileExists(t, litter)
	require.NoError(t, r.Close())
}

func requireModes(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := e.Info()
		require.NoError(t, err)
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		}
		require.Equal(t, want, info.Mode().Perm(), path)
		return nil
	}))
}

// A repo belongs to one process at a time, and the other one is told which.
func TestLock(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("PRIVD_TEST_HOLD"); dir != "" {
		hold(dir)
		return
	}
	dir, ctx := t.TempDir(), context.Background()
	r, err := repo.Init(dir)
	require.NoError(t, err)
	_, err = repo.Open(ctx, dir, quiet)
	require.ErrorIs(t, err, market.ErrConflict, "not even by the same process twice")
	require.NoError(t, r.Close())

	other := exec.Command(os.Args[0], "-test.run=^TestLock$")
	other.Env = append(os.Environ(), "PRIVD_TEST_HOLD="+dir)
	out, err := other.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, other.Start())
	line := make([]byte, 5)
	_, err = out.Read(line)
	require.NoError(t, err)
	require.Equal(t, "held\n", string(line))
	_, err = repo.Open(ctx, dir, quiet)
	require.ErrorContains(t, err, fmt.Sprintf("in use by process %d", other.Process.Pid))

	require.NoError(t, other.Process.Kill())
	require.Error(t, other.Wait())
	r, err = repo.Open(ctx, dir, quiet)
	require.NoError(t, err, "a killed process holds nothing")
	require.NoError(t, r.Close())
}

func hold(dir string) {
	if _, err := repo.Open(context.Background(), dir, quiet); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("held")
	select {} // until it is killed
}

func TestNewerRepoIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r, err := repo.Init(dir)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.NoError(t, os.WriteFile(r.Version(), []byte("99\n"), 0o600))
	_, err = repo.Open(context.Background(), dir, quiet)
	require.ErrorIs(t, err, market.ErrInvalid)
	require.ErrorContains(t, err, "use a newer privd")
	version, err := os.ReadFile(r.Version())
	require.NoError(t, err)
	require.Equal(t, "99\n", string(version), "refused untouched")
	require.NoError(t, os.WriteFile(r.Version(), []byte("junk"), 0o600))
	_, err = repo.Open(context.Background(), dir, quiet)
	require.ErrorIs(t, err, market.ErrInvalid)
}
