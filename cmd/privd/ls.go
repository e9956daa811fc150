package main

import (
	"net/url"
	"strconv"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
)

func lsCommand() *cli.Command {
	return &cli.Command{
		Name: "ls", Category: categorySeller,
		Usage: "List contributions, newest first",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "status", Usage: "pending, approved or rejected"},
			&cli.StringFlag{Name: "type", Usage: "photo, video, voice or text"},
			&cli.IntFlag{Name: "limit", Value: 20, Usage: "results, at most 100"},
			&cli.IntFlag{Name: "offset", Usage: "results to skip"},
		},
		Action: onNode(ls),
	}
}

func ls(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	query := url.Values{"limit": {strconv.Itoa(c.Int("limit"))}, "offset": {strconv.Itoa(c.Int("offset"))}}
	for _, name := range []string{"status", "type"} {
		if value := c.String(name); value != "" {
			query.Set(name, value)
		}
	}
	var page oas.ContributionPage
	if err := n.Get(c.Context, "/contributions", query, &page); err != nil {
		return err
	}
	return show(c, page, func() {
		rows := make([][]string, len(page.Contributions))
		for i, k := range page.Contributions {
			rows[i] = []string{
				k.ID, string(k.ContributionType), string(k.Status), quality(k.QualityScore), size(k.FileSizeBytes),
				string(k.PrivEarned), cut(k.OriginalFilename, 40), when(&k.CreatedAt),
			}
		}
		table(c.App.Writer, []string{"CONTRIBUTION", "TYPE", "STATUS", "QUALITY", "SIZE", "EARNED", "FILE", "ADDED"}, rows)
		if end := page.Offset + len(page.Contributions); end < page.Total {
			say(c, "%d to %d of %d; more with --offset %d", page.Offset+1, end, page.Total, end)
		}
	})
}

// quality prints a score of the review, which is a measure and no money.
func quality(score *float64) string {
	if score == nil {
		return "-"
	}
	return strconv.FormatFloat(*score, 'f', 2, 64)
}
