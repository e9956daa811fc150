package node

import (
	"context"
	"fmt"
	"time"

	"privd/api"
	"privd/chain"
	"privd/market"
	"privd/market/account"
	"privd/market/claim"
	"privd/market/earning"
	"privd/market/sale"
	"privd/market/task"
	"privd/node/work"
	"privd/storage/records"
)

// treasury is the chain as claims see it.
type treasury struct {
	*face
	rewards  *chain.Rewards
	operator market.Address
}

var _ claim.Chain = treasury{}

// PayoutMany implements claim.Chain.
func (t treasury) PayoutMany(ctx context.Context, key string, wallets []market.Address, cumulative []market.Amount) error {
	return t.rewards.PayoutMany(ctx, key, wallets, cumulative)
}

// VoucherDigest implements claim.Chain.
func (t treasury) VoucherDigest(wallet market.Address, cumulative market.Amount) market.Hash {
	return t.rewards.VoucherDigest(t.operator, wallet, cumulative)
}

// earningsView shows and books earnings.
type earningsView struct{ n *Node }

// List implements api.Earnings.
func (v earningsView) List(ctx context.Context, caller account.Caller, who api.Selector, f earning.Filter, limit, offset int) (earning.Page, error) {
	u, err := balances(v).Selected(ctx, caller, who)
	if err != nil {
		return earning.Page{}, err
	}
	return earning.List(ctx, records.As[earning.Reader](v.n.records), u.ID, f, limit, offset)
}

// Book implements api.Earnings.
func (v earningsView) Book(ctx context.Context, r earning.Request) (earning.Earning, error) {
	return v.n.earnings.Book(ctx, r)
}

// Confirm implements api.Earnings.
func (v earningsView) Confirm(ctx context.Context, id market.EarningID) (earning.Earning, error) {
	return v.n.earnings.Confirm(ctx, id)
}

// claimsView makes and shows claims.
type claimsView struct {
	*claim.Cashier
	n *Node
}

// List implements api.Claims.
func (v claimsView) List(ctx context.Context, caller account.Caller, who api.Selector, limit, offset int) ([]claim.View, int, error) {
	u, err := balances{v.n}.Selected(ctx, caller, who)
	if err != nil {
		return nil, 0, err
	}
	return v.Cashier.List(ctx, u.ID, limit, offset)
}

// Redemption implements api.Claims.
func (v claimsView) Redemption(x claim.Voucher) api.Redemption {
	call := v.n.rewards.RedeemCall(x.Operator, x.Account, x.Cumulative, x.Signature)
	return api.Redemption{ChainID: v.n.network.ChainID, Token: v.n.network.Contracts.PRIV, Contract: call.To, Calldata: call.Data}
}

// preferences is what users agreed to.
type preferences struct {
	*account.Service
	balances
}

// openClaims builds what users earn and claim.
func (n *Node) openClaims() {
	n.rewards = chain.NewRewards(n.client, n.sender)
	n.cashier = &claim.Cashier{
		Store: records.As[claim.Tx](n.records), Chain: treasury{n.face, n.rewards, n.secrets.Account},
		Operator: n.secrets.Account, Signer: n.ring, Clock: n.clock.Now, Rules: n.cfg.paying(),
	}
	n.desk.LetGo = func(tx sale.Tx, e earning.Earning) (earning.Earning, error) {
		all, ok := tx.(claim.Tx)
		if !ok {
			return e, fmt.Errorf("sale transaction is %T", tx)
		}
		return n.cashier.LetGo(all, e)
	}
	n.earnings = &earning.Service{Store: records.As[earning.ServiceTx](n.records), Clock: n.clock.Now}
}

// paying returns the rules of payouts.
func (c Config) paying() claim.Rules {
	rules := claim.DefaultRules()
	rules.Confirmations, rules.Poll, rules.PayoutAfter = c.Chain.Confirmations, c.Chain.Poll, c.Trade.PayoutAfter
	return rules
}

// claimKinds are the tasks of claims.
func (n *Node) claimKinds(kinds map[task.Kind]work.Kind) {
	kinds[task.Claims] = work.Kind{Parallel: 4, Timeout: time.Minute, Handler: func(ctx context.Context, key string, _ int) (task.Next, error) {
		return n.cashier.Settle(ctx, market.UserID(key))
	}}
	kinds[task.Payout] = work.Kind{Parallel: 1, Timeout: time.Minute, Handler: func(ctx context.Context, _ string, _ int) (task.Next, error) {
		return n.cashier.Payout(ctx)
	}}
}
