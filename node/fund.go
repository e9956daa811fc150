package node

import (
	"context"
	"fmt"

	"privd/api"
	"privd/market"
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
	missing, err := debts.Due.Sub(debts.Fund)
	if err != nil {
		missing = market.Amount{}
	}
	// Right after a deposit claims wait for a moment that the fund covers.
	c := api.Check{Name: name, OK: debts.Short == 0 || missing.IsZero(),
		Message: fmt.Sprintf("%s PRIV in the reward fund, %s claimed and not paid yet", debts.Fund.PRIV(), debts.Due.PRIV())}
	if c.OK {
		return c
	}
	c.Message += fmt.Sprintf(", %d claims wait", debts.Short)
	c.Remedy = fmt.Sprintf("add what is missing with: privd fund %s (it comes from the operator's wallet; privd fund shows which)", missing.PRIV())
	return c
}
