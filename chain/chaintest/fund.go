package chaintest

import (
	"context"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"

	"privd/chain/binding/mockusdc"
	"privd/chain/binding/privtoken"
	"privd/market"
)

// PRIV returns an amount of whole PRIV.
func PRIV(t testing.TB, text string) market.Amount {
	t.Helper()
	amount, err := market.ParsePRIV(text)
	if err != nil {
		t.Fatal(err)
	}
	return amount
}

// Account returns a fresh account with 10 coins for gas and 1,000 PRIV.
func (n *Net) Account(t testing.TB) Key {
	t.Helper()
	k := NewKey(t)
	n.FundETH(t, k.Address(), market.Wei(10_000_000_000_000_000_000))
	n.FundPRIV(t, k.Address(), PRIV(t, "1000"))
	return k
}

// FundETH gives an account coins for gas.
func (n *Net) FundETH(t testing.TB, to market.Address, amount market.Amount) {
	t.Helper()
	n.Send(t, n.Operator, to, amount, nil)
}

// FundPRIV gives an account PRIV.
func (n *Net) FundPRIV(t testing.TB, to market.Address, amount market.Amount) {
	t.Helper()
	n.Send(t, n.Operator, n.Config.Contracts.PRIV, market.Amount{}, privtoken.NewPrivToken().PackTransfer(to, amount.Big()))
}

// FundUSDC gives an account development dollars, in millionths.
func (n *Net) FundUSDC(t testing.TB, to market.Address, amount market.Amount) {
	t.Helper()
	n.Send(t, n.Operator, n.Config.Contracts.USDC, market.Amount{}, mockusdc.NewMockUSDC().PackMint(to, amount.Big()))
}

// Send sends a transaction and waits until it is mined. It fails the test when the
// transaction reverts.
func (n *Net) Send(t testing.TB, from Key, to market.Address, value market.Amount, data []byte) *types.Receipt {
	t.Helper()
	// The nonce is read and used under one lock: tests fund in parallel.
	n.funding.Lock()
	defer n.funding.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	receipt, err := n.send(ctx, from, to, value, data)
	if err != nil {
		t.Fatal(err)
	}
	if receipt.Status != types.ReceiptStatusSuccessful {
		t.Fatalf("transaction %s reverted", receipt.TxHash)
	}
	return receipt
}

func (n *Net) send(ctx context.Context, from Key, to market.Address, value market.Amount, data []byte) (*types.Receipt, error) {
	eth, err := ethclient.DialContext(ctx, n.URL)
	if err != nil {
		return nil, err
	}
	defer eth.Close()
	nonce, err := eth.NonceAt(ctx, from.Address(), nil)
	if err != nil {
		return nil, err
	}
	head, err := eth.HeaderByNumber(ctx, nil)
	if err != nil {
		return nil, err
	}
	gwei := big.NewInt(1_000_000_000)
	tx, err := from.SignTx(ctx, from.Address(), types.NewTx(&types.DynamicFeeTx{
		ChainID: new(big.Int).SetUint64(n.Config.ChainID), Nonce: nonce, To: &to, Value: value.Big(), Data: data, Gas: 500_000,
		GasTipCap: gwei, GasFeeCap: new(big.Int).Add(gwei, new(big.Int).Lsh(head.BaseFee, 1)),
	}), n.Config.ChainID)
	if err != nil {
		return nil, err
	}
	if err := eth.SendTransaction(ctx, tx); err != nil {
		return nil, err
	}
	return waitMined(ctx, eth, tx.Hash())
}

func waitMined(ctx context.Context, eth *ethclient.Client, tx common.Hash) (*types.Receipt, error) {
	poll := time.NewTicker(2 * time.Millisecond)
	defer poll.Stop()
	for {
		receipt, err := eth.TransactionReceipt(ctx, tx)
		if err == nil {
			// The receipt may be there a moment before its block is the newest.
			var head uint64
			if head, err = eth.BlockNumber(ctx); err == nil && head >= receipt.BlockNumber.Uint64() {
				return receipt, nil
			}
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
