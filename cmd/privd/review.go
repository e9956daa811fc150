package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func reviewCommand() *cli.Command {
	reason := &cli.StringFlag{Name: "reason", Usage: "`TEXT` for the owner"}
	return &cli.Command{
		Name: "review", Category: categoryNode,
		Usage: "Decide contributions and listings that the review holds, and test labelers",
		Subcommands: []*cli.Command{
			{
				Name: "list", Usage: "List contributions that wait for a decision",
				Flags: []cli.Flag{
					&cli.BoolFlag{Name: "listings", Usage: "list listings that wait for a decision instead"},
					&cli.BoolFlag{Name: "gold", Usage: "list contributions that test labelers instead"},
				},
				Action: onNode(reviewList),
			},
			{
				Name: "approve", ArgsUsage: "ID", Usage: "Approve a contribution, whose owner is rewarded, or a listing, which is put on sale",
				Flags: []cli.Flag{reason}, Action: onNode(decide("approve")),
			},
			{
				Name: "reject", ArgsUsage: "ID", Usage: "Reject a contribution or a listing",
				Flags: []cli.Flag{reason}, Action: onNode(decide("reject")),
			},
			{
				Name: "preview", ArgsUsage: "ID FILE", Usage: "Save a small preview of a contribution",
				Action: onNode(reviewPreview),
			},
			{
				Name: "gold", ArgsUsage: "ID [LABEL]", Usage: "Test labelers with a reviewed contribution whose right LABEL is known",
				Flags:  []cli.Flag{&cli.BoolFlag{Name: "drop", Usage: "stop it"}},
				Action: onNode(gold),
			},
		},
	}
}

func reviewList(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	if c.Bool("listings") {
		return reviewListings(c, n)
	}
	path := "/labeling/items"
	if c.Bool("gold") {
		path = "/labeling/gold"
	}
	var page oas.LabelingItemPage
	if err := n.Get(c.Context, path, url.Values{"limit": {"100"}}, &page); err != nil {
		return err
	}
	return show(c, page, func() {
		rows := make([][]string, len(page.Items))
		for i, it := range page.Items {
			what := text(it.Reason)
			if c.Bool("gold") {
				what = text(it.KnownLabel)
			}
			rows[i] = []string{it.ContributionID, string(it.ContributionType), it.State, strconv.Itoa(len(it.Labels)), when(&it.OpenedAt), cut(what, 60)}
		}
		table(c.App.Writer, []string{"CONTRIBUTION", "TYPE", "STATE", "LABELS", "SINCE", "WHY"}, rows)
		if page.Total > len(page.Items) {
			say(c, "%d of %d are shown.", len(page.Items), page.Total)
		}
	})
}

func decide(verdict string) func(*cli.Context, call.Node) error {
	return func(c *cli.Context, n call.Node) error {
		if err := arguments(c, 1, 1); err != nil {
			return err
		}
		if id := c.Args().First(); strings.HasPrefix(id, market.PrefixListing) || strings.HasPrefix(id, market.PrefixDataListing) {
			return decideListing(c, n, id, verdict == "approve")
		}
		body := oas.DecideLabelingItemJSONBody{Verdict: verdict}
		if reason := c.String("reason"); reason != "" {
			body.Reason = &reason
		}
		var it oas.LabelingItem
		if err := n.Send(c.Context, http.MethodPost, "/labeling/items/"+url.PathEscape(c.Args().First())+"/decide", body, &it); err != nil {
			return err
		}
		return show(c, it, func() { fmt.Fprintf(c.App.Writer, "%s: %s\n", it.ContributionID, verdict) })
	}
}

func reviewPreview(c *cli.Context, n call.Node) error {
	if err := arguments(c, 2, 2); err != nil {
		return err
	}
	return saveLabelPreview(c, n, "/labeling/items/"+url.PathEscape(c.Args().First())+"/preview", c.Args().Get(1))
}

func gold(c *cli.Context, n call.Node) error {
	if c.Bool("drop") {
		if err := arguments(c, 1, 1); err != nil {
			return err
		}
		var dropped oas.DroppedGold
		if err := n.Send(c.Context, http.MethodDelete, "/labeling/gold/"+url.PathEscape(c.Args().First()), nil, &dropped); err != nil {
			return err
		}
		return show(c, dropped, func() { fmt.Fprintln(c.App.Writer, dropped.ContributionID+" tests nobody any more") })
	}
	if err := arguments(c, 2, 2); err != nil {
		return err
	}
	body := oas.SetLabelingGoldJSONBody{ContributionID: c.Args().First(), Label: oas.LabelName(c.Args().Get(1))}
	var it oas.LabelingItem
	if err := n.Send(c.Context, http.MethodPost, "/labeling/gold", body, &it); err != nil {
		return err
	}
	return show(c, it, func() {
		fmt.Fprintf(c.App.Writer, "%s tests labelers; right is %s\n", it.ContributionID, text(it.KnownLabel))
	})
}
