package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func datasetCommand() *cli.Command {
	return &cli.Command{
		Name: "dataset", Category: categorySeller,
		Usage: "Sell tables: CSV and JSON files",
		Subcommands: []*cli.Command{
			{
				Name: "add", ArgsUsage: "FILE",
				Usage: "Sell a CSV or JSON file; prints its listing's id once it is on sale",
				Description: "The file is sold as it is, for any use. The name is its title on both markets. Without --price-usdc\n" +
					"it is not sold over x402.",
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "id", Usage: "`SLUG`: lower-case letters and digits, with -, _ and . between them; by default made from the name"},
					&cli.StringFlag{Name: "name", Usage: "1 to 100 characters; required"},
					&cli.StringFlag{Name: "provider", Usage: "who gathered the data; by default your display name"},
					&cli.StringFlag{Name: "data-type", Usage: "browsing, defi, nft, social or location; required"},
					&cli.StringFlag{Name: "price-priv", Usage: "in PRIV, such as 2.5; required"},
					&cli.StringFlag{Name: "price-usdc", Usage: "in mUSDC, over x402"},
					&cli.StringFlag{Name: "description", Usage: "at most 2000 characters; by default the name"},
					&cli.StringFlag{Name: "tags", Usage: "`TAG,TAG...`, at most 10"},
					&cli.IntFlag{Name: "preview-rows", Value: -1, DefaultText: "1", Usage: "how many records everybody may see, at most 10"},
					&cli.DurationFlag{Name: "timeout", Value: patience, Usage: "how long to wait for the review of the listing"},
				},
				Action: onNode(datasetAdd),
			},
			{
				Name:  "ls",
				Usage: "List your datasets, newest first",
				Flags: []cli.Flag{
					&cli.IntFlag{Name: "limit", Value: 20, Usage: "results, at most 100"},
					&cli.IntFlag{Name: "offset", Usage: "results to skip"},
				},
				Action: onNode(datasetList),
			},
			{
				Name: "show", ArgsUsage: "ID",
				Usage:  "Show one of your datasets, with its schema and preview",
				Action: onNode(datasetShow),
			},
			{
				Name: "price", ArgsUsage: "ID",
				Usage: "Change what a dataset costs",
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "price-priv", Usage: "in PRIV, such as 2.5"},
					&cli.StringFlag{Name: "price-usdc", Usage: "in mUSDC, over x402; none takes it off sale there"},
				},
				Action: onNode(datasetPrice),
			},
			{
				Name: "rm", ArgsUsage: "ID",
				Usage:  "Take a dataset off the markets and erase it",
				Action: onNode(datasetRemove),
			},
			datasetSalesCommand(),
		},
	}
}

func datasetPath(id string) string { return "/data/datasets/" + url.PathEscape(id) }

// notSold is the price over x402 of what is not sold there.
const notSold = "none"

// prices reads the flags; notSold for a dataset that is not to be sold over x402, and
// nothing for what is not given.
func prices(c *cli.Context) (priv, usdc string, err error) {
	for _, p := range []struct {
		flag     string
		decimals int
		into     *string
	}{{"price-priv", market.PRIVDecimals, &priv}, {"price-usdc", market.USDCDecimals, &usdc}} {
		if p.into == &usdc && c.String(p.flag) == notSold {
			usdc = notSold
			continue
		}
		amount, err := moneyFlag(c, p.flag, p.decimals)
		if err != nil {
			return "", "", err
		}
		if amount != nil {
			*p.into = amount.String()
		}
	}
	return priv, usdc, nil
}

func datasetAdd(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	for _, flag := range []string{"name", "data-type", "price-priv"} {
		if c.String(flag) == "" {
			return market.Fail(market.Invalid, "a dataset needs a --"+flag)
		}
	}
	made, err := sendDataset(c, n, c.Args().First())
	if err != nil {
		return fmt.Errorf("%s: %w", printable(c.Args().First()), err)
	}
	say(c, "%s: %d records, %d columns; listing %s", made.DatasetID, made.TotalRecords, len(made.Schema.Columns), made.ListingID)
	answer, err := judged(c, n, made.ListingID)
	if err == nil {
		err = onSale(c, answer.Listing)
	}
	if err != nil {
		return err
	}
	made.Status = answer.Listing.Status
	return show(c, made, func() { fmt.Fprintln(c.App.Writer, made.ListingID) })
}

