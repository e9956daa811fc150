// Package devchain is a development blockchain inside this process: one
// go-ethereum node without peers, served as JSON-RPC on one loopback port over
// HTTP and WebSocket. It seals blocks by itself, moves its clock on request
// (evm_increaseTime, evm_setNextBlockTimestamp, evm_mine), and reorganises itself
// for tests.
//
// Its keys are public knowledge. Only the development network and tests import it;
// the node itself never does.
package devchain

import (
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/eth/filters"
	gethlog "github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
)

// ChainID is the chain id of every development chain, anvil's included.
const ChainID = 31337

// GasLimit is the gas of one block.
const GasLimit = 30_000_000

// Config says how the chain runs. The zero value is a chain in memory on a free
// port that seals a block per transaction.
type Config struct {
	Dir    string        // where the chain is kept; "" is in memory
	Port   int           // of loopback; 0 is any free one
	Period time.Duration // between blocks, whole seconds; 0 is a block per transaction
	Log    *slog.Logger  // nil is silent
}

// Chain is a running development chain. The owner calls Close.
type Chain struct {
	stack  *node.Node
	eth    *eth.Ethereum
	sealer *sealer

	closing sync.Once
	closed  error
}

// quiet silences go-ethereum's logger once: it is global, and speaks of peers that
// this chain does not want.
var quiet sync.Once

// Start runs a chain. When it returns, the chain answers.
func Start(cfg Config) (*Chain, error) {
	if cfg.Period < 0 || cfg.Period%time.Second != 0 {
		return nil, errors.New("start development chain: the period must be whole seconds")
	}
	quiet.Do(func() { gethlog.SetDefault(gethlog.NewLogger(slog.DiscardHandler)) })
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	c, err := start(cfg)
	if err != nil {
		return nil, fmt.Errorf("start development chain: %w", err)
	}
	return c, nil
}

func start(cfg Config) (_ *Chain, err error) {
	port, err := freePort(cfg.Port)
	if err != nil {
		return nil, err
	}
	stack, err := node.New(nodeConfig(cfg, port))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, stack.Close())
		}
	}()
	backend, err := eth.New(stack, ethConfig(cfg))
	if err != nil {
		return nil, err
	}
	sealer := newSealer(backend, cfg.Period, cfg.Log)
	logs := filters.NewFilterSystem(backend.APIBackend, filters.Config{})
	stack.RegisterAPIs([]rpc.API{
		{Namespace: "eth", Service: filters.NewFilterAPI(logs)},
		{Namespace: "evm", Service: &clockAPI{sealer}},
	})
	// The node stops its parts in reverse order, so sealing ends before the chain does.
	stack.RegisterLifecycle(sealer)
	if err := stack.Start(); err != nil {
		return nil, err
	}
	return &Chain{stack: stack, eth: backend, sealer: sealer}, nil
}

// freePort returns a loopback port. go-ethereum serves HTTP and WebSocket on one
// port only when it is named, so a free one is found first.
func freePort(port int) (int, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func nodeConfig(cfg Config, port int) *node.Config {
	nc := node.DefaultConfig
	nc.Name, nc.DataDir = "devchain", cfg.Dir
	nc.P2P = p2p.Config{NoDiscovery: true, NoDial: true, MaxPeers: 0, ListenAddr: ""}
	nc.IPCPath = ""
	nc.HTTPHost, nc.HTTPPort = "127.0.0.1", port
	nc.WSHost, nc.WSPort = "127.0.0.1", port
	nc.HTTPModules = []string{"eth", "net", "web3", "txpool", "debug", "evm"}
	nc.WSModules = nc.HTTPModules
	nc.HTTPVirtualHosts = []string{"localhost", "127.0.0.1"}
	return &nc
}

func ethConfig(cfg Config) *ethconfig.Config {
	ec := ethconfig.Defaults
	ec.Genesis, ec.NetworkId, ec.SyncMode = genesis(), ChainID, ethconfig.FullSync
	ec.TxPool.NoLocals = true
	// With the defaults, thousands of transactions of one account are dropped silently.
	ec.TxPool.AccountSlots, ec.TxPool.AccountQueue = 1<<14, 1<<14
	ec.TxPool.GlobalSlots, ec.TxPool.GlobalQueue = 1<<15, 1<<15
	if cfg.Dir != "" {
		// The state of every block on disk: otherwise a killed process loses dozens of blocks.
		ec.NoPruning, ec.StateScheme = true, "hash"
	}
	ec.DatabaseCache, ec.TrieCleanCache, ec.TrieDirtyCache, ec.SnapshotCache = 16, 16, 16, 16
	ec.Miner.GasPrice = big.NewInt(1)
	ec.Miner.GasCeil = GasLimit
	ec.RPCTxFeeCap = 0
	// No index of logs: it keeps a core busy and holds up the end for seconds, and a chain
	// this short is searched as fast without.
	ec.LogNoHistory = true
	return &ec
}

func genesis() *core.Genesis {
	// Forks up to Prague, which public chains have; the list of development forks runs ahead of them.
	forks := *params.AllDevChainProtocolChanges
	forks.ChainID = big.NewInt(ChainID)
	forks.OsakaTime, forks.BogotaTime = nil, nil
	g := core.DeveloperGenesisBlock(GasLimit, nil)
	g.Config = &forks
	for _, account := range Accounts() {
		g.Alloc[account.Address] = types.Account{Balance: new(big.Int).Mul(big.NewInt(10_000), big.NewInt(params.Ether))}
	}
	return g
}

// HTTP returns the URL of the JSON-RPC server.
func (c *Chain) HTTP() string { return c.stack.HTTPEndpoint() }

// WS returns the WebSocket URL of the same server.
func (c *Chain) WS() string { return c.stack.WSEndpoint() }

// Mine seals a block now, with what is in the pool.
func (c *Chain) Mine() error { return c.sealer.mine() }

// Advance moves the clock of coming blocks and seals one there.
func (c *Chain) Advance(by time.Duration) error {
	c.sealer.shift(by)
	return c.sealer.mine()
}

// Head returns the number, hash and time (unix seconds) of the newest block.
func (c *Chain) Head() (number uint64, hash [32]byte, timestamp uint64) {
	head := c.eth.BlockChain().CurrentBlock()
	return head.Number.Uint64(), head.Hash(), head.Time
}

// Reorg replaces the newest depth blocks by one block more, empty ones. Their
// transactions return to the pool, or with drop are forgotten.
func (c *Chain) Reorg(depth uint64, drop bool) error { return c.sealer.reorg(depth, drop) }

// Pause stops sealing by itself until Resume; Mine still works.
func (c *Chain) Pause() { c.sealer.pause(true) }

// Resume ends a Pause, and seals what has gathered.
func (c *Chain) Resume() { c.sealer.pause(false) }

// Close stops the chain. Nothing that was sealed is lost.
func (c *Chain) Close() error {
	c.closing.Do(func() { c.closed = c.stack.Close() })
	return c.closed
}
