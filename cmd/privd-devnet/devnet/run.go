package devnet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"privd/api/oas"
	"privd/chain"
	"privd/chain/deploy"
	"privd/chain/keys"
	"privd/market"
	"privd/node"
)

// supply is all PRIV there is on a development network: a billion.
const supply = 1_000_000_000

// network is a running development network.
type network struct {
	cfg       Config
	state     *state
	ledger    *ledger
	genesis   common.Hash
	contracts node.Contracts
	members   []*member
	fixtures  []oas.Fixture // that were asked for
}

// Run runs the network until ctx ends, or with cfg.Demo until the story is told.
func Run(ctx context.Context, cfg Config) (err error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(cfg.Dir, "devnet.lock"), flock.SetPermissions(0o600))
	held, err := lock.TryLock()
	if err != nil {
		return err
	}
	if !held {
		return fmt.Errorf("another privd-devnet runs in %s; stop it, or choose another --dir", cfg.Dir)
	}
	defer lock.Close()
	if err := removeFile(cfg.Dir); err != nil {
		return err
	}
	n := &network{cfg: cfg}
	defer func() { err = errors.Join(err, n.stop()) }()
	if err := n.start(ctx); err != nil {
		return err
	}
	if cfg.Demo {
		return n.demo(ctx)
	}
	n.tell()
	return n.watch(ctx)
}

// start brings everything up and then writes devnet.json.
func (n *network) start(ctx context.Context) (err error) {
	began := time.Now()
	if n.state, err = loadState(n.cfg.Dir); err != nil {
		return err
	}
	if err := n.checkPorts(); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{n.openChain, n.deploy, n.initRepos, n.startNodes, n.makeUsers, n.fund} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if err := n.ready(ctx); err != nil {
		return err
	}
	if err := n.seed(ctx); err != nil {
		return err
	}
	fmt.Fprintf(n.cfg.Err, "devnet: ready after %s in %s\n", time.Since(began).Round(time.Millisecond), n.cfg.Dir)
	return n.file().save(n.cfg.Dir)
}

// checkPorts fails before anything is started.
func (n *network) checkPorts() error {
	if err := free(n.cfg.API); err != nil {
		return fmt.Errorf("the first node's API cannot listen at %s (%w); choose another address with --api 127.0.0.1:0", n.cfg.API, err)
	}
	return nil
}

func (n *network) openChain(ctx context.Context) (err error) {
	external := n.cfg.Chain != ""
	if n.state.Topic != "" && n.state.External != external {
		return fmt.Errorf("%s holds a network on another chain; choose another --dir, or remove it", n.cfg.Dir)
	}
	if n.ledger, err = openLedger(ctx, n.cfg, n.state); err != nil {
		return err
	}
	if n.genesis, err = n.ledger.first(ctx); err != nil {
		return err
	}
	if n.state.Topic == "" {
		n.state.Topic, n.state.External = "privd-devnet-"+market.RandomText(12), external
	}
	fmt.Fprintf(n.cfg.Err, "devnet: chain %d at %s\n", n.ledger.id, n.ledger.url)
	return n.state.save()
}

// deploy puts the contracts on the chain, or finds them there.
func (n *network) deploy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	all, err := market.AmountFromBig(whole(supply, 18))
	if err != nil {
		return err
	}
	fresh := n.state.Contracts == (chain.Contracts{})
	result, err := deploy.Run(ctx, deploy.Config{
		RPC: n.ledger.url, ChainID: n.ledger.id, Key: n.ledger.key, Supply: all, Have: n.state.Contracts,
		Save: func(c chain.Contracts) error {
			n.state.Contracts = c
			return n.state.save()
		},
	})
	if errors.Is(err, market.ErrNotFound) && !fresh {
		return fmt.Errorf("the chain at %s is not the one the network in %s was made on; choose another --dir, or remove it", n.ledger.url, n.cfg.Dir)
	}
	if err != nil {
		return err
	}
	n.contracts, n.state.Contracts = node.Contracts(result.Contracts), result.Contracts
	if fresh {
		n.state.DeployBlock = result.Block
	}
	return n.state.save()
}

// networkFile is DIR/network.json with the nodes known so far to meet.
func (n *network) networkFile() node.Network {
	file := node.Network{
		ChainID: n.ledger.id, Genesis: &n.genesis, RPC: n.ledger.url, Contracts: n.contracts,
		DeployBlock: n.state.DeployBlock, Topic: n.state.Topic, Bootstrap: []string{},
	}
	for _, s := range n.state.Nodes[:min(len(n.state.Nodes), n.cfg.Nodes)] {
		file.Bootstrap = append(file.Bootstrap, s.P2P...)
	}
	return file
}

