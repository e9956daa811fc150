package chaintest

import (
	"testing"

	"privd/chain/binding/privtoken"
	"privd/chain/binding/rewards"
	"privd/market"
)

// FundRewards adds PRIV to what an operator pays its users from.
func (n *Net) FundRewards(t testing.TB, operator market.Address, amount market.Amount) {
	t.Helper()
	most, err := market.ParsePRIV("1000000000")
	if err != nil {
		t.Fatal(err)
	}
	contracts := n.Config.Contracts
	n.Send(t, n.Operator, contracts.PRIV, market.Amount{}, privtoken.NewPrivToken().PackApprove(contracts.Rewards, most.Big()))
	n.Send(t, n.Operator, contracts.Rewards, market.Amount{}, rewards.NewRewards().PackFund(operator, amount.Big()))
}
