package api_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/api"
)

// unlimited lets a fuzzer call as often as it likes.
func unlimited(c *api.Config, _ *api.Deps) { c.AnonymousRate, c.AnonymousBurst = 1e9, 1<<30 }

// FuzzQuery: no query makes the server fail or answer outside of the document.
func FuzzQuery(f *testing.F) {
	s := serve(f, newWorld(), unlimited)
	for _, seed := range []string{
		"category=photo&maxPrice=50&sort=highest_rated", "page=9223372036854775807&limit=100", "minPrice=1e999", "min_price=-0",
		"limit=%00", "page[]=1", "sort=newest&sort=oldest", "minPrice=0x10", "include=data;x", "maxPrice=+1", "limit=١",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		values, _ := url.ParseQuery(query)
		got := s.call(t, "GET", "/v1/marketplace/wallet/listings?"+values.Encode(), "")
		require.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, got.StatusCode, "%s", got.body)
	})
}

// FuzzJSON: no body makes the server fail.
func FuzzJSON(f *testing.F) {
	s := serve(f, newWorld(), unlimited)
	for _, seed := range []string{
		`{"title":"t","description":"d","category":"photo","price_priv":25.00,"contribution_ids":["c"]}`,
		`{"title":"t","description":"d","category":"photo","price_priv":1e999,"contribution_ids":["c"]}`,
		`{"price_priv":null}`, `[[[[`, `{"tags":[{}]}`, `"\ud800"`, "\xff", `{"title":"a","title":1}`, `0`, `null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, c := range []struct{ method, path string }{
			{"POST", "/v1/marketplace/wallet/listings"}, {"PUT", "/v1/marketplace/wallet/listings/listing_abc123"},
		} {
			r, err := http.NewRequestWithContext(t.Context(), c.method, s.url+c.path, bytes.NewReader(body))
			require.NoError(t, err)
			as(aliceToken)(r)
			r.Header.Set("Content-Type", "application/json")
			got := s.do(t, r)
			require.Contains(t, []int{http.StatusOK, http.StatusBadRequest, http.StatusRequestEntityTooLarge}, got.StatusCode, "%s", got.body)
		}
	})
}

// FuzzUpload: no multipart body makes the server fail.
func FuzzUpload(f *testing.F) {
	s := serve(f, newWorld())
	// Most bodies end their connection; without this the fuzzer runs out of ports.
	s.client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return c, c.(*net.TCPConn).SetLinger(0)
	}
	good, _ := form(f, fullForm...)
	f.Add(good, "x")
	f.Add([]byte("--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc\r\n--x--"), "x")
	f.Add([]byte("--x\r\n\r\n--x--"), "x")
	f.Fuzz(func(t *testing.T, body []byte, boundary string) {
		r, err := http.NewRequestWithContext(t.Context(), "POST", s.url+"/v1/contributions/upload", io.NopCloser(bytes.NewReader(body)))
		require.NoError(t, err)
		as(aliceToken)(r)
		r.Header.Set("Content-Type", "multipart/form-data; boundary="+url.QueryEscape(boundary))
		got := s.do(t, r)
		require.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, got.StatusCode, "%s", got.body)
	})
}
