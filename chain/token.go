package chain

import (
	"context"
	"math/big"

	"privd/chain/binding/privtoken"
	"privd/market"
	"privd/market/seal"
)

// Token reads one ERC-20 with ERC-3009: PRIV or the dollar.
type Token struct {
	client  *Client
	address market.Address
	bind    *privtoken.PrivToken
}

// PRIV returns the face of the market's token.
func (c *Client) PRIV() *Token {
	return &Token{client: c, address: c.cfg.Contracts.PRIV, bind: privtoken.NewPrivToken()}
}

// USDC returns the face of the dollar that datasets are paid in.
func (c *Client) USDC() *Token {
	return &Token{client: c, address: c.cfg.Contracts.USDC, bind: privtoken.NewPrivToken()}
}

// Address returns the token's contract.
func (t *Token) Address() market.Address { return t.address }

// Balance returns what the account holds, in the token's smallest unit.
func (t *Token) Balance(ctx context.Context, account market.Address) (market.Amount, error) {
	balance, err := read(ctx, t.client, "read token balance", t.address, t.bind.PackBalanceOf(account), t.bind.UnpackBalanceOf)
	if err != nil {
		return market.Amount{}, err
	}
	return market.AmountFromBig(balance)
}

// Allowance returns what spender may still take from owner.
func (t *Token) Allowance(ctx context.Context, owner, spender market.Address) (market.Amount, error) {
	left, err := read(ctx, t.client, "read allowance", t.address, t.bind.PackAllowance(owner, spender), t.bind.UnpackAllowance)
	if err != nil {
		return market.Amount{}, err
	}
	return market.AmountFromBig(left)
}

// AuthorizationUsed reports whether an ERC-3009 nonce of the account was used or
// cancelled.
func (t *Token) AuthorizationUsed(ctx context.Context, account market.Address, nonce market.Hash) (bool, error) {
	return read(ctx, t.client, "read authorization state", t.address, t.bind.PackAuthorizationState(account, nonce), t.bind.UnpackAuthorizationState)
}

// Domain returns the token's EIP-712 domain as the contract tells it (EIP-5267).
func (t *Token) Domain(ctx context.Context) (seal.TokenDomain, error) {
	out, err := read(ctx, t.client, "read token domain", t.address, t.bind.PackEip712Domain(), t.bind.UnpackEip712Domain)
	if err != nil {
		return seal.TokenDomain{}, err
	}
	if out.ChainId == nil || out.ChainId.Cmp(new(big.Int).SetUint64(t.client.cfg.ChainID)) != 0 || out.VerifyingContract != t.address {
		return seal.TokenDomain{}, lie("read token domain", "token %s names chain %v and contract %s", t.address, out.ChainId, out.VerifyingContract)
	}
	return seal.TokenDomain{Name: out.Name, Version: out.Version, ChainID: t.client.cfg.ChainID, Token: t.address}, nil
}

// Transfer returns the call that sends an amount of the sender account's own
// tokens.
func (t *Token) Transfer(to market.Address, amount market.Amount) Call {
	return Call{To: t.address, Data: t.bind.PackTransfer(to, amount.Big())}
}

// Approve returns the call that lets spender take up to amount of the sender
// account's own tokens.
func (t *Token) Approve(spender market.Address, amount market.Amount) Call {
	return Call{To: t.address, Data: t.bind.PackApprove(spender, amount.Big())}
}

// Authorization is an ERC-3009 authorization with its signature. Times are unix
// seconds.
type Authorization struct {
	From        market.Address
	To          market.Address
	Value       market.Amount
	ValidAfter  uint64
	ValidBefore uint64
	Nonce       market.Hash
	Signature   seal.Sig
}

// TransferWithAuthorization returns the call that redeems an authorization; the
// sender account pays only the gas.
func (t *Token) TransferWithAuthorization(a Authorization) Call {
	v, r, s := a.Signature.VRS()
	return Call{To: t.address, Data: t.bind.PackTransferWithAuthorization(a.From, a.To, a.Value.Big(),
		new(big.Int).SetUint64(a.ValidAfter), new(big.Int).SetUint64(a.ValidBefore), a.Nonce, v, r, s)}
}

// Check asks the chain whether a call would succeed at the newest block if account
// sent it; a refusal comes back with the code its custom error stands for.
func (c *Client) Check(ctx context.Context, account market.Address, call Call) error {
	_, err := c.call(ctx, "check call", account, call, nil)
	return asRevert(err)
}
