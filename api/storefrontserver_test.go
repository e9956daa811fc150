package api_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/api"
)

// TestIdleStrangers: whoever holds more connections than there may be, and asks for
// nothing, keeps nobody out.
func TestIdleStrangers(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	shop := api.NewStorefront(api.StorefrontDeps{Log: log, Clock: time.Now, Shelf: shelved(1, "text")})
	server, err := api.NewStorefrontServer("127.0.0.1:0", shop, log)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, errors.Join(<-ended, server.Close()))
	})
	silent := make([]net.Conn, 700)
	for i := range silent {
		silent[i], err = net.Dial("tcp", server.Addr().String())
		require.NoError(t, err)
		t.Cleanup(func() { _ = silent[i].Close() })
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	for range 10 {
		answer, err := client.Get("http://" + server.Addr().String() + "/api/datasets")
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusOK, answer.StatusCode)
	}
	// It was the one that was silent for longest that had to go, and not the last.
	require.NoError(t, errors.Join(silent[0].SetReadDeadline(time.Now().Add(5*time.Second)), silent[699].SetReadDeadline(time.Now().Add(50*time.Millisecond))))
	_, err = silent[0].Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	_, err = silent[699].Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
}
