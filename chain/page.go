package chain

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"math/bits"
	"slices"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/trie"

	"privd/market"
	"privd/market/deal"
)

// linkBlocks is the most blocks of a page whose headers are all read. That is every
// page while the follower keeps up, so what it reads of new blocks is linked by hashes
// to what it read before, and its logs are held against the blocks' own summaries.
const linkBlocks = 32

// read returns the events of blocks from..to, which follow on last, as one
// consistent view: the blocks at its ends are read again afterwards. head is the
// newest block. The marks are of those blocks whose headers were read; the last one
// is that of to.
func (f *Follower) read(ctx context.Context, last deal.Mark, from, to uint64, head *types.Header) ([]deal.Mark, []deal.Event, error) {
	var headers []*types.Header // of every block, or of the last alone
	var err error
	switch {
	case from == to && to == head.Number.Uint64():
		headers = []*types.Header{head}
	case to-from < linkBlocks:
		headers, err = f.client.headers(ctx, from, to)
	default:
		var end *types.Header
		end, err = f.client.header(ctx, new(big.Int).SetUint64(to))
		headers = []*types.Header{end}
	}
	if err != nil {
		return nil, nil, missing(err)
	}
	linked := uint64(len(headers)) == to-from+1
	if linked && !link(last, headers) {
		return nil, nil, errMoved
	}
	marks := make([]deal.Mark, len(headers))
	for i, h := range headers {
		marks[i] = markOf(h)
	}
	mark := marks[len(marks)-1]
	logs, err := f.client.logs(ctx, from, to, f.contracts())
	if err != nil {
		return nil, nil, err
	}
	events, err := f.events(logs, from, mark)
	if err != nil {
		return nil, nil, err
	}
	ends := []deal.Mark{mark}
	if linked {
		err = f.match(ctx, logs, events, headers)
	} else {
		ends = append(ends, last)
		err = f.date(ctx, events, last, mark)
	}
	if err != nil {
		return nil, nil, err
	}
	for _, m := range ends {
		again, err := f.client.header(ctx, new(big.Int).SetUint64(m.Number))
		if err != nil {
			return nil, nil, missing(err)
		}
		if market.Hash(again.Hash()) != m.Hash {
			return nil, nil, errMoved
		}
	}
	return marks, events, nil
}

func (f *Follower) contracts() []market.Address { return slices.Collect(maps.Keys(f.decoders)) }

// link reports whether each header names the one before it as its parent.
func link(last deal.Mark, headers []*types.Header) bool {
	parent := common.Hash(last.Hash)
	for _, h := range headers {
		if h.ParentHash != parent {
			return false
		}
		parent = h.Hash()
	}
	return true
}

// match holds logs against the headers of all their blocks, and gives the events the
// times of the blocks. A log that its block does not announce is a lie; one that a
// block announces and that did not come is looked for.
func (f *Follower) match(ctx context.Context, logs []types.Log, events []deal.Event, headers []*types.Header) error {
	first := headers[0].Number.Uint64()
	came := make(map[uint64]map[common.Hash]bool) // block -> topic0, of ours
	for i := range logs {
		log := &logs[i]
		h := headers[log.BlockNumber-first]
		if log.BlockHash != h.Hash() {
			return errMoved
		}
		if !types.BloomLookup(h.Bloom, log.Address) || len(log.Topics) > 0 && !types.BloomLookup(h.Bloom, log.Topics[0]) {
			return lie("read logs", "block %d does not announce log %d", log.BlockNumber, log.Index)
		}
		if came[log.BlockNumber] == nil {
			came[log.BlockNumber] = make(map[common.Hash]bool)
		}
		if len(log.Topics) > 0 {
			came[log.BlockNumber][log.Topics[0]] = true
		}
	}
	for _, h := range headers {
		if f.announces(h, came[h.Number.Uint64()]) {
			if err := f.doubt(ctx, h, logs); err != nil {
				return err
			}
		}
	}
	for i := range events {
		events[i].BlockTime = headers[events[i].Block-first].Time
	}
	return nil
}

// crowded is how many bits of a block's summary may be set before it announces logs
// of anybody: half full, one topic in eight matches by chance.
const crowded = 512

// announces reports whether a block's summary holds a log of the market that is not
// among those that came.
func (f *Follower) announces(h *types.Header, came map[common.Hash]bool) bool {
	set := 0
	for _, b := range h.Bloom {
		set += bits.OnesCount8(b)
	}
	if set > crowded {
		return false // a second server tells, if there is one
	}
	for contract, topics := range f.decoders {
		if !types.BloomLookup(h.Bloom, contract) {
			continue
		}
		for topic := range topics {
			if !came[topic] && types.BloomLookup(h.Bloom, topic) {
				return true
			}
		}
	}
	return false
}

// doubtLimit is how often a block may be doubted before it is believed: its summary
// may match by chance, and not every server gives receipts to check that by.
const doubtLimit = 5

