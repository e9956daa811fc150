package chain

import (
	"context"
	"errors"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"

	"privd/market"
	"privd/market/deal"
)

// Events of a token that tell of an authorization.
var (
	topicAuthorizationUsed     = crypto.Keccak256Hash([]byte("AuthorizationUsed(address,bytes32)"))
	topicAuthorizationCanceled = crypto.Keccak256Hash([]byte("AuthorizationCanceled(address,bytes32)"))
	topicTransfer              = crypto.Keccak256Hash([]byte("Transfer(address,address,uint256)"))
)

// Paid returns the block in which a transaction used an authorization and moved its
// value by it: of the token's logs in the transaction, the one right after
// AuthorizationUsed is the transfer it made. That the nonce was used alone proves
// nothing, since the payer can use it for anything, and two authorizations must not
// share one transfer. NotFound when the transaction is in no block, failed, or did
// anything else.
func (t *Token) Paid(ctx context.Context, transaction market.Hash, a Authorization) (block uint64, err error) {
	block, _, err = t.paid(ctx, transaction, a)
	return block, err
}

// PaidAlike is Paid for what is worth waiting for: a second server has to tell of the
// payment in the same block, or to have that block while its receipts, which the block's
// hash vouches for, prove the payment. Unavailable while neither is so.
func (t *Token) PaidAlike(ctx context.Context, transaction market.Hash, a Authorization) (block uint64, err error) {
	ctx = t.client.together(ctx)
	block, at, err := t.paid(ctx, transaction, a)
	if err != nil {
		return 0, err
	}
	told := t.client.others(ctx, func(ctx context.Context) bool {
		_, there, err := t.paid(ctx, transaction, a)
		return err == nil && there == at
	})
	if told {
		return block, nil
	}
	if err := t.proven(ctx, block, at, a); err != nil {
		return 0, &market.Error{Op: "confirm payment", Code: market.Unavailable, Reason: "RPC_UNCONFIRMED", Message: "no second RPC server has told of the payment yet", Err: err}
	}
	return block, nil
}

// proven returns nil when a second server has a block and the block's receipts hold a
// payment.
func (t *Token) proven(ctx context.Context, block uint64, at market.Hash, a Authorization) error {
	if !t.client.knownElsewhere(ctx, deal.Mark{Number: block, Hash: at}) {
		return errors.New("no second RPC server has its block")
	}
	header, err := t.client.header(ctx, new(big.Int).SetUint64(block))
	if err != nil {
		return err
	}
	if market.Hash(header.Hash()) != at {
		return errMoved
	}
	receipts, err := t.client.provenReceipts(ctx, header)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(receipts, func(r *types.Receipt) bool { return t.pays(r, a) }) {
		return lie("read receipts", "block %d does not hold the payment that it was told of", block)
	}
	return nil
}

// paid is Paid, with the block's hash.
func (t *Token) paid(ctx context.Context, transaction market.Hash, a Authorization) (block uint64, at market.Hash, err error) {
	const op = "read payment"
	var receipt *types.Receipt
	err = t.client.do(ctx, op, func(ctx context.Context, eth *ethclient.Client) (err error) {
		receipt, err = eth.TransactionReceipt(ctx, common.Hash(transaction))
		return err
	})
	switch {
	case errors.Is(err, ethereum.NotFound):
	case err != nil:
		return 0, at, err
	case market.Hash(receipt.TxHash) != transaction || receipt.BlockNumber == nil || !receipt.BlockNumber.IsUint64():
		return 0, at, lie(op, "asked for %s, got %s", transaction, receipt.TxHash)
	case t.pays(receipt, a):
		return receipt.BlockNumber.Uint64(), market.Hash(receipt.BlockHash), nil
	}
	return 0, at, &market.Error{Op: op, Code: market.NotFound, Message: "the transaction did not make the payment"}
}

// pays reports whether a transaction used an authorization and moved its value by it.
func (t *Token) pays(receipt *types.Receipt, a Authorization) bool {
	if receipt.Status != types.ReceiptStatusSuccessful || slices.Contains(receipt.Logs, nil) {
		return false
	}
	for i, l := range receipt.Logs {
		if i+1 < len(receipt.Logs) && t.ends(l, topicAuthorizationUsed, a) && t.moves(receipt.Logs[i+1], a) {
			return true
		}
	}
	return false
}

// ends reports whether a log tells of an event that ended an authorization.
func (t *Token) ends(l *types.Log, event common.Hash, a Authorization) bool {
	return l.Address == t.address && slices.Equal(l.Topics, []common.Hash{event, addressTopic(a.From), common.Hash(a.Nonce)})
}

func (t *Token) moves(l *types.Log, a Authorization) bool {
	value := a.Value.Bytes32()
	return l.Address == t.address && slices.Equal(l.Topics, []common.Hash{topicTransfer, addressTopic(a.From), addressTopic(a.To)}) && slices.Equal(l.Data, value[:])
}

func addressTopic(a market.Address) common.Hash { return common.BytesToHash(a[:]) }

// authorizationAge is how many blocks back the use of an authorization is looked for:
// those that clients sign are valid for minutes.
const authorizationAge = 50_000

// UsedBy returns the transaction that used the nonce of an authorization, or
// cancelled it; NotFound when none of the last blocks holds one.
func (t *Token) UsedBy(ctx context.Context, account market.Address, nonce market.Hash) (market.Hash, error) {
	const op = "look for a used authorization"
	ctx = t.client.together(ctx)
	head, _, err := t.client.Head(ctx)
	if err != nil {
		return market.Hash{}, err
	}
	step := max(t.client.cfg.PageBlocks, 1)
	for to, left := head, uint64(authorizationAge); ; {
		size := min(step, left, to+1)
		from := to - (size - 1)
		var logs []types.Log
		err := t.client.do(ctx, op, func(ctx context.Context, eth *ethclient.Client) (err error) {
			logs, err = eth.FilterLogs(ctx, ethereum.FilterQuery{
				FromBlock: new(big.Int).SetUint64(from), ToBlock: new(big.Int).SetUint64(to), Addresses: []market.Address{t.address},
				Topics: [][]common.Hash{{topicAuthorizationUsed, topicAuthorizationCanceled}, {addressTopic(account)}, {common.Hash(nonce)}},
			})
			return err
		})
		if err != nil {
			return market.Hash{}, err
		}
		for i := range logs {
			a := Authorization{From: account, Nonce: nonce}
			if !logs[i].Removed && (t.ends(&logs[i], topicAuthorizationUsed, a) || t.ends(&logs[i], topicAuthorizationCanceled, a)) {
				return market.Hash(logs[i].TxHash), nil
			}
		}
		if left -= size; left == 0 || from == 0 || from <= t.client.cfg.DeployBlock {
			return market.Hash{}, &market.Error{Op: op, Code: market.NotFound, Message: "no transaction is known to have used it"}
		}
		to = from - 1
	}
}
