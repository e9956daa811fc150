package main

import (
	"net/url"
	"strconv"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func datasetsCommand() *cli.Command {
	return &cli.Command{
		Name: "datasets", Category: categoryBuyer,
		Usage: "List datasets that are sold over x402, here and elsewhere, and where to pay for them",
		Description: "Newest first. Any x402 client pays: a GET of the URL answers with the price, and with the file once it is paid.\n" +
			"The seller's node is asked nothing for this list, and your own datasets are among it. One of your own that has a\n" +
			"price while this node has no address for strangers is shown with that of its API.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "data-type", Usage: "browsing, defi, nft, social or location"},
			&cli.IntFlag{Name: "limit", Value: 20, Usage: "results"},
		},
		Action: onNode(datasets),
	}
}

// paidOnline is one dataset and where it is paid for.
type paidOnline struct {
	DatasetID    string       `json:"dataset_id"`
	ListingID    string       `json:"listing_id"`
	Title        string       `json:"title"`
	DataType     oas.DataType `json:"data_type"`
	Size         int64        `json:"file_size_bytes"`
	Records      int64        `json:"total_records"`
	PriceUSDC    oas.Money    `json:"price_usdc"`
	PriceUSDCWei string       `json:"price_usdc_wei"`
	URL          string       `json:"url"`
	Own          bool         `json:"own"`
}

func datasets(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	if c.Int("limit") < 1 {
		return market.Fail(market.Invalid, "--limit must be at least 1")
	}
	own, err := ownDatasets(c, n)
	if err != nil {
		return err
	}
	found := []paidOnline{}
	for offset := 0; len(found) < c.Int("limit"); {
		query := url.Values{"limit": {"100"}, "offset": {strconv.Itoa(offset)}}
		if kind := c.String("data-type"); kind != "" {
			query.Set("data_type", kind)
		}
		var page oas.DataListingPage
		if err := n.Get(c.Context, "/data/listings", query, &page); err != nil {
			return err
		}
		for _, l := range page.Listings {
			if p, ok := paidFor(n, l, own); ok && len(found) < c.Int("limit") {
				found = append(found, p)
			}
		}
		if offset += len(page.Listings); !page.Pagination.HasMore || len(page.Listings) == 0 {
			break
		}
	}
	return show(c, map[string]any{"datasets": found}, func() {
		rows := make([][]string, len(found))
		for i, p := range found {
			whose := "-"
			if p.Own {
				whose = "yours"
			}
			rows[i] = []string{p.DatasetID, cut(p.Title, 30), string(p.DataType), strconv.FormatInt(p.Records, 10), size(p.Size), string(p.PriceUSDC), whose, p.URL}
		}
		table(c.App.Writer, []string{"DATASET", "TITLE", "DATA", "RECORDS", "SIZE", "MUSDC", "WHOSE", "PAY AT"}, rows)
	})
}

// paidFor returns how a listing is sold over x402, if it is.
func paidFor(n call.Node, l oas.DataListing, own map[string]oas.MyDataset) (paidOnline, bool) {
	p := paidOnline{DatasetID: l.DatasetID, ListingID: l.ID, Title: l.Title, DataType: l.DataType, Size: l.FileSizeBytes, Records: l.TotalRecords}
	mine, ours := own[l.ID]
	p.Own = ours
	switch {
	case l.X402 != nil:
		p.URL, p.PriceUSDC, p.PriceUSDCWei = l.X402.URL, l.X402.PriceUsdc, l.X402.PriceUsdcWei
	case ours && mine.PriceUsdc != nil && mine.PriceUsdcWei != nil:
		p.URL = n.API + "/api/datasets/" + url.PathEscape(mine.ID) + "/download"
		p.PriceUSDC, p.PriceUSDCWei = *mine.PriceUsdc, *mine.PriceUsdcWei
	default:
		return p, false
	}
	return p, true
}

// ownDatasets returns the caller's datasets by their listings.
func ownDatasets(c *cli.Context, n call.Node) (map[string]oas.MyDataset, error) {
	own := map[string]oas.MyDataset{}
	for offset := 0; ; {
		var page oas.MyDatasetPage
		if err := n.Get(c.Context, "/data/datasets", url.Values{"limit": {"100"}, "offset": {strconv.Itoa(offset)}}, &page); err != nil {
			return nil, err
		}
		for _, d := range page.Datasets {
			own[d.ListingID] = d
		}
		if offset += len(page.Datasets); !page.Pagination.HasMore || len(page.Datasets) == 0 {
			return own, nil
		}
	}
}
