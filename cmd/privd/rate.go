package main

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func rateCommand() *cli.Command {
	return &cli.Command{
		Name: "rate", Category: categoryBuyer, ArgsUsage: "PURCHASE STARS",
		Usage:       "Rate what you bought, once, with 1 to 5 stars",
		Description: "The rating is signed and travels to every node; it counts for the listing and for its seller.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "comment", Usage: "what you say about it, at most 500 characters"},
		},
		Action: onNode(rate),
	}
}

func rate(c *cli.Context, n call.Node) error {
	if err := arguments(c, 2, 2); err != nil {
		return err
	}
	stars, err := strconv.Atoi(c.Args().Get(1))
	if err != nil {
		return market.Fail(market.Invalid, fmt.Sprintf("%q is not a number of stars, from 1 to 5", c.Args().Get(1)))
	}
	body := oas.RatePurchaseJSONBody{Rating: stars}
	if comment := c.String("comment"); comment != "" {
		body.Comment = &comment
	}
	var given oas.RatedPurchase
	if err := n.Send(c.Context, http.MethodPost, purchasePath(c.Args().First())+"/rating", body, &given); err != nil {
		return err
	}
	return show(c, given, func() { say(c, "%s: %s", given.PurchaseID, starred(&given.Rating)) })
}

// starred prints what a buyer gave, "-" for nothing.
func starred(rating *int) string {
	if rating == nil {
		return "-"
	}
	return fmt.Sprintf("%d of 5", *rating)
}

// meanOf prints a mean rating, "-" for none.
func meanOf(mean oas.Mean) string {
	if mean == "" || mean == "0" {
		return "-"
	}
	return string(mean)
}
