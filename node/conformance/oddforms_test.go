package conformance_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// oddForms are wrong multipart bodies: each part in turn, then the body as a whole.
func (s *stage) oddForms(t testing.TB, o operation, schema *openapi3.Schema) (all []odd) {
	t.Helper()
	make, ok := forms[o.id]
	require.True(t, ok, "operation %s has no row in the table of forms", o.id)
	good := make(t, s)
	add := func(name, field string, m mood, parts []part) {
		all = append(all, odd{name: name, field: field, mood: m, build: func() request { return form(t, parts) }})
	}
	for name, ref := range schema.Properties {
		p := ref.Value
		at := slices.IndexFunc(good, func(one part) bool { return one.name == name })
		require.GreaterOrEqual(t, at, 0, "the form of %s has no %s", o.id, name)
		need := tolerated
		if slices.Contains(schema.Required, name) {
			need = refused
		}
		add("part "+name+" missing", name, need, slices.Delete(slices.Clone(good), at, at+1))
		if !repeatable[name] {
			add("part "+name+" twice", name, refused, append(slices.Clone(good), good[at]))
		}
		for _, b := range badParts(p, need) {
			changed := slices.Clone(good)
			changed[at].value = b.value
			add("part "+name+" "+b.name, name, b.mood, changed)
		}
	}
	reversed := slices.Clone(good)
	slices.Reverse(reversed)
	add("parts in reverse", "", accepted, reversed)
	again := make(t, s)
	add("a part of nobody", "", accepted, append(again, part{name: "extra", value: "x"}))
	many := slices.Clone(good)
	for i := range 100 {
		many = append(many, part{name: fmt.Sprintf("extra%d", i), value: "x"})
	}
	add("too many parts", "", refused, many)
	whole := form(t, good)
	for name, r := range map[string]request{
		"cut off":         {kind: whole.kind, body: whole.body[:len(whole.body)/2]},
		"empty":           {kind: whole.kind},
		"no boundary":     {kind: "multipart/form-data", body: whole.body},
		"wrong boundary":  {kind: "multipart/form-data; boundary=other", body: whole.body},
		"as JSON":         {kind: "application/json", body: `{"file":"x"}`},
		"as text":         {kind: "text/plain", body: "x"},
		"without a type":  {body: whole.body},
		"as a form":       {kind: "application/x-www-form-urlencoded", body: "file=x"},
		"a broken header": {kind: whole.kind, body: strings.Replace(whole.body, "Content-Disposition", "Content-Disposition\x00", 1)},
	} {
		all = append(all, odd{name: "body " + name, mood: refused, build: func() request { return r }})
	}
	all = append(all, odd{name: "body a huge header", mood: refused, build: func() request {
		return request{kind: whole.kind, body: strings.Replace(whole.body, "\r\n\r\n", "\r\nX-Long: "+strings.Repeat("x", 11<<20)+"\r\n\r\n", 1)}
	}})
	// Every part is whole; whether the form is does not show.
	all = append(all, odd{name: "body without an end", mood: tolerated, build: func() request {
		return request{kind: whole.kind, body: strings.TrimSuffix(whole.body, "--\r\n")}
	}})
	slices.SortFunc(all, func(a, b odd) int { return strings.Compare(a.name, b.name) })
	return all
}

// repeatable are parts that may come more than once.
var repeatable = map[string]bool{"tags": true}

// badParts are wrong values of one part; need is how an empty one ends.
func badParts(p *openapi3.Schema, need mood) []bad {
	long := strings.Repeat("x", 65<<10)
	switch {
	case p.Format == "binary":
		return []bad{{"empty", "", refused, false}}
	case isText(p):
		return []bad{{"long", long, refused, false}, {"with a zero byte", "a\x00b", refused, false}, {"not UTF-8", "a\xffb", refused, false},
			{"empty", "", tolerated, false}, {"blank", "  ", tolerated, false}}
	}
	return append(badScalars(p), bad{"empty", "", need, false}, bad{"long", long, refused, false})
}
