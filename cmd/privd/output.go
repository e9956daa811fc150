package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/schollz/progressbar/v3"
	"github.com/urfave/cli/v2"
	"golang.org/x/term"
)

// show prints data as JSON under --json, and by human otherwise.
func show(c *cli.Context, data any, human func()) error {
	if !c.Bool("json") {
		human()
		return nil
	}
	out := json.NewEncoder(c.App.Writer)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(data)
}

// say tells the user how work goes on, beside the output proper.
func say(c *cli.Context, format string, args ...any) {
	fmt.Fprintf(c.App.ErrWriter, format+"\n", args...)
}

// table prints aligned columns; cells come from peers and are made harmless.
func table(w io.Writer, header []string, rows [][]string) {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	if len(header) > 0 {
		fmt.Fprintln(t, strings.Join(header, "\t"))
	}
	for _, row := range rows {
		clean := make([]string, len(row))
		for i, cell := range row {
			clean[i] = printable(cell)
		}
		fmt.Fprintln(t, strings.Join(clean, "\t"))
	}
	t.Flush()
}

// printable returns text without what would move the cursor, recolour the terminal
// or reorder what stands beside it.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, text)
}

// cut shortens text to at most n characters.
func cut(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:n-1]) + "…"
}

// size prints a number of bytes for people.
func size(n int64) string {
	const step = 1024
	if n < step {
		return fmt.Sprintf("%d B", n)
	}
	unit, suffix := uint64(step), 0
	for uint64(n)/unit >= step {
		unit, suffix = unit*step, suffix+1
	}
	return fmt.Sprintf("%d.%d %ciB", uint64(n)/unit, uint64(n)%unit*10/unit, "KMGTPE"[suffix])
}

// when prints a time for people, "-" for none.
func when(t *time.Time) string {
	if t == nil || t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

// text returns what a pointer points to, "-" for nil.
func text(s *string) string {
	if s == nil || *s == "" {
		return "-"
	}
	return *s
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// meter shows how far a transfer is.
type meter struct{ bar *progressbar.ProgressBar }

// newMeter returns a meter for total bytes, which is silent unless the error output
// is a terminal: logs and pipes are no place for a bar.
func newMeter(c *cli.Context, total int64, label string) *meter {
	out, is := c.App.ErrWriter.(*os.File)
	if !is || !term.IsTerminal(int(out.Fd())) {
		return &meter{}
	}
	return &meter{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(cut(printable(label), 32)),
		progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish())}
}

// set moves the meter to n bytes.
func (m *meter) set(n int64) {
	if m.bar != nil {
		_ = m.bar.Set64(n) // a bar that cannot be drawn is no reason to stop
	}
}

// end removes the meter from the screen.
func (m *meter) end() {
	if m.bar != nil {
		_ = m.bar.Clear()
		_ = m.bar.Exit()
	}
}
