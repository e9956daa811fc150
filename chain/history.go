package chain

import (
	"context"
	"errors"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"

	"privd/chain/binding/privtoken"
	"privd/market"
	"privd/market/deal"
)

// History reads again what the chain holds, from the deployment of the contracts
// up to a block, for those who do not take the follower's word for it. Nothing of
// it is kept: what was read is handed on a page at a time. One goroutine uses it.
type History struct {
	client   *Client
	decoders decoders
	page     uint64 // blocks to ask for at once; shrinks when the server minds
}

// NewHistory returns a reader of a client's chain.
func NewHistory(c *Client) *History {
	return &History{client: c, decoders: newDecoders(c.cfg.Contracts), page: c.cfg.PageBlocks}
}

// First returns the first block that may hold a log of the contracts.
func (h *History) First() uint64 { return max(h.client.cfg.DeployBlock, 1) }

// Block returns a block as the chain has it now; Unavailable when the server has
// not got that far.
func (h *History) Block(ctx context.Context, number uint64) (deal.Mark, error) {
	header, err := h.client.header(ctx, new(big.Int).SetUint64(number))
	if errors.Is(err, ethereum.NotFound) {
		return deal.Mark{}, &market.Error{Op: "read the chain again", Code: market.Unavailable, Reason: "RPC_BEHIND", Message: "the RPC server is behind"}
	}
	if err != nil {
		return deal.Mark{}, err
	}
	return markOf(header), nil
}

// Events calls each with the events of all contracts from the deployment to a
// block, page by page, in order. from and upTo are the blocks of the page, both
// included. An error of each ends it. Unavailable when the chain no longer has the
// block.
func (h *History) Events(ctx context.Context, to deal.Mark, each func(from, upTo uint64, events []deal.Event) error) error {
	return h.pages(ctx, h.First(), to.Number, func(from, upTo uint64) error {
		end, err := h.Block(ctx, upTo)
		if err != nil {
			return err
		}
		if upTo == to.Number && end != to {
			return errMoved
		}
		logs, err := h.client.logs(ctx, from, upTo, h.contracts())
		if err != nil {
			return err
		}
		events, err := h.decode(ctx, logs, from, end)
		if err != nil {
			return err
		}
		return told(each(from, upTo, events))
	})
}

func (h *History) contracts() (all []market.Address) {
	for contract := range h.decoders {
		all = append(all, contract)
	}
	return all
}

// told marks an error of whom something is told: it does not mean that the server
// minded the size of a page.
func told(err error) error {
	if err == nil {
		return nil
	}
	return toldError{err}
}

type toldError struct{ error }

func (e toldError) Unwrap() error { return e.error }

// pages calls read with ranges of blocks from..to. A range that fails is asked for
// in smaller pieces: servers bound what they answer at once.
func (h *History) pages(ctx context.Context, from, to uint64, read func(from, upTo uint64) error) error {
	for from <= to {
		upTo := from + min(h.page-1, to-from)
		err := read(from, upTo)
		var stop toldError
		switch {
		case errors.As(err, &stop):
			return stop.error
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil && (upTo == from || errors.Is(err, errMoved)):
			return unavailable(err)
		case err != nil:
			h.page = max(1, (upTo-from+1)/2)
			continue
		}
		from = upTo + 1
		h.page = min(h.client.cfg.PageBlocks, h.page*2)
	}
	return nil
}

// unavailable gives what an RPC server refuses a code; it is no fault of the
// program.
func unavailable(err error) error {
	var known *market.Error
	if errors.As(err, &known) {
		return err
	}
	return &market.Error{Op: "read the chain again", Code: market.Unavailable, Message: "the RPC server refuses", Err: err}
}

