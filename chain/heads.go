package chain

import (
	"context"
	"math/big"
	"strings"
	"sync"

	"github.com/ethereum/go-ethereum"
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

// watchHeads wakes the follower at each new block, where the connection can tell.
// Polling stays the floor: announcements get lost. The returned function ends it.
func (f *Follower) watchHeads(ctx context.Context) (stop func()) {
	if !strings.HasPrefix(f.cfg.RPC, "ws") {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Add(1)
	go func() {
		defer done.Done()
		for failures := 0; ctx.Err() == nil; failures++ {
			if f.listenHeads(ctx) {
				failures = 0
			}
			if !sleepFor(ctx, backoff(f.cfg.Poll, failures)) {
				return
			}
		}
	}()
	return func() { cancel(); done.Wait() }
}

// listenHeads passes announcements on until the subscription ends. It returns
// whether there was one.
func (f *Follower) listenHeads(ctx context.Context) bool {
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
		case <-sub.Err():
			return true
		case <-heads:
			f.Wake()
		}
	}
}
