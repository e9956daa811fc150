package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func sellCommand() *cli.Command {
	return &cli.Command{
		Name: "sell", Category: categorySeller, ArgsUsage: "CONTRIBUTION...",
		Usage: "Offer contributions for sale; prints the listing's id once it is active",
		Description: "Contributions still under review are waited for. The listing is drafted, submitted and active when\n" +
			"the command returns, or stays a draft with --draft. Where the operator of the node decides on\n" +
			"listings, or your own wallet has to sign, it says so and does not wait for that.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "title", Usage: "1 to 100 characters"},
			&cli.StringFlag{Name: "price", Usage: "in PRIV, such as 2.5"},
			&cli.StringFlag{Name: "description", Usage: "at most 2000 characters; by default the title"},
			&cli.StringFlag{Name: "category", Usage: "photo, video, voice, text or mixed; by default what the contributions are"},
			&cli.StringFlag{Name: "tags", Usage: "`TAG,TAG...`, at most 10"},
			&cli.BoolFlag{Name: "keep-metadata", Usage: "sell photos with the location and device metadata they carry"},
			&cli.BoolFlag{Name: "draft", Usage: "do not submit the listing"},
			&cli.DurationFlag{Name: "timeout", Value: patience, Usage: "how long to wait for reviews"},
		},
		Action: onNode(sell),
	}
}

func sell(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, -1); err != nil {
		return err
	}
	for _, flag := range []string{"title", "price"} {
		if c.String(flag) == "" {
			return market.Fail(market.Invalid, "a listing needs a --"+flag)
		}
	}
	price, err := moneyOf("--price", c.String("price"), market.PRIVDecimals)
	if err != nil {
		return err
	}
	kinds, err := forSale(c, n)
	if err != nil {
		return err
	}
	id, err := draft(c, n, price, kinds)
	if err != nil || c.Bool("draft") {
		return err
	}
	return submit(c, n, id)
}

// forSale waits until every contribution is approved and returns their types.
func forSale(c *cli.Context, n call.Node) (map[string]bool, error) {
	kinds := make(map[string]bool)
	for _, id := range c.Args().Slice() {
		k, err := reviewed(c, n, id)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", printable(id), err)
		}
		if k.Status == "rejected" {
			return nil, market.Fail(market.Invalid, id+" was rejected: "+text(k.ReviewReason))
		}
		kinds[string(k.ContributionType)] = true
	}
	return kinds, nil
}

// draft makes the listing and prints it when that is all that was asked for.
func draft(c *cli.Context, n call.Node, price json.Number, kinds map[string]bool) (string, error) {
	body := oas.CreateListingJSONBody{
		Title: c.String("title"), Description: c.String("description"), Category: oas.Category(c.String("category")),
		PricePriv: price, ContributionIds: c.Args().Slice(),
	}
	if body.Description == "" {
		body.Description = body.Title
	}
	if body.Category == "" {
		body.Category = category(kinds)
	}
	if list := c.String("tags"); list != "" {
		var tags []string
		for tag := range strings.SplitSeq(list, ",") {
			if tag = strings.TrimSpace(tag); tag != "" {
				tags = append(tags, tag)
			}
		}
		body.Tags = &tags
	}
	if keep := c.Bool("keep-metadata"); keep {
		body.KeepMetadata = &keep
	}
	var created oas.CreatedListing
	if err := n.Send(c.Context, http.MethodPost, "/marketplace/wallet/listings", body, &created); err != nil {
		return "", err
	}
	if !c.Bool("draft") {
		return created.ListingID, nil
	}
	return created.ListingID, show(c, created, func() { fmt.Fprintln(c.App.Writer, created.ListingID) })
}

func category(kinds map[string]bool) oas.Category {
	if len(kinds) == 1 {
		for kind := range kinds {
			return oas.Category(kind)
		}
	}
	return "mixed"
}

// submit hands a draft to the review and waits until it is on sale.
func submit(c *cli.Context, n call.Node, id string) error {
	status := oas.ListingStatus("pending_review")
	if err := n.Send(c.Context, http.MethodPut, listingPath(id), oas.ListingUpdate{Status: &status}, nil); err != nil {
		return fmt.Errorf("submit %s, which stays a draft: %w", id, err)
	}
	say(c, "%s: submitted for review", id)
	answer, err := judged(c, n, id)
	if err == nil {
		err = onSale(c, answer.Listing)
	}
	if err != nil {
		return err
	}
	return show(c, answer, func() { fmt.Fprintln(c.App.Writer, id) })
}
