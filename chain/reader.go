package chain

import (
	"context"
	"math/big"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/ethclient"
)

// CodeAt returns the code at an address, at a block or at the newest for nil. With
// CallContract it is what chain/deploy needs to check the contracts.
func (c *Client) CodeAt(ctx context.Context, account common.Address, block *big.Int) (code []byte, err error) {
	err = c.do(ctx, "read code", func(ctx context.Context, eth *ethclient.Client) (err error) {
		code, err = eth.CodeAt(ctx, account, block)
		return err
	})
	return code, err
}

// CallContract runs a call without sending it, at a block or at the newest for nil.
// An answer of the contract that is a revert is an error of the server's making.
func (c *Client) CallContract(ctx context.Context, call ethereum.CallMsg, block *big.Int) (answer []byte, err error) {
	err = c.do(ctx, "ask contract", func(ctx context.Context, eth *ethclient.Client) (err error) {
		answer, err = eth.CallContract(ctx, call, block)
		return err
	})
	return answer, err
}
