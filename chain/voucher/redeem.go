package voucher

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"privd/chain/binding/rewards"
	"privd/chain/deploy"
	"privd/market"
)

// Chain is what redeeming needs of a chain; ethclient.Client is one.
type Chain interface {
	deploy.Reader
	ChainID(ctx context.Context) (*big.Int, error)
	HeaderByNumber(ctx context.Context, number *big.Int) (*types.Header, error)
	PendingNonceAt(ctx context.Context, account market.Address) (uint64, error)
	SuggestGasTipCap(ctx context.Context) (*big.Int, error)
	EstimateGas(ctx context.Context, call ethereum.CallMsg) (uint64, error)
	SendTransaction(ctx context.Context, tx *types.Transaction) error
	TransactionReceipt(ctx context.Context, hash common.Hash) (*types.Receipt, error)
}

// Standing is what a voucher would pay.
type Standing struct {
	Paid market.Amount // to the account before
	Due  market.Amount // the voucher less that
	Fund market.Amount // what the operator can pay
}

// Look checks a voucher and asks the chain what it would pay. Invalid when it is not
// the operator's, of another chain, or of a contract that is not Rewards.
func Look(ctx context.Context, eth Chain, v Voucher) (s Standing, err error) {
	if err := v.Verify(); err != nil {
		return s, err
	}
	id, err := eth.ChainID(ctx)
	if err != nil {
		return s, away(err)
	}
	if !id.IsUint64() || id.Uint64() != v.ChainID {
		return s, market.BadField("chain_id", fmt.Sprintf("chain_id: the voucher is for chain %d, the RPC server is on chain %s", v.ChainID, id))
	}
	if err := deploy.CheckRewards(ctx, eth, v.ChainID, v.Contract, v.Token); err != nil {
		if market.CodeOf(err) == market.Internal {
			err = away(err)
		}
		return s, err
	}
	bind := rewards.NewRewards()
	if s.Paid, err = amount(ctx, eth, v.Contract, bind.PackPaid(v.Operator, v.Account), bind.UnpackPaid); err != nil {
		return s, err
	}
	if s.Fund, err = amount(ctx, eth, v.Contract, bind.PackBalanceOf(v.Operator), bind.UnpackBalanceOf); err != nil {
		return s, err
	}
	if s.Due, err = v.Amount.Sub(s.Paid); err != nil {
		s.Due = market.Amount{} // a later voucher was redeemed already
	}
	return s, nil
}

// Pays returns why redeeming would pay nothing: Conflict when all of it is paid,
// Unpaid when the operator's fund is too small. Nil when it pays.
func (s Standing) Pays() error {
	switch {
	case s.Due.IsZero():
		return &market.Error{Code: market.Conflict, Reason: "PAID_ALREADY", Message: "the voucher pays nothing: the account was paid " + s.Paid.PRIV() + " PRIV already, which is all of it"}
	case s.Due.Cmp(s.Fund) > 0:
		return &market.Error{Code: market.Unpaid, Reason: "FUND_SHORT", Message: fmt.Sprintf(
			"the operator's fund holds %s PRIV, and %s PRIV are due: the contract pays all of it or nothing. The voucher stays good until the operator adds to the fund", s.Fund.PRIV(), s.Due.PRIV())}
	}
	return nil
}

// Payout is what redeeming did.
type Payout struct {
	Amount market.Amount // that the account got; nothing when somebody else was faster
	TxHash market.Hash
	Block  uint64
}

// poll is how often a receipt is looked for.
const poll = 500 * time.Millisecond

