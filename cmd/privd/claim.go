package main

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func claimCommand() *cli.Command {
	return &cli.Command{
		Name: "claim", Category: categoryPeople, ArgsUsage: "EARNING... | --all",
		Usage: "Claim confirmed earnings and wait until they are paid to the wallet",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Usage: "all that are confirmed"},
			&cli.BoolFlag{Name: "no-wait", Usage: "leave the payout to the node"},
			&cli.DurationFlag{Name: "timeout", Value: patience, Usage: "how long to wait"},
		},
		Action: onNode(makeClaim),
	}
}

func makeClaim(c *cli.Context, n call.Node) error {
	if c.Bool("all") == (c.NArg() > 0) {
		return market.Fail(market.Invalid, "name earnings, or --all; see: privd earnings --status confirmed")
	}
	ids, all := c.Args().Slice(), c.Bool("all")
	body := oas.ClaimEarningsJSONBody{ClaimAll: &all}
	if !all {
		body.EarningIds = &ids
	}
	var cl oas.Claim
	if err := n.Send(c.Context, http.MethodPost, "/user/earnings/claim", body, &cl); err != nil {
		return err
	}
	for _, s := range cl.Skipped {
		say(c, "skipped %s: %s", printable(s.EarningID), s.Reason)
	}
	if cl.RemainingCount != nil && *cl.RemainingCount > 0 {
		say(c, "%d more earnings did not fit; claim again", *cl.RemainingCount)
	}
	if c.Bool("no-wait") {
		return showClaim(c, cl)
	}
	say(c, "%s", cl.Message)
	told := ""
	err := await(c.Context, c.Duration("timeout"), "the payout of "+cl.ClaimID, func(ctx context.Context) (bool, error) {
		err := n.Get(ctx, claimPath(cl.ClaimID), nil, &cl)
		if why := text(cl.Reason); cl.Reason != nil && why != told {
			told = why
			say(c, "%s", printable(why))
		}
		return cl.Status == "completed" || cl.Status == "failed", err
	})
	if err != nil {
		return err
	}
	if cl.Status == "failed" {
		return market.Fail(market.Conflict, text(cl.Failure))
	}
	return showClaim(c, cl)
}

func claimPath(id string) string { return "/user/earnings/claims/" + url.PathEscape(id) }

func showClaim(c *cli.Context, cl oas.Claim) error {
	return show(c, cl, func() {
		rows := [][]string{
			{"claim", cl.ClaimID}, {"amount", string(cl.TotalClaimed) + " PRIV"}, {"earnings", strconv.Itoa(cl.EarningsCount)},
			{"status", string(cl.Status)}, {"completed", when(cl.CompletedAt)},
		}
		for _, hash := range cl.TxHashes {
			rows = append(rows, []string{"transaction", hash})
		}
		if cl.Failure != nil {
			rows = append(rows, []string{"failure", *cl.Failure})
		}
		if cl.Reason != nil {
			rows = append(rows, []string{"waits", *cl.Reason})
		}
		table(c.App.Writer, nil, rows)
	})
}

func claimsCommand() *cli.Command {
	return &cli.Command{
		Name: "claims", Category: categoryPeople, ArgsUsage: "[CLAIM]",
		Usage: "List claims, newest first, or tell how one goes on",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "limit", Value: 20, Usage: "results per page, at most 100"},
			&cli.IntFlag{Name: "offset", Usage: "results to skip"},
		},
		Action: onNode(claims),
	}
}

func claims(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 1); err != nil {
		return err
	}
	if c.NArg() == 1 {
		return claimTimeline(c, n, c.Args().First())
	}
	query := url.Values{"limit": {strconv.Itoa(c.Int("limit"))}, "offset": {strconv.Itoa(c.Int("offset"))}}
	var page oas.ClaimPage
	if err := n.Get(c.Context, "/user/earnings/claims", query, &page); err != nil {
		return err
	}
	return show(c, page, func() {
		rows := make([][]string, len(page.Claims))
		for i, cl := range page.Claims {
			rows[i] = []string{cl.ClaimID, string(cl.TotalClaimed), strconv.Itoa(cl.EarningsCount), string(cl.Status), when(&cl.CreatedAt), text(cl.TxHash)}
		}
		table(c.App.Writer, []string{"CLAIM", "PRIV", "EARNINGS", "STATUS", "SINCE", "TRANSACTION"}, rows)
		say(c, "%d of %d", len(page.Claims), page.Pagination.Total)
	})
}

func claimTimeline(c *cli.Context, n call.Node, id string) error {
	var t oas.ClaimTimeline
	if err := n.Get(c.Context, claimPath(id)+"/timeline", nil, &t); err != nil {
		return err
	}
	return show(c, t, func() {
		rows := [][]string{{"claim", t.ClaimID}, {"status", string(t.State)}}
		if t.Reason != nil {
			rows = append(rows, []string{"because", *t.Reason})
		}
		if t.NextRetryAt != nil {
			rows = append(rows, []string{"next try", when(t.NextRetryAt)})
		}
		rows = append(rows, []string{"money moved", yesNo(t.MoneyMoved)})
		table(c.App.Writer, nil, rows)
		table(c.App.Writer, nil, timelineRows(t.Steps))
	})
}
