package api

import (
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market/x402"
)

// TestReading: it tells which parts were read, and reads nothing once it has told.
func TestReading(t *testing.T) {
	t.Parallel()
	r := &reading{ReadSeeker: strings.NewReader("0123456789")}
	read := func(from int64, n int) {
		_, err := r.Seek(from, io.SeekStart)
		require.NoError(t, err)
		_, err = io.ReadFull(r, make([]byte, n))
		require.NoError(t, err)
	}
	read(2, 3)
	read(5, 1) // goes on where it was
	read(0, 2)
	read(8, 2)
	_, err := r.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err)
	spans, err := r.end()
	require.NoError(t, err)
	require.Equal(t, []x402.Span{{From: 2, To: 6}, {From: 0, To: 2}, {From: 8, To: 10}}, spans)
	_, err = r.Seek(0, io.SeekStart)
	require.ErrorIs(t, err, fs.ErrClosed)
	_, err = r.Read(make([]byte, 1))
	require.ErrorIs(t, err, fs.ErrClosed)
}
