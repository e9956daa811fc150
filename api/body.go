package api

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"
	"unicode"

	"github.com/getkin/kin-openapi/openapi3"

	"privd/market"
)

// clean makes of a body that was checked against the document what the handlers
// decode. Control characters are Invalid.
//
// Fields whose names are those of the document but for their case are dropped: the
// document does not know them, so they were not checked, while encoding/json would
// take them for the real ones. Integers are written without fraction and exponent:
// 30.0 is one to JSON Schema, and none to encoding/json.
func (rt *route) clean(body []byte) ([]byte, error) {
	request := rt.validate.Operation.RequestBody
	if request == nil {
		return body, nil
	}
	var object map[string]json.RawMessage
	media := request.Value.GetMediaType("application/json")
	if media == nil || media.Schema == nil || json.Unmarshal(body, &object) != nil {
		return body, nil
	}
	changed := exact(object, media.Schema.Value.Properties)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		schema := media.Schema.Value.Properties[name]
		if schema == nil {
			continue
		}
		if path, found := controlled(name, object[name]); found {
			return nil, market.BadField(path, path+": must not contain control characters")
		}
		if schema.Value.Type.Is("integer") {
			if whole, ok := integral(object[name]); ok {
				object[name], changed = whole, true
			}
		}
		var inner map[string]json.RawMessage
		if len(schema.Value.Properties) > 0 && json.Unmarshal(object[name], &inner) == nil && exact(inner, schema.Value.Properties) {
			object[name], changed = encoded(inner), true
		}
	}
	if !changed {
		return body, nil
	}
	return encoded(object), nil
}

func encoded(object map[string]json.RawMessage) json.RawMessage {
	out, err := json.Marshal(object)
	if err != nil {
		panic("api: raw JSON always encodes: " + err.Error())
	}
	return out
}

// exact drops the fields that are known but for their case, and reports whether
// there were any.
func exact(object map[string]json.RawMessage, known openapi3.Schemas) bool {
	before := len(object)
	maps.DeleteFunc(object, func(name string, _ json.RawMessage) bool {
		if known[name] != nil {
			return false
		}
		for other := range known {
			if strings.EqualFold(name, other) {
				return true
			}
		}
		return false
	})
	return len(object) != before
}

// integral rewrites a number that has a fraction or an exponent, and is an integer
// all the same.
func integral(raw json.RawMessage) (json.RawMessage, bool) {
	if !strings.ContainsAny(string(raw), ".eE") {
		return nil, false
	}
	// The document's check has read it as a float, so its exponent is small.
	v, ok := new(big.Rat).SetString(strings.TrimSpace(string(raw)))
	if !ok || !v.IsInt() {
		return nil, false
	}
	return json.RawMessage(v.Num().String()), true
}

// controlled finds a text with control characters, other than those that break
// lines, in a value, and returns the path to it.
func controlled(path string, raw json.RawMessage) (string, bool) {
	// Most bodies hold none, neither as it is nor escaped.
	if !strings.ContainsRune(string(raw), '\\') && !strings.ContainsFunc(string(raw), isControl) {
		return "", false
	}
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return "", false
	}
	return controlledIn(path, v)
}

func controlledIn(path string, v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return path, strings.ContainsFunc(v, isControl)
	case []any:
		for _, item := range v {
			if found, ok := controlledIn(path, item); ok {
				return found, true
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if strings.ContainsFunc(name, isControl) {
				return path, true
			}
			if found, ok := controlledIn(path+"."+name, v[name]); ok {
				return found, true
			}
		}
	}
	return "", false
}

// isControl reports whether a character does something instead of showing.
func isControl(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }

// checkPart refuses control characters in a field of a form.
func checkPart(name, value string) error {
	if strings.ContainsFunc(value, isControl) {
		return market.BadField(name, name+" must not contain control characters")
	}
	return nil
}
