package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
	"privd/market/media"
)

func addCommand() *cli.Command {
	return &cli.Command{
		Name: "add", Category: categorySeller, ArgsUsage: "FILE...",
		Usage: "Upload files as contributions; prints their ids",
		Description: "One id per line, in the order of the files. A file that fails is named and the others are\n" +
			"uploaded; the exit code is then that of the first failure.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "type", Usage: "photo, video, voice or text; by default what the file's extension says"},
			&cli.StringFlag{Name: "consent", Usage: "what the files may be used for: `ai,research,commercial`, any of them, or none"},
			&cli.StringFlag{Name: "metadata", Usage: "a JSON `OBJECT` to keep with each file"},
			&cli.BoolFlag{Name: "wait", Usage: "wait until the files are reviewed; a rejected one is a failure"},
			&cli.DurationFlag{Name: "timeout", Value: patience, Usage: "how long to wait for the review of a file"},
		},
		Action: onNode(add),
	}
}

// added is what became of one file.
type added struct {
	File string `json:"file"`
	*oas.UploadedContribution
	Error string `json:"error,omitempty"`

	err error
}

func add(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, -1); err != nil {
		return err
	}
	form := call.Upload{Metadata: c.String("metadata")}
	if err := consent(c.String("consent"), &form); err != nil {
		return err
	}
	if form.Metadata != "" && !isObject(form.Metadata) {
		return market.Fail(market.Invalid, "--metadata must be a JSON object")
	}
	if kind := c.String("type"); kind != "" {
		if _, err := media.ParseKind(kind); err != nil {
			return market.Fail(market.Invalid, "--type must be photo, video, voice or text")
		}
	}
	results := make([]added, 0, c.NArg())
	for _, file := range c.Args().Slice() {
		result := addOne(c, n, form, file)
		results = append(results, result)
		if c.Context.Err() != nil || noAnswer(result.err) {
			break // the others would fare no better
		}
	}
	if c.Bool("wait") {
		for i := range results {
			results[i].review(c, n)
		}
	}
	if c.Bool("json") {
		if err := show(c, results, nil); err != nil {
			return err
		}
	}
	return verdict(c, results)
}

func isObject(text string) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal([]byte(text), &object) == nil && object != nil
}

func noAnswer(err error) bool {
	var failed *market.Error
	return errors.As(err, &failed) && failed.Reason == call.NoAnswer
}

// addOne uploads a file and prints its id at once, so that an interrupted run has
// told what it did.
func addOne(c *cli.Context, n call.Node, form call.Upload, file string) added {
	up, err := send(c, n, form, file)
	if err != nil {
		return added{File: file}.failed(c, err)
	}
	if !c.Bool("json") {
		fmt.Fprintln(c.App.Writer, up.ContributionID)
		say(c, "%s: %s, sha256 %s, estimated reward %s PRIV", printable(file), up.Status, up.FileHash, up.EstimatedReward)
	}
	return added{File: file, UploadedContribution: &up}
}

func (a added) failed(c *cli.Context, err error) added {
	a.err, a.Error = err, describe(c.Context, err)
	return a
}

func send(c *cli.Context, n call.Node, form call.Upload, file string) (oas.UploadedContribution, error) {
	var none oas.UploadedContribution
	f, err := os.Open(file)
	if err != nil {
		return none, fileError(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return none, fileError(err)
	}
	if !info.Mode().IsRegular() {
		return none, market.Fail(market.Invalid, "not a regular file")
	}
	form.Name, form.Size = filepath.Base(file), info.Size()
	if form.Type, err = kindOf(c.String("type"), file); err != nil {
		return none, err
	}
	bar := newMeter(c, form.Size, form.Name)
	defer bar.end()
	// The size was promised: a file that grows meanwhile is cut, one that shrinks fails.
	form.Content = &counting{r: io.LimitReader(f, form.Size), report: bar.set}
	return n.Upload(c.Context, form)
}

// kindOf returns the type of contribution, guessed from the file's name when it is
// not given.
func kindOf(given, file string) (string, error) {
	if given != "" {
		return given, nil
	}
	mime, err := media.Resolve("", file, nil)
	if kind := media.KindOf(mime); err == nil && kind.Valid() {
		return string(kind), nil
	}
	return "", market.Fail(market.Invalid, "the name does not tell what it is; add --type photo, video, voice or text")
}

// fileError is what the user did wrong with a file.
func fileError(err error) error {
	code := market.Internal
	switch {
	case errors.Is(err, os.ErrNotExist):
		code = market.NotFound
	case errors.Is(err, os.ErrPermission):
		code = market.Denied
	}
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err // who reports it names the file
	}
	return market.Fail(code, err.Error())
}

// counting tells how much was read through it.
type counting struct {
	r      io.Reader
	n      int64
	report func(int64)
}

// Read implements io.Reader.
func (r *counting) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.n += int64(n)
	r.report(r.n)
	return n, err
}

// review waits until the node has reviewed the file.
func (a *added) review(c *cli.Context, n call.Node) {
	if a.UploadedContribution == nil {
		return
	}
	k, err := reviewed(c, n, a.ContributionID)
	if err == nil && k.Status == "rejected" {
		err = market.Fail(market.Invalid, "rejected: "+text(k.ReviewReason))
	}
	if err != nil {
		*a = a.failed(c, err)
		return
	}
	a.Status = k.Status
	say(c, "%s: %s, quality %s, earned %s PRIV", a.ContributionID, k.Status, quality(k.QualityScore), k.PrivEarned)
}

// reviewed waits until a contribution is reviewed.
func reviewed(c *cli.Context, n call.Node, id string) (oas.ContributionDetails, error) {
	var answer oas.ContributionAnswer
	err := await(c.Context, c.Duration("timeout"), "the review of "+id, func(ctx context.Context) (bool, error) {
		err := n.Get(ctx, contributionPath(id), nil, &answer)
		return answer.Contribution.Status != "pending", err
	})
	return answer.Contribution, err
}

// verdict is the one error of a command about several files: the first failure,
// saying which failed.
func verdict(c *cli.Context, results []added) error {
	var first error
	var names []string
	for _, r := range results {
		if r.err == nil {
			continue
		}
		if first == nil {
			first = r.err
		}
		names = append(names, r.File+": "+r.Error)
	}
	skipped := c.NArg() - len(results)
	switch {
	case first == nil:
		return nil
	case interrupted(c.Context, first):
		return first
	case len(names) == 1 && c.NArg() == 1:
		return fmt.Errorf("%s: %w", printable(results[0].File), first)
	}
	message := fmt.Sprintf("%d of %d files failed: %s", len(names), c.NArg(), printable(strings.Join(names, "; ")))
	if skipped > 0 {
		message += fmt.Sprintf("; %d not tried", skipped)
	}
	failed := market.Fail(market.CodeOf(first), message)
	failed.Err = nil
	return failed
}
