package node

import (
	"context"
	"time"

	"privd/chain"
	"privd/market"
	"privd/market/claim"
	"privd/market/earning"
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

// openClaims builds what users earn and claim.
func (n *Node) openClaims() {
	n.rewards = chain.NewRewards(n.client, n.sender)
	n.cashier = &claim.Cashier{
		Store: records.As[claim.Tx](n.records), Chain: treasury{n.face, n.rewards, n.secrets.Account},
		Operator: n.secrets.Account, Signer: n.ring, Clock: n.clock.Now, Rules: n.cfg.paying(),
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
