package node

import (
	"context"
	"fmt"

	"privd/api"
)

// shortClaims is the count of claims that wait until the operator adds to the
// reward fund, in a node's status.
const shortClaims = "claims_waiting_for_fund"

// checkFund tells whether the operator can pay what users claimed.
func (s status) checkFund(ctx context.Context) api.Check {
	const name = "rewards"
	debts, err := s.n.cashier.Debts(ctx)
	if err != nil {
		return api.Check{Name: name, Message: err.Error()}
	}
	c := api.Check{Name: name, OK: debts.Short == 0,
		Message: fmt.Sprintf("%s PRIV in the reward fund, %s claimed and not paid yet", debts.Fund.PRIV(), debts.Due.PRIV())}
	if !c.OK {
		c.Message += fmt.Sprintf(", %d claims wait", debts.Short)
		c.Remedy = fmt.Sprintf("let the Rewards contract %s take PRIV, then call its fund(%s, amount)", s.n.rewards.Address().Hex(), s.n.secrets.Account.Hex())
	}
	return c
}
