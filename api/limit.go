package api

import (
	"container/list"
	"net/http"
	"net/netip"
	"sync"

	"golang.org/x/time/rate"
)

// maxClients bounds how many clients a limiter remembers; the one not seen for
// longest is forgotten first.
const maxClients = 4096

// limiter gives each client its own budget.
type limiter struct {
	rate  rate.Limit
	burst int

	mu      sync.Mutex
	clients map[netip.Prefix]*list.Element
	recent  *list.List // of *budget, the newest first
}

type budget struct {
	client netip.Prefix
	*rate.Limiter
}

func newLimiter(perSecond float64, burst int) *limiter {
	return &limiter{rate: rate.Limit(perSecond), burst: burst, clients: map[netip.Prefix]*list.Element{}, recent: list.New()}
}

// allow takes one call from the budget of the client behind r.
func (l *limiter) allow(r *http.Request) bool { return l.of(clientOf(r)).Allow() }

func (l *limiter) of(client netip.Prefix) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.clients[client]; ok {
		l.recent.MoveToFront(e)
		return e.Value.(*budget).Limiter
	}
	if l.recent.Len() >= maxClients {
		oldest := l.recent.Back()
		delete(l.clients, l.recent.Remove(oldest).(*budget).client)
	}
	b := &budget{client: client, Limiter: rate.NewLimiter(l.rate, l.burst)}
	l.clients[client] = l.recent.PushFront(b)
	return b.Limiter
}

// clientOf names the client by its address. An IPv6 host owns its whole /64.
func clientOf(r *http.Request) netip.Prefix {
	addr, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{}
	}
	ip, bits := addr.Addr().Unmap(), 32
	if ip.Is6() {
		bits = 64
	}
	prefix, err := ip.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}
