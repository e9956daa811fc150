package main

import (
	"net/url"
	"strconv"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
)

func purchasesCommand() *cli.Command {
	return &cli.Command{
		Name: "purchases", Category: categoryBuyer, ArgsUsage: "[PURCHASE]",
		Usage: "List purchases, those under way included, or tell how one goes on",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "page", Value: 1, Usage: "page `N`"},
			&cli.IntFlag{Name: "limit", Value: 20, Usage: "results per page, at most 100"},
		},
		Action: onNode(purchases),
	}
}

func purchases(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 1); err != nil {
		return err
	}
	if c.NArg() == 1 {
		return showPurchase(c, n, c.Args().First())
	}
	query := url.Values{
		"page": {strconv.Itoa(c.Int("page"))}, "limit": {strconv.Itoa(c.Int("limit"))}, "include": {"pending"},
	}
	var page oas.PurchasePage
	if err := n.Get(c.Context, "/marketplace/wallet/purchases", query, &page); err != nil {
		return err
	}
	return show(c, page, func() {
		rows := make([][]string, len(page.Purchases))
		for i, p := range page.Purchases {
			rows[i] = []string{
				p.ID, cut(p.ListingTitle, 40), string(p.AmountPaidPriv), string(p.Status),
				strconv.Itoa(p.DownloadCount) + "/" + strconv.Itoa(p.MaxDownloads), when(&p.PurchasedAt), when(p.ExpiresAt), starred(p.Rating),
			}
		}
		table(c.App.Writer, []string{"PURCHASE", "LISTING", "PRIV", "STATUS", "DOWNLOADS", "BOUGHT", "UNTIL", "RATED"}, rows)
		pageLine(c, page.Pagination)
	})
}
