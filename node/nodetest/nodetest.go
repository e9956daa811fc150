// Package nodetest runs whole nodes in the process of a test: real repos in
// temporary directories, real libp2p on loopback, the real REST API, and the
// embedded chain or any other that the test brings.
package nodetest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"privd/chain/chaintest"
	"privd/chain/keys"
	"privd/market"
	"privd/node"
	"privd/storage/repo"
)

// Network is a chain and the nodes that share it.
type Network struct {
	Chain *chaintest.Net
	Nodes []*Node
	// BuyWait is how long a purchase call waits on nodes added from now on.
	BuyWait time.Duration
	// RewardFund is how many PRIV the operator of a node added from now on can pay to
	// its users; none when it is empty.
	RewardFund string
	// ChainSettings are further lines of the [chain] table of nodes added from now on.
	ChainSettings string

	rpc      string // where the nodes find the chain
	dir      string
	file     string
	settings string // more of each node's config.toml
}

// Start runs n nodes on an embedded chain that makes a block per transaction. They
// end with the test.
func Start(t testing.TB, n int) *Network { return StartOn(t, chaintest.Start(t), n) }

// StartOn runs n nodes on a chain.
func StartOn(t testing.TB, chain *chaintest.Net, n int) *Network {
	t.Helper()
	return StartVia(t, chain, chain.Config.RPC, n)
}

// StartVia runs n nodes that reach the chain at another URL than the test does.
func StartVia(t testing.TB, chain *chaintest.Net, rpc string, n int) *Network {
	t.Helper()
	return start(t, &Network{Chain: chain, rpc: rpc}, n)
}

// StartWith runs n nodes on an embedded chain, with further tables in their
// config.toml.
func StartWith(t testing.TB, n int, settings string) *Network {
	t.Helper()
	chain := chaintest.Start(t)
	return start(t, &Network{Chain: chain, rpc: chain.Config.RPC, settings: settings}, n)
}

func start(t testing.TB, nw *Network, n int) *Network {
	t.Helper()
	nw.BuyWait, nw.RewardFund, nw.dir = 20*time.Second, "10000", t.TempDir()
	nw.file = filepath.Join(nw.dir, "network.json")
	for range n {
		nw.Add(t)
	}
	return nw
}

// Add makes and starts one more node, which knows the first one.
func (nw *Network) Add(t testing.TB) *Node {
	t.Helper()
	nw.save(t)
	n := &Node{Dir: filepath.Join(nw.dir, fmt.Sprintf("node%d", len(nw.Nodes)))}
	nw.Nodes = append(nw.Nodes, n)
	must(t, node.Init(context.Background(), n.Dir, node.InitOptions{NetworkFile: nw.file, Config: nw.config(), KeyCost: keys.Quick}))
	n.Start(t)
	account := n.Status(t).Account
	nw.Chain.FundETH(t, account, chaintest.PRIV(t, "10"))
	if nw.RewardFund != "" {
		nw.Chain.FundRewards(t, account, chaintest.PRIV(t, nw.RewardFund))
	}
	return n
}

func (nw *Network) save(t testing.TB) {
	cfg := nw.Chain.Config
	network := node.Network{
		ChainID: cfg.ChainID, RPC: nw.rpc, DeployBlock: cfg.DeployBlock, Topic: "privd/test/" + filepath.Base(nw.dir),
		Contracts: node.Contracts(cfg.Contracts), Bootstrap: []string{},
	}
	if len(nw.Nodes) > 0 && nw.Nodes[0].Node != nil {
		network.Bootstrap = nw.Nodes[0].Addresses()
	}
	must(t, network.Save(nw.file))
}

