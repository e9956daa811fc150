package conformance_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// free are objects whose fields are examples of what somebody may have put there.
var free = []string{"metadata", "metadata_preview", "sample_data", "contribution_types_breakdown"}

// differences tells where a value lacks a field of a documented one, or has another
// JSON type there. Further fields are welcome. Null is allowed where the document
// shows null.
func differences(documented, got any, path string) []string {
	if documented == nil {
		return nil
	}
	if typeOf(documented) != typeOf(got) {
		return []string{fmt.Sprintf("%s is %s, documented as %s", path, typeOf(got), typeOf(documented))}
	}
	var found []string
	switch want := documented.(type) {
	case map[string]any:
		if slices.ContainsFunc(free, func(name string) bool { return strings.HasSuffix(path, "."+name) }) {
			return nil
		}
		for name, v := range want {
			field, ok := got.(map[string]any)[name]
			if !ok {
				found = append(found, path+"."+name+" is missing")
				continue
			}
			found = append(found, differences(v, field, path+"."+name)...)
		}
	case []any:
		items := got.([]any)
		if len(want) == 0 {
			return nil
		}
		like := merged(want)
		if _, objects := like.(map[string]any); objects && len(items) == 0 {
			found = append(found, path+" is empty, so its items prove nothing")
		}
		for i, item := range items {
			found = append(found, differences(like, item, fmt.Sprintf("%s[%d]", path, i))...)
		}
	}
	slices.Sort(found)
	return found
}

// merged is what all documented items of a list have in common: a field that is null
// in one of them may be null.
func merged(items []any) any {
	first, ok := items[0].(map[string]any)
	if !ok {
		return items[0]
	}
	all := map[string]any{}
	for name, v := range first {
		all[name] = v
	}
	for _, item := range items[1:] {
		for name, v := range item.(map[string]any) {
			if v == nil {
				all[name] = nil
			}
		}
	}
	return all
}

func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

// decode reads JSON as it is compared.
func decode(t testing.TB, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var v any
	require.NoError(t, decoder.Decode(&v), "%.2000s", text)
	return v
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		documented, got string
		want            []string
	}{
		{`{"a":1,"b":"x","c":null}`, `{"a":2.5,"b":"","c":"set","d":1}`, nil},
		{`{"a":1}`, `{"a":"1"}`, []string{"$.a is string, documented as number"}},
		{`{"a":1}`, `{"a":null}`, []string{"$.a is null, documented as number"}},
		{`{"a":{"b":true}}`, `{"a":{}}`, []string{"$.a.b is missing"}},
		{`{"a":[{"b":1,"c":"x"},{"b":1,"c":null}]}`, `{"a":[{"b":1,"c":null},{"b":1}]}`, []string{"$.a[1].c is missing"}},
		{`{"a":[{"b":1}]}`, `{"a":[]}`, []string{"$.a is empty, so its items prove nothing"}},
		{`{"a":["x"]}`, `{"a":[]}`, nil},
		{`{"a":["x"]}`, `{"a":[1]}`, []string{"$.a[0] is number, documented as string"}},
		{`{"a":[]}`, `{"a":{}}`, []string{"$.a is object, documented as array"}},
		{`{"metadata":{"a":1}}`, `{"metadata":{}}`, nil},
		{`{"metadata":{"a":1}}`, `{"metadata":""}`, []string{"$.metadata is string, documented as object"}},
	} {
		require.Equal(t, c.want, differences(decode(t, c.documented), decode(t, c.got), "$"), "%s", c.got)
	}
}
