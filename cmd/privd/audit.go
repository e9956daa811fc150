package main

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func auditCommand() *cli.Command {
	return &cli.Command{
		Name: "audit", Category: categoryNode,
		Usage: "Compare the node's books with the chain, to the last wei",
		Description: "Reads the whole history of the contracts again and recomputes every balance. Prints each difference and exits 1\n" +
			"if there is any. With --json, one object per line as work goes on. Nothing is changed.",
		Action: onNode(audit),
	}
}

func audit(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	var last oas.AuditLine
	var results []oas.AuditResult
	stage := ""
	out := json.NewEncoder(c.App.Writer)
	err := n.Audit(c.Context, func(line oas.AuditLine) {
		last = line
		if c.Bool("json") {
			_ = out.Encode(line) // a closed pipe ends the program by itself
			return
		}
		if line.Stage != stage {
			stage = line.Stage
			say(c, "block %d: %s", line.ToBlock, printable(stage))
		}
		if d := line.Difference; d != nil {
			fmt.Fprintf(c.App.Writer, "different: %s: %s: %s\n", printable(d.Check), printable(d.Subject), printable(d.Message))
		}
		if line.Result != nil {
			results = append(results, *line.Result)
		}
	})
	switch {
	case err != nil:
		return err
	case last.Error != nil:
		return market.Fail(market.Unavailable, "the audit stopped early: "+*last.Error)
	}
	if !c.Bool("json") {
		showAudit(c, last, results)
	}
	if last.Differences > 0 {
		return market.Fail(market.Internal, fmt.Sprintf("%d differences in %d things compared, up to block %d", last.Differences, last.Checked, last.ToBlock))
	}
	return nil
}

func showAudit(c *cli.Context, last oas.AuditLine, results []oas.AuditResult) {
	rows := make([][]string, 0, len(results))
	for _, r := range results {
		found := "ok"
		if r.Differences > 0 {
			found = strconv.FormatInt(r.Differences, 10) + " differ"
		}
		if r.Waiting > 0 {
			found += ", " + strconv.FormatInt(r.Waiting, 10) + " under way"
		}
		rows = append(rows, []string{r.Check, strconv.FormatInt(r.Count, 10), found, r.What})
		for _, note := range r.Notes {
			rows = append(rows, []string{"", "", "", note})
		}
	}
	table(c.App.Writer, []string{"CHECK", "COMPARED", "RESULT", ""}, rows)
	if last.Differences == 0 {
		fmt.Fprintf(c.App.Writer, "%d things compared, up to block %d: no difference\n", last.Checked, last.ToBlock)
	}
}
