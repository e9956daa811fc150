package devnet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/ethereum/go-ethereum/common"

	"privd/api/oas"
	"privd/chain/keys"
	"privd/cmd/internal/call"
	"privd/market"
	"privd/node"
	"privd/storage/durable"
	"privd/storage/repo"
)

// member is one node of the network.
type member struct {
	index   int
	network *network
	dir     string // its repo

	child   *child
	api     call.Node
	account market.Address   // pays for gas
	wallets []market.Address // of its users, the operator included
	file    FileNode
}

func (m *member) name() string { return fmt.Sprintf("node%d", m.index) }

func (m *member) state() *nodeState { return &m.network.state.Nodes[m.index] }

// names returns the users the node has beside its operator.
func (m *member) names() []string {
	switch m.index {
	case 0:
		return []string{"alice", "bob"}
	case 1:
		return []string{"carol"}
	}
	return nil
}

// choosePorts fixes where a node listens, so that it is found there again after it
// was away.
func choosePorts(s *nodeState) error {
	if len(s.Listen) > 0 {
		return nil
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer tcp.Close()
	_, tcpPort, _ := net.SplitHostPort(tcp.Addr().String())
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer udp.Close()
	_, udpPort, _ := net.SplitHostPort(udp.LocalAddr().String())
	api, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer api.Close()
	s.API = api.Addr().String()
	s.Listen = []string{"/ip4/127.0.0.1/tcp/" + tcpPort, "/ip4/127.0.0.1/udp/" + udpPort + "/quic-v1"}
	return nil
}

// address returns where the node's API listens.
func (m *member) address() string {
	if m.index == 0 {
		return m.network.cfg.API
	}
	return m.state().API
}

// init makes the repo if it is not there, and writes its settings.
func (m *member) init(ctx context.Context) error {
	config, err := m.config()
	if err != nil {
		return err
	}
	d := repo.Dir(m.dir)
	if !d.Exists() {
		if err := node.Init(ctx, m.dir, node.InitOptions{NetworkFile: m.network.networkPath(), Config: config}); err != nil {
			return fmt.Errorf("make %s: %w", m.name(), err)
		}
		return nil
	}
	return errors.Join(
		durable.WriteFile(d.Config(), config, 0o600),
		m.network.networkFile().Save(d.Network()),
	)
}

// config is the node's config.toml: blocks come each second and nobody is lying, so
// one confirmation is enough and work is done at once.
func (m *member) config() ([]byte, error) {
	var repos []string
	for _, other := range m.network.members {
		repos = append(repos, other.dir)
	}
	text := bytes.NewBufferString("# Written by privd-devnet at each start.\n\n")
	err := toml.NewEncoder(text).Encode(map[string]any{
		"api": map[string]any{"address": m.address(), "origins": []string{"http://localhost:*", "http://127.0.0.1:*"}},
		"p2p": map[string]any{
			"listen": m.state().Listen, "mdns": false, "port_map": false, "catch_up_every": "10s",
		},
		"chain": map[string]any{"confirmations": 1, "poll": "250ms"},
		"trade": map[string]any{"settle_after": "2s", "payout_after": "1s", "retry_most": "10s"},
		"x402":  map[string]any{"listen": "127.0.0.1:0"},
		"dev":   map[string]any{"faucet_key": m.network.faucetKey(), "nodes": repos},
	})
	return text.Bytes(), err
}

// start starts the node's process and waits until it answers.
func (m *member) start(ctx context.Context) (err error) {
	n := m.network
	args := []string{"--log-level", n.cfg.LogLevel}
	if m.child, err = spawn(n.cfg.Program, m.name(), m.dir, args...); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	spoken, err := m.child.listening(ctx)
	if err != nil {
		return fmt.Errorf("start %s: %w", m.name(), err)
	}
	d := repo.Dir(m.dir)
	token, err := d.ReadText(d.Token())
	if err != nil {
		return err
	}
	m.api = call.Node{API: spoken.API, Token: token}
	status, err := m.status(ctx)
	if err != nil {
		return fmt.Errorf("start %s: %w", m.name(), err)
	}
	m.account = common.HexToAddress(status.Chain.Account)
	m.state().P2P = loopback(status.P2PAddresses)
	m.file = FileNode{
		Repo: m.dir, API: spoken.API, X402: status.X402Address, P2P: m.state().P2P, OperatorToken: token, Users: []FileUser{},
	}
	return nil
}

// loopback returns the addresses that others on this machine dial.
func loopback(addresses []string) []string {
	local := []string{}
	for _, a := range addresses {
		if strings.HasPrefix(a, "/ip4/127.0.0.1/") {
			local = append(local, a)
		}
	}
	return local
}

// status asks the node, waiting while it only just begins to serve.
func (m *member) status(ctx context.Context) (s oas.NodeStatus, err error) {
	return s, m.await(ctx, func() (bool, error) {
		err := m.api.Get(ctx, "/node/status", nil, &s)
		return err == nil, err
	})
}

// ready waits until the node follows the chain and, unless it is alone, has a peer.
func (m *member) ready(ctx context.Context, met bool) error {
	var h oas.Health
	err := m.await(ctx, func() (bool, error) {
		err := m.api.Get(ctx, "/health", nil, &h)
		return err == nil && h.Chain.Synced && (h.Peers > 0 || !met), err
	})
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%s is not ready (chain synced: %t, peers: %d); the end of its log, %s:\n%s",
			m.name(), h.Chain.Synced, h.Peers, m.child.log, tail(m.child.log, 10))
	}
	return err
}

