package staking

import (
	"privd/market"
	"privd/market/seal"
)

// Terms are what an account signs. The contract takes the terms of a stake once
// (Salt is part of the authorization's nonce) and until ValidBefore; those of an
// unstake once, since Nonce moves on.
type Terms struct {
	Account     market.Address
	Amount      market.Amount // wei of PRIV
	ValidBefore uint64        // stake: unix seconds, exclusive
	Salt        market.Hash   // stake
	Nonce       uint64        // unstake
}

// Domain is where staking happens.
type Domain struct {
	Token   seal.TokenDomain // PRIV
	Staking seal.Contract    // {name:"privd Staking", version:"1"}
}

// Nonce returns the nonce of the ERC-3009 authorization of a stake, which binds the
// signature to this stake alone.
func (d Domain) Nonce(t Terms) market.Hash {
	return seal.NewMessage(d.Staking, "Stake(address account,uint256 amount,uint256 validBefore,bytes32 salt)",
		seal.AddressWord(t.Account), seal.AmountWord(t.Amount), seal.NumberWord(t.ValidBefore), t.Salt).Digest()
}

// Message returns what the account signs: a ReceiveWithAuthorization of the token to
// stake, an Unstake to get it back.
func (d Domain) Message(direction Direction, t Terms) seal.Message {
	if direction == In {
		return d.Token.ReceiveMessage(t.Account, d.Staking.Address, t.Amount, t.ValidBefore, d.Nonce(t))
	}
	return seal.NewMessage(d.Staking, "Unstake(address account,uint256 amount,uint256 nonce)",
		seal.AddressWord(t.Account), seal.AmountWord(t.Amount), seal.NumberWord(t.Nonce))
}
