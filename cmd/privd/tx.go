package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
)

func txCommand() *cli.Command {
	return &cli.Command{
		Name: "tx", Category: categoryNode,
		Usage: "Show and cancel what the node's account sends",
		Subcommands: []*cli.Command{
			{
				Name:   "ls",
				Usage:  "List transactions without a final outcome, and why they wait",
				Action: onNode(listTransactions),
			},
			{
				Name:      "cancel",
				Usage:     "Ask that a transaction does not happen",
				ArgsUsage: "KEY",
				Description: "What was sent already is replaced by an empty transaction, for somewhat higher fees; whichever is\n" +
					"mined counts. What is still due, as a settlement is, the node does again under another key.",
				Action: onNode(cancelTransaction),
			},
		},
	}
}

func listTransactions(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	var page oas.TransactionPage
	if err := n.Get(c.Context, "/node/transactions", url.Values{"limit": {"100"}}, &page); err != nil {
		return err
	}
	return show(c, page, func() {
		if len(page.Transactions) == 0 {
			fmt.Fprintln(c.App.Writer, "nothing is on its way")
			return
		}
		rows := make([][]string, len(page.Transactions))
		for i, t := range page.Transactions {
			nonce, fee := "-", "-"
			if t.Nonce != nil {
				nonce = strconv.FormatUint(*t.Nonce, 10)
			}
			if t.FeeCapWei != nil {
				fee = *t.FeeCapWei
			}
			state := t.State
			if t.Cancelled {
				state += ", to be cancelled"
			}
			rows[i] = []string{t.Key, state, nonce, strconv.Itoa(t.Tries), time.Since(t.CreatedAt).Round(time.Second).String(), fee, text(t.WaitingFor)}
		}
		table(c.App.Writer, []string{"KEY", "STATE", "NONCE", "TRIES", "AGE", "WEI PER GAS", "WAITS FOR"}, rows)
		if page.Total > len(page.Transactions) {
			say(c, "%d of %d are shown.", len(page.Transactions), page.Total)
		}
	})
}

func cancelTransaction(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	var t oas.NodeTransaction
	if err := n.Send(c.Context, http.MethodPost, "/node/transactions/cancel", oas.CancelTransactionJSONBody{Key: c.Args().First()}, &t); err != nil {
		return err
	}
	return show(c, t, func() {
		switch {
		case t.State == "mined":
			fmt.Fprintf(c.App.Writer, "%s is mined already, in transaction %s\n", t.Key, text(t.TxHash))
		case t.State == "failed":
			fmt.Fprintf(c.App.Writer, "%s did not happen: %s\n", t.Key, text(t.Reason))
		default:
			fmt.Fprintf(c.App.Writer, "%s is to be cancelled; see what becomes of it with: privd tx ls\n", t.Key)
		}
	})
}
