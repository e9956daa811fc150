package chain

import (
	"cmp"
	"context"
	"math/big"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"

	"privd/market"
	"privd/market/deal"
	"privd/market/outbox"
)

// closeDepth is how many blocks beyond the confirmations a transaction is still
// watched. Losing it there is outside the promise, but is repaired all the same: a
// development chain that was killed comes back a few blocks shorter.
const closeDepth = 64

// confirm checks that mined transactions are still on the chain, and notes those
// that are deep enough.
func (s *Sender) confirm(ctx context.Context, v view) error {
	hash, mined := v.head.Hash(), s.mined()
	if hash == s.confirmed && (len(mined) == 0 || mined[0].tx.Block <= v.block) {
		return nil
	}
	lost, doubt, err := s.lost(ctx, v, mined)
	if err != nil {
		return err
	}
	var changes []change
	for _, f := range mined {
		tx := f.tx
		if slices.Contains(lost, f) {
			tx.State, tx.Final = outbox.Sent, false
			tx.TxHash, tx.Block, tx.BlockHash = [32]byte{}, 0, [32]byte{}
			tx.Code, tx.Reason, tx.Message = 0, "", ""
			f.forget() // the same bytes, at once
			s.log.Warn("transaction left the chain", "key", tx.Key, "was_final", f.tx.Final)
			s.tally(func(st *Stats) { st.Reorged++ })
			changes = append(changes, change{f, tx})
			continue
		}
		depth := deal.Depth(v.block, tx.Block)
		if f.doubts > 0 {
			continue
		}
		tx.Final = tx.Final || depth >= s.cfg.Confirmations
		tx.Closed = depth >= s.cfg.Confirmations+closeDepth
		if tx.Final != f.tx.Final || tx.Closed {
			changes = append(changes, change{f, tx})
		}
	}
	if err := s.commit(ctx, changes); err != nil {
		return err
	}
	s.confirmed = hash
	if doubt {
		s.confirmed = [32]byte{} // look again, whether the head moves or not
	}
	return nil
}

// forget makes a flight start anew.
func (f *flight) forget() { *f = flight{tx: f.tx} }

// mined returns what is known to be in a block, highest block first.
func (s *Sender) mined() []*flight {
	var out []*flight
	for _, f := range s.open {
		if f.tx.Signed && !f.tx.Pending() {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b *flight) int { return cmp.Compare(b.tx.Block, a.tx.Block) })
	return out
}

// lost returns those whose block is not on the chain any more. Each block counts for
// itself until it is final: one that is on the chain does not vouch for another below
// it that was read from a fork. Final ones were all seen on the chain, so the highest
// that still is vouches for those below. A final outcome is not taken back before
// the chain has insisted for a while: that would be a reorganisation deeper than the
// node thinks possible, and a server that is wrong for a moment is far more common.
func (s *Sender) lost(ctx context.Context, v view, mined []*flight) (lost []*flight, doubt bool, err error) {
	var groups [][]*flight // of one block each, those that are to be looked at
	for _, f := range mined {
		last := len(groups) - 1
		switch {
		case f.tx.Block > v.block:
			// A shorter chain may be a reorganisation too.
			doubt = true
			if s.insisted(f) {
				lost = append(lost, f)
			}
		case last >= 0 && groups[last][0].tx.Block == f.tx.Block:
			groups[last] = append(groups[last], f)
		default:
			groups = append(groups, []*flight{f})
		}
	}
	for len(groups) > 0 {
		// All that are not final, and the first that is; the others only if that is gone.
		n := slices.IndexFunc(groups, func(g []*flight) bool { return !slices.ContainsFunc(g, open) }) + 1
		if n == 0 {
			n = len(groups)
		}
		asked := groups[:n]
		groups = groups[n:]
		hashes, err := s.blockHashes(ctx, asked)
		if err != nil {
			return nil, false, err
		}
		for i, group := range asked {
			for _, f := range group {
				switch {
				case f.tx.BlockHash == hashes[i]:
					f.doubts = 0
					if f.tx.Final {
						believe(groups)
						groups = nil
					}
				case !f.tx.Final:
					lost = append(lost, f)
				default:
					doubt = true
					if s.insisted(f) {
						lost = append(lost, f)
					}
				}
			}
		}
	}
	return lost, doubt, nil
}

// believe ends the doubt about blocks that another one vouches for.
func believe(groups [][]*flight) {
	for _, g := range groups {
		for _, f := range g {
			f.doubts = 0
		}
	}
}

func open(f *flight) bool { return !f.tx.Final }

// insistence is how many looks in a row must miss a block.
const insistence = 3

// insisted reports whether the chain has been without a transaction's block for long
// enough to be believed.
func (s *Sender) insisted(f *flight) bool {
	now := s.deps.Now()
	if f.doubts++; f.doubts == 1 {
		f.doubted = now
	}
	return f.doubts >= insistence && now.Sub(f.doubted) >= s.cfg.Rebroadcast
}

// blockHashes returns the hash that the chain has at the block of each group.
func (s *Sender) blockHashes(ctx context.Context, groups [][]*flight) ([]common.Hash, error) {
	type block struct {
		Number hexutil.Uint64 `json:"number"`
		Hash   common.Hash    `json:"hash"`
	}
	elems := make([]rpc.BatchElem, len(groups))
	for i, g := range groups {
		elems[i] = rpc.BatchElem{Method: "eth_getBlockByNumber", Args: []any{hexutil.Uint64(g[0].tx.Block), false}, Result: new(*block)}
	}
	if err := s.deps.Client.batch(ctx, "read blocks", elems); err != nil {
		return nil, err
	}
	hashes := make([]common.Hash, len(groups))
	for i, elem := range elems {
		if elem.Error != nil {
			return nil, translate("read blocks", elem.Error)
		}
		b := *elem.Result.(**block)
		if b == nil || uint64(b.Number) != groups[i][0].tx.Block {
			return nil, lie("read blocks", "block %d is missing below the head", groups[i][0].tx.Block)
		}
		hashes[i] = b.Hash
	}
	return hashes, nil
}

