package chain

import (
	"context"
	"errors"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"
)

// manyReceipts is from how many on whole blocks are asked for: to find one receipt, a
// server goes through all of its block.
const manyReceipts = 24

// receipts returns the receipt of each transaction, whichever of its tries was
// mined; nil where there is none.
func (s *Sender) receipts(ctx context.Context, flights []*flight) ([]*types.Receipt, error) {
	found, rest := make([]*types.Receipt, len(flights)), flights
	for len(rest) >= manyReceipts && !s.noBlockReceipts {
		first, err := s.oneByOne(ctx, rest[:1])
		if err != nil {
			return nil, err
		}
		if first[0] == nil {
			break
		}
		all, err := s.blockReceipts(ctx, first[0].BlockHash)
		if err != nil {
			return nil, err
		}
		left := rest[:0:0]
		for _, f := range rest {
			if r := mine(f, all); r != nil {
				found[slices.Index(flights, f)] = r
			} else {
				left = append(left, f)
			}
		}
		if len(left) == len(rest) {
			break
		}
		rest = left
	}
	others, err := s.oneByOne(ctx, rest)
	if err != nil {
		return nil, err
	}
	for i, f := range rest {
		found[slices.Index(flights, f)] = others[i]
	}
	return found, nil
}

// mine returns the receipt of one of a flight's tries; nil when there is none.
func mine(f *flight, all map[common.Hash]*types.Receipt) *types.Receipt {
	for _, try := range f.tx.Tries {
		if r := all[try.Hash]; r != nil && try.Nonce == f.tx.Nonce {
			return r
		}
	}
	return nil
}

// blockReceipts returns the receipts of a block by transaction; none when the server
// cannot give them so.
func (s *Sender) blockReceipts(ctx context.Context, block common.Hash) (map[common.Hash]*types.Receipt, error) {
	var receipts []*types.Receipt
	err := s.deps.Client.do(ctx, "read receipts", func(ctx context.Context, eth *ethclient.Client) error {
		return eth.Client().CallContext(ctx, &receipts, "eth_getBlockReceipts", block)
	})
	var refusal rpc.Error
	if errors.As(err, &refusal) {
		s.noBlockReceipts = true // until the next start
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all := make(map[common.Hash]*types.Receipt, len(receipts))
	for _, r := range receipts {
		if r == nil || r.BlockHash != block || r.BlockNumber == nil || !r.BlockNumber.IsUint64() {
			return nil, lie("read receipts", "not all are of block %v", block)
		}
		all[r.TxHash] = r
	}
	return all, nil
}

// oneByOne is receipts with a question for each try.
func (s *Sender) oneByOne(ctx context.Context, flights []*flight) ([]*types.Receipt, error) {
	var elems []rpc.BatchElem
	var owner []int
	for i, f := range flights {
		for _, try := range f.tx.Tries {
			if try.Nonce == f.tx.Nonce {
				elems = append(elems, rpc.BatchElem{Method: "eth_getTransactionReceipt", Args: []any{try.Hash}, Result: new(*types.Receipt)})
				owner = append(owner, i)
			}
		}
	}
	if err := s.ask(ctx, "read receipts", elems); err != nil {
		return nil, err
	}
	found := make([]*types.Receipt, len(flights))
	for i, elem := range elems {
		if elem.Error != nil {
			return nil, translate("read receipt", elem.Error)
		}
		receipt := *elem.Result.(**types.Receipt)
		if receipt == nil {
			continue
		}
		if receipt.TxHash != elem.Args[0] || receipt.BlockNumber == nil || !receipt.BlockNumber.IsUint64() {
			return nil, lie("read receipt", "asked for %v, got %v", elem.Args[0], receipt.TxHash)
		}
		found[owner[i]] = receipt
	}
	return found, nil
}
