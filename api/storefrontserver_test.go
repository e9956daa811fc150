package api_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
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
	hold := func(n int, send string) []net.Conn {
		held := make([]net.Conn, n)
		for i := range held {
			held[i], err = net.Dial("tcp", server.Addr().String())
			require.NoError(t, err)
			t.Cleanup(func() { _ = held[i].Close() })
			_, err = io.WriteString(held[i], send)
			require.NoError(t, err)
		}
		return held
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	served := func(body io.Reader) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+server.Addr().String()+"/api/datasets", body)
		require.NoError(t, err)
		answer, err := client.Do(r)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusOK, answer.StatusCode)
	}
	silent := hold(700, "")
	for range 10 {
		served(nil)
	}
	// It was the one that was silent for longest that had to go, and not the last.
	require.NoError(t, errors.Join(silent[0].SetReadDeadline(time.Now().Add(5*time.Second)), silent[699].SetReadDeadline(time.Now().Add(50*time.Millisecond))))
	_, err = silent[0].Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	_, err = silent[699].Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)

	// Nor do those who announce a body that does not come.
	stuck := hold(600, "GET /api/datasets HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
	served(strings.NewReader("{}"))
	answer, err := http.ReadResponse(bufio.NewReader(stuck[0]), nil)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusRequestTimeout, answer.StatusCode)
}
