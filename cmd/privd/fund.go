package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func fundCommand() *cli.Command {
	return &cli.Command{
		Name: "fund", Category: categoryNode, ArgsUsage: "[AMOUNT]",
		Usage: "Add to the fund that users are paid from, or show what it holds and owes",
		Description: "AMOUNT in PRIV comes from the operator's wallet; the node pays for the gas. Claims that waited for it are paid\n" +
			"at once. --withdraw takes some of it back: after seven days' notice it comes to the operator's wallet by itself,\n" +
			"less what was paid meanwhile.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "withdraw", Usage: "announce that `AMOUNT` in PRIV is taken back"},
			&cli.BoolFlag{Name: "cancel", Usage: "cancel what was announced"},
			&cli.BoolFlag{Name: "no-wait", Usage: "leave the rest to the node"},
			&cli.DurationFlag{Name: "timeout", Value: patience, Usage: "how long to wait"},
		},
		Action: onNode(rewardFund),
	}
}

func rewardFund(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 1); err != nil {
		return err
	}
	asked := 0
	for _, given := range []bool{c.NArg() == 1, c.IsSet("withdraw"), c.Bool("cancel")} {
		if given {
			asked++
		}
	}
	if asked > 1 {
		return market.Fail(market.Invalid, "one of AMOUNT, --withdraw and --cancel at a time")
	}
	const path = "/node/fund"
	var f oas.RewardFund
	switch {
	case c.NArg() == 1:
		amount, err := moneyOf("AMOUNT", c.Args().First(), market.PRIVDecimals)
		if err != nil {
			return err
		}
		if err := n.Send(c.Context, http.MethodPost, path, oas.AddToRewardFundJSONBody{Amount: amount}, &f); err != nil {
			return err
		}
		return followFund(c, n, f, "the deposit", func(f oas.RewardFund) *oas.FundMove { return f.Deposit }, "completed")
	case c.IsSet("withdraw"):
		amount, err := moneyOf("--withdraw", c.String("withdraw"), market.PRIVDecimals)
		if err != nil {
			return err
		}
		if err := n.Send(c.Context, http.MethodPost, path+"/withdrawal", oas.WithdrawRewardFundJSONBody{Amount: amount}, &f); err != nil {
			return err
		}
		return followFund(c, n, f, "the announcement", func(f oas.RewardFund) *oas.FundMove { return f.Withdrawal }, "announced")
	case c.Bool("cancel"):
		if err := n.Send(c.Context, http.MethodDelete, path+"/withdrawal", nil, &f); err != nil {
			return err
		}
		return followFund(c, n, f, "the cancellation", func(f oas.RewardFund) *oas.FundMove { return f.Withdrawal }, "cancelled")
	}
	if err := n.Get(c.Context, path, nil, &f); err != nil {
		return err
	}
	return showFund(c, f)
}

// followFund waits until the newest move of a kind is where it should be.
func followFund(c *cli.Context, n call.Node, f oas.RewardFund, what string, of func(oas.RewardFund) *oas.FundMove, goal string) error {
	there := func() bool {
		m := of(f)
		return m == nil || m.Status == goal || m.Status == "completed" || m.Status == "failed"
	}
	if !there() && !c.Bool("no-wait") {
		say(c, "%s is under way", what)
		err := await(c.Context, c.Duration("timeout"), what, func(ctx context.Context) (bool, error) {
			err := n.Get(ctx, "/node/fund", nil, &f)
			return there(), err
		})
		if err != nil {
			return err
		}
	}
	if m := of(f); m != nil && m.Status == "failed" {
		return market.Fail(market.Conflict, what+" has failed: "+text(m.Reason))
	}
	return showFund(c, f)
}

func showFund(c *cli.Context, f oas.RewardFund) error {
	return show(c, f, func() {
		rows := [][]string{
			{"in the fund", string(f.Balance) + " PRIV"}, {"owed to users", string(f.Owed) + " PRIV"}, {"short by", string(f.ShortBy) + " PRIV"},
		}
		if f.ClaimsWaiting > 0 {
			rows = append(rows, []string{"waiting", strconv.Itoa(f.ClaimsWaiting) + " claims, which lose nothing; add what is missing with: privd fund " + string(f.ShortBy)})
		}
		rows = append(rows,
			[]string{"operator's wallet", f.WalletAddress + ", " + string(f.WalletPriv) + " PRIV"},
			[]string{"node's account", f.Operator + ", " + string(f.AccountPriv) + " PRIV"},
			[]string{"contract", f.Contract})
		for _, m := range []struct {
			name string
			move *oas.FundMove
		}{{"last deposit", f.Deposit}, {"last withdrawal", f.Withdrawal}} {
			if m.move == nil {
				continue
			}
			line := fmt.Sprintf("%s PRIV, %s", m.move.Amount, m.move.Status)
			if m.move.Reason != nil {
				line += ": " + *m.move.Reason
			}
			rows = append(rows, []string{m.name, line})
		}
		table(c.App.Writer, nil, rows)
	})
}
