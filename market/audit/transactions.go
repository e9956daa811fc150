package audit

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"privd/market"
	"privd/market/outbox"
)

// Receipt is what the chain says became of a transaction.
type Receipt struct {
	Block     uint64
	BlockHash market.Hash
	OK        bool // it did what it should
	GasUsed   uint64
	Fee       market.Amount // wei paid for gas
}

// Receipts asks the chain; nil for a transaction that is in no block.
type Receipts func(ctx context.Context, hashes []market.Hash) ([]*Receipt, error)

// askedReceipts is how many receipts are asked for at once.
const askedReceipts = 50

// Transactions compares what became of the node's transactions with their receipts,
// as far as they lie at or below a block.
func (s *Sheet) Transactions(ctx context.Context, tx Tx, upTo uint64, ask Receipts) error {
	s.Begin(Transactions)
	var batch []outbox.Transaction
	var fees market.Amount
	flush := func() error {
		err := s.receipts(ctx, batch, upTo, ask, &fees)
		batch = batch[:0]
		return err
	}
	err := tx.EachTransaction(func(t outbox.Transaction) error {
		s.counted()
		if batch = append(batch, t); len(batch) < askedReceipts {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err == nil {
		s.Note("%s ETH were paid for gas", fees.Decimal(18))
	}
	return err
}

// receipts compares some transactions. Every form that was sent is asked for: at
// most one of them can be in a block.
func (s *Sheet) receipts(ctx context.Context, batch []outbox.Transaction, upTo uint64, ask Receipts, fees *market.Amount) error {
	var hashes []market.Hash
	var owner []int
	for i, t := range batch {
		seen := map[market.Hash]bool{}
		note := func(hash market.Hash) {
			if !hash.IsZero() && !seen[hash] {
				seen[hash], hashes, owner = true, append(hashes, hash), append(owner, i)
			}
		}
		note(market.Hash(t.TxHash))
		for _, try := range t.Tries {
			note(market.Hash(try.Hash))
		}
	}
	found := make([][]sent, len(batch))
	for start := 0; start < len(hashes); start += askedReceipts {
		end := min(start+askedReceipts, len(hashes))
		answers, err := ask(ctx, hashes[start:end])
		if err != nil {
			return err
		}
		for i, r := range answers {
			if r != nil {
				at := owner[start+i]
				found[at] = append(found[at], sent{hashes[start+i], *r})
			}
		}
	}
	for i, t := range batch {
		if err := s.transaction(t, found[i], upTo, fees); err != nil {
			return err
		}
	}
	return nil
}

// sent is one form of a transaction that is in a block.
type sent struct {
	hash market.Hash
	Receipt
}

func (s *Sheet) transaction(t outbox.Transaction, found []sent, upTo uint64, fees *market.Amount) error {
	ended := t.State == outbox.Mined || (t.State == outbox.Failed && !market.Hash(t.TxHash).IsZero())
	switch {
	case len(found) > 1:
		return s.differ(t.Key, "%d of its forms are in blocks", len(found))
	case ended && t.Block > upTo:
		s.waits() // not deep enough to be sure of
		return nil
	case ended && len(found) == 0:
		return s.differ(t.Key, "it is %s in transaction %s, of which the chain has no receipt", t.State, market.Hash(t.TxHash))
	case !ended && len(found) == 0:
		return nil
	case !ended && t.Pending():
		s.waits() // the sender is about to see it
		return nil
	}
	r := found[0]
	was, is := "nothing", fmt.Sprintf("%s in block %d of transaction %s", ending(t, r), r.Block, r.hash)
	if ended {
		was = fmt.Sprintf("%s in block %d of transaction %s", t.State, t.Block, market.Hash(t.TxHash))
	}
	if was != is || market.Hash(t.BlockHash) != r.BlockHash {
		return s.differ(t.Key, "stored is %s, block hash %s; the chain says %s, block hash %s", was, market.Hash(t.BlockHash), is, r.BlockHash)
	}
	if t.GasUsed != r.GasUsed || t.Fee != r.Fee {
		return s.differ(t.Key, "it paid %d gas and %s wei, the chain says %d and %s", t.GasUsed, t.Fee, r.GasUsed, r.Fee)
	}
	sum, err := fees.Add(r.Fee)
	if err != nil {
		return err
	}
	*fees = sum
	return nil
}

// ending returns the state that a receipt stands for. A form that only uses up the
// nonce is how a transaction is cancelled: that it was mined means that the
// transaction failed.
func ending(t outbox.Transaction, r sent) string {
	try, known := t.Mine(common.Hash(r.hash))
	if r.OK && !(known && try.Empty) {
		return outbox.Mined.String()
	}
	return outbox.Failed.String()
}
