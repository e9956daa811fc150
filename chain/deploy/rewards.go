package deploy

import (
	"context"

	"privd/market"
)

// CheckRewards asks a chain whether a contract is the Rewards contract this program
// was built for, made for a token. The errors are those of Check.
func CheckRewards(ctx context.Context, eth Reader, chainID uint64, contract, token market.Address) error {
	e := expectation{contract: "Rewards", signs: "privd Rewards", address: contract, values: map[string]market.Address{"TOKEN": token}}
	if err := checkCode(ctx, eth, chainID, e); err != nil {
		return err
	}
	return checkDomain(ctx, eth, chainID, e)
}
