package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func signaturesCommand() *cli.Command {
	return &cli.Command{
		Name: "signatures", Category: categoryPeople, ArgsUsage: "[ID]",
		Usage: "List what an external wallet is asked to sign; with ID, print its typed data",
		Description: "The typed data is EIP-712, as eth_signTypedData_v4 takes it. With a key at hand:\n" +
			"  privd signatures ID > data.json\n" +
			"  privd sign ID --signature $(cast wallet sign --data --from-file data.json --ledger)",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "limit", Value: 20, Usage: "results, at most 100"},
			&cli.IntFlag{Name: "offset", Usage: "results to skip"},
		},
		Action: onNode(signatures),
	}
}

func signatures(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 1); err != nil {
		return err
	}
	if id := c.Args().First(); id != "" {
		return typedData(c, n, id)
	}
	query := url.Values{"limit": {strconv.Itoa(c.Int("limit"))}, "offset": {strconv.Itoa(c.Int("offset"))}}
	var page oas.SignaturePage
	if err := n.Get(c.Context, "/user/signatures", query, &page); err != nil {
		return err
	}
	return show(c, page, func() {
		rows := make([][]string, len(page.Signatures))
		for i, s := range page.Signatures {
			rows[i] = []string{s.ID, string(s.Kind), s.Subject, s.WalletAddress, when(&s.ExpiresAt)}
		}
		table(c.App.Writer, []string{"ID", "KIND", "FOR", "WALLET", "UNTIL"}, rows)
		if page.Pagination.HasMore {
			say(c, "%d of %d; --offset %d shows more", len(rows), page.Pagination.Total, page.Pagination.Offset+len(rows))
		}
	})
}

// typedData prints what a wallet signs, and nothing else.
func typedData(c *cli.Context, n call.Node, id string) error {
	var s oas.SignatureRequest
	if err := n.Get(c.Context, signaturePath(id), nil, &s); err != nil {
		return err
	}
	if c.Bool("json") {
		return show(c, s, nil)
	}
	// It comes from the node alone and goes to a file: whole, and not made printable.
	raw, err := json.MarshalIndent(s.TypedData, "", "  ")
	if err != nil {
		return fmt.Errorf("print typed data: %w", err)
	}
	fmt.Fprintln(c.App.Writer, string(raw))
	say(c, "%s: %s for %s, %s until %s", s.ID, s.Kind, printable(s.Subject), s.Status, when(&s.ExpiresAt))
	return nil
}

func signCommand() *cli.Command {
	return &cli.Command{
		Name: "sign", Category: categoryPeople, ArgsUsage: "ID",
		Usage: "Hand in a wallet's signature for a request; what waited for it goes on",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "signature", Usage: "0x and 65 or 64 bytes in hexadecimal"},
		},
		Action: onNode(sign),
	}
}

func sign(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	signature := c.String("signature")
	if signature == "" {
		return market.Fail(market.Invalid, "name the wallet's signature with --signature 0x...")
	}
	var answer oas.AnsweredSignature
	body := oas.AnswerSignatureJSONBody{Signature: signature}
	if err := n.Send(c.Context, http.MethodPost, signaturePath(c.Args().First()), body, &answer); err != nil {
		return err
	}
	return show(c, answer, func() { fmt.Fprintf(c.App.Writer, "%s %s\n", printable(answer.Subject), printable(answer.Status)) })
}

func signaturePath(id string) string { return "/user/signatures/" + url.PathEscape(id) }
