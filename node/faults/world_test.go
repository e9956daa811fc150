package faults_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/chain/keys"
	"privd/market"
	"privd/node"
	"privd/storage/repo"
)

// world is a chain, a node of sellers and a node of buyers.
type world struct {
	chain  *chaintest.Net
	anvil  *chaintest.Anvil
	reads  *chain.Client
	dir    string
	seller *process
	buyer  *process
	users  int
	// sellers are the wallets of all who have sold something.
	sellers []market.Address
	// settings are the tables of config.toml that tests differ in.
	settings map[string]string
}

// newWorld starts a chain and two nodes, each with its environment.
func newWorld(t testing.TB, sellerEnv, buyerEnv []string) *world {
	t.Helper()
	return newWorldWith(t, nil, sellerEnv, buyerEnv)
}

// patient are limits that no test comes near to, and one confirmation.
const patient = `
[p2p.limits]
seal_per_peer = { per_minute = 6000, burst = 1000 }
seal_per_node = { per_minute = 6000, burst = 1000 }
delivery_per_peer = { per_minute = 6000, burst = 1000 }
[chain]
confirmations = 1
poll = "40ms"
`

// newWorldWith is newWorld with other settings than the patient ones for nodes of some
// names.
func newWorldWith(t testing.TB, settings map[string]string, sellerEnv, buyerEnv []string) *world {
	t.Helper()
	w := &world{dir: t.TempDir(), settings: settings}
	w.chain, w.anvil = chaintest.StartAnvil(t)
	w.reads = w.chain.Client(t)
	w.seller = w.add(t, "seller", sellerEnv)
	w.buyer = w.add(t, "buyer", buyerEnv)
	// Whichever starts again finds the other at once.
	must(t, w.network(t, w.buyer).Save(repo.Dir(w.seller.dir).Network()))
	return w
}

// network is the network file of a node that meets others.
func (w *world) network(t testing.TB, others ...*process) node.Network {
	t.Helper()
	cfg := w.chain.Config
	n := node.Network{
		ChainID: cfg.ChainID, RPC: cfg.RPC, DeployBlock: cfg.DeployBlock, Topic: "privd/faults/" + filepath.Base(filepath.Dir(w.dir)),
		Contracts: node.Contracts(cfg.Contracts), Bootstrap: []string{},
	}
	for _, p := range others {
		n.Bootstrap = append(n.Bootstrap, w.addresses(t, p)...)
	}
	return n
}

func (w *world) add(t testing.TB, name string, env []string) *process {
	t.Helper()
	p := &process{name: name, dir: filepath.Join(w.dir, name), program: program(t)}
	file := filepath.Join(w.dir, "network.json")
	network := w.network(t)
	if w.seller != nil {
		network = w.network(t, w.seller)
	}
	must(t, network.Save(file))
	must(t, node.Init(context.Background(), p.dir, node.InitOptions{NetworkFile: file, Config: w.config(p), KeyCost: keys.Quick}))
	t.Cleanup(func() {
		p.stop()
		if _, failed := p.api(); failed != nil {
			t.Error(failed)
		}
		if t.Failed() && testing.Verbose() {
			t.Logf("the end of the log of %s:\n%s", name, p.tail(60))
		}
	})
	p.start(t, env...)
	account := w.account(t, p)
	w.chain.FundETH(t, account, priv(t, "100"))
	w.chain.FundRewards(t, account, priv(t, "10000"))
	return p
}

// config is quick: one confirmation, short polls, receipts settled at once.
func (w *world) config(p *process) []byte {
	key := hexutil.Encode(crypto.FromECDSA(w.chain.Operator.Private()))
	settings, other := w.settings[p.name]
	if !other {
		settings = patient
	}
	return fmt.Appendf(nil, `
[api]
address = "127.0.0.1:0"
[p2p]
listen = ["/ip4/127.0.0.1/tcp/0"]
mdns = false
catch_up_every = "1s"
port_map = false
%s
[trade]
settle_after = "50ms"
payout_after = "20ms"
buy_wait = "50ms"
retry_most = "200ms"
[dev]
faucet_key = %q
nodes = [%q]
`, settings, key, p.dir)
}

