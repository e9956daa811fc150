package devnet

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"

	"privd/chain/binding/mockusdc"
	"privd/chain/binding/privtoken"
	"privd/chain/binding/rewards"
	"privd/market"
	"privd/node"
)

// payment is one thing the faucet's account does on chain.
type payment struct {
	to    common.Address
	value *big.Int
	data  []byte
}

// whole returns n tokens in a unit of that many decimals.
func whole(n int64, decimals int) *big.Int {
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	return unit.Mul(unit, big.NewInt(n))
}

// What everybody is given.
const (
	userPRIV = 10_000
	userUSDC = 10_000
	poolPRIV = 100_000 // each operator's reward pool
	gasETH   = 100     // each node's account
)

// forUser gives a wallet money to spend.
func forUser(c node.Contracts, wallet market.Address) []payment {
	return []payment{
		{to: c.PRIV, data: privtoken.NewPrivToken().PackTransfer(wallet, whole(userPRIV, 18))},
		{to: c.USDC, data: mockusdc.NewMockUSDC().PackMint(wallet, whole(userUSDC, 6))},
	}
}

// forNode gives a node's account gas, and what its users earn.
func forNode(c node.Contracts, account market.Address) []payment {
	pool := whole(poolPRIV, 18)
	return []payment{
		{to: account, value: whole(gasETH, 18)},
		{to: c.PRIV, data: privtoken.NewPrivToken().PackApprove(c.Rewards, pool)},
		{to: c.Rewards, data: rewards.NewRewards().PackFund(account, pool)},
	}
}

// paymentGas is above what any payment costs. It is not estimated: a payment may
// need the one before it.
const paymentGas = 200_000

// pay makes all payments and waits until they are mined.
func (l *ledger) pay(ctx context.Context, payments []payment) error {
	if len(payments) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	eth, err := ethclient.DialContext(ctx, l.url)
	if err != nil {
		return fmt.Errorf("fund: %w", err)
	}
	defer eth.Close()
	nonce, err := eth.PendingNonceAt(ctx, crypto.PubkeyToAddress(l.key.PublicKey))
	if err != nil {
		return fmt.Errorf("fund: %w", err)
	}
	sent := make([]common.Hash, len(payments))
	for i, p := range payments {
		if sent[i], err = l.send(ctx, eth, nonce+uint64(i), p); err != nil {
			return fmt.Errorf("fund %s: %w", p.to, err)
		}
	}
	for i, hash := range sent {
		receipt, err := mined(ctx, eth, hash)
		if err != nil {
			return fmt.Errorf("fund: %w", err)
		}
		if receipt.Status != types.ReceiptStatusSuccessful {
			return fmt.Errorf("fund: the payment to %s in transaction %s reverted", payments[i].to, hash)
		}
	}
	return nil
}

func (l *ledger) send(ctx context.Context, eth *ethclient.Client, nonce uint64, p payment) (common.Hash, error) {
	head, err := eth.HeaderByNumber(ctx, nil)
	if err != nil {
		return common.Hash{}, err
	}
	if head.BaseFee == nil {
		return common.Hash{}, errors.New("the chain has no base fee (EIP-1559)")
	}
	tip := big.NewInt(1_000_000_000)
	id := new(big.Int).SetUint64(l.id)
	tx, err := types.SignNewTx(l.key, types.LatestSignerForChainID(id), &types.DynamicFeeTx{
		ChainID: id, Nonce: nonce, To: &p.to, Value: p.value, Data: p.data, Gas: paymentGas,
		GasTipCap: tip, GasFeeCap: new(big.Int).Add(tip, new(big.Int).Lsh(head.BaseFee, 1)),
	})
	if err != nil {
		return common.Hash{}, err
	}
	return tx.Hash(), eth.SendTransaction(ctx, tx)
}

// mined waits for a transaction.
func mined(ctx context.Context, eth *ethclient.Client, hash common.Hash) (*types.Receipt, error) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		receipt, err := eth.TransactionReceipt(ctx, hash)
		if err == nil {
			return receipt, nil
		}
		if !errors.Is(err, ethereum.NotFound) && ctx.Err() == nil {
			return nil, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("transaction %s is not mined: %w", hash, context.Cause(ctx))
		}
	}
}
