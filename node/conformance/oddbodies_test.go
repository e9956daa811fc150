package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

func sorted(all []bad) []bad {
	slices.SortFunc(all, func(a, b bad) int { return strings.Compare(a.name, b.name) })
	return all
}

// object is a JSON object of which one field can be replaced by any text.
type object map[string]json.RawMessage

func (o object) text() string {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, name := range slices.Sorted(maps.Keys(o)) {
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, "%q:%s", name, o[name])
	}
	out.WriteByte('}')
	return out.String()
}

// with replaces one field, or removes it where value is empty.
func (o object) with(name, value string) object {
	out := maps.Clone(o)
	if value == "" {
		delete(out, name)
	} else {
		out[name] = json.RawMessage(value)
	}
	return out
}

// oddBodies are wrong JSON bodies: each field in turn, then the body as a whole.
func oddBodies(t testing.TB, o operation, schema *openapi3.Schema, base request) []odd {
	t.Helper()
	var good object
	if base.body != "" {
		require.NoError(t, json.Unmarshal([]byte(base.body), &good), "%s: %s", o.id, base.body)
	}
	all := oddFields(t, schema, good, "", func(name, field string, m mood, changed object) odd {
		return odd{name: name, field: field, mood: m, build: func() request {
			r := base.clone()
			r.kind, r.body = "application/json", changed.text()
			return r
		}}
	})
	whole := func(name string, m mood, kind, body string) {
		all = append(all, odd{name: "body " + name, mood: m, build: func() request {
			r := base.clone()
			r.kind, r.body = kind, body
			return r
		}})
	}
	const asJSON = "application/json"
	need := tolerated
	if o.RequestBody.Value.Required {
		need = refused
	}
	text := good.text()
	whole("missing", need, "", "")
	whole("empty", need, asJSON, "")
	whole("null", need, asJSON, "null")
	for name, body := range map[string]string{
		"a list": "[]", "a string": `"x"`, "a number": "1", "cut off": text[:len(text)-1], "two of them": text + text, "followed by text": text + "x",
		"deep": deepBody, "only opened": openBody,
		"not UTF-8": good.with("extra", "\"\xff\"").text(), "a byte order mark": "\ufeff" + text, "with a comment": "/**/" + text, "single quotes": "{'a':1}",
	} {
		whole(name, refused, asJSON, body)
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "garbage"} {
		whole("as "+kind, refused, kind, text)
	}
	whole("too large", refused, asJSON, good.with("extra", hugeText).text())
	whole("with fields of nobody", accepted, asJSON, good.with("extra", `{"a":[1,2,{"b":null}]}`).with("__proto__", "1").text())
	whole("as application/json with half a parameter", tolerated, "application/json; charset", text)
	whole("as application/json with a charset", accepted, "application/json; charset=utf-8", text)
	slices.SortFunc(all, func(a, b odd) int { return strings.Compare(a.name, b.name) })
	return all
}

// oddFields are objects with one wrong field, in objects within them too.
func oddFields(t testing.TB, schema *openapi3.Schema, good object, path string, make func(name, field string, m mood, changed object) odd) (all []odd) {
	t.Helper()
	for name, ref := range schema.Properties {
		p := ref.Value
		add := func(what, value string, m mood) {
			all = append(all, make(fmt.Sprintf("field %s%s %s", path, name, what), path+name, m, good.with(name, value)))
		}
		need := tolerated
		if slices.Contains(schema.Required, name) {
			need = refused
		}
		add("missing", "", need)
		null := refused
		if p.Nullable {
			null = tolerated
		}
		add("null", "null", null)
		for what, value := range wrongTypes(p) {
			add(what, value, refused)
		}
		for what, value := range wrongValues(p) {
			add(what, value, refused)
		}
		for what, value := range strangeValues(p) {
			add(what, value, tolerated)
		}
		if good[name] == nil {
			continue
		}
		add("twice, the second wrong", string(good[name])+fmt.Sprintf(",%q:%s", name, wrongType(p)), refused)
		if p.Type.Is("integer") {
			add("with a fraction of zero", string(good[name])+".0", accepted)
			add("with an exponent", string(good[name])+"e0", accepted)
		}
		if p.Type.Is("object") && len(p.Properties) > 0 {
			var inner object
			require.NoError(t, json.Unmarshal(good[name], &inner))
			all = append(all, oddFields(t, p, inner, path+name+".", func(what, field string, m mood, changed object) odd {
				return make(what, field, m, good.with(name, changed.text()))
			})...)
		}
	}
	return all
}

