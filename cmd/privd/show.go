package main

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func showCommand() *cli.Command {
	return &cli.Command{
		Name: "show", Category: categorySeller, ArgsUsage: "ID",
		Usage:  "Show a contribution, a listing or a purchase",
		Action: onNode(showAny),
	}
}

func contributionPath(id string) string { return "/contributions/" + url.PathEscape(id) }
func listingPath(id string) string      { return "/marketplace/wallet/listings/" + url.PathEscape(id) }
func purchasePath(id string) string     { return "/marketplace/wallet/purchases/" + url.PathEscape(id) }

// showAny tells by the prefix of an id what it names.
func showAny(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	id := c.Args().First()
	kind, _, _ := strings.Cut(id, "_")
	switch kind {
	case "contrib":
		return showContribution(c, n, id)
	case "listing", "lst":
		return showListing(c, n, id)
	case "purchase", "pur":
		return showPurchase(c, n, id)
	}
	return market.Fail(market.Invalid, fmt.Sprintf("%q is not an id of a contribution (contrib_…), a listing (listing_…) or a purchase (purchase_…)", id))
}

func showContribution(c *cli.Context, n call.Node, id string) error {
	var answer oas.ContributionAnswer
	if err := n.Get(c.Context, contributionPath(id), nil, &answer); err != nil {
		return err
	}
	k := answer.Contribution
	return show(c, answer, func() {
		rows := [][]string{
			{"contribution", k.ID},
			{"file", k.OriginalFilename},
			{"type", string(k.ContributionType) + ", " + k.MimeType},
			{"size", fmt.Sprintf("%s (%d bytes)", size(k.FileSizeBytes), k.FileSizeBytes)},
			{"sha256", k.FileHash},
			{"stored as", k.StoragePath},
			{"status", string(k.Status)},
			{"reviewed", when(k.ReviewedAt)},
			{"reason", text(k.ReviewReason)},
			{"quality", quality(k.QualityScore)},
		}
		if k.QualityFactors != nil {
			for _, name := range slices.Sorted(maps.Keys(*k.QualityFactors)) {
				score := (*k.QualityFactors)[name]
				rows = append(rows, []string{"  " + name, quality(&score)})
			}
		}
		table(c.App.Writer, nil, append(rows,
			[]string{"earned", string(k.PrivEarned) + " PRIV"},
			[]string{"consent", uses(k.ConsentAiTraining, k.ConsentResearch, k.ConsentCommercial) + ", version " + k.ConsentVersion},
			[]string{"metadata", string(k.Metadata)},
			[]string{"added", when(&k.CreatedAt)},
		))
	})
}

func uses(ai, research, commercial bool) string {
	var list []string
	for _, use := range []struct {
		given bool
		name  string
	}{{ai, "ai"}, {research, "research"}, {commercial, "commercial"}} {
		if use.given {
			list = append(list, use.name)
		}
	}
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ",")
}

func showListing(c *cli.Context, n call.Node, id string) error {
	var answer oas.ListingAnswer
	if err := n.Get(c.Context, listingPath(id), nil, &answer); err != nil {
		return err
	}
	l := answer.Listing
	return show(c, answer, func() {
		var content []string
		for _, kind := range slices.Sorted(maps.Keys(l.ContributionTypesBreakdown)) {
			content = append(content, fmt.Sprintf("%d %s", l.ContributionTypesBreakdown[kind], kind))
		}
		table(c.App.Writer, nil, [][]string{
			{"listing", l.ID},
			{"title", l.Title},
			{"description", l.Description},
			{"category", string(l.Category)},
			{"tags", strings.Join(l.Tags, ", ")},
			{"price", string(l.PricePriv) + " PRIV"},
			{"status", string(l.Status)},
			{"reason", text(l.Reason)},
			{"content", fmt.Sprintf("%s; %s", strings.Join(content, ", "), size(l.TotalFileSizeBytes))},
			{"consent", uses(l.ConsentInfo.AiTraining, l.ConsentInfo.Research, l.ConsentInfo.Commercial)},
			{"seller", l.Seller.DisplayName + " (" + l.Seller.ID + ")"},
			{"  verified", yesNo(l.Seller.Verified)},
			{"  rating", meanOf(l.Seller.Rating)},
			{"  sales", strconv.Itoa(l.Seller.TotalSales)},
			{"  record", recordText(answer.SellerRecord)},
			{"sales", strconv.Itoa(l.TotalSales)},
			{"rating", meanOf(l.AverageRating)},
			{"yours", yesNo(answer.IsOwner)},
			{"bought", yesNo(answer.AlreadyPurchased)},
			{"created", when(&l.CreatedAt)},
		})
	})
}

// recordText says how the newest sales of a seller ended.
func recordText(r *oas.SellerRecord) string {
	switch {
	case r == nil:
		return "-"
	case r.Proven:
		return "proven to deliver garbage"
	}
	text := fmt.Sprintf("%d of the last %d sales refunded", r.Refunded, r.Ended)
	if r.Reports > 0 {
		text += fmt.Sprintf("; reported as garbage by %d", r.Reports)
	}
	return text
}

// purchaseView is a purchase with its story.
type purchaseView struct {
	oas.Purchase
	Timeline oas.Timeline `json:"timeline"`
}

func showPurchase(c *cli.Context, n call.Node, id string) error {
	var view purchaseView
	if err := n.Get(c.Context, purchasePath(id), nil, &view.Purchase); err != nil {
		return err
	}
	if err := n.Get(c.Context, purchasePath(id)+"/timeline", nil, &view.Timeline); err != nil {
		return err
	}
	p, t := view.Purchase, view.Timeline
	return show(c, view, func() {
		rows := [][]string{
			{"purchase", p.ID},
			{"listing", p.ListingID + ", " + p.ListingTitle},
			{"seller", p.SellerDisplayName},
			{"paid", string(p.AmountPaidPriv) + " PRIV"},
			{"status", string(p.Status)},
			{"downloads", fmt.Sprintf("%d of %d", p.DownloadCount, p.MaxDownloads)},
			{"rated", starred(p.Rating)},
			{"bought", when(&p.PurchasedAt)},
			{"until", when(p.ExpiresAt)},
			{"state", t.State},
			{"waits for", text(t.Reason)},
			{"next try", when(t.NextRetryAt)},
			{"money moved", yesNo(t.MoneyMoved)},
			{"on chain", text(t.OnChain)},
		}
		if t.Deadline != nil {
			rows = append(rows, []string{"deadline", when(t.Deadline)})
		}
		if t.StayReachableBefore != nil {
			rows = append(rows, []string{"needs this node", "once before " + when(t.StayReachableBefore)})
		}
		if t.Fault != nil {
			rows = append(rows, []string{"fault", t.Fault.Message})
		}
		if t.SignatureRequest != nil {
			rows = append(rows, []string{"to sign", *t.SignatureRequest})
		}
		table(c.App.Writer, nil, rows)
		table(c.App.Writer, nil, timelineRows(t.Steps))
	})
}
