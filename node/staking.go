package node

import (
	"context"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"privd/api"
	"privd/chain"
	"privd/market"
	"privd/market/account"
	"privd/market/purchase"
	"privd/market/seal"
	"privd/market/signature"
	"privd/market/staking"
	"privd/market/task"
	"privd/storage/records"
)

// Staking is how the node stakes for its users.
type Staking struct {
	PerDay int `toml:"per_day"` // stakes and unstakes of one user in 24 hours: each costs the node gas
}

func defaultStaking() Staking { return Staking{PerDay: 24} }

// Validate names the field at fault.
func (s Staking) Validate() error {
	if s.PerDay < 1 {
		return market.BadField("staking.per_day", "staking.per_day must be at least 1")
	}
	return nil
}

// openStaking joins staking with the chain, with purchases, which spend from the
// same wallets, and with what external wallets sign.
func (n *Node) openStaking(signer account.Wallets) {
	contract := seal.Contract{Name: "privd Staking", Version: "1", ChainID: n.network.ChainID, Address: n.network.Contracts.Staking}
	n.staking = &staking.Service{
		Store: records.As[staking.Tx](n.records), Wallets: signer, Chain: stakes{chain.NewStaking(n.client, n.sender), n.face},
		Domain: staking.Domain{Token: n.priv(), Staking: contract}, Clock: n.clock.Now,
		Rules: staking.Rules{
			Confirmations: n.cfg.Chain.Confirmations, PayWithin: n.cfg.Trade.PayWithin, SignWithin: n.cfg.Trade.SignWithin,
			Wait: n.cfg.Trade.BuyWait, Poll: n.cfg.Chain.Poll, RetryMost: n.cfg.Trade.RetryMost, PerDay: n.cfg.Staking.PerDay,
		},
		Held: func(tx staking.Tx, user market.UserID) (market.Amount, error) {
			all, ok := tx.(purchase.Tx)
			if !ok {
				return market.Amount{}, fmt.Errorf("staking transaction is %T", tx)
			}
			return purchase.Reserved(all, user, n.clock.Now())
		},
	}
	n.engine.Held = func(tx purchase.Tx, user market.UserID) (market.Amount, error) {
		all, ok := tx.(staking.Tx)
		if !ok {
			return market.Amount{}, fmt.Errorf("purchase transaction is %T", tx)
		}
		return staking.Reserved(all, user)
	}
	staked := signature.Action{Signed: signed[staking.Tx](n.staking.Signed), Done: n.staking.SignedDone}
	n.signatures.Actions[signature.Stake], n.signatures.Actions[signature.Unstake] = staked, staked
}

// stakes is the chain as staking sees it.
type stakes struct {
	staking *chain.Staking
	*face
}

var _ staking.Chain = stakes{}

func stakeOf(t staking.Terms) chain.Stake {
	return chain.Stake{Account: t.Account, Amount: t.Amount, ValidBefore: t.ValidBefore, Salt: t.Salt}
}

// Stake implements staking.Chain.
func (s stakes) Stake(ctx context.Context, key string, t staking.Terms, sig seal.Sig) error {
	return s.staking.Stake(ctx, key, stakeOf(t), sig)
}

// Unstake implements staking.Chain.
func (s stakes) Unstake(ctx context.Context, key string, t staking.Terms, sig seal.Sig) error {
	return s.staking.RequestUnstake(ctx, key, t.Account, t.Amount, t.Nonce, sig)
}

// ReleaseStake implements staking.Chain.
func (s stakes) ReleaseStake(ctx context.Context, key string, account market.Address) error {
	return s.staking.Withdraw(ctx, key, account)
}

// StakeUsed implements staking.Chain.
func (s stakes) StakeUsed(ctx context.Context, t staking.Terms, block uint64) (bool, error) {
	return s.staking.StakeUsed(ctx, stakeOf(t), block)
}

// UnstakeNonce implements staking.Chain.
func (s stakes) UnstakeNonce(ctx context.Context, account market.Address, block uint64) (uint64, error) {
	return s.staking.UnstakeNonceAt(ctx, account, block)
}

// stake does stake tasks.
func (n *Node) stake(ctx context.Context, key string, attempts int) (task.Next, error) {
	return n.staking.Step(ctx, staking.RequestID(key), attempts)
}

// releaseStake does release tasks.
func (n *Node) releaseStake(ctx context.Context, key string, _ int) (task.Next, error) {
	if !common.IsHexAddress(key) {
		return task.Next{}, fmt.Errorf("task key %q is not an address", key)
	}
	return n.staking.Release(ctx, common.HexToAddress(key))
}

// taskMinute bounds one run of a task that asks the chain a few things.
const taskMinute = time.Minute

// stakers serves staking to the API.
type stakers struct {
	*staking.Service
	n *Node
}

// StakeOf implements api.Stakes.
func (s stakers) StakeOf(ctx context.Context, caller account.Caller, who api.Selector) (v staking.View, err error) {
	var u account.User
	err = s.n.records.View(ctx, func(tx *records.Tx) (err error) { u, err = selected(tx, caller, who); return err })
	if err != nil {
		return v, err
	}
	return s.Get(ctx, u.ID)
}
