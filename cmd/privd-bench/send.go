package main

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"golang.org/x/sync/errgroup"

	"privd/chain"
	"privd/market"
	"privd/market/outbox"
	"privd/node"
	"privd/storage/records"
)

// payer is an account of the bench with its key.
type payer struct{ key *ecdsa.PrivateKey }

func (p payer) address() market.Address { return crypto.PubkeyToAddress(p.key.PublicKey) }

// SignTx implements chain.TxSigner.
func (p payer) SignTx(_ context.Context, _ market.Address, tx *types.Transaction, chainID uint64) (*types.Transaction, error) {
	return types.SignTx(tx, types.LatestSignerForChainID(new(big.Int).SetUint64(chainID)), p.key)
}

const (
	sendRounds = 4
	sendEach   = 1500 // token transfers in a round: several blocks, so that none of them matters
	submitters = 32   // tasks that submit at once, as many as buy at once in a node
)

// sending compares the sender, as a node of the network runs it, with the same client
// without it: the account's nonce counted by hand, gas estimated and the transaction
// sent one after the other, nothing stored. The sender stores each intent and all
// signed bytes durably, and those who submit at once share a sync of the disk. Rounds
// alternate, since machines are noisy.
func (b *bench) sending() (err error) {
	cfg, err := b.chain()
	if err != nil {
		return err
	}
	client, err := chain.NewClient(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	ours, plain, err := b.payers(client)
	if err != nil {
		return err
	}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	dir, err := os.MkdirTemp(b.nw.dir, "outbox-")
	if err != nil {
		return err
	}
	store, err := records.Open(records.Options{Dir: dir, Log: quiet})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	sender := chain.NewSender(chain.SenderDeps{Client: client, Store: store.Outbox(), Signer: ours, Account: ours.address(), Log: quiet, Now: time.Now})
	ctx, cancel := context.WithCancel(b.ctx)
	ended := make(chan error, 1)
	go func() { ended <- sender.Run(ctx) }()
	defer func() { cancel(); err = errors.Join(err, <-ended) }()

	eth, err := ethclient.DialContext(b.ctx, cfg.RPC)
	if err != nil {
		return err
	}
	defer eth.Close()
	call := client.PRIV().Transfer(market.Address{1}, market.Wei(1))
	var withSender, without time.Duration
	for round := range 1 + sendRounds {
		if round == 1 { // the first is for both to warm up
			withSender, without = 0, 0
		}
		began := time.Now()
		if err := sendStored(b.ctx, sender, round, call); err != nil {
			return err
		}
		withSender += time.Since(began)
		began = time.Now()
		if err := sendPlain(b.ctx, eth, cfg.ChainID, plain, call); err != nil {
			return err
		}
		without += time.Since(began)
	}
	total := float64(sendRounds * sendEach)
	b.t.add("transactions mined a second, through the sender", fmt.Sprintf("%.0f", total/withSender.Seconds()),
		fmt.Sprintf("the same client without it: %.0f; %.2fx", total/without.Seconds(), without.Seconds()/withSender.Seconds()))
	return nil
}

// chain returns how the nodes of the network treat its chain.
func (b *bench) chain() (chain.Config, error) {
	repo := b.nw.file.Nodes[0].Repo
	cfg, err := node.LoadConfig(filepath.Join(repo, "config.toml"))
	if err != nil {
		return chain.Config{}, err
	}
	network, err := node.LoadNetwork(b.nw.file.Network)
	return cfg.ChainOf(network), err
}

// payers returns two fresh accounts with something to send.
func (b *bench) payers(client *chain.Client) (ours, plain payer, err error) {
	give, err := b.faucet(client)
	if err != nil {
		return ours, plain, err
	}
	one := market.Wei(1_000_000_000_000_000_000)
	enough, err := one.MulDiv(100, 1)
	if err != nil {
		return ours, plain, err
	}
	for _, p := range []*payer{&ours, &plain} {
		if p.key, err = crypto.GenerateKey(); err != nil {
			return ours, plain, err
		}
		if _, err = give.Give(b.ctx, chain.Gift{To: p.address(), PRIV: one, ETH: enough}); err != nil {
			return ours, plain, err
		}
	}
	return ours, plain, nil
}

func (b *bench) faucet(client *chain.Client) (*chain.Faucet, error) {
	key, err := crypto.HexToECDSA(strings.TrimPrefix(b.nw.file.FaucetKey, "0x"))
	if err != nil {
		return nil, errors.New("the network file has no faucet key")
	}
	return chain.NewFaucet(client, key), nil
}

func sendStored(ctx context.Context, sender *chain.Sender, round int, call chain.Call) error {
	key := func(i int) string { return fmt.Sprintf("bench/%d/%d", round, i) }
	g, submitting := errgroup.WithContext(ctx)
	g.SetLimit(submitters)
	for i := range sendEach {
		g.Go(func() error {
			_, err := sender.Submit(submitting, key(i), call)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i := range sendEach {
		switch tx, err := sender.Wait(ctx, key(i), false); {
		case err != nil:
			return err
		case tx.State != outbox.Mined:
			return tx.Err()
		}
	}
	return nil
}

func sendPlain(ctx context.Context, eth *ethclient.Client, chainID uint64, p payer, call chain.Call) error {
	return sendEachPlain(ctx, eth, chainID, p, slices.Repeat([]chain.Call{call}, sendEach))
}

// sendEachPlain sends calls one after the other, and waits until all are mined.
func sendEachPlain(ctx context.Context, eth *ethclient.Client, chainID uint64, p payer, calls []chain.Call) error {
	nonce, err := eth.NonceAt(ctx, p.address(), nil)
	if err != nil {
		return err
	}
	for _, call := range calls {
		gas, err := eth.EstimateGas(ctx, ethereum.CallMsg{From: p.address(), To: &call.To, Data: call.Data})
		if err != nil {
			return err
		}
		tx, err := p.SignTx(ctx, p.address(), types.NewTx(&types.DynamicFeeTx{
			ChainID: new(big.Int).SetUint64(chainID), Nonce: nonce, To: &call.To, Data: call.Data, Gas: 2 * gas,
			GasTipCap: big.NewInt(1e9), GasFeeCap: big.NewInt(1e11),
		}), chainID)
		if err != nil {
			return err
		}
		if err := eth.SendTransaction(ctx, tx); err != nil {
			return err
		}
		nonce++
	}
	return until(ctx, time.Millisecond, func() (bool, error) {
		mined, err := eth.NonceAt(ctx, p.address(), nil)
		return mined == nonce, err
	})
}