// decode turns the logs of a page into events with the times of their blocks. It
// refuses what was not asked for and what is out of order.
func (h *History) decode(ctx context.Context, logs []types.Log, from uint64, end deal.Mark) ([]deal.Event, error) {
	var events []deal.Event
	var blocks []market.Hash
	for i := range logs {
		log := &logs[i]
		if _, ours := h.decoders[log.Address]; !ours || log.Removed || log.BlockNumber < from || log.BlockNumber > end.Number {
			return nil, lie("read logs", "log of %s in block %d, removed %t", log.Address, log.BlockNumber, log.Removed)
		}
		if i > 0 {
			if err := follows(&logs[i-1], log); err != nil {
				return nil, err
			}
		}
		event, known, err := h.decoders.decode(log)
		if err != nil {
			return nil, lie("read logs", "transaction %s: %v", log.TxHash, err)
		}
		if !known {
			continue
		}
		if n := len(blocks); n == 0 || blocks[n-1] != event.BlockHash {
			blocks = append(blocks, event.BlockHash)
		}
		events = append(events, event)
	}
	headers, err := h.client.headersByHash(ctx, blocks)
	if err != nil {
		return nil, err
	}
	times := make(map[market.Hash]uint64, len(headers))
	for i, header := range headers {
		if header == nil || market.Hash(header.Hash()) != blocks[i] {
			return nil, errMoved
		}
		times[blocks[i]] = header.Time
	}
	for i := range events {
		events[i].BlockTime = times[events[i].BlockHash]
	}
	return events, nil
}

// Movement is a token that came to a wallet, or left it.
type Movement struct {
	Wallet market.Address
	Amount market.Amount // in the token's smallest unit
	In     bool
}

// askedWallets is how many wallets one question names: servers bound the topics of
// a filter.
const askedWallets = 200

// Movements calls each with everything that a token's Transfer logs say came to
// wallets or left them, from the deployment to a block. What a wallet sends to
// itself comes and leaves. Movements of one wallet are in order; an error of each
// ends it.
func (h *History) Movements(ctx context.Context, token market.Address, wallets []market.Address, to uint64, each func(upTo uint64, moved []Movement) error) error {
	transfer := topic("Transfer(address,address,uint256)")
	bind := privtoken.NewPrivToken()
	for chunk := range slices.Chunk(wallets, askedWallets) {
		named := make([]common.Hash, len(chunk))
		for i, wallet := range chunk {
			named[i] = addressWord(wallet)
		}
		for _, in := range []bool{true, false} {
			topics := [][]common.Hash{{transfer}, named}
			if in {
				topics = [][]common.Hash{{transfer}, nil, named}
			}
			err := h.pages(ctx, h.First(), to, func(from, upTo uint64) error {
				logs, err := h.filter(ctx, token, topics, from, upTo)
				if err != nil {
					return err
				}
				moved := make([]Movement, len(logs))
				for i := range logs {
					if logs[i].Address != token || logs[i].Removed || logs[i].BlockNumber < from || logs[i].BlockNumber > upTo {
						return lie("read transfers", "log of %s in block %d", logs[i].Address, logs[i].BlockNumber)
					}
					event, err := bind.UnpackTransferEvent(&logs[i])
					if err != nil {
						return lie("read transfers", "transaction %s: %v", logs[i].TxHash, err)
					}
					moved[i] = Movement{Wallet: event.From, In: in}
					if in {
						moved[i].Wallet = event.To
					}
					if moved[i].Amount, err = market.AmountFromBig(event.Value); err != nil {
						return lie("read transfers", "transaction %s: %v", logs[i].TxHash, err)
					}
					if !slices.Contains(chunk, moved[i].Wallet) {
						return lie("read transfers", "asked for others than %s", moved[i].Wallet)
					}
				}
				return told(each(upTo, moved))
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *History) filter(ctx context.Context, contract market.Address, topics [][]common.Hash, from, to uint64) (logs []types.Log, err error) {
	err = h.client.do(ctx, "read transfers", func(ctx context.Context, eth *ethclient.Client) (err error) {
		logs, err = eth.FilterLogs(ctx, ethereum.FilterQuery{
			FromBlock: new(big.Int).SetUint64(from), ToBlock: new(big.Int).SetUint64(to),
			Addresses: []market.Address{contract}, Topics: topics,
		})
		return err
	})
	return logs, err
}
