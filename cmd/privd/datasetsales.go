package main

import (
	"net/url"
	"strconv"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
)

func datasetSalesCommand() *cli.Command {
	return &cli.Command{
		Name:        "sales",
		Usage:       "List what strangers paid for your datasets over x402, newest first",
		Description: "Amounts are in mUSDC, and go to your wallet in full. \"privd audit\" compares them with the chain.",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "limit", Value: 20, Usage: "results, at most 100"},
			&cli.IntFlag{Name: "offset", Usage: "results to skip"},
		},
		Action: onNode(datasetSales),
	}
}

func datasetSales(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	query := url.Values{"limit": {strconv.Itoa(c.Int("limit"))}, "offset": {strconv.Itoa(c.Int("offset"))}}
	var page oas.X402SalePage
	if err := n.Get(c.Context, "/user/x402-sales", query, &page); err != nil {
		return err
	}
	return show(c, page, func() {
		rows := make([][]string, len(page.Sales))
		for i, s := range page.Sales {
			rows[i] = []string{
				s.DatasetID, cut(s.Name, 30), string(s.Good), string(s.AmountUsdc), string(s.State), when(&s.CreatedAt), s.Payer, text(s.Transaction), text(s.Reason),
			}
		}
		table(c.App.Writer, []string{"DATASET", "NAME", "BOUGHT", "MUSDC", "STATE", "CAME", "PAYER", "TRANSACTION", "REASON"}, rows)
		say(c, "%d of %d", len(page.Sales), page.Pagination.Total)
	})
}
