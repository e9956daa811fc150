package devnet

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"

	"privd/chain/devchain"
	"privd/chain/keys"
	"privd/market"
)

// ledger is the chain the network runs on.
type ledger struct {
	url   string
	id    uint64
	key   *ecdsa.PrivateKey // has the coins
	close func() error
}

// openLedger runs the embedded chain, or finds the one that was named.
func openLedger(ctx context.Context, cfg Config, s *state) (*ledger, error) {
	if cfg.Chain != "" {
		return joinLedger(ctx, cfg)
	}
	address := cfg.RPC
	if !cfg.FixedRPC && s.RPC != "" {
		address = s.RPC
	}
	port, err := rpcPort(address, cfg.FixedRPC)
	if err != nil {
		return nil, err
	}
	c, err := devchain.Start(devchain.Config{
		Dir: filepath.Join(cfg.Dir, "chain"), Port: port, Period: cfg.BlockTime,
		Log: slog.New(slog.NewTextHandler(cfg.Err, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return nil, err
	}
	at, err := url.Parse(c.HTTP())
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	s.RPC = at.Host
	return &ledger{url: c.HTTP(), id: devchain.ChainID, key: devchain.Accounts()[0].Key, close: c.Close}, nil
}

// first returns the hash of the chain's first block, which tells it from all others.
func (l *ledger) first(ctx context.Context) (common.Hash, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	eth, err := ethclient.DialContext(ctx, l.url)
	if err != nil {
		return common.Hash{}, err
	}
	defer eth.Close()
	header, err := eth.HeaderByNumber(ctx, new(big.Int))
	if err != nil {
		return common.Hash{}, fmt.Errorf("read the first block of the chain: %w", err)
	}
	return header.Hash(), nil
}

// rpcPort returns the port for the embedded chain, which serves loopback only. When
// the usual one is taken, any other will do, unless it was asked for.
func rpcPort(address string, fixed bool) (int, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return 0, usage{fmt.Errorf("--rpc %s is not host:port", address)}
	}
	if host != "127.0.0.1" && host != "localhost" {
		return 0, usage{errors.New("--rpc must be on 127.0.0.1: the chain's keys are public knowledge")}
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return 0, usage{fmt.Errorf("--rpc %s is not host:port", address)}
	}
	if err := free("127.0.0.1:" + text); err == nil {
		return port, nil
	}
	if fixed {
		return 0, fmt.Errorf("port %d is taken by another program; choose another with --rpc 127.0.0.1:0", port)
	}
	return 0, nil
}

// free returns an error when somebody listens at an address.
func free(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return l.Close()
}

// joinLedger connects to a chain that somebody else runs.
func joinLedger(ctx context.Context, cfg Config) (*ledger, error) {
	key := devchain.Accounts()[0].Key
	if cfg.FundedKey != "" {
		private, err := keys.ParsePrivate(cfg.FundedKey)
		if err != nil {
			return nil, usage{fmt.Errorf("PRIVD_DEVNET_KEY: %w", err)}
		}
		if key, err = crypto.ToECDSA(private[:]); err != nil {
			return nil, usage{errors.New("PRIVD_DEVNET_KEY: not a private key")}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	eth, err := ethclient.DialContext(ctx, cfg.Chain)
	if err != nil {
		return nil, fmt.Errorf("no chain answers at %s: %w", cfg.Chain, err)
	}
	id, err := eth.ChainID(ctx)
	if err != nil {
		eth.Close()
		return nil, fmt.Errorf("no chain answers at %s: %w", cfg.Chain, err)
	}
	l := &ledger{url: cfg.Chain, id: id.Uint64(), key: key}
	stop := mineEachSecond(eth, cfg.Err)
	l.close = func() error {
		stop()
		eth.Close()
		return nil
	}
	return l, nil
}

// mineEachSecond makes a chain that mines only on demand mine each second too, so
// that its clock goes on. Other chains are left alone. The returned function ends
// it.
func mineEachSecond(eth *ethclient.Client, complain io.Writer) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		var onDemand bool
		if err := eth.Client().CallContext(ctx, &onDemand, "anvil_getAutomine"); err != nil || !onDemand {
			return
		}
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		failing := false
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			err := eth.Client().CallContext(ctx, nil, "evm_mine")
			if err != nil && !failing && ctx.Err() == nil {
				fmt.Fprintln(complain, "the chain does not mine:", err)
			}
			failing = err != nil
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// account returns the address that has the coins, deploys and collects the fees.
func (l *ledger) account() market.Address { return crypto.PubkeyToAddress(l.key.PublicKey) }
