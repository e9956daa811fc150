package save_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/cmd/internal/save"
	"privd/market"
)

// source serves content and remembers what it was asked for.
type source struct {
	content []byte
	breakAt int  // breaks off there; 0 does not
	noRange bool // begins at the start, whatever was asked for
	asked   []int64
}

func (s *source) open(_ context.Context, offset int64) (io.ReadCloser, int64, error) {
	s.asked = append(s.asked, offset)
	if s.noRange {
		offset = 0
	}
	from := min(int(offset), len(s.content))
	if s.breakAt > from {
		return io.NopCloser(bytes.NewReader(s.content[from:s.breakAt])), offset, nil
	}
	return io.NopCloser(bytes.NewReader(s.content[from:])), offset, nil
}

func file(dir string, content []byte, s *source) save.File {
	return save.File{Path: filepath.Join(dir, "x.bin"), Size: int64(len(content)), SHA256: sha256.Sum256(content), Open: s.open}
}

// onlyFile checks that the directory holds the file, whole, and nothing else.
func onlyFile(t *testing.T, f save.File, content []byte) {
	t.Helper()
	got, err := os.ReadFile(f.Path)
	require.NoError(t, err)
	require.Equal(t, content, got)
	entries, err := os.ReadDir(filepath.Dir(f.Path))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func TestSaveAndAgain(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("data"), 50_000)
	s := &source{content: content}
	f := file(t.TempDir(), content, s)
	var last int64
	f.Progress = func(n int64) { last = n }
	outcome, err := f.Save(t.Context())
	require.NoError(t, err)
	require.Equal(t, save.Fetched, outcome)
	require.EqualValues(t, len(content), last)
	onlyFile(t, f, content)

	outcome, err = f.Save(t.Context())
	require.NoError(t, err)
	require.Equal(t, save.Present, outcome)
	require.Len(t, s.asked, 1, "what is there is not fetched")
}

func TestSaveEmpty(t *testing.T) {
	t.Parallel()
	f := file(t.TempDir(), nil, &source{})
	_, err := f.Save(t.Context())
	require.NoError(t, err)
	onlyFile(t, f, []byte{})
}

// A transfer breaks off, nothing has the file's name, and the next try continues.
func TestSaveContinues(t *testing.T) {
	t.Parallel()
	for _, noRange := range []bool{false, true} {
		content := bytes.Repeat([]byte("0123456789"), 10_000)
		s := &source{content: content, breakAt: 33_333, noRange: noRange}
		f := file(t.TempDir(), content, s)
		_, err := f.Save(t.Context())
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.NoFileExists(t, f.Path)

		s.breakAt = 0
		outcome, err := f.Save(t.Context())
		require.NoError(t, err)
		require.Equal(t, save.Resumed, outcome)
		require.Equal(t, []int64{0, 33_333}, s.asked)
		onlyFile(t, f, content)
	}
}

// Wrong, missing and endless bytes are refused, and nothing of them is kept.
func TestSaveRefusesWrongBytes(t *testing.T) {
	t.Parallel()
	content := []byte(strings.Repeat("right", 100))
	for name, sent := range map[string][]byte{
		"other bytes": []byte(strings.Repeat("wrong", 100)),
		"too many":    append(bytes.Clone(content), "more"...),
	} {
		s := &source{content: sent}
		f := file(t.TempDir(), content, s)
		_, err := f.Save(t.Context())
		require.ErrorContains(t, err, "not those that were sold", name)
		entries, err := os.ReadDir(filepath.Dir(f.Path))
		require.NoError(t, err)
		require.Empty(t, entries, name)
	}
}

// The source refuses at once: no empty file is left behind.
func TestSaveLeavesNothing(t *testing.T) {
	t.Parallel()
	f := file(t.TempDir(), []byte("x"), &source{})
	f.Open = func(context.Context, int64) (io.ReadCloser, int64, error) { return nil, 0, errors.New("no") }
	_, err := f.Save(t.Context())
	require.ErrorContains(t, err, "no")
	entries, err := os.ReadDir(filepath.Dir(f.Path))
	require.NoError(t, err)
	require.Empty(t, entries)
}

// What is there and is another file stays, unless asked for.
func TestSaveOverwritesOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	content := []byte("new")
	f := file(t.TempDir(), content, &source{content: content})
	require.NoError(t, os.WriteFile(f.Path, []byte("old"), 0o600))
	_, err := f.Save(t.Context())
	require.ErrorIs(t, err, market.ErrConflict)
	got, err := os.ReadFile(f.Path)
	require.NoError(t, err)
	require.Equal(t, "old", string(got))

	f.Overwrite = true
	_, err = f.Save(t.Context())
	require.NoError(t, err)
	onlyFile(t, f, content)
}

// A link of the file's name is not followed, even when overwriting.
func TestSaveDoesNotFollowLinks(t *testing.T) {
	t.Parallel()
	content, elsewhere := []byte("new"), filepath.Join(t.TempDir(), "precious")
	require.NoError(t, os.WriteFile(elsewhere, []byte("old"), 0o600))
	f := file(t.TempDir(), content, &source{content: content})
	f.Overwrite = true
	require.NoError(t, os.Symlink(elsewhere, f.Path))
	_, err := f.Save(t.Context())
	require.ErrorIs(t, err, market.ErrConflict)
	got, err := os.ReadFile(elsewhere)
	require.NoError(t, err)
	require.Equal(t, "old", string(got))
}

// Another file takes the name while the bytes arrive: it stays.
func TestSaveLosesRace(t *testing.T) {
	t.Parallel()
	content := []byte("new")
	s := &source{content: content}
	f := file(t.TempDir(), content, s)
	f.Progress = func(int64) { require.NoError(t, os.WriteFile(f.Path, []byte("mine"), 0o600)) }
	_, err := f.Save(t.Context())
	require.ErrorIs(t, err, market.ErrConflict)
	got, err := os.ReadFile(f.Path)
	require.NoError(t, err)
	require.Equal(t, "mine", string(got))
}

func TestParseHash(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256(nil)
	got, err := save.ParseHash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
	require.NoError(t, err)
	require.Equal(t, sum, got)
	for _, bad := range []string{"", "e3", strings.Repeat("z", 64), strings.Repeat("0", 66)} {
		_, err := save.ParseHash(bad)
		require.Error(t, err, bad)
	}
}
