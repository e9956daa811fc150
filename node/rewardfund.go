package node

import (
	"context"
	"fmt"

	"privd/chain"
	"privd/market"
	"privd/market/account"
	"privd/market/fund"
	"privd/market/purchase"
	"privd/market/staking"
	"privd/market/task"
	"privd/node/work"
	"privd/storage/records"
)

// purse is the chain as the reward fund sees it.
type purse struct {
	*face
	rewards *chain.Rewards
	node    market.Address
}

var _ fund.Chain = purse{}

// Collect implements fund.Chain.
func (p purse) Collect(ctx context.Context, key string, a fund.Authorization) error {
	call := p.client.PRIV().ReceiveWithAuthorization(chain.Authorization{
		From: a.From, To: a.To, Value: a.Amount, ValidBefore: a.ValidBefore, Nonce: a.Nonce, Signature: a.Signature,
	})
	call.Until = a.ValidBefore
	_, err := p.sender.Submit(ctx, key, call)
	return err
}

// Approve implements fund.Chain.
func (p purse) Approve(ctx context.Context, key string, amount market.Amount) error {
	return p.rewards.Approve(ctx, key, amount)
}

// Add implements fund.Chain.
func (p purse) Add(ctx context.Context, key string, amount market.Amount) error {
	return p.rewards.Fund(ctx, key, p.node, amount)
}

// Announce implements fund.Chain.
func (p purse) Announce(ctx context.Context, key string, amount market.Amount) error {
	return p.rewards.AnnounceWithdrawal(ctx, key, amount)
}

// Withdrawal implements fund.Chain.
func (p purse) Withdrawal(ctx context.Context) (market.Amount, uint64, error) {
	return p.rewards.Withdrawal(ctx, p.node)
}

// TakeOut implements fund.Chain.
func (p purse) TakeOut(ctx context.Context, key string) error {
	return p.rewards.WithdrawFunds(ctx, key)
}

// Return implements fund.Chain.
func (p purse) Return(ctx context.Context, key string, to market.Address, amount market.Amount) error {
	call := p.client.PRIV().Transfer(to, amount)
	call.Once = true
	_, err := p.sender.Submit(ctx, key, call)
	return err
}

// openFund joins the reward fund with the chain, with claims, and with what else
// spends from the operator's wallet.
func (n *Node) openFund(signer account.Wallets) {
	n.fund = &fund.Service{
		Store: records.As[fund.Tx](n.records), Wallets: signer, Chain: purse{n.face, n.rewards, n.secrets.Account},
		Node: n.secrets.Account, Contract: n.rewards.Address(), Token: n.priv(), Debts: n.fundDebts, Clock: n.clock.Now,
		Rules: fund.Rules{PayWithin: n.cfg.Trade.PayWithin, Wait: n.cfg.Trade.BuyWait, Poll: n.cfg.Chain.Poll, RetryMost: n.cfg.Trade.RetryMost},
		Held: func(tx fund.Tx, user market.UserID) (market.Amount, error) {
			bought, err := heldBy(tx, user, func(tx purchase.Tx, user market.UserID) (market.Amount, error) {
				return purchase.Reserved(tx, user, n.clock.Now())
			})
			if err != nil {
				return bought, err
			}
			staked, err := heldBy(tx, user, staking.Reserved)
			if err != nil {
				return staked, err
			}
			return bought.Add(staked)
		},
	}
	n.engine.Held = and(n.engine.Held, fund.Reserved)
	n.staking.Held = and(n.staking.Held, fund.Reserved)
}

// heldBy asks another use case what it is about to take of a user's wallet.
func heldBy[T any](tx any, user market.UserID, reserved func(T, market.UserID) (market.Amount, error)) (market.Amount, error) {
	all, ok := tx.(T)
	if !ok {
		return market.Amount{}, fmt.Errorf("transaction is %T", tx)
	}
	return reserved(all, user)
}

// and adds what one more use case is about to take of a user's wallet.
func and[A, B any](held func(A, market.UserID) (market.Amount, error), more func(B, market.UserID) (market.Amount, error)) func(A, market.UserID) (market.Amount, error) {
	return func(tx A, user market.UserID) (market.Amount, error) {
		sum, err := held(tx, user)
		if err != nil {
			return sum, err
		}
		rest, err := heldBy(tx, user, more)
		if err != nil {
			return rest, err
		}
		return sum.Add(rest)
	}
}

func (n *Node) fundDebts(ctx context.Context) (fund.Debts, error) {
	d, err := n.cashier.Debts(ctx)
	return fund.Debts{Fund: d.Fund, Owed: d.Due, Waiting: d.Short}, err
}

// fundKinds are the tasks of the reward fund.
func (n *Node) fundKinds(kinds map[task.Kind]work.Kind) {
	kinds[task.Fund] = work.Kind{Parallel: 2, Timeout: taskMinute, Handler: func(ctx context.Context, key string, attempts int) (task.Next, error) {
		return n.fund.Step(ctx, fund.MoveID(key), attempts)
	}}
}
