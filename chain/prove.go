package chain

import (
	"context"
	"fmt"
	"math/big"
	"slices"

	"privd/market"
	"privd/market/deal"
)

// proveMost is how many blocks are proven to settle one disagreement.
const proveMost = 16

// prove tells which of two answers about the same blocks is right, where they differ
// in events alone. Each block in question is asked for its receipts, which its hash
// vouches for; it fails when the servers differ about the blocks themselves, or when
// nobody has fitting receipts.
func (f *Follower) prove(ctx context.Context, x, y answer) (right answer, err error) {
	if x.hash != y.hash {
		return answer{}, fmt.Errorf("they are on different branches: the last block is %s at one, %s at the other", x.hash, y.hash)
	}
	blocks := differ(x.events, y.events)
	if len(blocks) == 0 || len(blocks) > proveMost {
		return answer{}, fmt.Errorf("they differ in %d blocks", len(blocks))
	}
	for _, number := range blocks {
		truth, err := f.truth(ctx, number, x.server, y.server)
		if err != nil {
			return answer{}, err
		}
		var fits []answer
		for _, z := range []answer{x, y} {
			if slices.Equal(truth, bare(z.events, number)) {
				fits = append(fits, z)
			}
		}
		if len(fits) != 1 || right.server != nil && right.server != fits[0].server {
			return answer{}, fmt.Errorf("neither tells the truth of block %d", number)
		}
		right = fits[0]
	}
	return right, nil
}

// differ returns the blocks in which two lists of events differ.
func differ(x, y []deal.Event) (blocks []uint64) {
	for _, e := range slices.Concat(x, y) {
		if !slices.Contains(blocks, e.Block) && !slices.Equal(bare(x, e.Block), bare(y, e.Block)) {
			blocks = append(blocks, e.Block)
		}
	}
	return blocks
}

// bare returns the events of one block without what receipts do not vouch for.
func bare(events []deal.Event, block uint64) (out []deal.Event) {
	for _, e := range events {
		if e.Block == block {
			e.Block, e.BlockHash, e.BlockTime, e.TxHash, e.LogIndex = 0, market.Hash{}, 0, market.Hash{}, 0
			out = append(out, e)
		}
	}
	return out
}

// truth returns what a block's receipts hold, in the form of bare. Both servers have
// to know the block by the same hash; either may give the receipts.
func (f *Follower) truth(ctx context.Context, number uint64, servers ...*server) ([]deal.Event, error) {
	var hash market.Hash
	var err error
	for i, s := range servers {
		header, headerErr := f.client.header(f.client.with(ctx, s), new(big.Int).SetUint64(number))
		if headerErr != nil {
			return nil, headerErr
		}
		if i > 0 && hash != market.Hash(header.Hash()) {
			return nil, fmt.Errorf("they are on different branches at block %d", number)
		}
		hash = market.Hash(header.Hash())
	}
	for _, s := range servers {
		ctx := f.client.with(ctx, s)
		header, headerErr := f.client.header(ctx, new(big.Int).SetUint64(number))
		if headerErr != nil {
			return nil, headerErr
		}
		logs, provenErr := f.client.proven(ctx, header, f.contracts())
		if provenErr != nil {
			err = provenErr
			continue
		}
		var events []deal.Event
		for i := range logs {
			event, known, decodeErr := f.decoders.decode(&logs[i])
			if decodeErr != nil {
				return nil, decodeErr
			}
			if known {
				event.Block = number
				events = append(events, event)
			}
		}
		return bare(events, number), nil
	}
	return nil, err
}
