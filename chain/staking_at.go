package chain

import (
	"context"
	"math/big"

	"privd/chain/binding/privtoken"
	"privd/market"
)

// StakeUsed reports whether the authorization of a stake was used, or cancelled by
// its account, as of a block. A server that has not got that far says so with an
// error, never with an older answer.
func (s *Staking) StakeUsed(ctx context.Context, stake Stake, block uint64) (bool, error) {
	token := privtoken.NewPrivToken()
	return readAt(ctx, s.client, "read authorization state", s.client.cfg.Contracts.PRIV, block,
		token.PackAuthorizationState(stake.Account, s.Nonce(stake)), token.UnpackAuthorizationState)
}

// UnstakeNonceAt is UnstakeNonce as of a block.
func (s *Staking) UnstakeNonceAt(ctx context.Context, account market.Address, block uint64) (uint64, error) {
	nonce, err := readAt(ctx, s.client, "read unstake nonce", s.Address(), block, s.bind.PackNonces(account), s.bind.UnpackNonces)
	if err != nil {
		return 0, err
	}
	if nonce == nil || !nonce.IsUint64() {
		return 0, lie("read unstake nonce", "nonce %v", nonce)
	}
	return nonce.Uint64(), nil
}

// readAt is read at a block.
func readAt[T any](ctx context.Context, c *Client, op string, contract market.Address, block uint64, data []byte, unpack func([]byte) (T, error)) (T, error) {
	var out T
	answer, err := c.call(ctx, op, market.Address{}, Call{To: contract, Data: data}, new(big.Int).SetUint64(block))
	if err != nil {
		return out, asRevert(err)
	}
	if len(answer) == 0 {
		return out, &market.Error{Op: op, Code: market.Unavailable, Reason: "NO_CONTRACT", Message: "no contract at " + contract.Hex()}
	}
	return unpack(answer)
}