func sendDataset(c *cli.Context, n call.Node, path string) (made oas.CreatedDataListing, err error) {
	d := call.Dataset{
		Name: filepath.Base(path), ID: c.String("id"), Title: c.String("name"), Description: c.String("description"),
		Provider: c.String("provider"), DataType: c.String("data-type"), Tags: c.String("tags"), PreviewRows: c.Int("preview-rows"),
	}
	if d.PricePRIV, d.PriceUSDC, err = prices(c); err != nil {
		return made, err
	}
	if d.PriceUSDC == notSold {
		d.PriceUSDC = ""
	}
	f, err := os.Open(path)
	if err != nil {
		return made, fileError(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return made, fileError(err)
	}
	if !info.Mode().IsRegular() {
		return made, market.Fail(market.Invalid, "not a regular file")
	}
	d.Size = info.Size()
	bar := newMeter(c, d.Size, d.Name)
	defer bar.end()
	// The size was promised: a file that grows meanwhile is cut, one that shrinks fails.
	d.Content = &counting{r: io.LimitReader(f, d.Size), report: bar.set}
	return n.SellDataset(c.Context, d)
}

func datasetList(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	query := url.Values{"limit": {strconv.Itoa(c.Int("limit"))}, "offset": {strconv.Itoa(c.Int("offset"))}}
	var page oas.MyDatasetPage
	if err := n.Get(c.Context, "/data/datasets", query, &page); err != nil {
		return err
	}
	return show(c, page, func() {
		rows := make([][]string, len(page.Datasets))
		for i, d := range page.Datasets {
			rows[i] = []string{
				d.ID, cut(d.Name, 40), string(d.DataType), d.Format, strconv.FormatInt(d.TotalRecords, 10), size(d.FileSizeBytes),
				string(d.PricePriv), usdc(d), string(d.Status), d.ListingID,
			}
		}
		table(c.App.Writer, []string{"DATASET", "NAME", "DATA", "FORMAT", "RECORDS", "SIZE", "PRIV", "MUSDC", "STATUS", "LISTING"}, rows)
		if end := page.Pagination.Offset + len(page.Datasets); page.Pagination.HasMore {
			say(c, "%d to %d of %d; more with --offset %d", page.Pagination.Offset+1, end, page.Pagination.Total, end)
		}
	})
}

func usdc(d oas.MyDataset) string {
	if d.PriceUsdc == nil {
		return "-"
	}
	return string(*d.PriceUsdc)
}

func datasetShow(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	var d oas.MyDataset
	if err := n.Get(c.Context, datasetPath(c.Args().First()), nil, &d); err != nil {
		return err
	}
	return show(c, d, func() { printDataset(c, d) })
}

func printDataset(c *cli.Context, d oas.MyDataset) {
	rows := [][]string{
		{"dataset", d.ID},
		{"listing", d.ListingID + ", " + string(d.Status)},
		{"reason", text(d.Reason)},
		{"name", d.Name},
		{"description", d.Description},
		{"provider", d.Provider},
		{"data type", string(d.DataType)},
		{"tags", strings.Join(d.Tags, ", ")},
		{"format", formatOf(d)},
		{"records", strconv.FormatInt(d.TotalRecords, 10)},
		{"size", fmt.Sprintf("%s (%d bytes)", size(d.FileSizeBytes), d.FileSizeBytes)},
		{"sha256", d.FileHash},
		{"stored as", d.StoragePath},
		{"price", string(d.PricePriv) + " PRIV"},
		{"over x402", usdc(d) + " mUSDC"},
		{"added", d.CreatedAt},
		{"columns", strconv.Itoa(len(d.Schema.Columns))},
	}
	for _, column := range d.Schema.Columns {
		rows = append(rows, []string{"  " + column.Name, strings.TrimSuffix(column.Type+" "+text(column.Format), " -")})
	}
	for i, line := range strings.Split(d.Preview, "\n") {
		label := ""
		if i == 0 {
			label = "preview"
		}
		rows = append(rows, []string{label, strings.TrimSuffix(line, "\r")})
	}
	table(c.App.Writer, nil, rows)
}

func formatOf(d oas.MyDataset) string {
	out := d.Format + ", " + d.Schema.Type
	if d.Schema.Delimiter == nil {
		return out
	}
	out += fmt.Sprintf(", cells between %q", *d.Schema.Delimiter)
	if d.Schema.Header == nil || !*d.Schema.Header {
		out += ", no header"
	}
	return out
}

func datasetPrice(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	priv, usdc, err := prices(c)
	if err != nil {
		return err
	}
	if priv == "" && usdc == "" {
		return market.Fail(market.Invalid, "give --price-priv, --price-usdc or both")
	}
	id := c.Args().First()
	var d oas.MyDataset
	if err := n.Get(c.Context, datasetPath(id), nil, &d); err != nil {
		return err
	}
	if priv != "" {
		price := json.Number(priv)
		if err := n.Send(c.Context, http.MethodPut, listingPath(d.ListingID), oas.ListingUpdate{PricePriv: &price}, nil); err != nil {
			return err
		}
	}
	if usdc != "" {
		var price *json.Number
		if usdc != notSold {
			price = (*json.Number)(&usdc)
		}
		if err := n.Send(c.Context, http.MethodPatch, datasetPath(id), oas.PriceMyDatasetJSONBody{PriceUsdc: price}, nil); err != nil {
			return err
		}
	}
	if err := n.Get(c.Context, datasetPath(id), nil, &d); err != nil {
		return err
	}
	return show(c, d, func() { printPrices(c, d) })
}

func printPrices(c *cli.Context, d oas.MyDataset) {
	table(c.App.Writer, nil, [][]string{{d.ID, string(d.PricePriv) + " PRIV", usdc(d) + " mUSDC"}})
}

func datasetRemove(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	var removed oas.RemovedDataset
	if err := n.Send(c.Context, http.MethodDelete, datasetPath(c.Args().First()), nil, &removed); err != nil {
		return err
	}
	return show(c, removed, func() { say(c, "%s: off the markets, and being erased", removed.DatasetID) })
}