// wrongTypes are values of each JSON type that a field is not.
func wrongTypes(p *openapi3.Schema) map[string]string {
	all := map[string]string{"a string": `"1"`, "a number": "1", "true": "true", "a list": `["x"]`, "an object": `{"x":1}`}
	for is, key := range map[string]string{"string": "a string", "number": "a number", "integer": "a number", "boolean": "true", "array": "a list", "object": "an object"} {
		if p.Type.Is(is) {
			delete(all, key)
		}
	}
	return all
}

func wrongType(p *openapi3.Schema) string {
	if p.Type.Is("object") {
		return "1"
	}
	return `{"x":1}`
}

// Large values, made once.
var (
	deepBody, openBody = strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000), strings.Repeat("[", 100000)
	hugeText           = strconv.Quote(strings.Repeat("x", 1<<20))
	quotedLong         = strconv.Quote(longText)
	manyItems          = func() []string {
		items := make([]string, 10_001)
		for i := range items {
			items[i] = strconv.Quote("x" + strconv.Itoa(i))
		}
		return items
	}()
)

// wrongValues are values of the right type that a field refuses.
func wrongValues(p *openapi3.Schema) map[string]string {
	all := map[string]string{}
	switch {
	case len(p.Enum) > 0:
		one, _ := p.Enum[0].(string)
		all["unknown"], all["empty"], all["in capitals"], all["long"] = `"nope"`, `""`, strconv.Quote(strings.ToUpper(one)), quotedLong
	case p.Type.Is("string"):
		all["long"], all["with a zero byte"], all["with an escape"] = quotedLong, `"a\u0000b"`, `"a\u001bb"`
	case p.Type.Is("integer"):
		all["a fraction"], all["1e400"], all["many digits"], all["beyond 64 bits"], all["far below"] = "1.5", "1e400", manyDigits, "9223372036854775808", "-9223372036854775809"
		for _, b := range outside(p) {
			all[b.name] = b.value
		}
	case p.Type.Is("number") && p.Max != nil: // a share
		all["negative"], all["1e400"], all["many digits"], all["too much"] = "-0.1", "1e400", manyDigits, strconv.Itoa(int(*p.Max)+1)
	case p.Type.Is("number"):
		all["negative"], all["1e400"], all["-1e400"], all["1e-400"], all["many digits"], all["too fine"] = "-1", "1e400", "-1e400", "1e-400", manyDigits, "0.0000000000000000001"
	case p.Type.Is("array"):
		for what, value := range wrongTypes(p.Items.Value) {
			all["of "+what] = "[" + value + "]"
		}
		all["of null"], all["of one long"], all["of one with a zero byte"] = "[null]", "["+quotedLong+"]", `["a\u0000b"]`
		if p.MinItems > 0 {
			all["empty"] = "[]"
		}
		most := 10_000
		if p.MaxItems != nil {
			most = int(*p.MaxItems)
		}
		all["too many"] = "[" + strings.Join(manyItems[:most+1], ",") + "]"
	}
	return all
}

// strangeValues are values that a field may or may not take.
func strangeValues(p *openapi3.Schema) map[string]string {
	all := map[string]string{}
	switch {
	case p.Type.Is("string") && len(p.Enum) == 0:
		all["empty"], all["blank"], all["astral"], all["half a character"], all["right to left"] = `""`, `"  "`, `"🦊🦊"`, `"\ud800"`, `"a\u202eb"`
	case p.Type.Is("number"):
		all["minus zero"], all["zero"] = "-0", "0"
	case p.Type.Is("array"):
		all["empty list"], all["of empty"], all["twice the same"] = "[]", `[""]`, `["x","x"]`
	}
	return all
}

// half sends the beginning of a body, hangs up, and returns the status it was
// answered, or 0.
func (s *stage) half(t testing.TB, o operation, r request, size int) int {
	t.Helper()
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	q, err := http.NewRequestWithContext(t.Context(), o.method, s.node.URL()+o.url(prefixes[0], r), strings.NewReader(r.body[:size]))
	require.NoError(t, err)
	q.ContentLength = int64(len(r.body))
	q.Header = bearer(s.alice.jwt)
	q.Header.Set("Content-Type", r.kind)
	res, err := client.Do(q)
	if err != nil {
		return 0 // the client's own library noticed
	}
	defer res.Body.Close()
	return res.StatusCode
}