// Redeem looks at a voucher, sends it to the contract from the account of key, which
// pays for the gas and gets nothing, and waits for the receipt. When ctx ends before
// it is mined, the payout holds the hash: redeeming again pays nothing twice.
func Redeem(ctx context.Context, eth Chain, key *ecdsa.PrivateKey, v Voucher) (p Payout, err error) {
	s, err := Look(ctx, eth, v)
	if err == nil {
		err = s.Pays()
	}
	if err != nil {
		return p, err
	}
	tx, err := sign(ctx, eth, key, v)
	if err != nil {
		return p, err
	}
	p.TxHash = market.Hash(tx.Hash())
	if err := eth.SendTransaction(ctx, tx); err != nil {
		return p, away(err)
	}
	receipt, err := mined(ctx, eth, tx)
	if err != nil {
		return p, err
	}
	p.Block = receipt.BlockNumber.Uint64()
	if receipt.Status != types.ReceiptStatusSuccessful {
		return p, market.Fail(market.Conflict, fmt.Sprintf("transaction %s was refused by the contract: the operator's fund was used up meanwhile, or the gas ran out", tx.Hash()))
	}
	bind := rewards.NewRewards()
	for _, log := range receipt.Logs {
		if log.Address != v.Contract {
			continue
		}
		paid, err := bind.UnpackPaidEvent(log)
		if err != nil || paid.Operator != v.Operator || paid.Account != v.Account {
			continue
		}
		if p.Amount, err = market.AmountFromBig(paid.Amount); err != nil {
			return p, away(err)
		}
	}
	return p, nil
}

// sign makes the transaction, with a fee that stands a few full blocks.
func sign(ctx context.Context, eth Chain, key *ecdsa.PrivateKey, v Voucher) (*types.Transaction, error) {
	from := crypto.PubkeyToAddress(key.PublicKey)
	call := rewards.Voucher{Operator: v.Operator, Account: v.Account, Cumulative: v.Amount.Big()}
	var sig rewards.Sig
	copy(sig.R[:], v.Signature[:32])
	copy(sig.Vs[:], v.Signature[32:])
	data := rewards.NewRewards().PackRedeem(call, sig)
	nonce, err := eth.PendingNonceAt(ctx, from)
	if err != nil {
		return nil, away(err)
	}
	head, err := eth.HeaderByNumber(ctx, nil)
	if err != nil {
		return nil, away(err)
	}
	tip, err := eth.SuggestGasTipCap(ctx)
	if err != nil {
		return nil, away(err)
	}
	base := head.BaseFee
	if base == nil {
		base = new(big.Int)
	}
	fee := new(big.Int).Add(tip, new(big.Int).Lsh(base, 1))
	gas, err := eth.EstimateGas(ctx, ethereum.CallMsg{From: from, To: &v.Contract, Data: data})
	if err != nil {
		return nil, &market.Error{Code: market.Unavailable, Message: fmt.Sprintf("the chain would not take it from %s: does that account have coins for gas?", from), Err: err}
	}
	chainID := new(big.Int).SetUint64(v.ChainID)
	return types.SignNewTx(key, types.LatestSignerForChainID(chainID), &types.DynamicFeeTx{
		ChainID: chainID, Nonce: nonce, To: &v.Contract, Data: data, Gas: gas + gas/5, GasTipCap: tip, GasFeeCap: fee,
	})
}

func mined(ctx context.Context, eth Chain, tx *types.Transaction) (*types.Receipt, error) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		receipt, err := eth.TransactionReceipt(ctx, tx.Hash())
		switch {
		case err == nil && receipt.BlockNumber != nil && receipt.BlockNumber.IsUint64():
			return receipt, nil
		case ctx.Err() != nil:
			return nil, &market.Error{Code: market.Unavailable, Reason: "NOT_MINED",
				Message: fmt.Sprintf("transaction %s was sent and is not mined yet; redeeming again pays nothing twice", tx.Hash()), Err: context.Cause(ctx)}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

func amount(ctx context.Context, eth Chain, contract market.Address, data []byte, unpack func([]byte) (*big.Int, error)) (market.Amount, error) {
	answer, err := eth.CallContract(ctx, ethereum.CallMsg{To: &contract, Data: data}, nil)
	if err != nil {
		return market.Amount{}, away(err)
	}
	word, err := unpack(answer)
	if err != nil {
		return market.Amount{}, away(err)
	}
	a, err := market.AmountFromBig(word)
	if err != nil {
		return a, away(err)
	}
	return a, nil
}

// away is the error for a server that does not answer, or not properly. Its own
// words are left out of the message: they often quote the URL, which may hold an
// access key.
func away(err error) error {
	var known *market.Error
	if errors.As(err, &known) {
		return err
	}
	return &market.Error{Code: market.Unavailable, Message: "the RPC server does not answer properly", Err: withoutURL(err)}
}

func withoutURL(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
