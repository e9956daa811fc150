package chain

import (
	"cmp"
	"context"
	"errors"
	"math/big"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum"
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

// unseenLimit is how many looks a used nonce may go without a receipt before it
// counts as used by somebody else: servers index receipts late.
const unseenLimit = 3

// confirm checks that mined transactions are still on the chain, and notes those
// that are deep enough.
func (s *Sender) confirm(ctx context.Context, v view) error {
	hash, mined := v.head.Hash(), s.mined()
	if hash == s.confirmed && (len(mined) == 0 || mined[0].tx.Block <= v.block) {
		return nil
	}
	lost, err := s.lost(ctx, v, mined)
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
			f.offered, f.firstAt, f.lowSince = time.Time{}, v.block, time.Time{} // the same bytes, at once
			s.log.Warn("transaction left the chain", "key", tx.Key, "was_final", f.tx.Final)
			s.tally(func(st *Stats) { st.Reorged++ })
			changes = append(changes, change{f, tx})
			continue
		}
		depth := deal.Depth(v.block, tx.Block)
		if depth > 0 {
			f.lowSince = time.Time{}
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
	return nil
}

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

// lost returns those whose block is not on the chain any more. A block that is on
// it vouches for all below it, so usually one header is read.
func (s *Sender) lost(ctx context.Context, v view, mined []*flight) ([]*flight, error) {
	var lost []*flight
	for i := 0; i < len(mined); {
		block := mined[i].tx.Block
		end := i
		for end < len(mined) && mined[end].tx.Block == block {
			end++
		}
		group := mined[i:end]
		i = end
		if block > v.block {
			lost = append(lost, s.overdue(group)...)
			continue
		}
		header, err := s.deps.Client.header(ctx, new(big.Int).SetUint64(block))
		if err != nil && !errors.Is(err, ethereum.NotFound) {
			return nil, err
		}
		if err == nil && header.Hash() == group[0].tx.BlockHash {
			break
		}
		lost = append(lost, group...)
	}
	return lost, nil
}

// overdue returns those that lie above the head for too long. A shorter chain may
// be a reorganisation, or a server that is behind: the second is far more common.
func (s *Sender) overdue(group []*flight) []*flight {
	var out []*flight
	now := s.deps.Now()
	for _, f := range group {
		if f.lowSince.IsZero() {
			f.lowSince = now
		}
		if now.Sub(f.lowSince) >= s.cfg.Rebroadcast {
			out = append(out, f)
		}
	}
	return out
}

// collect looks for the receipts of transactions whose nonce is used.
func (s *Sender) collect(ctx context.Context, v view) error {
	var used []*flight
	for _, f := range s.sent() {
		if f.tx.Nonce < v.nonce {
			used = append(used, f)
		}
	}
	receipts, err := s.receipts(ctx, used)
	if err != nil {
		return err
	}
	var changes []change
	for i, f := range used {
		var tx outbox.Transaction
		if receipts[i] != nil {
			tx, err = s.settled(ctx, v, f.tx, receipts[i])
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
	for _, c := range changes {
		switch c.tx.State {
		case outbox.Mined:
			s.tally(func(st *Stats) { st.Mined++ })
			s.log.Debug("transaction mined", "key", c.tx.Key, "tx_hash", c.tx.TxHash, "block", c.tx.Block)
		case outbox.Failed:
			s.tally(func(st *Stats) { st.Refused++ })
			s.log.Warn("transaction reverted", "key", c.tx.Key, "tx_hash", c.tx.TxHash, "reason", c.tx.Message)
		case outbox.Queued:
			s.tally(func(st *Stats) { st.Overtaken++ })
			s.log.Warn("nonce was used from elsewhere; sending again", "key", c.tx.Key, "account", s.deps.Account)
		}
	}
	return nil
}

// receipts returns the receipt of each transaction, whichever of its tries was
// mined; nil where there is none.
func (s *Sender) receipts(ctx context.Context, flights []*flight) ([]*types.Receipt, error) {
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
	if err := s.deps.Client.batch(ctx, "read receipts", elems); err != nil {
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

// settled returns a transaction with what its receipt says.
func (s *Sender) settled(ctx context.Context, v view, tx outbox.Transaction, receipt *types.Receipt) (outbox.Transaction, error) {
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
	if receipt.Status == types.ReceiptStatusSuccessful {
		tx.State = outbox.Mined
		return tx, nil
	}
	tx.State = outbox.Failed
	why := s.replay(ctx, tx)
	tx.Code, tx.Reason, tx.Message = why.code(), why.Name, why.text()
	return tx, nil
}

// replay runs a reverted transaction again to learn why it failed: on the state
// before its block, and if it would have succeeded there, after it.
func (s *Sender) replay(ctx context.Context, tx outbox.Transaction) revert {
	if try, ok := tx.LastTry(); ok && tx.GasUsed == try.Gas {
		return revert{Name: "OutOfGas", Detail: "it used all its gas"}
	}
	call := Call{To: tx.To, Data: tx.Data, Value: tx.Value}
	for _, block := range []uint64{max(tx.Block, 1) - 1, tx.Block} {
		_, err := s.deps.Client.call(ctx, "replay transaction", s.deps.Account, call, new(big.Int).SetUint64(block))
		if why, is := revertOf(err); is {
			return why
		}
	}
	return revert{Detail: "it reverted in its block and would not now"}
}

// overtaken decides on a transaction whose nonce is used and that has no receipt.
// Once that holds at the confirmed depth, none of its tries can be mined any more
// and it starts over with a new nonce; what it asks for is checked again then.
func (s *Sender) overtaken(ctx context.Context, v view, f *flight) (outbox.Transaction, error) {
	f.unseen++
	if f.unseen < unseenLimit || v.block+1 < s.cfg.Confirmations {
		return f.tx, nil
	}
	deep, err := s.nonceAt(ctx, new(big.Int).SetUint64(v.block+1-s.cfg.Confirmations))
	if err != nil || f.tx.Nonce >= deep {
		return f.tx, err
	}
	tx := f.tx
	tx.State, tx.Signed, tx.Nonce = outbox.Queued, false, 0
	f.unseen = 0
	return tx, nil
}
