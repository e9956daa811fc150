package p2p

import (
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/control"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

const (
	// blockAt is how many points of misbehaviour cost a peer its connection: ten
	// lies, of which a little is forgotten while they come.
	blockAt = 9.5
	// forgiveEvery is how long it takes to forget one point.
	forgiveEvery = time.Minute
	// maxMarks bounds how many peers are remembered.
	maxMarks = 8192
)

// Points for what peers do wrong. What an honest peer may do by accident costs
// little.
const (
	lie      = 1.0 // malformed, unsigned, forged
	slowness = 0.5 // let a deadline pass
	nuisance = 0.1 // kept telling or asking too much
)

// conduct remembers how peers behave and refuses those that keep misbehaving. It
// is the host's connection gater.
type conduct struct {
	blockFor time.Duration
	onBlock  func(peer.ID) // called without the lock
	mu       sync.Mutex
	marks    map[peer.ID]mark
	blocked  map[peer.ID]time.Time // until when
}

type mark struct {
	points float64
	at     time.Time
}

func newConduct(blockFor time.Duration) *conduct {
	return &conduct{blockFor: blockFor, onBlock: func(peer.ID) {}, marks: make(map[peer.ID]mark), blocked: make(map[peer.ID]time.Time)}
}

func (m mark) now(t time.Time) float64 {
	return max(0, m.points-float64(t.Sub(m.at))/float64(forgiveEvery))
}

// offend adds points against a peer.
func (c *conduct) offend(p peer.ID, points float64) {
	now := time.Now()
	c.mu.Lock()
	m := mark{points: c.marks[p].now(now) + points, at: now}
	block := m.points >= blockAt
	if block {
		delete(c.marks, p)
		makeRoom(c.blocked, func(until time.Time) bool { return now.After(until) })
		c.blocked[p] = now.Add(c.blockFor)
	} else {
		makeRoom(c.marks, func(m mark) bool { return m.now(now) == 0 })
		c.marks[p] = m
	}
	c.mu.Unlock()
	if block {
		c.onBlock(p)
	}
}

// refused reports whether a peer is blocked now.
func (c *conduct) refused(p peer.ID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	until, ok := c.blocked[p]
	if ok && time.Now().After(until) {
		delete(c.blocked, p)
		return false
	}
	return ok
}

// makeRoom keeps a table bounded: what is over goes first, then anything.
func makeRoom[V any](table map[peer.ID]V, over func(V) bool) {
	if len(table) < maxMarks {
		return
	}
	for p, v := range table {
		if over(v) {
			delete(table, p)
		}
	}
	for p := range table {
		if len(table) < maxMarks {
			return
		}
		delete(table, p)
	}
}

// The methods of connmgr.ConnectionGater.

func (c *conduct) InterceptPeerDial(p peer.ID) bool                                { return !c.refused(p) }
func (c *conduct) InterceptAddrDial(peer.ID, ma.Multiaddr) bool                    { return true }
func (c *conduct) InterceptAccept(network.ConnMultiaddrs) bool                     { return true }
func (c *conduct) InterceptUpgraded(network.Conn) (bool, control.DisconnectReason) { return true, 0 }
func (c *conduct) InterceptSecured(_ network.Direction, p peer.ID, _ network.ConnMultiaddrs) bool {
	return !c.refused(p)
}
