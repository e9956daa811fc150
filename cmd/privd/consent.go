package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

// consent sets what a file may be used for from a list such as "ai,commercial".
// There is no default: consent is given, not assumed.
func consent(list string, into *call.Upload) error {
	const want = "name what the files may be used for: --consent ai,research,commercial (any of them, or none)"
	if list == "" {
		return market.Fail(market.Invalid, want)
	}
	if list == "none" {
		return nil
	}
	for use := range strings.SplitSeq(list, ",") {
		switch strings.TrimSpace(use) {
		case "ai":
			into.AI = true
		case "research":
			into.Research = true
		case "commercial":
			into.Commerce = true
		default:
			return market.Fail(market.Invalid, fmt.Sprintf("unknown use %q; %s", use, want))
		}
	}
	return nil
}

func consentCommand() *cli.Command {
	return &cli.Command{
		Name: "consent", Category: categorySeller, ArgsUsage: "CONTRIBUTION",
		Usage: "Show or change what a contribution may be used for",
		Description: "Without flags it shows what was agreed to since the upload. Each change writes a receipt. Withdrawing commercial\n" +
			"consent pauses the listings that hold the contribution; giving it back resumes none.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "ai", Usage: "training of AI: `true|false`"},
			&cli.StringFlag{Name: "research", Usage: "research: `true|false`"},
			&cli.StringFlag{Name: "commercial", Usage: "commercial use: `true|false`"},
		},
		Action: onNode(stateConsent),
	}
}

func stateConsent(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	path := contributionPath(c.Args().First()) + "/consent"
	change := map[string]bool{}
	for flag, field := range map[string]string{"ai": "consent_ai_training", "research": "consent_research", "commercial": "consent_commercial"} {
		if !c.IsSet(flag) {
			continue
		}
		given, err := strconv.ParseBool(c.String(flag))
		if err != nil {
			return market.Fail(market.Invalid, fmt.Sprintf("--%s must be true or false", flag))
		}
		change[field] = given
	}
	var receipts oas.ConsentReceipts
	if len(change) == 0 {
		if err := n.Get(c.Context, path, nil, &receipts); err != nil {
			return err
		}
		return show(c, receipts, func() { tableReceipts(c, receipts.Receipts) })
	}
	var receipt oas.ConsentReceipt
	if err := n.Send(c.Context, http.MethodPatch, path, change, &receipt); err != nil {
		return err
	}
	return show(c, receipt, func() { tableReceipts(c, []oas.ConsentReceipt{receipt}) })
}

func tableReceipts(c *cli.Context, receipts []oas.ConsentReceipt) {
	rows := make([][]string, len(receipts))
	for i, r := range receipts {
		rows[i] = []string{r.ConsentVersion, uses(r.ConsentAiTraining, r.ConsentResearch, r.ConsentCommercial), when(&r.ConsentTimestamp), r.ReceiptID}
	}
	table(c.App.Writer, []string{"VERSION", "CONSENT", "GIVEN", "RECEIPT"}, rows)
}