func (n *network) networkPath() string { return filepath.Join(n.cfg.Dir, "network.json") }

// initRepos makes the repos that are not there yet, and writes the settings of all.
func (n *network) initRepos(ctx context.Context) error {
	if err := n.networkFile().Save(n.networkPath()); err != nil {
		return err
	}
	for i := range n.cfg.Nodes {
		if err := choosePorts(n.state.node(i)); err != nil {
			return err
		}
		n.members = append(n.members, &member{index: i, network: n, dir: filepath.Join(n.cfg.Dir, fmt.Sprintf("node%d", i))})
	}
	if err := n.state.save(); err != nil {
		return err
	}
	var all errgroup.Group
	for _, m := range n.members {
		all.Go(func() error { return m.init(ctx) })
	}
	return all.Wait()
}

// startNodes starts the first node, which the others meet, and then the others.
func (n *network) startNodes(ctx context.Context) error {
	if err := n.members[0].start(ctx); err != nil {
		return err
	}
	if err := n.writeNetworks(); err != nil {
		return err
	}
	all, groupCtx := errgroup.WithContext(ctx)
	for _, m := range n.members[1:] {
		all.Go(func() error { return m.start(groupCtx) })
	}
	if err := all.Wait(); err != nil {
		return err
	}
	// A node that is started again on its own meets any of the others.
	return n.writeNetworks()
}

// writeNetworks writes the network file, and each node's copy.
func (n *network) writeNetworks() error {
	if err := n.state.save(); err != nil {
		return err
	}
	file := n.networkFile()
	if err := file.Save(n.networkPath()); err != nil {
		return err
	}
	for _, m := range n.members {
		if err := file.Save(filepath.Join(m.dir, "network.json")); err != nil {
			return err
		}
	}
	return nil
}

func (n *network) makeUsers(ctx context.Context) error {
	var all errgroup.Group
	for _, m := range n.members {
		all.Go(func() error { return m.makeUsers(ctx) })
	}
	if err := all.Wait(); err != nil {
		return err
	}
	return n.state.save()
}

// fund gives money to all who were not given any before.
func (n *network) fund(ctx context.Context) error {
	var payments []payment
	funded := slices.Clone(n.state.Funded)
	give := func(to market.Address, what func(node.Contracts, market.Address) []payment) {
		if !slices.Contains(funded, to) {
			payments = append(payments, what(n.contracts, to)...)
			funded = append(funded, to)
		}
	}
	for _, m := range n.members {
		give(m.account, forNode)
		for _, wallet := range m.wallets {
			give(wallet, forUser)
		}
	}
	if err := n.ledger.pay(ctx, payments); err != nil {
		return err
	}
	n.state.Funded = funded
	return n.state.save()
}

// ready waits until every node follows the chain and has met another.
func (n *network) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	var all errgroup.Group
	for _, m := range n.members {
		all.Go(func() error { return m.ready(ctx, len(n.members) > 1) })
	}
	return all.Wait()
}

func (n *network) file() File {
	f := File{
		Chain: FileChain{RPC: n.ledger.url, ChainID: n.ledger.id}, Network: n.networkPath(),
		FaucetKey: n.faucetKey(), Contracts: n.contracts,
	}
	for _, m := range n.members {
		f.Nodes = append(f.Nodes, m.file)
	}
	return f
}

func (n *network) faucetKey() string {
	return keys.Private(crypto.FromECDSA(n.ledger.key)).Reveal()
}

// watch returns when ctx ends. A node that ends alone is told of, and the rest goes
// on, as a network does: the node may be started again by hand.
func (n *network) watch(ctx context.Context) error {
	var all errgroup.Group
	for _, m := range n.members {
		all.Go(func() error {
			select {
			case <-m.child.gone:
				fmt.Fprintf(n.cfg.Err, "devnet: %v\n\nIt can be started again with: %s start --repo %s\n", m.child.death(), n.cfg.Program, m.dir)
			case <-ctx.Done():
			}
			return nil
		})
	}
	<-ctx.Done()
	fmt.Fprintln(n.cfg.Err, "devnet: stopping")
	return all.Wait()
}

// stop ends the nodes and then the chain under them.
func (n *network) stop() error {
	var children []*child
	for _, m := range n.members {
		if m.child != nil {
			children = append(children, m.child)
		}
	}
	err := errors.Join(removeFile(n.cfg.Dir), stopAll(children))
	if n.ledger != nil {
		err = errors.Join(err, n.ledger.close())
	}
	return err
}
