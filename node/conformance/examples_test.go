package conformance_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The documents whose examples are run.
var documents = []string{"contributions-api", "wallet-marketplace-api", "data-marketplace-api", "user-api"}

// kind says what an example is written in.
type kind string

const (
	curlCommand kind = "curl"
	jsonValue   kind = "json"
	function    kind = "function" // a JavaScript function
	script      kind = "script"   // JavaScript statements
)

// example is one piece of a document that a machine can read.
type example struct {
	document string
	kind     kind
	number   int    // of its kind in the document, from 1
	name     string // of a function
	text     string
	line     int
	at, end  int // where it stands
}

// key names an example in the plan.
func (e example) key() string {
	if e.kind == function {
		return e.document + " " + e.name
	}
	return fmt.Sprintf("%s %s %d", e.document, e.kind, e.number)
}

var (
	curlStart     = regexp.MustCompile(`(?m)^curl `)
	jsonStart     = regexp.MustCompile(`(?m)^\{`)
	functionStart = regexp.MustCompile(`(?m)^(?:async )?function (\w+)`)
	scriptStart   = regexp.MustCompile(`(?m)^const `)
	// leftover is what must not stand outside of the examples that were found.
	leftover = regexp.MustCompile(`curl |fetch\(|function |await |=> |(?m)^\s*"[a-z_]+":|^\s*[{}]`)
)

// examples finds every example of a document. Headings run into code there, so an
// example ends where its own syntax says that it ends.
func examples(t testing.TB, document string) []example {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "api", document+".md"))
	require.NoError(t, err)
	text := string(raw)
	var found []example
	free := func(at int) bool {
		for _, e := range found {
			if at >= e.at && at < e.end {
				return false
			}
		}
		return true
	}
	// Code may hold what looks like JSON, so it is found first.
	for _, k := range []struct {
		kind  kind
		start *regexp.Regexp
		end   func(text string) int
	}{{curlCommand, curlStart, curlEnd}, {function, functionStart, codeEnd}, {script, scriptStart, scriptEnd}, {jsonValue, jsonStart, jsonEnd}} {
		number := 0
		for _, m := range k.start.FindAllStringSubmatchIndex(text, -1) {
			at := m[0]
			if !free(at) {
				continue
			}
			size := k.end(text[at:])
			require.Positive(t, size, "%s.md:%d: the example does not end", document, lineOf(text, at))
			number++
			e := example{document: document, kind: k.kind, number: number, text: text[at : at+size], line: lineOf(text, at), at: at, end: at + size}
			if len(m) > 2 {
				e.name = text[m[2]:m[3]]
			}
			found = append(found, e)
		}
	}
	rest := []byte(text)
	for _, e := range found {
		for i := e.at; i < e.end; i++ {
			if rest[i] != '\n' {
				rest[i] = ' '
			}
		}
	}
	if m := leftover.FindIndex(rest); m != nil {
		t.Fatalf("%s.md:%d: an example that is not run: %q", document, lineOf(text, m[0]), rest[m[0]:m[1]])
	}
	return found
}

func lineOf(text string, at int) int { return 1 + strings.Count(text[:at], "\n") }

// curlEnd finds the end of a shell command: a line that is not continued, or a
// closing quote that a heading follows at once.
func curlEnd(text string) int {
	quote := byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote == '\'' && c == '\'', quote == '"' && c == '"':
			quote = 0
			if i+1 < len(text) && isLetter(text[i+1]) {
				return i + 1
			}
		case quote == '\'':
		case c == '\\':
			i++
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case quote == 0 && c == '\n':
			return i
		}
	}
	return len(text)
}

func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }

// jsonEnd finds the end of a JSON value.
func jsonEnd(text string) int {
	decoder := json.NewDecoder(strings.NewReader(elided(text)))
	var v any
	if decoder.Decode(&v) != nil {
		return 0
	}
	return int(decoder.InputOffset())
}

// elided makes "[...]" and "{...}", which stand for parts shown elsewhere, JSON of
// the same length.
func elided(text string) string {
	return strings.NewReplacer("[...]", "[   ]", "{...}", "{   }").Replace(text)
}

// codeEnd finds the brace that closes a function.
func codeEnd(text string) int {
	end := 0
	scan(text, func(at, parens, braces int) bool {
		if text[at] == '}' && parens == 0 && braces == 0 {
			end = at + 1
		}
		return end == 0
	})
	return end
}

// scriptEnd finds a brace that closes a statement and that a heading follows.
func scriptEnd(text string) int {
	end := 0
	scan(text, func(at, parens, braces int) bool {
		if text[at] == '}' && parens == 0 && braces == 0 && at+1 < len(text) && isLetter(text[at+1]) {
			end = at + 1
		}
		return end == 0
	})
	return end
}

// scan calls at for each brace and parenthesis of JavaScript, after counting it,
// past strings and comments.
func scan(text string, at func(at, parens, braces int) bool) {
	quote, parens, braces := byte(0), 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
			continue
		case c == '\'' || c == '"' || c == '`':
			quote = c
			continue
		case strings.HasPrefix(text[i:], "//"):
			for i < len(text) && text[i] != '\n' {
				i++
			}
			continue
		case c == '(':
			parens++
		case c == ')':
			parens--
		case c == '{':
			braces++
		case c == '}':
			braces--
		default:
			continue
		}
		if !at(i, parens, braces) {
			return
		}
	}
}

// TestExtraction: what is found in the documents is all there is, piece by piece.
func TestExtraction(t *testing.T) {
	t.Parallel()
	want := map[string]map[kind]int{
		"contributions-api":      {curlCommand: 5, jsonValue: 6, function: 5},
		"wallet-marketplace-api": {curlCommand: 4, jsonValue: 10, function: 4},
		"data-marketplace-api":   {curlCommand: 1, jsonValue: 3, script: 1},
		"user-api":               {curlCommand: 5, jsonValue: 9, function: 2},
	}
	for _, document := range documents {
		got := map[kind]int{}
		for _, e := range examples(t, document) {
			got[e.kind]++
			if e.kind == curlCommand {
				require.NotRegexp(t, `['"][A-Za-z]*(Example|Get|Update|List|JavaScript)`, e.text[strings.LastIndexAny(e.text, `'"`):])
			}
		}
		require.Equal(t, want[document], got, document)
	}
	require.Equal(t, `curl "u" -H 'a: b'`, `curl "u" -H 'a: b'Example`[:curlEnd(`curl "u" -H 'a: b'Example`)])
	require.Equal(t, "curl u \\\n-X POST", "curl u \\\n-X POST\nNext"[:curlEnd("curl u \\\n-X POST\nNext")])
	require.Equal(t, "function f(a = {}) {\nif ('}') {}\n}", "function f(a = {}) {\nif ('}') {}\n}Next"[:codeEnd("function f(a = {}) {\nif ('}') {}\n}Next")])
}