// await asks until the answer is yes, the node is gone, or the time is over. A node
// that does not answer is asked again; what it refuses is final.
func (m *member) await(ctx context.Context, ask func() (bool, error)) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		done, err := ask()
		if done {
			return nil
		}
		if err != nil && market.CodeOf(err) != market.Unavailable && ctx.Err() == nil {
			return fmt.Errorf("%s: %w", m.name(), err)
		}
		select {
		case <-tick.C:
		case <-m.child.gone:
			return m.child.death()
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		}
	}
}

// makeUsers finds or makes the node's users and their keys.
func (m *member) makeUsers(ctx context.Context) error {
	var list oas.UserList
	if err := m.api.Get(ctx, "/node/users", nil, &list); err != nil {
		return fmt.Errorf("%s: %w", m.name(), err)
	}
	ring, err := keys.Open(repo.Dir(m.dir).Keystore(), "")
	if err != nil {
		return fmt.Errorf("%s: %w", m.name(), err)
	}
	have := map[string]oas.User{}
	for _, u := range list.Users {
		have[u.Name] = u
		if u.Operator {
			m.wallets = append(m.wallets, common.HexToAddress(u.WalletAddress))
		}
	}
	for _, name := range m.names() {
		user := FileUser{Name: name, UserID: have[name].UserID, WalletAddress: have[name].WalletAddress}
		if user, err = m.user(ctx, user); err != nil {
			return fmt.Errorf("user %s of %s: %w", name, m.name(), err)
		}
		if user.PrivateKey, err = exported(ring, user.WalletAddress, repo.Dir(m.dir)); err != nil {
			return fmt.Errorf("user %s of %s: %w", name, m.name(), err)
		}
		m.wallets = append(m.wallets, common.HexToAddress(user.WalletAddress))
		m.file.Users = append(m.file.Users, user)
	}
	return m.serviceKey(ctx)
}

// exported reads the key of a wallet; a ring that was opened before the wallet was
// made does not know it.
func exported(ring *keys.Ring, wallet string, d repo.Dir) (string, error) {
	address := common.HexToAddress(wallet)
	if !ring.Has(address) {
		var err error
		if ring, err = keys.Open(d.Keystore(), ""); err != nil {
			return "", err
		}
	}
	private, err := ring.Export(address)
	if err != nil {
		return "", err
	}
	return private.Reveal(), nil
}

// user makes a user that is not there yet, and completes what is known of one.
func (m *member) user(ctx context.Context, u FileUser) (FileUser, error) {
	keep := m.state().UserKeys
	if u.UserID == "" {
		var made oas.CreatedUser
		if err := m.api.Send(ctx, http.MethodPost, "/node/users", oas.CreateUserJSONBody{Name: u.Name}, &made); err != nil {
			return u, err
		}
		u.UserID, u.WalletAddress, keep[u.Name] = made.UserID, made.WalletAddress, made.APIKey
	}
	if keep[u.Name] == "" { // the devnet ended before it had noted the key
		key, err := m.issue(ctx, u.Name, "user")
		if err != nil {
			return u, err
		}
		keep[u.Name] = key
	}
	u.APIKey = keep[u.Name]
	var token oas.Token
	err := m.api.Send(ctx, http.MethodPost, "/node/users/"+url.PathEscape(u.UserID)+"/token", nil, &token)
	u.JWT = token.Token
	return u, err
}

func (m *member) issue(ctx context.Context, user string, kind oas.KeyKind) (string, error) {
	api := m.api
	api.User = user
	var key oas.NewKey
	err := api.Send(ctx, http.MethodPost, "/auth/keys", oas.CreateKeyJSONBody{Name: "devnet", Kind: &kind}, &key)
	return key.APIKey, err
}

func (m *member) serviceKey(ctx context.Context) (err error) {
	s := m.state()
	if s.ServiceKey == "" {
		if s.ServiceKey, err = m.issue(ctx, "", "service"); err != nil {
			return fmt.Errorf("service key of %s: %w", m.name(), err)
		}
	}
	m.file.ServiceKey = s.ServiceKey
	return nil
}

// relative returns the node's repo as one would type it.
func (m *member) relative() string {
	if here, err := filepath.Abs("."); err == nil {
		if short, err := filepath.Rel(here, m.dir); err == nil && !strings.HasPrefix(short, "..") {
			return short
		}
	}
	return m.dir
}
