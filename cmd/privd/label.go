package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func labelCommand() *cli.Command {
	return &cli.Command{
		Name: "label", Category: categoryPeople, ArgsUsage: "[TASK LABEL SCORE]",
		Usage: "List what may be labeled, or label it",
		Description: "LABEL is one of good, poor, spam, inappropriate and unsure; SCORE is from 0 to 1.\n" +
			"\"privd label --preview FILE TASK\" saves what is to be labeled.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "list", Usage: "list the tasks, as without arguments"},
			&cli.StringFlag{Name: "preview", Usage: "save the preview of TASK as `FILE`"},
		},
		Action: onNode(label),
	}
}

func label(c *cli.Context, n call.Node) error {
	if out := c.String("preview"); out != "" {
		if err := arguments(c, 1, 1); err != nil {
			return err
		}
		return saveLabelPreview(c, n, "/labeling/tasks/"+url.PathEscape(c.Args().First())+"/preview", out)
	}
	if c.NArg() == 0 || c.Bool("list") {
		if err := arguments(c, 0, 0); err != nil {
			return err
		}
		return listTasks(c, n)
	}
	if err := arguments(c, 3, 3); err != nil {
		return err
	}
	score := c.Args().Get(2)
	if _, err := market.ParseUnits(score, 3); err != nil {
		return market.BadField("SCORE", "SCORE must be a number from 0 to 1, with at most three decimals")
	}
	body := oas.AnswerLabelingTaskJSONBody{Label: oas.LabelName(c.Args().Get(1)), Score: json.Number(score)}
	var labeled oas.LabeledTask
	if err := n.Send(c.Context, http.MethodPost, "/labeling/tasks/"+url.PathEscape(c.Args().First()), body, &labeled); err != nil {
		return err
	}
	return show(c, labeled, func() {
		fmt.Fprintf(c.App.Writer, "%s is labeled %s\n", labeled.TaskID, labeled.Label)
	})
}

func listTasks(c *cli.Context, n call.Node) error {
	var page oas.LabelingTaskPage
	if err := n.Get(c.Context, "/labeling/tasks", url.Values{"limit": {"100"}}, &page); err != nil {
		return err
	}
	return show(c, page, func() {
		rows := make([][]string, len(page.Tasks))
		for i, t := range page.Tasks {
			rows[i] = []string{t.ID, string(t.ContributionType), t.MimeType, string(t.Reward), when(&t.AssignedAt)}
		}
		table(c.App.Writer, []string{"TASK", "TYPE", "FORMAT", "PRIV", "SINCE"}, rows)
	})
}
