package conformance_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// book is every example of the documents and which of them were run.
type book struct {
	all map[string]example

	mu  sync.Mutex
	ran map[string]bool
}

func openBook(t testing.TB) *book {
	t.Helper()
	b := &book{all: map[string]example{}, ran: map[string]bool{}}
	for _, document := range documents {
		for _, e := range examples(t, document) {
			require.NotContains(t, b.all, e.key())
			b.all[e.key()] = e
		}
	}
	return b
}

// take returns an example, which counts as run from now on.
func (b *book) take(t testing.TB, key string) example {
	t.Helper()
	e, ok := b.all[key]
	require.True(t, ok, "the documents have no example %q", key)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ran[key] = true
	return e
}

// close fails when an example was not run.
func (b *book) close(t testing.TB) {
	t.Helper()
	var left []string
	for key, e := range b.all {
		if !b.ran[key] {
			left = append(left, fmt.Sprintf("%s (docs/api/%s.md:%d)", key, e.document, e.line))
		}
	}
	slices.Sort(left)
	require.Empty(t, left, "examples of the documents that nothing runs")
	t.Logf("%d examples run: %v", len(b.ran), b.kinds())
}

func (b *book) kinds() map[kind]int {
	count := map[kind]int{}
	for key := range b.ran {
		count[b.all[key].kind]++
	}
	return count
}

// reader runs the examples of the documents against one node.
type reader struct {
	*world
	book *book
	dir  string // where curl and node run; photo.jpg is here
}

func newReader(t testing.TB, b *book) *reader {
	t.Helper()
	r := &reader{world: newWorld(t), book: b, dir: t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(r.dir, "photo.jpg"), photo(t, 100), 0o600))
	// The status is told beside the answer without a word added to the command.
	require.NoError(t, os.WriteFile(filepath.Join(r.dir, ".curlrc"), []byte("silent\nshow-error\nwrite-out = \"\\n%{http_code}\"\n"), 0o600))
	return r
}

var (
	hosts   = regexp.MustCompile(`https://api\.(priv\.io|privlabs\.io)`)
	jwtText = regexp.MustCompile(`eyJ[A-Za-z0-9]+\.\.\.`)
	apiKey  = regexp.MustCompile(`pk_live_xxx`)
)

// localized puts this node and a user's credentials where the documents have
// others, and changes nothing else.
func (r *reader) localized(code string, u user) string {
	code = hosts.ReplaceAllLiteralString(code, r.node.URL())
	code = strings.ReplaceAll(code, "fetch('/api/", "fetch('"+r.node.URL()+"/api/")
	code = jwtText.ReplaceAllLiteralString(code, u.jwt)
	return apiKey.ReplaceAllLiteralString(code, u.Key)
}

// tool finds a program that the examples are written for.
func tool(t testing.TB, name, from string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	require.NoError(t, err, "%s is missing, which the documents' examples run with; install it: %s", name, from)
	return path
}

// command runs a program in the reader's directory and returns what it printed.
func (r *reader) command(t testing.TB, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = r.dir
	c.Env = append(os.Environ(), "CURL_HOME="+r.dir, "NO_COLOR=1", "NODE_NO_WARNINGS=1")
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	require.NoError(t, c.Run(), "%s\n%s%s", name, errs.String(), out.String())
	return out.String()
}

// curl pastes a command and compares the answer with the documented ones; one of
// them must fit. It returns the answer's data.
func (r *reader) curl(t testing.TB, key string, u user, like ...string) any {
	t.Helper()
	tool(t, "curl", "https://curl.se")
	e := r.book.take(t, key)
	out := r.command(t, tool(t, "bash", "https://www.gnu.org/software/bash"), "-c", r.localized(e.text, u))
	body, status, ok := cutLast(out, "\n")
	require.True(t, ok, out)
	require.Equal(t, "200", status, "%s: %s", key, body)
	return r.fits(t, key, body, like...)
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// send sends a documented request body.
func (r *reader) send(t testing.TB, key string, u user, method, path string, like ...string) any {
	t.Helper()
	e := r.book.take(t, key)
	status, body := r.request(t, method, "/api/v1"+path, u.jwt, e.text)
	require.Equal(t, http.StatusOK, status, "%s: %s", key, body)
	return r.fits(t, key, body, like...)
}

// get reads what a documented answer shows and no documented command asks for.
func (r *reader) get(t testing.TB, path string, u user, like ...string) any {
	t.Helper()
	status, body := r.request(t, http.MethodGet, "/api/v1"+path, u.jwt, "")
	require.Equal(t, http.StatusOK, status, "%s: %s", path, body)
	return r.fits(t, path, body, like...)
}

// fits compares an answer with documented ones.
func (r *reader) fits(t testing.TB, what, body string, like ...string) any {
	t.Helper()
	got := decode(t, body)
	require.Equal(t, true, dig(t, got, "success"), "%s: %s", what, body)
	var all [][]string
	for _, key := range like {
		found := differences(decode(t, elided(r.book.take(t, key).text)), got, "$")
		if len(found) == 0 {
			return dig(t, got, "data")
		}
		all = append(all, found)
	}
	require.Empty(t, all, "%s is not answered as documented: %s", what, body)
	return dig(t, got, "data")
}
