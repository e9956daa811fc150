package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func reviewListings(c *cli.Context, n call.Node) error {
	if c.Bool("gold") {
		return market.Fail(market.Invalid, "--gold and --listings list different things; give one of them")
	}
	var page oas.SubmittedListingPage
	if err := n.Get(c.Context, "/node/listings/held", url.Values{"limit": {"100"}}, &page); err != nil {
		return err
	}
	return show(c, page, func() {
		rows := make([][]string, len(page.Listings))
		for i, l := range page.Listings {
			what := strings.Join(l.ContributionIds, " ")
			if l.DatasetID != nil {
				what = *l.DatasetID
			}
			rows[i] = []string{l.ListingID, l.UserID, cut(l.Title, 40), string(l.PricePriv), when(l.HeldAt), cut(what, 60)}
		}
		table(c.App.Writer, []string{"LISTING", "SELLER", "TITLE", "PRIV", "SINCE", "OF"}, rows)
		if page.Total > len(page.Listings) {
			say(c, "%d of %d are shown.", len(page.Listings), page.Total)
		}
	})
}

func decideListing(c *cli.Context, n call.Node, id string, approve bool) error {
	body := oas.DecideListingJSONBody{Approve: approve}
	if reason := c.String("reason"); reason != "" {
		body.Reason = &reason
	}
	var l oas.SubmittedListing
	if err := n.Send(c.Context, http.MethodPost, "/node/listings/"+url.PathEscape(id)+"/decide", body, &l); err != nil {
		return err
	}
	return show(c, l, func() {
		fmt.Fprintf(c.App.Writer, "%s: %s\n", l.ListingID, l.Status)
		if approve && l.Status != "active" {
			say(c, "%s", text(l.Reason))
		}
	})
}

// judged waits until a submitted listing is decided, or somebody is asked: the
// operator, or the seller's wallet.
func judged(c *cli.Context, n call.Node, id string) (answer oas.ListingAnswer, err error) {
	err = await(c.Context, c.Duration("timeout"), "the review of "+id, func(ctx context.Context) (bool, error) {
		answer = oas.ListingAnswer{}
		err := n.Get(ctx, listingPath(id), nil, &answer)
		l := answer.Listing
		return l.Status != "pending_review" || l.PendingSignature != nil || l.HeldAt != nil, err
	})
	return answer, err
}

// onSale tells how a judged listing stands, and fails when it will not be on sale.
func onSale(c *cli.Context, l oas.ListingDetails) error {
	switch {
	case l.Status == "pending_review" && l.PendingSignature != nil:
		say(c, "%s: approved; it is on sale once your wallet has signed, see: privd signatures %s", l.ID, *l.PendingSignature)
	case l.Status == "pending_review":
		say(c, "%s: it waits for the operator of the node, who decides with: privd review approve|reject %s", l.ID, l.ID)
	case l.Status != "active":
		return market.Fail(market.Invalid, fmt.Sprintf("%s is %s: %s", l.ID, l.Status, text(l.Reason)))
	}
	return nil
}
