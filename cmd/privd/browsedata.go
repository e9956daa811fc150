package main

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

// browseData lists data listings of one type, as the data marketplace shows them.
func browseData(c *cli.Context, n call.Node) error {
	for _, flag := range []string{"category", "sort"} {
		if c.IsSet(flag) {
			return market.Fail(market.Invalid, "--data-type lists data only, newest first; leave out --"+flag)
		}
	}
	// What is below 1 is for the node to refuse.
	limit, page := c.Int("limit"), c.Int("page")
	shown := min(limit, 100)
	query := url.Values{"limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa((page - 1) * shown)}, "data_type": {c.String("data-type")}}
	if err := priceRange(c, query); err != nil {
		return err
	}
	var out oas.DataListingPage
	if err := n.Get(c.Context, "/data/listings", query, &out); err != nil {
		return err
	}
	return show(c, out, func() {
		rows := make([][]string, len(out.Listings))
		for i, l := range out.Listings {
			rows[i] = []string{
				l.ID, cut(l.Title, 40), string(l.DataType), string(l.PricePriv), strconv.FormatInt(l.TotalRecords, 10),
				size(l.FileSizeBytes), cut(strings.Join(l.SampleData.Fields, ", "), 60),
			}
		}
		table(c.App.Writer, []string{"LISTING", "TITLE", "DATA", "PRIV", "RECORDS", "SIZE", "FIELDS"}, rows)
		if out.Pagination.HasMore {
			say(c, "page %d, %d in all; more with --page", page, out.Pagination.Total)
		}
	})
}