// doubt looks closer at a block that announces more logs than came. Servers that are
// still indexing their newest blocks leave logs out; those behind load balancers, too.
func (f *Follower) doubt(ctx context.Context, h *types.Header, logs []types.Log) error {
	hash := market.Hash(h.Hash())
	incomplete := &market.Error{Op: "read logs", Code: market.Unavailable, Reason: "RPC_INCOMPLETE",
		Message: fmt.Sprintf("the RPC server leaves out logs of block %d", h.Number)}
	came := 0
	for i := range logs {
		if logs[i].BlockHash == h.Hash() {
			came++
		}
	}
	proven, err := f.client.proven(ctx, h, f.contracts())
	switch {
	case err == nil && len(proven) == came:
		return nil // by chance, then
	case err == nil:
		return incomplete
	case market.CodeOf(err) == market.Unavailable && !isUnproven(err):
		return err
	}
	if len(f.doubts) > 1000 {
		clear(f.doubts)
	}
	if f.doubts[hash]++; f.doubts[hash] < doubtLimit {
		return incomplete
	}
	f.deps.Log.Warn("a block announces logs that no answer holds, and its receipts cannot be had", "block", h.Number)
	return nil
}

// errUnproven is the answer when a server has no receipts that fit a block.
var errUnproven = &market.Error{Op: "read receipts", Code: market.Unavailable, Reason: "RPC_UNPROVEN", Message: "the RPC server has no receipts that fit the block"}

func isUnproven(err error) bool { return errors.Is(err, errUnproven) }

// proven returns the contracts' logs of a block, from receipts that the block's own
// hash vouches for; errUnproven when the server has none such.
func (c *Client) proven(ctx context.Context, h *types.Header, contracts []market.Address) ([]types.Log, error) {
	receipts, err := c.provenReceipts(ctx, h)
	if err != nil {
		return nil, err
	}
	var logs []types.Log
	for _, receipt := range receipts {
		for _, log := range receipt.Logs {
			if log != nil && slices.Contains(contracts, log.Address) {
				logs = append(logs, *log)
			}
		}
	}
	return logs, nil
}

// provenReceipts returns the receipts of a block, which its hash vouches for: their
// statuses, and the contracts, topics and data of their logs. errUnproven when the server
// has none such.
func (c *Client) provenReceipts(ctx context.Context, h *types.Header) ([]*types.Receipt, error) {
	var receipts []*types.Receipt
	elem := []rpc.BatchElem{{Method: "eth_getBlockReceipts", Args: []any{h.Hash()}, Result: &receipts}}
	if err := c.batch(ctx, "read receipts", elem); err != nil {
		return nil, err
	}
	// Not every server has the method, and not every chain's receipts are known here.
	if elem[0].Error != nil || slices.Contains(receipts, nil) || types.DeriveSha(types.Receipts(receipts), trie.NewStackTrie(nil)) != h.ReceiptHash {
		return nil, errUnproven
	}
	return receipts, nil
}

// missing turns the absence of a block that was there a moment ago into errMoved.
func missing(err error) error {
	if errors.Is(err, ethereum.NotFound) {
		return errMoved
	}
	return err
}

// events decodes the logs of blocks from..to. It refuses logs that were not asked
// for, are out of order, or disagree about a block.
func (f *Follower) events(logs []types.Log, from uint64, to deal.Mark) ([]deal.Event, error) {
	var events []deal.Event
	for i := range logs {
		log := &logs[i]
		if _, ours := f.decoders[log.Address]; !ours || log.Removed {
			return nil, lie("read logs", "log of %s, removed %t", log.Address, log.Removed)
		}
		if log.BlockNumber < from || log.BlockNumber > to.Number {
			return nil, lie("read logs", "log of block %d, asked for %d to %d", log.BlockNumber, from, to.Number)
		}
		if log.BlockNumber == to.Number && market.Hash(log.BlockHash) != to.Hash {
			return nil, errMoved
		}
		if i > 0 {
			if err := follows(&logs[i-1], log); err != nil {
				return nil, err
			}
		}
		event, known, err := f.decoders.decode(log)
		if err != nil {
			return nil, lie("read logs", "transaction %s: %v", log.TxHash, err)
		}
		if known {
			events = append(events, event)
		}
	}
	return events, nil
}

// follows checks that one log comes after another.
func follows(before, log *types.Log) error {
	switch {
	case log.BlockNumber > before.BlockNumber:
		return nil
	case log.BlockNumber < before.BlockNumber, log.Index <= before.Index:
		return lie("read logs", "log %d of block %d after log %d of block %d", log.Index, log.BlockNumber, before.Index, before.BlockNumber)
	case log.BlockHash != before.BlockHash:
		return lie("read logs", "two blocks %d", log.BlockNumber)
	}
	return nil
}

// date gives the events the times of their blocks, and checks that the blocks are
// what the logs call them.
func (f *Follower) date(ctx context.Context, events []deal.Event, last, to deal.Mark) error {
	times := map[market.Hash]uint64{to.Hash: to.Time}
	numbers := map[market.Hash]uint64{to.Hash: to.Number}
	var unknown []market.Hash
	for _, e := range events {
		number, have := numbers[e.BlockHash]
		if !have {
			numbers[e.BlockHash] = e.Block
			unknown = append(unknown, e.BlockHash)
		} else if number != e.Block {
			return lie("read logs", "block %s is both %d and %d", e.BlockHash, number, e.Block)
		}
	}
	headers, err := f.client.headersByHash(ctx, unknown)
	if err != nil {
		return err
	}
	for i, header := range headers {
		hash := unknown[i]
		if header == nil {
			return errMoved
		}
		if market.Hash(header.Hash()) != hash || header.Number.Cmp(new(big.Int).SetUint64(numbers[hash])) != 0 ||
			header.Time < last.Time || header.Time > to.Time {
			return lie("read logs", "block %s of the logs is not block %d", hash, numbers[hash])
		}
		times[hash] = header.Time
	}
	for i := range events {
		events[i].BlockTime = times[events[i].BlockHash]
	}
	return nil
}
