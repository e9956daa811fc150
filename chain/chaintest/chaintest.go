// Package chaintest gives tests a chain with the market's contracts on it: the
// embedded development chain, ready in well under a second, or anvil where a test
// needs what only anvil does.
package chaintest

import (
	"context"
	"crypto/ecdsa"
	"io"
	"log/slog"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"privd/chain"
	"privd/chain/deploy"
	"privd/chain/devchain"
	"privd/market"
	"privd/market/seal"
)

// Net is a chain with contracts. Operator is the account that deployed them, holds
// all PRIV, mints the dollar and receives the fees.
type Net struct {
	URL      string
	Config   chain.Config // complete, with a quick poll and one confirmation
	Operator Key
	// Embedded is the chain when it runs in this process, nil on anvil.
	Embedded *devchain.Chain

	funding sync.Mutex
}

// Supply is all PRIV there is on a test chain: a billion.
var supply = new(big.Int).Mul(big.NewInt(1e9), big.NewInt(1e18))

// Start runs an embedded chain that seals a block per transaction and deploys the
// contracts. It ends with the test.
func Start(t testing.TB) *Net { return StartWith(t, devchain.Config{}) }

// StartWith runs an embedded chain as configured and deploys the contracts.
func StartWith(t testing.TB, cfg devchain.Config) *Net {
	t.Helper()
	c, err := devchain.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	n := connect(t, c.HTTP())
	n.Embedded = c
	return n
}

// connect deploys the contracts on a development chain.
func connect(t testing.TB, url string) *Net {
	t.Helper()
	operator := Key{devchain.Accounts()[0].Key}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	amount, err := market.AmountFromBig(supply)
	if err != nil {
		t.Fatal(err)
	}
	result, err := deploy.Run(ctx, deploy.Config{RPC: url, ChainID: devchain.ChainID, Key: operator.key, Supply: amount})
	if err != nil {
		t.Fatal(err)
	}
	cfg := chain.Defaults()
	cfg.RPC, cfg.ChainID, cfg.Contracts, cfg.DeployBlock = url, devchain.ChainID, result.Contracts, result.Block
	cfg.Confirmations, cfg.Poll, cfg.Timeout = 1, 10*time.Millisecond, 10*time.Second
	cfg.Rebroadcast, cfg.StallAfter = time.Second, 5*time.Second
	return &Net{URL: url, Config: cfg, Operator: operator}
}

// Client returns a client of the chain that is closed with the test.
func (n *Net) Client(t testing.TB) *chain.Client {
	t.Helper()
	client, err := chain.NewClient(n.Config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// Log is a logger that says nothing.
func Log() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// Key is an account of a test with its private key. It signs digests and
// transactions, for its own account only.
type Key struct{ key *ecdsa.PrivateKey }

// NewKey returns a fresh account without anything.
func NewKey(t testing.TB) Key {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return Key{key}
}

// KeyOf returns the account of a private key.
func KeyOf(key *ecdsa.PrivateKey) Key { return Key{key} }

// Address returns the account.
func (k Key) Address() market.Address { return crypto.PubkeyToAddress(k.key.PublicKey) }

// Private returns the key itself.
func (k Key) Private() *ecdsa.PrivateKey { return k.key }

// SignDigest implements seal.Signer.
func (k Key) SignDigest(_ context.Context, account market.Address, digest market.Hash) (seal.Sig, error) {
	if account != k.Address() {
		return seal.Sig{}, market.ErrNotFound
	}
	rsv, err := crypto.Sign(digest[:], k.key)
	if err != nil {
		return seal.Sig{}, err
	}
	return seal.Compact(rsv)
}

// SignTx implements chain.TxSigner.
func (k Key) SignTx(_ context.Context, account market.Address, tx *types.Transaction, chainID uint64) (*types.Transaction, error) {
	if account != k.Address() {
		return nil, market.ErrNotFound
	}
	return types.SignTx(tx, types.LatestSignerForChainID(new(big.Int).SetUint64(chainID)), k.key)
}

// Sign signs a digest.
func (k Key) Sign(t testing.TB, digest market.Hash) seal.Sig {
	t.Helper()
	sig, err := k.SignDigest(t.Context(), k.Address(), digest)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}
