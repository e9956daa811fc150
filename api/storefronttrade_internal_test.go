package api

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAddressed: only the address that a connection came in at, and localhost on
// loopback, are hosts that nobody else can have.
func TestAddressed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		local, host string
		want        bool
	}{
		{"127.0.0.1:4002", "127.0.0.1:4002", true},
		{"127.0.0.1:4002", "localhost:4002", true},
		{"127.0.0.1:4002", "localhost:4003", false},
		{"127.0.0.1:4002", "localhost", false},
		{"127.0.0.1:4002", "evil.example:4002", false},
		{"127.0.0.1:4002", "127.0.0.2:4002", false},
		{"203.0.113.7:4002", "203.0.113.7:4002", true},
		{"203.0.113.7:4002", "localhost:4002", false},
		{"203.0.113.7:80", "203.0.113.7", true},
		{"203.0.113.7:80", "203.0.113.7:80", true},
		{"[::1]:4002", "[::1]:4002", true},
		{"[::1]:4002", "localhost:4002", true},
		{"[2001:db8::1]:80", "[2001:db8::1]", true},
		{"[::ffff:203.0.113.7]:4002", "203.0.113.7:4002", true},
		{"203.0.113.7:4002", "", false},
		{"203.0.113.7:4002", "203.0.113.7:x", false},
	} {
		local := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.local))
		r := (&http.Request{Host: c.host}).WithContext(context.WithValue(t.Context(), http.LocalAddrContextKey, net.Addr(local)))
		require.Equal(t, c.want, addressed(r), "%s asked for as %q", c.local, c.host)
	}
	require.False(t, addressed(&http.Request{Host: "localhost"}), "no connection")
}
