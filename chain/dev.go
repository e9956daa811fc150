package chain

import (
	"context"
	"crypto/ecdsa"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"

	"privd/chain/binding/mockusdc"
	"privd/market"
)

// AdvanceTime moves the clock of a development chain and makes a block there. It
// returns the block's time.
func (c *Client) AdvanceTime(ctx context.Context, by time.Duration) (time.Time, error) {
	var at time.Time
	err := c.once(ctx, "advance time", func(ctx context.Context, eth *ethclient.Client) error {
		if err := eth.Client().CallContext(ctx, nil, "evm_increaseTime", uint64(by/time.Second)); err != nil {
			return err
		}
		if err := eth.Client().CallContext(ctx, nil, "evm_mine"); err != nil {
			return err
		}
		head, err := eth.HeaderByNumber(ctx, nil)
		if err == nil {
			at = time.Unix(int64(head.Time), 0)
		}
		return err
	})
	return at, err
}

// Faucet gives tokens of a development network away, from the account that owns
// them. Several nodes may share the account.
type Faucet struct {
	client *Client
	key    *ecdsa.PrivateKey
	mu     sync.Mutex
}

// Gift is what a faucet gives, in the smallest unit of each token; zero amounts are
// not sent.
type Gift struct {
	To              market.Address
	PRIV, USDC, ETH market.Amount
}

// NewFaucet returns a faucet that pays from the account of key.
func NewFaucet(client *Client, key *ecdsa.PrivateKey) *Faucet {
	return &Faucet{client: client, key: key}
}

// Give sends a gift, waits until it is mined and returns the transactions' hashes.
func (f *Faucet) Give(ctx context.Context, g Gift) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var calls []Call
	if !g.PRIV.IsZero() {
		calls = append(calls, f.client.PRIV().Transfer(g.To, g.PRIV))
	}
	if !g.USDC.IsZero() {
		calls = append(calls, Call{To: f.client.cfg.Contracts.USDC, Data: mockusdc.NewMockUSDC().PackMint(g.To, g.USDC.Big())})
	}
	if !g.ETH.IsZero() {
		calls = append(calls, Call{To: g.To, Value: g.ETH})
	}
	hashes := []string{}
	for _, call := range calls {
		hash, err := f.send(ctx, call)
		if err != nil {
			return hashes, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

// faucetTries is how often a nonce may be lost to another node's faucet.
const faucetTries = 20

func (f *Faucet) send(ctx context.Context, call Call) (string, error) {
	from := crypto.PubkeyToAddress(f.key.PublicKey)
	if err := f.client.Check(ctx, from, call); err != nil {
		return "", err
	}
	for try := 0; ; try++ {
		tx, err := f.offer(ctx, from, call)
		if err == nil {
			return f.mined(ctx, tx)
		}
		if try == faucetTries || !nonceLost(err) {
			return "", err
		}
		if err := sleep(ctx, 50*time.Millisecond*time.Duration(try+1)); err != nil {
			return "", err
		}
	}
}

func nonceLost(err error) bool {
	text := err.Error()
	for _, s := range []string{"nonce too low", "already known", "already imported", "underpriced"} {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

func (f *Faucet) offer(ctx context.Context, from market.Address, call Call) (tx *types.Transaction, err error) {
	err = f.client.once(ctx, "faucet", func(ctx context.Context, eth *ethclient.Client) error {
		nonce, err := eth.PendingNonceAt(ctx, from)
		if err != nil {
			return err
		}
		head, err := eth.HeaderByNumber(ctx, nil)
		if err != nil {
			return err
		}
		tip := big.NewInt(1_000_000_000)
		fee := new(big.Int).Add(tip, new(big.Int).Mul(big.NewInt(2), head.BaseFee))
		tx, err = types.SignNewTx(f.key, types.LatestSignerForChainID(new(big.Int).SetUint64(f.client.cfg.ChainID)), &types.DynamicFeeTx{
			ChainID: new(big.Int).SetUint64(f.client.cfg.ChainID), Nonce: nonce, GasTipCap: tip, GasFeeCap: fee, Gas: 200_000,
			To: &call.To, Value: call.Value.Big(), Data: call.Data,
		})
		if err != nil {
			return err
		}
		return eth.SendTransaction(ctx, tx)
	})
	return tx, err
}

func (f *Faucet) mined(ctx context.Context, tx *types.Transaction) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		var receipt *types.Receipt
		err := f.client.do(ctx, "faucet", func(ctx context.Context, eth *ethclient.Client) (err error) {
			receipt, err = eth.TransactionReceipt(ctx, tx.Hash())
			return err
		})
		switch {
		case err == nil && receipt.Status != types.ReceiptStatusSuccessful:
			return "", fmt.Errorf("faucet: transaction %s failed", tx.Hash())
		case err == nil:
			return tx.Hash().Hex(), nil
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return "", fmt.Errorf("faucet: wait for %s: %w", tx.Hash(), err)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