// config is quick: one confirmation, short polls, receipts settled at once.
func (nw *Network) config() []byte {
	dirs := make([]string, len(nw.Nodes))
	for i, n := range nw.Nodes {
		dirs[i] = fmt.Sprintf("%q", n.Dir)
	}
	key := hexutil.Encode(crypto.FromECDSA(nw.Chain.Operator.Private()))
	return fmt.Appendf(nil, `
[api]
address = "127.0.0.1:0"
anonymous_rate = 1e6
anonymous_burst = 1000000
login_rate = 1e6
login_burst = 1000000
[p2p]
listen = ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"]
mdns = false
port_map = false
[p2p.limits]
seal_per_peer = { per_minute = 6000, burst = 1000 }
seal_per_node = { per_minute = 6000, burst = 1000 }
[chain]
confirmations = 1
poll = "50ms"
%s
[trade]
settle_after = "200ms"
payout_after = "100ms"
buy_wait = %q
retry_most = "500ms"
[dev]
faucet_key = %q
nodes = [%s]
%s
`, nw.ChainSettings, nw.BuyWait, key, strings.Join(dirs, ", "), nw.settings)
}

// Node is one running node.
type Node struct {
	*node.Node
	Dir string

	listen []string // where it listened first; restarts keep it
	stop   context.CancelFunc
	done   chan error
}

// Start starts a node that does not run. It ends with the test.
func (n *Node) Start(t testing.TB) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("NODETEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("node", filepath.Base(n.Dir))
	}
	built, err := node.New(context.Background(), n.Dir, node.Options{Log: log, Version: "test", Listen: n.listen, KeyCost: keys.Quick})
	must(t, err)
	n.listen = nil
	for _, address := range built.Addresses() {
		multiaddr, _, _ := strings.Cut(address, "/p2p/")
		n.listen = append(n.listen, multiaddr)
	}
	ctx, cancel := context.WithCancel(context.Background())
	n.Node, n.stop, n.done = built, cancel, make(chan error, 1)
	go func() { n.done <- built.Run(ctx) }()
	t.Cleanup(func() { n.Stop(t) })
	Wait(t, "health of "+n.Dir, func() bool {
		var h struct{ Status string }
		return n.As("").Get(t, "/health", &h) == 200
	})
}

// Stop stops the node and fails the test unless it stops cleanly.
func (n *Node) Stop(t testing.TB) {
	t.Helper()
	if n.stop == nil {
		return
	}
	n.stop()
	n.stop = nil
	must(t, <-n.done)
}

// Restart stops the node and starts it again from its repo.
func (n *Node) Restart(t testing.TB) {
	t.Helper()
	n.Stop(t)
	n.Start(t)
}

// Status is what a test wants to know of a node.
type Status struct {
	Account market.Address
	Peers   int
}

// Status asks the node how it is.
func (n *Node) Status(t testing.TB) Status {
	t.Helper()
	var s struct {
		Peers int
		Chain struct{ Account market.Address }
	}
	if code := n.Operator(t).Get(t, "/node/status", &s); code != 200 {
		t.Fatalf("node status: %d", code)
	}
	return Status{Account: s.Chain.Account, Peers: s.Peers}
}

// Operator returns a client with the operator's token.
func (n *Node) Operator(t testing.TB) *Client {
	t.Helper()
	d := repo.Dir(n.Dir)
	token, err := d.ReadText(d.Token())
	must(t, err)
	return n.As(token)
}

// As returns a client with a bearer token, or none when it is empty.
func (n *Node) As(token string) *Client { return &Client{node: n, token: token} }

// User is a user of a node, with a client that acts as it.
type User struct {
	*Client
	ID     string         `json:"user_id"`
	Wallet market.Address `json:"wallet_address"`
	Key    string         `json:"api_key"`
}

// AddUser makes a user with a managed wallet and, where priv is not empty, that
// many PRIV.
func (nw *Network) AddUser(t testing.TB, n *Node, name, priv string) *User {
	t.Helper()
	u := &User{}
	if code := n.Operator(t).Post(t, "/node/users", map[string]string{"name": name}, u); code != 200 {
		t.Fatalf("add user %s: %d", name, code)
	}
	u.Client = n.As(u.Key)
	if priv != "" {
		nw.Chain.FundPRIV(t, u.Wallet, chaintest.PRIV(t, priv))
	}
	return u
}

// patience is how long a test waits for a condition.
const patience = 60 * time.Second

// Wait waits until a condition holds and fails the test when it takes too long.
func Wait(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for %s", patience, what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
