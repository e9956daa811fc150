package window_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"privd/market/media/window"
)

// Any hop gives what the file holds there.
func TestReadAt(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	file := make([]byte, 300_000)
	for i := range file {
		file[i] = byte(r.Uint32())
	}
	w, err := window.New(t.Context(), bytes.NewReader(file))
	require.NoError(t, err)
	require.EqualValues(t, len(file), w.Size())
	whole := bytes.NewReader(file)
	for range 2000 {
		off, n := int64(r.IntN(len(file)+100)), r.IntN(100_000)
		got, want := make([]byte, n), make([]byte, n)
		gotN, gotErr := w.ReadAt(got, off)
		wantN, wantErr := whole.ReadAt(want, off)
		require.Equal(t, wantN, gotN)
		if n > 0 {
			require.Equal(t, wantErr, gotErr)
		}
		require.True(t, bytes.Equal(want, got))
	}
	require.NoError(t, iotest.TestReader(w.Stream(), file))
	_, err = w.ReadAt(make([]byte, 1), -1)
	require.Error(t, err)
	require.NoError(t, w.Err())
}

// The first failure stays; the end of the context is one.
func TestErr(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	w, err := window.New(t.Context(), struct {
		io.Reader
		io.Seeker
	}{iotest.ErrReader(broken), bytes.NewReader(make([]byte, 10))})
	require.NoError(t, err)
	_, err = w.ReadAt(make([]byte, 1), 0)
	require.ErrorIs(t, err, broken)
	require.ErrorIs(t, w.Err(), broken)

	ctx, cancel := context.WithCancel(t.Context())
	w, err = window.New(ctx, bytes.NewReader(make([]byte, 1<<20)))
	require.NoError(t, err)
	cancel()
	_, err = io.Copy(io.Discard, w.Stream())
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, w.Err(), context.Canceled)
}
