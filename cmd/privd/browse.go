package main

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func browseCommand() *cli.Command {
	return &cli.Command{
		Name: "browse", Category: categoryBuyer,
		Usage: "List what is on sale",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "category", Usage: "photo, video, voice, text or mixed"},
			&cli.StringFlag{Name: "min-price", Usage: "in PRIV, inclusive"},
			&cli.StringFlag{Name: "max-price", Usage: "in PRIV, inclusive"},
			&cli.StringFlag{Name: "sort", Usage: "newest, oldest, price_low, price_high, most_sales or highest_rated"},
			&cli.BoolFlag{Name: "data", Usage: "with data listings"},
			&cli.StringFlag{Name: "data-type", Usage: "nothing but data listings of a type: browsing, defi, nft, social or location"},
			&cli.IntFlag{Name: "page", Value: 1, Usage: "page `N`"},
			&cli.IntFlag{Name: "limit", Value: 20, Usage: "results per page, at most 100"},
		},
		Action: onNode(browse),
	}
}

// priceRange puts the flags about prices into a query.
func priceRange(c *cli.Context, query url.Values) error {
	for flag, parameter := range map[string]string{"min-price": "min_price", "max-price": "max_price"} {
		amount, err := moneyFlag(c, flag, market.PRIVDecimals)
		if err != nil {
			return err
		}
		if amount != nil {
			query.Set(parameter, amount.String())
		}
	}
	return nil
}

func browse(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	if c.IsSet("data-type") {
		return browseData(c, n)
	}
	query := url.Values{}
	for flag, parameter := range map[string]string{"category": "category", "sort": "sort"} {
		if value := c.String(flag); value != "" {
			query.Set(parameter, value)
		}
	}
	if err := priceRange(c, query); err != nil {
		return err
	}
	if c.Bool("data") {
		query.Set("include", "data")
	}
	query.Set("page", strconv.Itoa(c.Int("page")))
	query.Set("limit", strconv.Itoa(c.Int("limit")))
	var page oas.ListingPage
	if err := n.Get(c.Context, "/marketplace/wallet/listings", query, &page); err != nil {
		return err
	}
	return show(c, page, func() {
		rows := make([][]string, len(page.Listings))
		for i, l := range page.Listings {
			rows[i] = []string{
				l.ID, cut(l.Title, 48), string(l.Category), string(l.PricePriv), strconv.Itoa(l.ContributionCount),
				size(l.TotalFileSizeBytes), l.Seller.DisplayName, strconv.Itoa(l.TotalSales), meanOf(l.AverageRating),
			}
		}
		table(c.App.Writer, []string{"LISTING", "TITLE", "CATEGORY", "PRIV", "FILES", "SIZE", "SELLER", "SALES", "RATING"}, rows)
		pageLine(c, page.Pagination)
	})
}

// pageLine says where in a long list the page is.
func pageLine(c *cli.Context, p oas.PagePagination) {
	if p.TotalPages > 1 {
		say(c, "%s", fmt.Sprintf("page %d of %d, %d in all; more with --page", p.Page, p.TotalPages, p.Total))
	}
}
