package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func buyCommand() *cli.Command {
	return &cli.Command{
		Name: "buy", Category: categoryBuyer, ArgsUsage: "LISTING",
		Usage: "Buy access to a listing; prints the purchase's id",
		Description: "The answer is completed, or pending when the seller's node is slow or away: the purchase then\n" +
			"completes by itself, and \"privd show PURCHASE\" tells what it waits for.",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "days", Value: 30, Usage: "how long the access lasts, 1 to 365"},
			&cli.BoolFlag{Name: "force", Usage: "buy also from a seller whose last sales were refunded, or who was proven to cheat"},
			&cli.BoolFlag{Name: "wait", Usage: "wait until the purchase is completed"},
			&cli.DurationFlag{Name: "timeout", Value: patience, Usage: "how long --wait waits"},
		},
		Action: onNode(buy),
	}
}

func buy(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	days := c.Int("days")
	var bought oas.PurchasedListing
	body := oas.PurchaseListingJSONBody{AccessDurationDays: &days}
	if force := c.Bool("force"); force {
		body.Force = &force
	}
	if err := n.Send(c.Context, http.MethodPost, listingPath(c.Args().First())+"/purchase", body, &bought); err != nil {
		return err
	}
	var late error
	if bought.Status == "pending" && c.Bool("wait") {
		say(c, "%s: pending, %s", bought.PurchaseID, printable(bought.Message))
		late = completed(c, n, &bought)
	}
	if bought.Status == "failed" {
		return market.Fail(market.Internal, fmt.Sprintf("%s failed: %s", bought.PurchaseID, bought.Message))
	}
	return errors.Join(late, show(c, bought, func() {
		fmt.Fprintln(c.App.Writer, bought.PurchaseID)
		say(c, "%s: %s, %s PRIV; %s", bought.PurchaseID, bought.Status, bought.AmountPaidPriv, printable(bought.Message))
	}))
}

// completed waits until a pending purchase has its key, or never will.
func completed(c *cli.Context, n call.Node, bought *oas.PurchasedListing) error {
	err := await(c.Context, c.Duration("timeout"), bought.PurchaseID, func(ctx context.Context) (bool, error) {
		var p oas.Purchase
		if err := n.Get(ctx, purchasePath(bought.PurchaseID), nil, &p); err != nil || p.Status == "pending" {
			return false, err
		}
		bought.ExpiresAt, bought.NextRetryAt = p.ExpiresAt, nil
		switch p.Status {
		case "failed", "revoked":
			bought.Status, bought.Message = "failed", waitsFor(ctx, n, bought.PurchaseID)
		default:
			bought.Status, bought.Message = "completed", "Purchase completed"
		}
		return true, nil
	})
	if err == nil || c.Context.Err() != nil {
		return err
	}
	return fmt.Errorf("%w (%s)", err, waitsFor(c.Context, n, bought.PurchaseID))
}

// waitsFor returns the reason the node gives for the state of a purchase.
func waitsFor(ctx context.Context, n call.Node, id string) string {
	var t oas.Timeline
	if err := n.Get(ctx, purchasePath(id)+"/timeline", nil, &t); err != nil {
		return "the node does not say why"
	}
	return printable(t.State + ": " + text(t.Reason))
}