type status struct {
	Peers int
	P2P   []string `json:"p2p_addresses"`
	Chain struct {
		Account  market.Address `json:"account"`
		HeadTime time.Time      `json:"head_time"`
	} `json:"chain"`
}

func (w *world) status(t testing.TB, p *process) (s status) {
	t.Helper()
	w.operator(t, p).get(t, "/node/status", &s)
	return s
}

func (w *world) account(t testing.TB, p *process) market.Address {
	t.Helper()
	return w.status(t, p).Chain.Account
}

func (w *world) addresses(t testing.TB, p *process) []string {
	t.Helper()
	return w.status(t, p).P2P
}

func (w *world) operator(t testing.TB, p *process) client {
	t.Helper()
	return client{p, p.token(t)}
}

// user makes a user with a wallet and some PRIV, if any.
func (w *world) user(t testing.TB, p *process, amount string) user {
	t.Helper()
	w.users++
	u := user{}
	w.operator(t, p).post(t, "/node/users", map[string]string{"name": fmt.Sprintf("user%d", w.users)}, &u)
	u.client = client{p, u.Key}
	if amount != "" {
		w.chain.FundPRIV(t, u.Wallet, priv(t, amount))
	}
	return u
}

// has returns the PRIV of an account, as the token has it.
func (w *world) has(t testing.TB, account market.Address) market.Amount {
	t.Helper()
	a, err := w.reads.PRIV().Balance(t.Context(), account)
	must(t, err)
	return a
}

// advance moves the chain's clock, and waits until the nodes that run have followed.
func (w *world) advance(t testing.TB, by time.Duration, nodes ...*process) {
	t.Helper()
	at, err := w.reads.AdvanceTime(t.Context(), by)
	must(t, err)
	for _, p := range nodes {
		until(t, p.name+" to follow", func() bool { return !w.status(t, p).Chain.HeadTime.Before(at) })
	}
}

// words makes a text that is no copy of another.
func words(n int) []byte {
	var text strings.Builder
	for range n {
		for range 2 + rand.IntN(8) {
			text.WriteByte(byte('a' + rand.IntN(26)))
		}
		text.WriteByte(" \n"[rand.IntN(12)/11])
	}
	return []byte(text.String())
}

// goods is something on sale.
type goods struct {
	seller  user
	listing string
	price   market.Amount
	content []byte
	dataset string // its id, where it is one
}

// offer puts a text on sale by a new user of the seller's node, and waits until the
// buyer's node knows.
func (w *world) offer(t testing.TB, price string) goods {
	t.Helper()
	g := goods{seller: w.user(t, w.seller, ""), price: priv(t, price), content: words(400)}
	g.listing = g.seller.sell(t, "Words", price, g.seller.contribute(t, "words.txt", g.content))
	w.sellers = append(w.sellers, g.seller.Wallet)
	client{node: w.buyer}.listed(t, g.listing)
	return g
}

// audit has a node compare its books with the chain, and fails the test for each
// difference.
func (w *world) audit(t *testing.T, p *process) {
	t.Helper()
	url, failed := p.api()
	must(t, failed)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/api/v1/node/audit", nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+p.token(t))
	resp, err := web.Do(r)
	must(t, err)
	defer resp.Body.Close()
	lines := json.NewDecoder(resp.Body)
	for done := false; !done; {
		var line struct {
			Done       bool
			Checked    int
			Difference *struct{ Check, Subject, Message string }
			Error      string
		}
		must(t, lines.Decode(&line))
		if d := line.Difference; d != nil {
			t.Errorf("%s audits %s: %s: %s", p.name, d.Check, d.Subject, d.Message)
		}
		if done = line.Done; done && (line.Error != "" || line.Checked == 0) {
			t.Errorf("%s audits %d things: %s", p.name, line.Checked, line.Error)
		}
	}
}
