package call

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"privd/market"
)

const streamed = "retry: 2000\nid: 4\n\n: alive\n\nid: 5\nevent: purchase.moved\ndata: {\"a\":1}\n\n" +
	"id: 6\r\nevent: reset\r\ndata: {\r\ndata: }\r\n\r\n: alive\rid: 9\r\rid: 10\nevent: cut\ndata: {}\n"

func TestReadEvents(t *testing.T) {
	t.Parallel()
	want := []Event{{ID: "5", Kind: "purchase.moved", Data: []byte(`{"a":1}`)}, {ID: "6", Kind: "reset", Data: []byte("{\n}")}}
	for _, r := range []io.Reader{strings.NewReader(streamed), iotest.OneByteReader(strings.NewReader(streamed))} {
		var got []Event
		last, err := readEvents(r, "3", func(e Event) error { got = append(got, e); return nil })
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, "9", last, "a block that is cut off does not count")
	}
	_, err := readEvents(strings.NewReader("data: x\n\n"), "", func(Event) error { return nil })
	require.ErrorContains(t, err, "not JSON")
	_, err = readEvents(strings.NewReader("data: "+strings.Repeat("x", maxEvent)), "", func(Event) error { return nil })
	require.Error(t, err)
}

func TestEvents(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/api/v1/events", r.URL.Path)
		if r.Header.Get("Last-Event-ID") == "x" {
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"success":false,"error":{"code":"INVALID_REQUEST","message":"no id"}}`)
			return
		}
		require.Equal(t, "false", r.URL.Query().Get("follow"))
		io.WriteString(w, streamed)
	}))
	t.Cleanup(server.Close)
	n := Node{API: server.URL, Token: "t", HTTP: server.Client()}
	count := 0
	last, err := n.Events(t.Context(), "3", false, func(Event) error { count++; return nil })
	require.NoError(t, err)
	require.Equal(t, "9", last)
	require.Equal(t, 2, count)
	enough := errors.New("enough")
	last, err = n.Events(t.Context(), "3", false, func(Event) error { return enough })
	require.ErrorIs(t, err, enough)
	require.Equal(t, "5", last)
	_, err = n.Events(t.Context(), "x", true, func(Event) error { return nil })
	require.ErrorIs(t, err, market.ErrInvalid)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(enough)
	_, err = n.Events(ctx, "3", false, func(Event) error { return nil })
	require.ErrorIs(t, err, enough)
}

// Whatever a node sends: no panic, and what is told has a kind of JSON in it.
func FuzzReadEvents(f *testing.F) {
	f.Add(streamed)
	f.Add("data:1\ndata:2\n\n")
	f.Add("\r\r\n\n:\n")
	f.Fuzz(func(t *testing.T, text string) {
		var whole, bytewise []Event
		a, errA := readEvents(strings.NewReader(text), "0", func(e Event) error { whole = append(whole, e); return nil })
		b, errB := readEvents(iotest.OneByteReader(strings.NewReader(text)), "0", func(e Event) error { bytewise = append(bytewise, e); return nil })
		require.Equal(t, a, b)
		require.Equal(t, errA == nil, errB == nil)
		require.Equal(t, whole, bytewise, "how the bytes arrive does not matter")
	})
}
