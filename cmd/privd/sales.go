package main

import (
	"net/url"
	"strconv"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
)

func salesCommand() *cli.Command {
	return &cli.Command{
		Name: "sales", Category: categorySeller, ArgsUsage: "[SALE]",
		Usage: "List what was sold, newest first, or tell how one sale goes on",
		Description: "SALE is the id of a sale, or the reference of its earning. A buyer who pays and falls silent costs nothing but\n" +
			"time: the node publishes the key before the deadline, and collects the price three days later. For that it has to\n" +
			"be up at least once before the time that \"privd status\" names.",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "limit", Value: 20, Usage: "results per page, at most 100"},
			&cli.IntFlag{Name: "offset", Usage: "results to skip"},
		},
		Action: onNode(listSales),
	}
}

func listSales(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 1); err != nil {
		return err
	}
	if c.NArg() == 1 {
		return saleTimeline(c, n, c.Args().First())
	}
	query := url.Values{"limit": {strconv.Itoa(c.Int("limit"))}, "offset": {strconv.Itoa(c.Int("offset"))}}
	var page oas.SalePage
	if err := n.Get(c.Context, "/user/sales", query, &page); err != nil {
		return err
	}
	return show(c, page, func() {
		rows := make([][]string, len(page.Sales))
		for i, s := range page.Sales {
			rows[i] = []string{s.ReferenceID, cut(s.ListingTitle, 30), string(s.PricePriv), string(s.SharePriv), string(s.State), when(&s.SoldAt), s.BuyerAddress, cut(text(s.Alarm), 60)}
		}
		table(c.App.Writer, []string{"SALE", "LISTING", "PRIV", "SHARE", "STATE", "SOLD", "BUYER", "ALARM"}, rows)
		say(c, "%d of %d", len(page.Sales), page.Pagination.Total)
	})
}

func saleTimeline(c *cli.Context, n call.Node, id string) error {
	var t oas.SaleTimeline
	if err := n.Get(c.Context, "/user/sales/"+url.PathEscape(id)+"/timeline", nil, &t); err != nil {
		return err
	}
	return show(c, t, func() {
		rows := [][]string{
			{"sale", t.Sale.SaleID}, {"reference", t.Sale.ReferenceID}, {"listing", t.Sale.ListingID + " " + t.Sale.ListingTitle},
			{"buyer", t.Sale.BuyerAddress}, {"price", string(t.Sale.PricePriv) + " PRIV, " + string(t.Sale.SharePriv) + " of it the seller's"},
			{"state", string(t.State)},
		}
		if t.Reason != nil {
			rows = append(rows, []string{"because", *t.Reason})
		}
		if t.Sale.Alarm != nil {
			rows = append(rows, []string{"alarm", *t.Sale.Alarm})
		}
		if t.NextRetryAt != nil {
			rows = append(rows, []string{"next look", when(t.NextRetryAt)})
		}
		if t.LastCallAt != nil {
			rows = append(rows, []string{"key published from", when(t.LastCallAt)}, []string{"and at the latest", when(t.PushBy)})
		}
		if t.Deadline != nil {
			rows = append(rows, []string{"deadline", when(t.Deadline)})
		}
		table(c.App.Writer, nil, rows)
		steps := make([][]string, len(t.Steps))
		for i, s := range t.Steps {
			steps[i] = []string{when(&s.At), string(s.State), s.What, text(s.TxHash)}
		}
		table(c.App.Writer, nil, steps)
	})
}
