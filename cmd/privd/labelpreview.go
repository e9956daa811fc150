package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"

	"github.com/urfave/cli/v2"

	"privd/cmd/internal/call"
	"privd/market"
)

// maxPreview is more than a preview ever has, in bytes.
const maxPreview = 4 << 20

// saveLabelPreview saves the preview under a path of the API as a new file.
func saveLabelPreview(c *cli.Context, n call.Node, path, name string) error {
	req, err := n.Request(c.Context, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	answer, err := n.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxPreview+1))
	if err != nil {
		return &market.Error{Code: market.Unavailable, Reason: call.NoAnswer, Message: "the node's answer broke off", Err: err}
	}
	if len(data) > maxPreview {
		return market.Fail(market.Internal, "the preview is too large to be one")
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return market.Fail(market.Conflict, name+" exists; name another file")
	}
	if err != nil {
		return fmt.Errorf("save preview: %w", err)
	}
	_, err = file.Write(data)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("save preview: %w", err)
	}
	saved := map[string]any{"file": name, "type": answer.Header.Get("Content-Type"), "bytes": len(data)}
	return show(c, saved, func() {
		fmt.Fprintf(c.App.Writer, "%s (%s, %s)\n", name, answer.Header.Get("Content-Type"), size(int64(len(data))))
	})
}
