package main

import (
	"fmt"
	"net/http"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
)

func rmCommand() *cli.Command {
	return &cli.Command{
		Name: "rm", Category: categorySeller, ArgsUsage: "CONTRIBUTION...",
		Usage: "Delete contributions",
		Description: "One that was not reviewed yet is gone at once. Any other, and any with --gdpr, is off the market at once\n" +
			"and erased as soon as no buyer waits for what was paid, within 30 days: its key, its blocks, its preview and the\n" +
			"keys of the listings that held it, which are paused. Without arguments it lists what was deleted.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "gdpr", Usage: "make it a GDPR request with a deadline, also before the review"},
			&cli.StringFlag{Name: "reason", Usage: "`TEXT` to keep in the compliance record"},
		},
		Action: onNode(rm),
	}
}

func rm(c *cli.Context, n call.Node) error {
	if c.NArg() == 0 {
		return deletions(c, n)
	}
	request := map[string]any{"force_gdpr": c.Bool("gdpr")}
	if reason := c.String("reason"); reason != "" {
		request["reason"] = reason
	}
	done := []oas.DeletionAnswer{}
	for _, id := range c.Args().Slice() {
		var answer oas.DeletionAnswer
		if err := n.Send(c.Context, http.MethodDelete, contributionPath(id), request, &answer); err != nil {
			if len(done) > 0 {
				say(c, "%d of %d deleted before this", len(done), c.NArg())
			}
			return fmt.Errorf("%s: %w", id, err)
		}
		done = append(done, answer)
		if !c.Bool("json") {
			fmt.Fprintln(c.App.Writer, answer.ContributionID)
			if answer.GdprDeadline != nil {
				say(c, "%s Deadline: %s", answer.Message, when(answer.GdprDeadline))
			} else {
				say(c, "%s", answer.Message)
			}
		}
	}
	if c.Bool("json") {
		return show(c, done, nil)
	}
	return nil
}

// deletions lists the compliance records.
func deletions(c *cli.Context, n call.Node) error {
	var page oas.DeletionPage
	if err := n.Get(c.Context, "/contributions/deletions?limit=100", nil, &page); err != nil {
		return err
	}
	return show(c, page, func() {
		rows := make([][]string, len(page.Deletions))
		for i, d := range page.Deletions {
			rows[i] = []string{d.ContributionID, string(d.ContributionType), string(d.DeletionType), when(&d.RequestedAt), when(d.GdprDeadline), when(d.ErasedAt), text(d.Reason)}
		}
		table(c.App.Writer, []string{"CONTRIBUTION", "TYPE", "DELETION", "ASKED", "DEADLINE", "ERASED", "REASON"}, rows)
	})
}
