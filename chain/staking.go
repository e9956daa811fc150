package chain

import (
	"context"

	"privd/chain/binding/staking"
	"privd/market"
	"privd/market/seal"
)

// Staking is the face of the contract that holds users' stakes. Methods that take
// a key submit a transaction under it, as Market's do.
type Staking struct {
	client *Client
	sender *Sender
	bind   *staking.Staking
}

// NewStaking returns the face of the Staking contract. The sender may be nil for a
// face that only reads.
func NewStaking(client *Client, sender *Sender) *Staking {
	return &Staking{client: client, sender: sender, bind: staking.NewStaking()}
}

// Address returns the contract.
func (s *Staking) Address() market.Address { return s.client.cfg.Contracts.Staking }

// Stake is what an account wants to stake. Salt is random per attempt.
type Stake struct {
	Account     market.Address
	Amount      market.Amount
	ValidBefore uint64 // unix seconds; the signature is void from then on
	Salt        market.Hash
}

// Nonce returns the nonce of the stake's ERC-3009 authorization, which binds the
// signature to this stake: EIP-712 under {name:"privd Staking", version:"1"}.
func (s *Staking) Nonce(stake Stake) market.Hash {
	return s.domain().digest("Stake(address account,uint256 amount,uint256 validBefore,bytes32 salt)",
		addressWord(stake.Account), stake.Amount.Bytes32(), market.Wei(stake.ValidBefore).Bytes32(), stake.Salt)
}

// StakeDigest returns what the account signs to stake: a ReceiveWithAuthorization
// of the token to the contract.
func (s *Staking) StakeDigest(token seal.TokenDomain, stake Stake) market.Hash {
	return token.Receive(stake.Account, s.Address(), stake.Amount, stake.ValidBefore, s.Nonce(stake))
}

// UnstakeDigest returns what the account signs to get amount back after the
// cooldown. nonce is UnstakeNonce's answer.
func (s *Staking) UnstakeDigest(account market.Address, amount market.Amount, nonce uint64) market.Hash {
	return s.domain().digest("Unstake(address account,uint256 amount,uint256 nonce)",
		addressWord(account), amount.Bytes32(), market.Wei(nonce).Bytes32())
}

func (s *Staking) domain() typedDomain {
	return typedDomain{"privd Staking", s.client.cfg.ChainID, s.Address()}
}

// Stake stakes by the account's signature over StakeDigest, and is cancelled when
// that is void before it is mined.
func (s *Staking) Stake(ctx context.Context, key string, stake Stake, sig seal.Sig) error {
	v, r, ss := sig.VRS()
	data := s.bind.PackStakeWithAuthorization(stake.Account, stake.Amount.Big(), market.Wei(stake.ValidBefore).Big(), stake.Salt, v, r, ss)
	_, err := s.sender.Submit(ctx, key, Call{To: s.Address(), Data: data, Until: stake.ValidBefore})
	return err
}

// RequestUnstake starts the cooldown by the account's signature over
// UnstakeDigest.
func (s *Staking) RequestUnstake(ctx context.Context, key string, account market.Address, amount market.Amount, nonce uint64, sig seal.Sig) error {
	request := staking.Unstake{Account: account, Amount: amount.Big(), Nonce: market.Wei(nonce).Big()}
	return s.submit(ctx, key, s.bind.PackRequestUnstake(request, staking.Sig(bindSig(sig))))
}

// Withdraw sends what has cooled down to its account.
func (s *Staking) Withdraw(ctx context.Context, key string, account market.Address) error {
	return s.submit(ctx, key, s.bind.PackWithdraw(account))
}

func (s *Staking) submit(ctx context.Context, key string, data []byte) error {
	_, err := s.sender.Submit(ctx, key, Call{To: s.Address(), Data: data})
	return err
}

// StakeOf returns what an account has staked, cooldown aside, in wei of PRIV.
func (s *Staking) StakeOf(ctx context.Context, account market.Address) (market.Amount, error) {
	stake, err := read(ctx, s.client, "read stake", s.Address(), s.bind.PackStakeOf(account), s.bind.UnpackStakeOf)
	if err != nil {
		return market.Amount{}, err
	}
	return market.AmountFromBig(stake)
}

// Cooldown returns what an account has in cooldown and when, unix time, it can be
// withdrawn.
func (s *Staking) Cooldown(ctx context.Context, account market.Address) (amount market.Amount, releaseAt uint64, err error) {
	out, err := read(ctx, s.client, "read cooldown", s.Address(), s.bind.PackCooldowns(account), s.bind.UnpackCooldowns)
	if err != nil {
		return market.Amount{}, 0, err
	}
	amount, err = market.AmountFromBig(out.Amount)
	return amount, out.ReleaseAt, err
}

// UnstakeNonce returns the nonce of the account's next unstake request.
func (s *Staking) UnstakeNonce(ctx context.Context, account market.Address) (uint64, error) {
	nonce, err := read(ctx, s.client, "read unstake nonce", s.Address(), s.bind.PackNonces(account), s.bind.UnpackNonces)
	if err != nil {
		return 0, err
	}
	if nonce == nil || !nonce.IsUint64() {
		return 0, lie("read unstake nonce", "nonce %v", nonce)
	}
	return nonce.Uint64(), nil
}
