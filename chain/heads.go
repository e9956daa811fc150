package chain

import (
	"context"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"privd/market"
)

// logs returns the logs of contracts in blocks from..to.
func (c *Client) logs(ctx context.Context, from, to uint64, contracts []market.Address) ([]types.Log, error) {
	var logs []types.Log
	err := c.do(ctx, "read logs", func(ctx context.Context, eth *ethclient.Client) (err error) {
		logs, err = eth.FilterLogs(ctx, ethereum.FilterQuery{
			FromBlock: new(big.Int).SetUint64(from), ToBlock: new(big.Int).SetUint64(to), Addresses: contracts,
		})
		return err
	})
	return logs, err
}

// headers returns the headers of blocks from..to; ethereum.NotFound when one is
// missing.
func (c *Client) headers(ctx context.Context, from, to uint64) ([]*types.Header, error) {
	elems := make([]rpc.BatchElem, to-from+1)
	for i := range elems {
		elems[i] = rpc.BatchElem{Method: "eth_getBlockByNumber", Args: []any{hexutil.EncodeUint64(from + uint64(i)), false}, Result: new(*types.Header)}
	}
	if err := c.batch(ctx, "read block headers", elems); err != nil {
		return nil, err
	}
	headers := make([]*types.Header, len(elems))
	for i, elem := range elems {
		if elem.Error != nil {
			return nil, translate("read block headers", elem.Error)
		}
		if headers[i] = *elem.Result.(**types.Header); headers[i] == nil {
			return nil, ethereum.NotFound
		}
		if headers[i].Number == nil || !headers[i].Number.IsUint64() || headers[i].Number.Uint64() != from+uint64(i) {
			return nil, lie("read block headers", "asked for block %d, got %v", from+uint64(i), headers[i].Number)
		}
	}
	return headers, nil
}

// headersByHash returns block headers; nil where the server knows none.
func (c *Client) headersByHash(ctx context.Context, hashes []market.Hash) ([]*types.Header, error) {
	elems := make([]rpc.BatchElem, len(hashes))
	for i, hash := range hashes {
		elems[i] = rpc.BatchElem{Method: "eth_getBlockByHash", Args: []any{hash.String(), false}, Result: new(*types.Header)}
	}
	if err := c.batch(ctx, "read block headers", elems); err != nil {
		return nil, err
	}
	headers := make([]*types.Header, len(hashes))
	for i, elem := range elems {
		if elem.Error != nil {
			return nil, translate("read block headers", elem.Error)
		}
		headers[i] = *elem.Result.(**types.Header)
	}
	return headers, nil
}

// watchHeads wakes the follower at each new block, where the connection can tell,
// until the context ends. Polling stays the floor: announcements get lost.
func (f *Follower) watchHeads(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		server, changed := f.client.pool.inUse()
		if !strings.HasPrefix(server.url, "ws") {
			select {
			case <-ctx.Done():
			case <-changed:
			}
			continue
		}
		if f.listenHeads(f.client.with(ctx, server), changed) {
			failures = 0
		} else {
			failures++
		}
		if !sleepFor(ctx, backoff(f.cfg.Poll, failures)) {
			return
		}
	}
}

// listenHeads passes announcements on until the subscription ends or another server
// is used. It returns whether there was one.
func (f *Follower) listenHeads(ctx context.Context, changed <-chan struct{}) bool {
	heads := make(chan *types.Header, 16)
	var sub ethereum.Subscription
	err := f.client.do(ctx, "subscribe to heads", func(ctx context.Context, eth *ethclient.Client) (err error) {
		sub, err = eth.SubscribeNewHead(ctx, heads)
		return err
	})
	if err != nil {
		return false // polling says why
	}
	defer sub.Unsubscribe()
	for {
		select {
		case <-ctx.Done():
			return true
		case <-changed:
			return true
		case <-sub.Err():
			return true
		case <-heads:
			f.Wake()
		}
	}
}
