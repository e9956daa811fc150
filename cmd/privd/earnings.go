package main

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func earningsCommand() *cli.Command {
	return &cli.Command{
		Name: "earnings", Category: categoryPeople,
		Usage: "List what the operator, or --user, earned, newest first",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "source", Usage: "only from `SOURCE`: browsing, labeling, data_sales, staking or referral"},
			&cli.StringFlag{Name: "status", Usage: "only those that are `STATUS`: pending, confirmed or claimed"},
			&cli.IntFlag{Name: "limit", Value: 20, Usage: "results per page, at most 100"},
			&cli.IntFlag{Name: "offset", Usage: "results to skip"},
		},
		Action: onNode(earnings),
	}
}

func earnings(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	query := url.Values{"limit": {strconv.Itoa(c.Int("limit"))}, "offset": {strconv.Itoa(c.Int("offset"))}}
	for _, name := range []string{"source", "status"} {
		if v := c.String(name); v != "" {
			query.Set(name, v)
		}
	}
	var page oas.EarningPage
	if err := n.Get(c.Context, "/user/earnings", query, &page); err != nil {
		return err
	}
	return show(c, page, func() {
		rows := make([][]string, len(page.Earnings))
		for i, e := range page.Earnings {
			rows[i] = []string{e.ID, string(e.Source), string(e.Amount), string(e.Status), when(&e.CreatedAt), cut(e.Description, 40)}
		}
		table(c.App.Writer, []string{"EARNING", "SOURCE", "PRIV", "STATUS", "SINCE", "FOR"}, rows)
		s := page.Summary
		say(c, "%d of %d; %s PRIV in all: %s pending, %s confirmed, %s claimed",
			len(page.Earnings), page.Pagination.Total, s.TotalEarned, s.TotalPending, s.TotalConfirmed, s.TotalClaimed)
	})
}

func creditCommand() *cli.Command {
	return &cli.Command{
		Name: "credit", Category: categoryPeople, ArgsUsage: "USER AMOUNT",
		Usage: "Book an earning for a user, as a service does",
		Description: "USER is a name or an id, AMOUNT is in PRIV. The same reference again books nothing more.\n" +
			"It takes a service key: privd key create NAME --service",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "key", EnvVars: []string{"PRIVD_SERVICE_KEY"}, Usage: "service `KEY`"},
			&cli.StringFlag{Name: "source", Usage: "`SOURCE`: browsing, labeling, data_sales, staking or referral"},
			&cli.StringFlag{Name: "reference", Usage: "what it is for, `ID` by which it is booked once"},
			&cli.StringFlag{Name: "description", Usage: "`TEXT` that the user sees"},
			&cli.BoolFlag{Name: "pending", Usage: "to be confirmed later"},
		},
		Action: onNode(credit),
	}
}

func credit(c *cli.Context, n call.Node) error {
	if err := arguments(c, 2, 2); err != nil {
		return err
	}
	if c.String("key") == "" || c.String("source") == "" {
		return market.Fail(market.Invalid, "name the --source of the earning and a service --key (or PRIVD_SERVICE_KEY)")
	}
	amount, err := moneyOf("AMOUNT", c.Args().Get(1), market.PRIVDecimals)
	if err != nil {
		return err
	}
	id, err := userID(c, n, c.Args().First())
	if err != nil {
		return err
	}
	body := oas.BookEarningJSONBody{UserID: id, Source: oas.EarningSource(c.String("source")), Amount: amount}
	for name, into := range map[string]**string{"reference": &body.ReferenceID, "description": &body.Description} {
		if v := c.String(name); v != "" {
			*into = &v
		}
	}
	if c.Bool("pending") {
		status := "pending"
		body.Status = &status
	}
	n.Token, n.User = c.String("key"), ""
	var e oas.Earning
	if err := n.Send(c.Context, http.MethodPost, "/service/earnings", body, &e); err != nil {
		return err
	}
	return show(c, e, func() {
		table(c.App.Writer, nil, [][]string{{"earning", e.ID}, {"amount", string(e.Amount) + " PRIV"}, {"status", string(e.Status)}})
	})
}
