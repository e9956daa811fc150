package conformance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// result marks the line on which a program prints what a call returned.
const result = "\x01result "

// javascript loads all functions of a document as they stand and evaluates an
// expression; it returns the value.
func (r *reader) javascript(t testing.TB, document string, u user, expression string) any {
	t.Helper()
	var code strings.Builder
	fmt.Fprintf(&code, "const token = %q;\n", u.jwt)
	for _, e := range r.functions(document) {
		code.WriteString(r.localized(e.text, u) + "\n")
		if strings.Contains(expression, e.name+"(") {
			r.book.take(t, e.key())
		}
	}
	fmt.Fprintf(&code, "console.log('\\n' + %q + JSON.stringify(await (async () => (%s))()));\n", result, expression)
	_, printed, ok := strings.Cut(r.execute(t, code.String()), "\n"+result)
	require.True(t, ok, "nothing was returned")
	return decode(t, printed)
}

// script runs statements of a document as they stand and returns what they print.
func (r *reader) script(t testing.TB, key string, u user) string {
	t.Helper()
	e := r.book.take(t, key)
	return r.execute(t, fmt.Sprintf("const apiKey = %q, userToken = %q;\n%s\n", u.Key, u.jwt, r.localized(e.text, u)))
}

func (r *reader) functions(document string) (found []example) {
	for number := 1; ; number++ {
		before := len(found)
		for _, e := range r.book.all {
			if e.document == document && e.kind == function && e.number == number {
				found = append(found, e)
			}
		}
		if len(found) == before {
			return found
		}
	}
}

// execute runs a program with Node.js, which drops the type annotations where it can.
func (r *reader) execute(t testing.TB, code string) string {
	t.Helper()
	node := tool(t, "node", "version 20 or newer, https://nodejs.org")
	var flags []string
	file := "example.mts"
	switch major, minor := nodeVersion(t, r.command(t, node, "--version")); {
	case major < 20:
		t.Fatalf("Node.js %d is too old for the examples; install version 20 or newer: https://nodejs.org", major)
	case major < 22 || major == 22 && minor < 6:
		file, code = "example.mjs", untyped(code)
	case major < 24:
		flags = append(flags, "--experimental-strip-types")
	}
	path := filepath.Join(t.TempDir(), file)
	require.NoError(t, os.WriteFile(path, []byte(code), 0o600))
	return r.command(t, node, append(flags, path)...)
}

func nodeVersion(t testing.TB, text string) (major, minor int) {
	t.Helper()
	m := regexp.MustCompile(`^v(\d+)\.(\d+)\.`).FindStringSubmatch(text)
	require.NotNil(t, m, text)
	major, _ = strconv.Atoi(m[1])
	minor, _ = strconv.Atoi(m[2])
	return major, minor
}

var (
	parameterType = regexp.MustCompile(`(\w+): (?:string|number|boolean|File)(?:\[\])?([,)\n])`)
	returnType    = regexp.MustCompile(`\): (?:string|number|boolean)(?: \| null)? \{`)
)

// untyped drops the type annotations of parameters and results, of the heads of
// functions alone.
func untyped(code string) string {
	heads := regexp.MustCompile(`(?m)^(?:async )?function \w+\([^{]*?\)(?:: [\w |]+)? \{$`)
	return heads.ReplaceAllStringFunc(code, func(head string) string {
		return returnType.ReplaceAllString(parameterType.ReplaceAllString(head, "$1$2"), ") {")
	})
}

func TestUntyped(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"async function f(file: File, type: string) {":                "async function f(file, type) {",
		"function g(mimeType: string): string | null {":               "function g(mimeType) {",
		"async function h(\na: string[],\nb: string,\nc: number\n) {": "async function h(\na,\nb,\nc\n) {",
		"async function i(id: string, maxWait = 300000) {":            "async function i(id, maxWait = 300000) {",
		"return { file: file.name, error: 'x' };":                     "return { file: file.name, error: 'x' };",
	} {
		require.Equal(t, want, untyped(typed))
	}
}
