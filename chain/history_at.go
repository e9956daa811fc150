package chain

import (
	"context"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"

	marketbind "privd/chain/binding/market"
	"privd/chain/binding/privtoken"
	"privd/chain/binding/rewards"
	"privd/chain/binding/staking"
	"privd/market"
)

// Balances returns what accounts held of a token in a block, in its smallest unit.
// Servers keep the state of some hundred blocks; of older ones it is Unavailable.
func (h *History) Balances(ctx context.Context, token market.Address, accounts []market.Address, block uint64) ([]market.Amount, error) {
	bind := privtoken.NewPrivToken()
	return amountsAt(ctx, h.client, "read token balances", token, accounts, block, bind.PackBalanceOf, bind.UnpackBalanceOf)
}

// Incomes returns what accounts could withdraw from the Market contract in a block.
func (h *History) Incomes(ctx context.Context, accounts []market.Address, block uint64) ([]market.Amount, error) {
	bind := marketbind.NewMarket()
	return amountsAt(ctx, h.client, "read incomes", h.client.cfg.Contracts.Market, accounts, block, bind.PackBalances, bind.UnpackBalances)
}

// Funds returns what operators could still pay in a block.
func (h *History) Funds(ctx context.Context, operators []market.Address, block uint64) ([]market.Amount, error) {
	bind := rewards.NewRewards()
	return amountsAt(ctx, h.client, "read reward balances", h.client.cfg.Contracts.Rewards, operators, block, bind.PackBalanceOf, bind.UnpackBalanceOf)
}

// Payouts returns what an operator had paid accounts in all up to a block.
func (h *History) Payouts(ctx context.Context, operator market.Address, accounts []market.Address, block uint64) ([]market.Amount, error) {
	bind := rewards.NewRewards()
	pack := func(account market.Address) []byte { return bind.PackPaid(operator, account) }
	return amountsAt(ctx, h.client, "read payouts", h.client.cfg.Contracts.Rewards, accounts, block, pack, bind.UnpackPaid)
}

// Stakes returns what accounts had staked in a block, cooldown aside.
func (h *History) Stakes(ctx context.Context, accounts []market.Address, block uint64) ([]market.Amount, error) {
	bind := staking.NewStaking()
	return amountsAt(ctx, h.client, "read stakes", h.client.cfg.Contracts.Staking, accounts, block, bind.PackStakeOf, bind.UnpackStakeOf)
}

// Cooldowns returns what accounts had in cooldown in a block.
func (h *History) Cooldowns(ctx context.Context, accounts []market.Address, block uint64) ([]market.Amount, error) {
	bind := staking.NewStaking()
	unpack := func(answer []byte) (*big.Int, error) {
		out, err := bind.UnpackCooldowns(answer)
		return out.Amount, err
	}
	return amountsAt(ctx, h.client, "read cooldowns", h.client.cfg.Contracts.Staking, accounts, block, bind.PackCooldowns, unpack)
}

// amountsAt asks a contract for an amount of each account as of a block.
func amountsAt(ctx context.Context, c *Client, op string, contract market.Address, accounts []market.Address, block uint64,
	pack func(market.Address) []byte, unpack func([]byte) (*big.Int, error),
) ([]market.Amount, error) {
	elems := make([]rpc.BatchElem, len(accounts))
	for i, account := range accounts {
		call := map[string]any{"to": contract, "data": hexutil.Bytes(pack(account))}
		elems[i] = rpc.BatchElem{Method: "eth_call", Args: []any{call, hexutil.EncodeUint64(block)}, Result: new(hexutil.Bytes)}
	}
	if err := c.batch(ctx, op, elems); err != nil {
		return nil, err
	}
	amounts := make([]market.Amount, len(elems))
	for i, elem := range elems {
		if elem.Error != nil {
			return nil, &market.Error{Op: op, Code: market.Unavailable, Message: fmt.Sprintf("the RPC server does not tell the state of block %d", block), Err: elem.Error}
		}
		answer := *elem.Result.(*hexutil.Bytes)
		if len(answer) == 0 {
			return nil, &market.Error{Op: op, Code: market.Unavailable, Reason: "NO_CONTRACT", Message: fmt.Sprintf("no contract at %s", contract)}
		}
		word, err := unpack(answer)
		if err != nil {
			return nil, lie(op, "%v", err)
		}
		if amounts[i], err = market.AmountFromBig(word); err != nil {
			return nil, lie(op, "%v", err)
		}
	}
	return amounts, nil
}

// Receipt is what became of a transaction.
type Receipt struct {
	Hash      market.Hash
	Block     uint64
	BlockHash market.Hash
	OK        bool // it did what it should
	GasUsed   uint64
	Fee       market.Amount // wei paid for gas
}

// Receipts returns the receipts of transactions; nil for those that are in no
// block, or in one older than the server remembers.
func (h *History) Receipts(ctx context.Context, hashes []market.Hash) ([]*Receipt, error) {
	const op = "read receipts"
	elems := make([]rpc.BatchElem, len(hashes))
	for i, hash := range hashes {
		elems[i] = rpc.BatchElem{Method: "eth_getTransactionReceipt", Args: []any{hash.String()}, Result: new(*types.Receipt)}
	}
	if err := h.client.batch(ctx, op, elems); err != nil {
		return nil, err
	}
	out := make([]*Receipt, len(elems))
	for i, elem := range elems {
		if elem.Error != nil {
			return nil, translate(op, elem.Error)
		}
		r := *elem.Result.(**types.Receipt)
		if r == nil {
			continue
		}
		if market.Hash(r.TxHash) != hashes[i] || r.BlockNumber == nil || !r.BlockNumber.IsUint64() {
			return nil, lie(op, "asked for %s, got %s", hashes[i], r.TxHash)
		}
		out[i] = &Receipt{
			Hash: hashes[i], Block: r.BlockNumber.Uint64(), BlockHash: market.Hash(r.BlockHash),
			OK: r.Status == types.ReceiptStatusSuccessful, GasUsed: r.GasUsed,
		}
		if r.EffectiveGasPrice != nil {
			price, err := market.AmountFromBig(r.EffectiveGasPrice)
			if err != nil {
				return nil, lie(op, "gas price %v", r.EffectiveGasPrice)
			}
			if out[i].Fee, err = price.MulDiv(r.GasUsed, 1); err != nil {
				return nil, lie(op, "fee of %d gas at %s wei", r.GasUsed, price)
			}
		}
	}
	return out, nil
}
