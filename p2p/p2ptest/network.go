package p2ptest

import (
	"context"
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/boxo/blockstore"
	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
	"github.com/libp2p/go-libp2p/core/crypto"

	"privd/market"
	"privd/p2p"
)

// patience is how long the Wait methods wait.
const patience = 30 * time.Second

// Node is a running host with a catalog and blocks in memory.
type Node struct {
	*p2p.Host
	Catalog *Catalog
	Blocks  blockstore.Blockstore

	tb     testing.TB
	stop   func()
	mu     sync.Mutex
	joined map[string]bool
}

// Option changes a node before it starts.
type Option func(*p2p.Config, *p2p.Deps)

// Config returns the configuration of a node on loopback: TCP on a free port, no
// local discovery.
func Config() p2p.Config {
	c := p2p.DefaultConfig()
	c.Listen = []string{"/ip4/127.0.0.1/tcp/0"}
	c.Topic = "/privd/test"
	c.MDNS, c.PortMap = false, false
	return c
}

// Identity draws a peer's key.
func Identity(tb testing.TB) crypto.PrivKey {
	tb.Helper()
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		tb.Fatalf("draw identity: %v", err)
	}
	return key
}

// Start runs a node until the test ends or Stop.
func Start(tb testing.TB, options ...Option) *Node {
	tb.Helper()
	return StartWith(tb, Identity(tb), NewCatalog(), options...)
}

// StartWith is Start with a given key and catalog: a node that comes back.
func StartWith(tb testing.TB, identity crypto.PrivKey, catalog *Catalog, options ...Option) *Node {
	tb.Helper()
	n := &Node{tb: tb, Catalog: catalog, joined: make(map[string]bool),
		Blocks: blockstore.NewBlockstore(dssync.MutexWrap(datastore.NewMapDatastore()))}
	cfg := Config()
	deps := p2p.Deps{Blocks: n.Blocks, OnAnnouncement: catalog.Announce, OnWithdrawal: catalog.Withdraw, Offers: catalog.Offers}
	deps.OnPeer = func(id string) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.joined[id] = true
	}
	for _, o := range options {
		o(&cfg, &deps)
	}
	h, err := p2p.New(cfg, identity, deps)
	if err != nil {
		tb.Fatalf("start node: %v", err)
	}
	n.Host = h
	ended := make(chan error, 1)
	go func() { ended <- h.Run(context.Background()) }()
	n.stop = sync.OnceFunc(func() {
		if err := h.Close(); err != nil {
			tb.Errorf("close node: %v", err)
		}
		if err := <-ended; err != nil {
			tb.Errorf("run node: %v", err)
		}
	})
	tb.Cleanup(n.stop)
	return n
}

// Bootstrap makes a node dial others.
func Bootstrap(nodes ...*Node) Option {
	return func(c *p2p.Config, _ *p2p.Deps) {
		for _, n := range nodes {
			c.Bootstrap = append(c.Bootstrap, n.Addresses()...)
		}
	}
}

// Network starts n nodes that know the first, and waits until each is joined to
// some other.
func Network(tb testing.TB, n int, options ...Option) []*Node {
	tb.Helper()
	nodes := []*Node{Start(tb, options...)}
	for len(nodes) < n {
		nodes = append(nodes, Start(tb, append([]Option{Bootstrap(nodes[0])}, options...)...))
	}
	for _, node := range nodes[1:] {
		node.WaitJoined(nodes[0])
		nodes[0].WaitJoined(node)
	}
	return nodes
}

// Stop ends the node.
func (n *Node) Stop() { n.stop() }

// WaitJoined waits until another node is on the topic, as this one sees it.
func (n *Node) WaitJoined(other *Node) {
	n.tb.Helper()
	Wait(n.tb, "peer "+other.ID()+" to join", func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		return n.joined[other.ID()]
	})
}

// WaitListed waits until a listing is in the catalog.
func (n *Node) WaitListed(l market.Hash) {
	n.tb.Helper()
	Wait(n.tb, "listing "+l.String(), func() bool { return n.Catalog.Has(l) })
}

// WaitGone waits until a listing is not in the catalog any more.
func (n *Node) WaitGone(l market.Hash) {
	n.tb.Helper()
	Wait(n.tb, "listing "+l.String()+" to go", func() bool { return !n.Catalog.Has(l) })
}

// Wait waits until done returns true, and fails the test when it never does.
func Wait(tb testing.TB, what string, done func() bool) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			tb.Fatalf("waited %s in vain for %s", patience, what)
		}
	}
}
