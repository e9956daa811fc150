package api

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// quickly accepts queries that are plainly what the document asks for, so that the
// validator, which takes as long as all else of a page of listings, is left with
// what is not plain. What it does not accept may still be right. Nil accepts
// nothing.
type quickly map[string]simple

// simple is a parameter with a schema of one type, and bounds or a choice.
type simple struct {
	kind     string
	min, max *float64
	choice   []string
}

// quickOf returns how to accept calls of an operation that takes nothing but a
// query of simple parameters.
func quickOf(method string, item *openapi3.PathItem, op *openapi3.Operation) quickly {
	if method != http.MethodGet || op.RequestBody != nil || len(item.Parameters) > 0 {
		return nil
	}
	q := quickly{}
	for _, ref := range op.Parameters {
		p := ref.Value
		known, ok := simpleOf(p.Schema)
		if !ok || p.In != openapi3.ParameterInQuery || p.Required || p.Style != "" || p.Explode != nil || len(p.Content) > 0 {
			return nil
		}
		q[p.Name] = known
	}
	return q
}

func simpleOf(ref *openapi3.SchemaRef) (simple, bool) {
	if ref == nil || ref.Value == nil || ref.Value.Type == nil || len(*ref.Value.Type) != 1 {
		return simple{}, false
	}
	s := *ref.Value
	p := simple{kind: (*s.Type)[0], min: s.Min, max: s.Max}
	for _, choice := range s.Enum {
		text, ok := choice.(string)
		if !ok {
			return simple{}, false
		}
		p.choice = append(p.choice, text)
	}
	// Any other keyword is for the validator.
	s.Type, s.Min, s.Max, s.Enum, s.Extensions, s.Origin, s.Title, s.Description, s.Default, s.Example = nil, nil, nil, nil, nil, nil, "", "", nil, nil
	if s.Format == "int64" {
		s.Format = "" // fifteen digits fit
	}
	return p, reflect.DeepEqual(s, openapi3.Schema{})
}

// accepts reports whether a query is plainly right.
func (q quickly) accepts(query url.Values) bool {
	if q == nil {
		return false
	}
	for name, values := range query {
		p, known := q[name]
		if known && (len(values) != 1 || !p.accepts(values[0])) {
			return false
		}
	}
	return true
}

func (p simple) accepts(v string) bool {
	switch p.kind {
	case openapi3.TypeString:
		return slices.Contains(p.choice, v)
	case openapi3.TypeInteger:
		return !strings.Contains(v, ".") && p.bounded(v)
	case openapi3.TypeNumber:
		return p.bounded(v)
	}
	return false
}

// bounded reads a number written the plain way: up to fifteen digits, which are
// exact as a float, perhaps with a point among them.
func (p simple) bounded(v string) bool {
	whole, fraction, point := strings.Cut(v, ".")
	if len(v) > 15 || !digitsOnly(whole) || (len(whole) > 1 && whole[0] == '0') || (point && !digitsOnly(fraction)) {
		return false
	}
	n, err := strconv.ParseFloat(v, 64)
	return err == nil && (p.min == nil || n >= *p.min) && (p.max == nil || n <= *p.max)
}

func digitsOnly(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
