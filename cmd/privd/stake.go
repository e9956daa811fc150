package main

import (
	"fmt"
	"net/http"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func stakeCommand() *cli.Command {
	return &cli.Command{
		Name: "stake", Category: categoryPeople, ArgsUsage: "[AMOUNT]",
		Usage:       "Put PRIV behind one's reputation, or show what is staked",
		Description: "The node pays for the gas. \"privd unstake\" takes it back, which takes seven days.",
		Action:      onNode(func(c *cli.Context, n call.Node) error { return moveStake(c, n, "/user/stake", 0) }),
	}
}

func unstakeCommand() *cli.Command {
	return &cli.Command{
		Name: "unstake", Category: categoryPeople, ArgsUsage: "AMOUNT",
		Usage:       "Take back part of a stake",
		Description: "It cools down for seven days and then comes to the wallet by itself.",
		Action:      onNode(func(c *cli.Context, n call.Node) error { return moveStake(c, n, "/user/unstake", 1) }),
	}
}

func moveStake(c *cli.Context, n call.Node, path string, least int) error {
	if err := arguments(c, least, 1); err != nil {
		return err
	}
	var s oas.Stake
	if c.NArg() == 0 {
		if err := n.Get(c.Context, path, nil, &s); err != nil {
			return err
		}
		return showStake(c, s)
	}
	amount, err := moneyOf("AMOUNT", c.Args().First(), market.PRIVDecimals)
	if err != nil {
		return err
	}
	if err := n.Send(c.Context, http.MethodPost, path, oas.StakeJSONBody{Amount: amount}, &s); err != nil {
		return err
	}
	return showStake(c, s)
}

func showStake(c *cli.Context, s oas.Stake) error {
	return show(c, s, func() {
		rows := [][]string{{"staked", string(s.StakedPriv) + " PRIV"}}
		for _, cooling := range s.CoolingDown {
			rows = append(rows, []string{"on its way back", fmt.Sprintf("%s PRIV, from %s on", cooling.Amount, when(&cooling.Until))})
		}
		if r := s.Request; r != nil {
			rows = append(rows, []string{r.Kind, string(r.Amount) + " PRIV, " + r.Status})
			if r.Reason != nil {
				rows = append(rows, []string{"", *r.Reason})
			}
			if r.SignatureRequest != nil {
				rows = append(rows, []string{"to be signed", *r.SignatureRequest})
			}
		}
		table(c.App.Writer, nil, rows)
	})
}
