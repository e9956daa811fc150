package main

import (
	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
)

func balanceCommand() *cli.Command {
	return &cli.Command{
		Name: "balance", Category: categoryPeople,
		Usage:  "Show what the operator, or --user, has and has earned",
		Action: onNode(balance),
	}
}

func balance(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	var b oas.Balance
	if err := n.Get(c.Context, "/user/balance", nil, &b); err != nil {
		return err
	}
	return show(c, b, func() {
		rows := [][]string{
			{"user", b.UserID},
			{"wallet", b.WalletAddress},
			{"balance", string(b.PrivBalance) + " PRIV"},
			{"earned in all", string(b.EarnedTotal) + " PRIV"},
			{"not claimed yet", string(b.PendingRewards) + " PRIV"},
		}
		if b.UsdcBalance != nil {
			rows = append(rows, []string{"in dollars", string(*b.UsdcBalance) + " mUSDC"})
		}
		table(c.App.Writer, nil, rows)
	})
}
