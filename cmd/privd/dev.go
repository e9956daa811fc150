package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

// devCommand is for development networks; nodes elsewhere do not know it.
func devCommand() *cli.Command {
	return &cli.Command{
		Name: "dev", Hidden: true,
		Usage: "Development networks only",
		Subcommands: []*cli.Command{
			{
				Name: "faucet", ArgsUsage: "ADDRESS",
				Usage: "Give tokens to an address",
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "priv", Usage: "PRIV"},
					&cli.StringFlag{Name: "usdc", Usage: "mUSDC"},
					&cli.StringFlag{Name: "eth", Usage: "ETH"},
				},
				Action: onNode(faucet),
			},
			{
				Name: "clock", ArgsUsage: "DURATION",
				Usage:  "Move the clock of the network forward, such as 720h",
				Action: onNode(clock),
			},
		},
	}
}

func faucet(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	body := oas.UseFaucetJSONBody{Address: c.Args().First()}
	for _, gift := range []struct {
		flag     string
		decimals int
		into     **oas.Money
	}{{"priv", market.PRIVDecimals, &body.Priv}, {"usdc", market.USDCDecimals, &body.Usdc}, {"eth", etherDecimals, &body.Eth}} {
		amount, err := moneyFlag(c, gift.flag, gift.decimals)
		if err != nil {
			return err
		}
		*gift.into = amount
	}
	n.User = ""
	var answer oas.FaucetAnswer
	if err := n.Send(c.Context, http.MethodPost, "/dev/faucet", body, &answer); err != nil {
		return err
	}
	return show(c, answer, func() {
		for _, hash := range answer.TxHashes {
			fmt.Fprintln(c.App.Writer, hash)
		}
	})
}

func clock(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	if by, err := time.ParseDuration(c.Args().First()); err != nil || by < 0 {
		return market.Fail(market.Invalid, fmt.Sprintf("%q is not a duration such as 720h", c.Args().First()))
	}
	n.User = ""
	var answer oas.ClockAnswer
	if err := n.Send(c.Context, http.MethodPost, "/dev/clock", oas.AdvanceClockJSONBody{Advance: c.Args().First()}, &answer); err != nil {
		return err
	}
	return show(c, answer, func() { fmt.Fprintln(c.App.Writer, answer.Now.Format(time.RFC3339)) })
}
