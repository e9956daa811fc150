package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/cmd/internal/save"
	"privd/market"
)

func downloadCommand() *cli.Command {
	return &cli.Command{
		Name: "download", Category: categoryBuyer, ArgsUsage: "PURCHASE",
		Usage: "Save the files of a purchase, checked by SHA-256; prints their paths",
		Description: "Each call counts as one of the purchase's downloads. A file that is there already is left alone when\n" +
			"it is the same, and is an error when it is another. What broke off is continued by the next call.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: ".", Usage: "`DIR` to save to, made if needed"},
			&cli.BoolFlag{Name: "overwrite", Usage: "replace other files of the same names"},
		},
		Action: onNode(download),
	}
}

// saved is what became of one file.
type saved struct {
	Contribution string `json:"contribution_id"`
	Path         string `json:"path"`
	Size         int64  `json:"file_size_bytes"`
	SHA256       string `json:"sha256"`
	Error        string `json:"error,omitempty"`

	err error
}

func download(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	answer, err := claim(c, n, c.Args().First())
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(c.String("output"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	given := make([]string, len(answer.Downloads))
	for i, item := range answer.Downloads {
		given[i] = item.Filename
	}
	var results []saved
	for i, name := range save.Names(given) {
		results = append(results, fetchItem(c, n, answer.Downloads[i], filepath.Join(dir, name)))
		if c.Context.Err() != nil {
			break
		}
	}
	if c.Bool("json") {
		if err := show(c, results, nil); err != nil {
			return err
		}
	}
	return joined(c, results, len(given))
}

// claim asks for the URLs of a purchase. It counts as a download.
func claim(c *cli.Context, n call.Node, id string) (oas.DownloadAnswer, error) {
	var answer oas.DownloadAnswer
	var p oas.Purchase
	if err := n.Get(c.Context, purchasePath(id), nil, &p); err != nil {
		return answer, err
	}
	if p.Status == "pending" {
		return answer, market.Fail(market.Unavailable, fmt.Sprintf("%s is not completed yet: %s", id, waitsFor(c.Context, n, id)))
	}
	return answer, n.Get(c.Context, purchasePath(id)+"/download", url.Values{"access_token": {p.AccessToken}}, &answer)
}

// fetchItem saves one file and prints its path.
func fetchItem(c *cli.Context, n call.Node, item oas.DownloadItem, path string) saved {
	result := saved{Contribution: item.ContributionID, Path: path, Size: item.FileSizeBytes, SHA256: item.Sha256}
	outcome, err := saveItem(c, n, item, path)
	if err != nil {
		result.err, result.Error = err, describe(c.Context, err)
		return result
	}
	if !c.Bool("json") {
		fmt.Fprintln(c.App.Writer, path)
	}
	say(c, "%s: %s, %s", filepath.Base(path), size(item.FileSizeBytes), [...]string{
		save.Fetched: "SHA-256 checked", save.Resumed: "continued, SHA-256 checked", save.Present: "there already, SHA-256 checked",
	}[outcome])
	return result
}

func saveItem(c *cli.Context, n call.Node, item oas.DownloadItem, path string) (save.Outcome, error) {
	sum, err := save.ParseHash(item.Sha256)
	if err != nil || item.FileSizeBytes < 0 {
		return 0, market.Fail(market.Internal, path+": the node gives no usable size and SHA-256 for it")
	}
	bar := newMeter(c, item.FileSizeBytes, filepath.Base(path))
	defer bar.end()
	file := save.File{
		Path: path, Size: item.FileSizeBytes, SHA256: sum, Progress: bar.set, Overwrite: c.Bool("overwrite"),
		Open: n.Source(item.GatewayURL),
	}
	// The URL stays good for a while: what breaks off is continued without another call
	// that counts.
	var outcome save.Outcome
	for range tries {
		if outcome, err = file.Save(c.Context); err == nil || !errors.Is(err, io.ErrUnexpectedEOF) || c.Context.Err() != nil {
			break
		}
	}
	return outcome, err
}

// tries is how often a transfer that breaks off is continued.
const tries = 3

// joined is the one error of a download.
func joined(c *cli.Context, results []saved, all int) error {
	var first error
	failed := 0
	for _, r := range results {
		if r.err != nil {
			failed++
			if first == nil {
				first = r.err
			} else {
				say(c, "%s", r.Error)
			}
		}
	}
	if first == nil || all == 1 || interrupted(c.Context, first) {
		return first
	}
	return fmt.Errorf("%d of %d files were not saved: %w", failed+all-len(results), all, first)
}
