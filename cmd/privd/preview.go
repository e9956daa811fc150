package main

import (
	"io"
	"net/http"
	"os"

	"github.com/urfave/cli/v2"

	"privd/cmd/internal/call"
	"privd/market"
	"privd/market/preview"
)

func previewCommand() *cli.Command {
	return &cli.Command{
		Name: "preview", Category: categoryBuyer, ArgsUsage: "CONTRIBUTION",
		Usage:  "Save what can be seen of a contribution before it is bought",
		Flags:  []cli.Flag{&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "`FILE` to write, - for the standard output"}},
		Action: onNode(savePreview),
	}
}

// shownFile is a preview that was saved.
type shownFile struct {
	Path string `json:"path"`
	Type string `json:"content_type"`
	Size int    `json:"file_size_bytes"`
}

func savePreview(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	path := c.String("output")
	if path == "" {
		return market.Fail(market.Invalid, "name the file to write with -o FILE")
	}
	request, err := n.Request(c.Context, http.MethodGet, contributionPath(c.Args().First())+"/preview", nil)
	if err != nil {
		return err
	}
	answer, err := n.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, preview.MaxSize+1))
	if err != nil {
		return &market.Error{Code: market.Unavailable, Reason: call.NoAnswer, Message: "the node's answer broke off", Err: err}
	}
	if path == "-" {
		_, err := c.App.Writer.Write(data)
		return err
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		return err
	}
	file := shownFile{Path: path, Type: answer.Header.Get("Content-Type"), Size: len(data)}
	return show(c, file, func() { say(c, "%s: %s, %d bytes", file.Path, file.Type, file.Size) })
}
