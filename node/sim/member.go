package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"privd/chain/keys"
	"privd/market"
	"privd/node"
	"privd/storage/repo"
)

// member is one node of a world, through all its lives.
type member struct {
	world   *World
	index   int
	repo    string
	api     string // host:port
	listen  string // multiaddr
	proxy   *proxy
	token   string         // the operator's
	account market.Address // pays for gas
	p2p     []string

	mu      sync.Mutex
	process *process // nil while it is down
	lives   int
}

func (m *member) name() string { return fmt.Sprintf("node%d", m.index) }

func (w *World) newMember(index int) (*member, error) {
	m := &member{world: w, index: index, repo: filepath.Join(w.dir, fmt.Sprintf("node%d", index))}
	var err error
	if m.proxy, err = startProxy(w.ledger.anvil.URL, w.seed+uint64(index), w.seen); err != nil {
		return nil, err
	}
	// A node keeps its addresses through all its lives.
	ports := make([]string, 2)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		_, ports[i], _ = net.SplitHostPort(l.Addr().String())
	}
	m.api, m.listen = "127.0.0.1:"+ports[0], "/ip4/127.0.0.1/tcp/"+ports[1]
	return m, nil
}

// init makes the node's repo.
func (m *member) init() error {
	file := m.repo + ".network.json"
	if err := m.world.network(m).Save(file); err != nil {
		return err
	}
	program := m.world.options.Program
	if program == "" {
		return node.Init(context.Background(), m.repo, node.InitOptions{NetworkFile: file, Config: m.config(), KeyCost: keys.Quick})
	}
	if out, err := exec.Command(program, "--repo", m.repo, "init", "--network", file).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return os.WriteFile(repo.Dir(m.repo).Config(), m.config(), 0o600)
}

// config makes a node quick: an hour to deliver in, short pauses, receipts settled at
// once. The [dev] section lets its clock follow the chain's.
func (m *member) config() []byte {
	var repos []string
	for i := range nodes {
		repos = append(repos, fmt.Sprintf("%q", filepath.Join(m.world.dir, fmt.Sprintf("node%d", i))))
	}
	return fmt.Appendf(nil, `
[api]
address = %q
anonymous_rate = 1e6
anonymous_burst = 1000000
login_rate = 1e6
login_burst = 1000000
[p2p]
listen = [%q]
mdns = false
port_map = false
catch_up_every = "1s"
[p2p.limits]
seal_per_peer = { per_minute = 6000, burst = 1000 }
seal_per_node = { per_minute = 6000, burst = 1000 }
[chain]
confirmations = %d
poll = "50ms"
timeout = "8s"
stall_after = "8s"
[trade]
delivery_window = "1h"
settle_after = "3s"
payout_after = "1s"
buy_wait = "2s"
retry_most = "1s"
[dev]
faucet_key = %q
nodes = [%s]
`, m.api, m.listen, confirmations, hexutil.Encode(crypto.FromECDSA(operator.Key)), strings.Join(repos, ", "))
}

// begin starts the node for the first time and learns who it is.
func (m *member) begin(ctx context.Context) error {
	d := repo.Dir(m.repo)
	var err error
	if m.token, err = d.ReadText(d.Token()); err != nil {
		return err
	}
	if err := m.start(); err != nil {
		return err
	}
	if err := m.synced(ctx, time.Minute); err != nil {
		return err
	}
	var status struct {
		Addresses []string `json:"p2p_addresses"`
		Chain     struct{ Account string }
	}
	if err := m.operator().get(ctx, "/node/status", &status); err != nil {
		return err
	}
	m.account, m.p2p = common.HexToAddress(status.Chain.Account), status.Addresses
	return nil
}

// start starts the node's process, if it is down.
func (m *member) start() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.process != nil {
		return nil
	}
	p, err := spawn(m.world.options.Program, m.repo)
	if err != nil {
		return err
	}
	m.process = p
	m.lives++
	return nil
}

// kill ends the node's process, if it is up.
func (m *member) kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.process != nil {
		m.check(m.process.died())
		m.process.kill()
		m.process = nil
	}
}

// up reports whether the node's process runs.
func (m *member) up() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.process != nil
}

// alive returns an error when the node ended by itself.
func (m *member) alive() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.process == nil {
		return nil
	}
	return m.process.died()
}

func (m *member) check(err error) {
	if err != nil {
		m.world.blame("%s: %v; the end of its log:\n%s", m.name(), err, m.tail(12))
	}
}

// synced waits until the node answers and follows the chain.
func (m *member) synced(ctx context.Context, patience time.Duration) error {
	api := m.as("")
	err := poll(ctx, patience, m.name()+" to follow the chain", func() (bool, error) {
		var h struct{ Chain struct{ Synced bool } }
		err := api.get(ctx, "/health", &h)
		return err == nil && h.Chain.Synced, m.alive()
	})
	if err != nil {
		return fmt.Errorf("%w; the end of its log:\n%s", err, m.tail(12))
	}
	return nil
}

// as returns a client with a bearer token.
func (m *member) as(token string) *client {
	return &client{url: "http://" + m.api, token: token, http: m.world.http, blame: m.world.blame}
}

func (m *member) operator() *client { return m.as(m.token) }

// tail returns the end of the node's log.
func (m *member) tail(lines int) string {
	raw, err := os.ReadFile(logOf(m.repo))
	if err != nil {
		return err.Error()
	}
	all := bytes.Split(bytes.TrimSpace(raw), []byte("\n"))
	return string(bytes.Join(all[max(0, len(all)-lines):], []byte("\n")))
}

// close ends the node and its proxy.
func (m *member) close() error {
	var err error
	m.mu.Lock()
	if m.process != nil {
		err = errors.Join(m.process.died(), m.process.stop())
		m.process = nil
	}
	m.mu.Unlock()
	m.proxy.close()
	if err != nil {
		return fmt.Errorf("%s: %w; the end of its log:\n%s", m.name(), err, m.tail(12))
	}
	return nil
}