// collectAtOnce is how many receipts one step looks for, so that sending does not wait
// for all of a large block's.
const collectAtOnce = 512

// collect looks for the receipts of transactions whose nonce is used.
func (s *Sender) collect(ctx context.Context, v view) error {
	sent, unmined := s.sent(), s.unmined(v)
	for _, f := range unmined {
		f.unseen = time.Time{}
	}
	used := sent[:len(sent)-len(unmined)]
	used = used[:min(len(used), collectAtOnce)]
	receipts, err := s.receipts(ctx, used)
	if err != nil {
		return err
	}
	var changes []change
	for i, f := range used {
		var tx outbox.Transaction
		if receipts[i] != nil {
			tx, err = s.settled(ctx, f, receipts[i])
		} else {
			tx, err = s.overtaken(ctx, v, f)
		}
		if err != nil {
			return err
		}
		if tx.State != f.tx.State {
			changes = append(changes, change{f, tx})
		}
	}
	if err := s.commit(ctx, changes); err != nil {
		return err
	}
	s.widen(len(changes))
	for _, c := range changes {
		switch c.tx.State {
		case outbox.Mined:
			s.tally(func(st *Stats) { st.Mined++ })
			s.log.Debug("transaction mined", "key", c.tx.Key, "tx_hash", c.tx.TxHash, "block", c.tx.Block)
		case outbox.Failed:
			s.tellFailed(c.tx)
		case outbox.Queued:
			s.tally(func(st *Stats) { st.Overtaken++ })
			s.log.Warn("nonce was used from elsewhere; sending again", "key", c.tx.Key, "account", s.deps.Account)
		}
	}
	return nil
}

func (s *Sender) tellFailed(tx outbox.Transaction) {
	_, own := endings[tx.Reason]
	switch {
	case tx.Reason == outbox.ReasonElsewhere:
		s.tally(func(st *Stats) { st.Overtaken++ })
		s.log.Warn("nonce was used from elsewhere; what was to be done with it is not sent again", "key", tx.Key, "account", s.deps.Account)
	case own:
		s.tally(func(st *Stats) { st.Cancelled++ })
		s.log.Info("transaction is cancelled", "key", tx.Key, "tx_hash", tx.TxHash, "reason", tx.Reason)
	case !tx.Filler:
		s.tally(func(st *Stats) { st.Refused++ })
		s.log.Warn("transaction reverted", "key", tx.Key, "tx_hash", tx.TxHash, "reason", tx.Message)
	}
}

// settled returns a transaction with what its receipt says.
func (s *Sender) settled(ctx context.Context, f *flight, receipt *types.Receipt) (outbox.Transaction, error) {
	tx := f.tx
	try, _ := tx.Mine(receipt.TxHash)
	tx.TxHash, tx.BlockHash, tx.Block = receipt.TxHash, receipt.BlockHash, receipt.BlockNumber.Uint64()
	tx.GasUsed = receipt.GasUsed
	if receipt.EffectiveGasPrice != nil {
		price, err := market.AmountFromBig(receipt.EffectiveGasPrice)
		if err != nil {
			return tx, lie("read receipt", "gas price %v", receipt.EffectiveGasPrice)
		}
		if tx.Fee, err = price.MulDiv(receipt.GasUsed, 1); err != nil {
			return tx, lie("read receipt", "fee of %d gas at %s wei", receipt.GasUsed, price)
		}
	}
	// Depth is judged by confirm, once it has seen that the block is on the chain.
	s.confirmed = [32]byte{}
	f.unseen = time.Time{}
	if try.Empty {
		return ended(tx, tx.Cancel), nil
	}
	// It happened, so nobody can wish any more that it did not: should a reorganisation
	// take it out, it has to come back, since others may have acted upon it.
	tx.Cancel, tx.Message = "", ""
	if receipt.Status == types.ReceiptStatusSuccessful {
		tx.State = outbox.Mined
		return tx, nil
	}
	why, err := s.replay(ctx, f, tx, try)
	if err != nil {
		return f.tx, err
	}
	tx.State = outbox.Failed
	tx.Code, tx.Reason, tx.Message = why.code(), why.Name, why.text()
	return tx, nil
}

// maxReplays is how often a replay may go unanswered before the reason stays unknown.
const maxReplays = 5

// replay runs a reverted transaction again to learn why it failed: on the state
// before its block, and if it would have succeeded there, after it.
func (s *Sender) replay(ctx context.Context, f *flight, tx outbox.Transaction, try outbox.Try) (revert, error) {
	if tx.GasUsed == try.Gas {
		return revert{Name: outOfGas, Detail: "it used all its gas"}, nil
	}
	call := Call{To: tx.To, Data: tx.Data, Value: tx.Value, Gas: try.Gas}
	for _, block := range []uint64{max(tx.Block, 1) - 1, tx.Block} {
		_, err := s.deps.Client.call(ctx, "replay transaction", s.deps.Account, call, new(big.Int).SetUint64(block))
		if why, is := revertOf(err); is {
			return why, nil
		}
		if market.CodeOf(err) == market.Unavailable {
			// Callers act upon the reason, so it is worth some patience.
			if f.replays++; f.replays < maxReplays {
				return revert{}, err
			}
		}
	}
	return revert{Detail: "it reverted in its block and would not now"}, nil
}
