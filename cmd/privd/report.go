package main

import (
	"net/http"
	"strconv"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
)

func reportCommand() *cli.Command {
	return &cli.Command{
		Name: "report", Category: categoryBuyer, ArgsUsage: "PURCHASE",
		Usage: "Tell the network that a seller delivered garbage, with the proof",
		Description: "For a purchase of which \"privd show\" tells that a file is not what was promised. The key of that one\n" +
			"file becomes public. Other nodes check the proof before they buy from the seller.",
		Action: onNode(report),
	}
}

func report(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	var given oas.ReportedPurchase
	if err := n.Send(c.Context, http.MethodPost, purchasePath(c.Args().First())+"/report", nil, &given); err != nil {
		return err
	}
	return show(c, given, func() {
		table(c.App.Writer, nil, [][]string{
			{"purchase", given.PurchaseID}, {"seller", given.Seller}, {"file", strconv.Itoa(given.Entry + 1)}, {"reported", when(&given.ReportedAt)},
		})
	})
}
