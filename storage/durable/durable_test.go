package durable_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/storage/durable"
)

// A reader sees one whole version or another, and nothing else is left.
func TestWriteFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	require.NoError(t, durable.WriteFile(path, nil, 0o600))
	var writers sync.WaitGroup
	for w := range 3 {
		writers.Go(func() {
			for range 20 {
				if err := durable.WriteFile(path, []byte(strings.Repeat(fmt.Sprint(w), 5000)), 0o600); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 200 {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		if len(b) > 0 {
			require.Equal(t, strings.Repeat(string(b[:1]), 5000), string(b))
		}
	}
	writers.Wait()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.Error(t, durable.WriteFile(filepath.Join(dir, "no", "f"), nil, 0o600))
}

// A write that cannot be finished leaves the old file and no litter.
func TestWriteFileFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	require.NoError(t, os.MkdirAll(filepath.Join(path, "in the way"), 0o700))
	require.Error(t, durable.WriteFile(path, []byte("x"), 0o600))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func TestShredAndRemove(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, witness := filepath.Join(dir, "f"), filepath.Join(dir, "witness")
	require.NoError(t, durable.WriteFile(path, []byte("secret secret secret"), 0o600))
	require.NoError(t, os.Link(path, witness))
	require.NoError(t, durable.Shred(path))
	require.NoFileExists(t, path)
	b, err := os.ReadFile(witness)
	require.NoError(t, err)
	require.Len(t, b, 20)
	require.NotContains(t, string(b), "secret")
	require.NoError(t, durable.Shred(path), "shredding what is gone is fine")
	require.NoError(t, durable.Remove(path), "removing what is gone is fine")
}
