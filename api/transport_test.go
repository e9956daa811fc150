package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/api"
	"privd/market"
	"privd/market/purchase"
)

type ctx = context.Context

func TestHost(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld(), func(c *api.Config, _ *api.Deps) { c.Hosts = []string{"node.example"} })
	for host, want := range map[string]int{
		"": 200, "localhost": 200, "LOCALHOST:4000": 200, "127.0.0.1:1": 200, "[::1]:4000": 200, "node.example": 200, "Node.Example:80": 200,
		"evil.example": 403, "localhost.evil.example": 403, "8.8.8.8": 403, "0.0.0.0": 403, "127.0.0.1.evil.example:4000": 403,
	} {
		got := s.call(t, "GET", "/v1/health", "", func(r *http.Request) { r.Host = host })
		require.Equal(t, want, got.StatusCode, "host %q", host)
		if want != 200 {
			code, _, _ := got.failure(t)
			require.Equal(t, "HOST_NOT_ALLOWED", code)
		}
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	for origin, allowed := range map[string]bool{
		"https://app.example": true, "http://localhost:5173": true, "http://localhost": true,
		"http://app.example": false, "https://app.example.evil": false, "https://localhost:1": false, "null": false,
	} {
		for _, method := range []string{"GET", "OPTIONS"} {
			got := s.call(t, method, "/v1/marketplace/wallet/listings", "", header("Origin", origin),
				header("Access-Control-Request-Method", "POST"), header("Access-Control-Request-Headers", "authorization,x-payment"))
			want := ""
			if allowed {
				want = origin
			}
			require.Equal(t, want, got.Header.Get("Access-Control-Allow-Origin"), "%s from %s", method, origin)
			require.Contains(t, got.Header.Values("Vary"), "Origin")
		}
	}
	got := s.call(t, "OPTIONS", "/api/v1/contributions", "", header("Origin", "https://app.example"))
	require.Equal(t, http.StatusNoContent, got.StatusCode, "no credential is asked for")
	require.Contains(t, got.Header.Get("Access-Control-Allow-Headers"), "X-Payment")
	require.Contains(t, got.Header.Get("Access-Control-Expose-Headers"), "PAYMENT-REQUIRED")
	require.Equal(t, "GET, HEAD, OPTIONS", got.Header.Get("Allow"))
	require.Equal(t, http.StatusNotFound, s.call(t, "OPTIONS", "/api/v1/nothing", "").StatusCode)
	// A refusal can be read by the page too.
	got = s.call(t, "GET", "/v1/contributions", "", header("Origin", "https://app.example"))
	require.Equal(t, "https://app.example", got.Header.Get("Access-Control-Allow-Origin"))
}

func TestAnonymousRate(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld(), func(c *api.Config, _ *api.Deps) { c.AnonymousRate, c.AnonymousBurst = 0.001, 5 })
	const path = "/v1/marketplace/wallet/listings"
	for range 3 {
		require.Equal(t, 200, s.call(t, "GET", path, "").StatusCode)
	}
	for range 2 {
		require.Equal(t, 401, s.call(t, "GET", path, "", as("guess")).StatusCode, "a bad credential counts too")
	}
	got := s.call(t, "GET", path, "")
	require.Equal(t, http.StatusTooManyRequests, got.StatusCode)
	require.NotEmpty(t, got.Header.Get("Retry-After"))
	require.Equal(t, 429, s.call(t, "GET", path, "", as("guess")).StatusCode)
	require.Equal(t, 200, s.call(t, "GET", path, "", as(aliceToken)).StatusCode)
	require.Equal(t, 200, s.call(t, "GET", "/v1/health", "").StatusCode)
}

func TestLoginRate(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld(), func(c *api.Config, _ *api.Deps) { c.LoginRate, c.LoginBurst = 0.001, 2 })
	for _, want := range []int{200, 200, 429} {
		require.Equal(t, want, s.call(t, "POST", "/v1/auth/login", `{"message":"m","signature":"s"}`).StatusCode)
	}
}

// TestShutdown: a request in work may finish, one that hangs is ended, and Run
// returns within the grace.
func TestShutdown(t *testing.T) {
	t.Parallel()
	w := newWorld()
	entered, ended := make(chan struct{}), make(chan error, 1)
	w.buy = func(c ctx, _ market.UserID, _ market.ListingID, _ uint32) (purchase.Purchase, error) {
		close(entered)
		<-c.Done()
		ended <- c.Err()
		return purchase.Purchase{}, c.Err()
	}
	s := serve(t, w, func(c *api.Config, _ *api.Deps) { c.ShutdownGrace = 50 * time.Millisecond })
	r, err := http.NewRequestWithContext(t.Context(), "POST", s.url+"/v1/marketplace/wallet/listings/x/purchase", nil)
	require.NoError(t, err)
	as(bobToken)(r)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		if res, err := s.client.Do(r); err == nil {
			res.Body.Close()
		}
	}()
	<-entered
	began := time.Now()
	require.NoError(t, s.stop())
	require.Less(t, time.Since(began), 2*time.Second)
	require.ErrorIs(t, <-ended, context.Canceled)
	<-answered
}

func TestConfig(t *testing.T) {
	t.Parallel()
	require.NoError(t, api.DefaultConfig().Validate())
	require.Equal(t, "127.0.0.1:4000", api.DefaultConfig().Address)
	for name, change := range map[string]func(*api.Config){
		"address":        func(c *api.Config) { c.Address = "nowhere" },
		"origins":        func(c *api.Config) { c.Origins = []string{"app.example"} },
		"public_url":     func(c *api.Config) { c.PublicURL = "ftp://x" },
		"anonymous_rate": func(c *api.Config) { c.AnonymousRate = 0 },
		"login_rate":     func(c *api.Config) { c.LoginBurst = 0 },
		"shutdown_grace": func(c *api.Config) { c.ShutdownGrace = 0 },
		"stall_timeout":  func(c *api.Config) { c.StallTimeout = -1 },
	} {
		c := api.DefaultConfig()
		change(&c)
		require.ErrorContains(t, c.Validate(), "api."+name)
	}
	_, err := api.New(api.DefaultConfig(), api.Deps{})
	require.ErrorContains(t, err, "is required")
}

func TestLargeHeaders(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	got := s.call(t, "GET", "/v1/health", "", header("X-Large", strings.Repeat("x", 100<<10)))
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, got.StatusCode)
}
