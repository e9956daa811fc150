package chain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"privd/market"
	"privd/market/outbox"
)

// withoutProof is how many rebroadcast intervals a nonce must be used without a
// receipt of ours before that alone tells that somebody else used it, when the server
// cannot say in which block.
const withoutProof = 40

// overtaken decides on a transaction whose nonce is used and that has no receipt:
// either the server is late with receipts, or somebody else used the nonce. Proof of
// the second is the block in which it was used, as deep as the node asks for, without
// one of ours in it. Then none of its tries can be mined any more, and it starts over
// with a new nonce: what it asks for is asked of the contract again first, which
// refuses what was done already. Where it would not, the transaction fails instead,
// and its caller looks.
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
	by, err := s.usedIn(ctx, f.tx.Nonce, deep)
	var refusal rpc.Error
	switch {
	case err == nil && slices.ContainsFunc(f.tx.Tries, func(t outbox.Try) bool { return slices.Contains(by, t.Hash) }):
		s.log.Warn("the RPC server has no receipt for a transaction that it has in a block", "key", f.tx.Key, "nonce", f.tx.Nonce)
		return f.tx, nil
	case err == nil:
	case !errors.As(err, &refusal):
		return f.tx, err
	case now.Sub(f.unseen) < withoutProof*s.cfg.Rebroadcast:
		return f.tx, nil // the server forgets the states of old blocks
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

// usedIn returns the hashes of the transactions of the block in which the account
// used a nonce; top is a block where it was used already.
func (s *Sender) usedIn(ctx context.Context, nonce, top uint64) ([]common.Hash, error) {
	// It is recent, mostly, and servers forget old states: steps double on the way down.
	low, high, step := uint64(0), top, uint64(1)
	for high > 0 {
		probe := high - min(high, step)
		used, err := s.nonceIn(ctx, probe)
		if err != nil {
			return nil, err
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
			return nil, err
		}
		if used > nonce {
			high = middle
		} else {
			low = middle + 1
		}
	}
	var block *struct {
		Number       hexutil.Uint64 `json:"number"`
		Transactions []common.Hash  `json:"transactions"`
	}
	err := s.deps.Client.do(ctx, "read block", func(ctx context.Context, eth *ethclient.Client) error {
		return eth.Client().CallContext(ctx, &block, "eth_getBlockByNumber", hexutil.Uint64(high), false)
	})
	if err != nil {
		return nil, err
	}
	if block == nil || uint64(block.Number) != high || len(block.Transactions) == 0 {
		// Also when a reorganisation came between two of the questions.
		return nil, &market.Error{Op: "read block", Code: market.Unavailable, Reason: "RPC_INCONSISTENT",
			Message: fmt.Sprintf("nonce %d was used in block %d, which is not there or empty", nonce, high)}
	}
	return block.Transactions, nil
}
