package api

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"privd/market"
)

// hosts is the allow-list of the Host header. A web page cannot make a browser
// send the node a name the node does not know, which ends DNS rebinding.
type hosts map[string]bool

func newHosts(more []string) hosts {
	h := hosts{"localhost": true}
	for _, name := range more {
		h[strings.ToLower(name)] = true
	}
	return h
}

func (h hosts) check(r *http.Request) error {
	name := strings.ToLower(hostname(r.Host))
	if h[name] {
		return nil
	}
	if ip, err := netip.ParseAddr(name); err == nil && (ip.IsLoopback() || ip.Unmap() == localAddr(r)) {
		return nil
	}
	return &market.Error{Code: market.Denied, Reason: "HOST_NOT_ALLOWED", Message: "the Host header names a host that this node does not answer to"}
}

// hostname drops the port and the brackets of a Host header.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

// localAddr returns the address the client connected to.
func localAddr(r *http.Request) netip.Addr {
	addr, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return addr.AddrPort().Addr().Unmap()
}
