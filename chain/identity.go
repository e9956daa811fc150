package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"sync"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"privd/market"
	"privd/market/deal"
)

// identity is what tells the node's chain from any other: its id, its first block, a
// block that this node has read and that is too deep to change, and the contracts'
// being there.
// A network file that names the first block leaves nothing to chance; without it, the
// server that is asked first names it until the follower's own mark is known.
type identity struct {
	cfg *Config

	mu      sync.Mutex
	genesis market.Hash // zero until known
	base    deal.Mark   // zero until known
}

// wrongChain is the error for a server of another chain. It is never used.
func wrongChain(name, format string, args ...any) error {
	return &market.Error{Code: market.Unavailable, Reason: "WRONG_CHAIN",
		Message: fmt.Sprintf("the RPC server %s must not be used: ", name) + fmt.Sprintf(format, args...)}
}

// isWrong reports whether an error says that a server must not be used.
func isWrong(err error) bool {
	var known *market.Error
	return errors.As(err, &known) && (known.Reason == "WRONG_CHAIN" || known.Reason == "NO_CONTRACT")
}

// verify asks a server for all of it, in one request.
func (id *identity) verify(ctx context.Context, s *server, eth *ethclient.Client) error {
	id.mu.Lock()
	base := id.base
	id.mu.Unlock()
	var chainID hexutil.Big
	var first, below *types.Header
	contracts := map[string]market.Address{
		"PRIV": id.cfg.Contracts.PRIV, "Market": id.cfg.Contracts.Market, "Rewards": id.cfg.Contracts.Rewards, "Staking": id.cfg.Contracts.Staking,
	}
	elems := []rpc.BatchElem{
		{Method: "eth_chainId", Result: &chainID},
		{Method: "eth_getBlockByNumber", Args: []any{"0x0", false}, Result: &first},
		{Method: "eth_getBlockByNumber", Args: []any{hexutil.EncodeUint64(base.Number), false}, Result: &below},
	}
	names := make([]string, 0, len(contracts))
	for name, address := range contracts {
		names = append(names, name)
		elems = append(elems, rpc.BatchElem{Method: "eth_getCode", Args: []any{address, "latest"}, Result: new(hexutil.Bytes)})
	}
	if err := eth.Client().BatchCallContext(ctx, elems); err != nil {
		return err
	}
	if err := elems[0].Error; err != nil {
		return unverified(s, "its chain id", err)
	}
	if got := chainID.ToInt(); !got.IsUint64() || got.Uint64() != id.cfg.ChainID {
		return wrongChain(s.name, "it is on chain %s, this node on chain %d", got, id.cfg.ChainID)
	}
	if err := elems[1].Error; err != nil || first == nil || first.Number == nil || first.Number.Sign() != 0 {
		return unverified(s, "its first block", err)
	}
	if id.known() { // else it becomes known once all the rest is right
		if err := id.check(s, market.Hash(first.Hash())); err != nil {
			return err
		}
	}
	if base != (deal.Mark{}) {
		if err := elems[2].Error; err != nil {
			return unverified(s, fmt.Sprintf("block %d", base.Number), err)
		}
		if below == nil {
			return tooYoung(s.name, base.Number)
		}
		if below.Number == nil || below.Number.Cmp(new(big.Int).SetUint64(base.Number)) != 0 || market.Hash(below.Hash()) != base.Hash {
			return wrongChain(s.name, "it is on another chain than this node was, or that chain was started anew: its block %d is not %s", base.Number, base.Hash)
		}
	}
	for i, name := range names {
		elem := elems[3+i]
		if elem.Error != nil {
			return unverified(s, "the "+name+" contract", elem.Error)
		}
		if len(*elem.Result.(*hexutil.Bytes)) == 0 {
			return &market.Error{Code: market.Unavailable, Reason: "NO_CONTRACT",
				Message: fmt.Sprintf("the RPC server %s knows no contract at %s, where %s should be: it is behind, or on another chain", s.name, contracts[name], name)}
		}
	}
	return id.check(s, market.Hash(first.Hash()))
}

// check compares a first block with the network's, which it becomes when none is
// known.
func (id *identity) check(s *server, first market.Hash) error {
	id.mu.Lock()
	defer id.mu.Unlock()
	if id.genesis == (market.Hash{}) {
		id.genesis = first
	}
	if id.genesis != first {
		return wrongChain(s.name, "it is on another chain: its first block is %s, this network's is %s", first, id.genesis)
	}
	return nil
}

// known reports whether the first block is known.
func (id *identity) known() bool {
	id.mu.Lock()
	defer id.mu.Unlock()
	return id.genesis != market.Hash{}
}

// anchor sets the block the chain is known by. It returns whether none was known
// before, since then every server has to be looked at again.
func (id *identity) anchor(base deal.Mark) bool {
	id.mu.Lock()
	defer id.mu.Unlock()
	news := id.base == deal.Mark{}
	id.base = base
	return news
}

func tooYoung(name string, block uint64) error {
	return &market.Error{Code: market.Unavailable, Reason: "RPC_BEHIND",
		Message: fmt.Sprintf("the RPC server %s has no block %d, which this node has read", name, block)}
}

func unverified(s *server, what string, err error) error {
	if err == nil {
		err = errors.New("no answer that makes sense")
	}
	return &market.Error{Code: market.Unavailable, Reason: "RPC_UNVERIFIED",
		Message: fmt.Sprintf("the RPC server %s does not tell %s", s.name, what), Err: s.clean(err)}
}
