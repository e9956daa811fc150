package chain

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"privd/market"
	"privd/market/outbox"
)

// withoutProof is how many rebroadcast intervals a nonce must be used without a
// receipt of ours before that alone tells that somebody else used it, when the server
// cannot show by what.
const withoutProof = 40

// overtaken decides on a transaction whose nonce is used and that has no receipt:
// either the server is late with receipts, or it is wrong, or somebody else used the
// nonce. Proof of that is another transaction of this nonce with the account's
// signature, in a block as deep as the node asks for. Then none of the tries can be
// mined any more, and the transaction starts over with a new nonce: what it asks for
// is asked of the contract again first, which refuses what was done already. Where it
// would not, the transaction fails instead, and its caller looks.
func (s *Sender) overtaken(ctx context.Context, v view, f *flight) (outbox.Transaction, error) {
	now := s.deps.Now()
	if f.unseen.IsZero() {
		f.unseen = now
		return f.tx, nil
	}
	if v.block+1 < s.cfg.Confirmations || now.Sub(f.asked) < s.cfg.Rebroadcast {
		return f.tx, nil
	}
	deep := v.block + 1 - s.cfg.Confirmations
	nonce, err := s.nonceIn(ctx, deep)
	if err != nil || f.tx.Nonce >= nonce {
		return f.tx, err
	}
	f.asked = now
	by, err := s.usedBy(ctx, f.tx.Nonce, deep)
	if err != nil && market.CodeOf(err) == market.Unavailable {
		return f.tx, err
	}
	if _, ours := f.tx.Mine(by); ours {
		s.log.Warn("the RPC server has no receipt for a transaction that it has in a block", "key", f.tx.Key, "tx_hash", by)
		return f.tx, nil
	}
	if by == (common.Hash{}) && now.Sub(f.unseen) < withoutProof*s.cfg.Rebroadcast {
		return f.tx, nil // it forgets the states of old blocks, or the nonce went without a transaction
	}
	f.unseen = time.Time{}
	tx := f.tx
	switch {
	case tx.Filler:
		tx.State, tx.Final, tx.Closed = outbox.Failed, true, true
		tx.Message = "it is not needed any more"
	case tx.Once:
		tx = ended(tx, outbox.ReasonElsewhere)
		tx.Final, tx.Closed = true, true
	default:
		tx.State, tx.Signed, tx.Nonce = outbox.Queued, false, 0
	}
	return tx, nil
}

// usedBy returns the transaction with which the account used a nonce, which it had
// done by the block top; nothing when the server cannot tell.
func (s *Sender) usedBy(ctx context.Context, nonce, top uint64) (common.Hash, error) {
	block, err := s.usedIn(ctx, nonce, top)
	var refusal rpc.Error
	if errors.As(err, &refusal) {
		return common.Hash{}, nil
	}
	if err != nil {
		return common.Hash{}, err
	}
	var held *struct {
		Transactions []json.RawMessage `json:"transactions"`
	}
	err = s.deps.Client.do(ctx, "read block", func(ctx context.Context, eth *ethclient.Client) error {
		return eth.Client().CallContext(ctx, &held, "eth_getBlockByNumber", hexutil.Uint64(block), true)
	})
	if err != nil || held == nil {
		return common.Hash{}, err
	}
	signer := types.LatestSignerForChainID(new(big.Int).SetUint64(s.cfg.ChainID))
	for _, raw := range held.Transactions {
		// The kinds of transactions that only this chain has are nobody's signature.
		var tx types.Transaction
		if json.Unmarshal(raw, &tx) != nil || tx.Nonce() != nonce {
			continue
		}
		if from, err := types.Sender(signer, &tx); err == nil && from == s.deps.Account {
			return tx.Hash(), nil
		}
	}
	return common.Hash{}, nil
}

// usedIn returns the block in which the account used a nonce; top is one where it was
// used already.
func (s *Sender) usedIn(ctx context.Context, nonce, top uint64) (uint64, error) {
	// It is recent, mostly, and servers forget old states: steps double on the way down.
	low, high, step := uint64(0), top, uint64(1)
	for high > 0 {
		probe := high - min(high, step)
		used, err := s.nonceIn(ctx, probe)
		if err != nil {
			return 0, err
		}
		if used <= nonce {
			low = probe + 1
			break
		}
		high, step = probe, step*2
	}
	for low < high {
		middle := low + (high-low)/2
		used, err := s.nonceIn(ctx, middle)
		if err != nil {
			return 0, err
		}
		if used > nonce {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return high, nil
}
