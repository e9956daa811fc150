package conformance_test

import (
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Values that no field takes, or that none should fail on.
var (
	manyDigits = strings.Repeat("9", 400)
	longText   = strings.Repeat("x", 200<<10)
)

// bad is a value for a field, as text.
type bad struct {
	name, value string
	mood        mood
	unnamed     bool // the refusal need not name the field
}

// oddParameters are wrong values of each parameter.
func oddParameters(o operation, base request) (all []odd) {
	for _, p := range o.parameters {
		field := p.Name
		add := func(name string, m mood, named bool, change func(*request)) {
			one := odd{name: p.In + " " + p.Name + " " + name, mood: m, build: func() request {
				r := base.clone()
				change(&r)
				return r
			}}
			if named {
				one.field = field
			}
			all = append(all, one)
		}
		set := func(r *request, values ...string) {
			switch p.In {
			case openapi3.ParameterInQuery:
				r.query[p.Name] = values
			case openapi3.ParameterInHeader:
				r.header.Set(p.Name, values[0])
			case openapi3.ParameterInPath:
				r.path[p.Name] = values[0]
			}
		}
		for _, b := range badParameters(p) {
			if p.In == openapi3.ParameterInPath && b.value == "" || p.In == openapi3.ParameterInHeader && strings.ContainsAny(b.value, "\x00\x1b") {
				continue // it cannot be sent
			}
			add(b.name, b.mood, !b.unnamed, func(r *request) { set(r, b.value) })
		}
		if p.In != openapi3.ParameterInQuery {
			continue
		}
		if p.Required {
			add("missing", refused, true, func(r *request) { delete(r.query, p.Name) })
		} else {
			add("missing", tolerated, true, func(r *request) { delete(r.query, p.Name) })
		}
		if good := base.query[p.Name]; len(good) == 1 && !isText(p.Schema.Value) {
			add("twice, the second bad", refused, true, func(r *request) { set(r, good[0], "\x01bad") })
			add("twice, the first bad", refused, true, func(r *request) { set(r, "\x01bad", good[0]) })
		}
	}
	return all
}

func isText(s *openapi3.Schema) bool { return s.Type.Is("string") && len(s.Enum) == 0 }

func badParameters(p *openapi3.Parameter) (all []bad) {
	schema := p.Schema.Value
	if isText(schema) {
		// An id that is not there is 404; a filter that nothing passes is empty.
		m, unnamed := tolerated, true
		if p.In == openapi3.ParameterInPath {
			m = refused
		}
		for name, value := range texts {
			all = append(all, bad{name, value, m, unnamed})
		}
		if schema.MaxLength != nil {
			all = append(all, bad{"too long", strings.Repeat("x", int(*schema.MaxLength)+1), refused, false})
		}
		return sorted(all)
	}
	return sorted(append(badScalars(schema), bad{"empty", "", refused, false}))
}

// texts are strange strings.
var texts = map[string]string{
	"long": strings.Repeat("x", 20<<10), "zero byte": "a\x00b", "not UTF-8": "a\xffb", "path": "../../etc/passwd", "quotes": `'"; DROP TABLE users; --`,
	"astral": "🦊", "escape": "a\x1b[31mb", "blank": " ", "percent": "%00%2e%2e", "direction": "a\u202eb",
}

// badScalars are spellings that a field which is no free text refuses.
func badScalars(schema *openapi3.Schema) (all []bad) {
	add := func(values ...string) {
		for _, v := range values {
			all = append(all, bad{strconv.QuoteToASCII(v[:min(len(v), 20)]) + "+" + strconv.Itoa(len(v)), v, refused, false})
		}
	}
	switch {
	case len(schema.Enum) > 0:
		one, _ := schema.Enum[0].(string)
		add("nope", strings.ToUpper(one), one+"\x00", "null", strings.Repeat("x", 10<<10))
	case schema.Type.Is("boolean"):
		add("maybe", "2", "null", "tru\x00e", "[]")
	case schema.Type.Is("integer"):
		add("x", "1.5", "1e400", "9223372036854775808", "-9223372036854775809", manyDigits, "1\x00", "١", "0x10", "NaN", "null", "[]", "1,000")
		all = append(all, outside(schema)...)
	case schema.Type.Is("number"):
		add("x", "NaN", "Infinity", "-Infinity", "0x10", "1_000", "1,5", "1e400", "-1e400", "1e-400", manyDigits, "-"+manyDigits, "0.0000000000000000001",
			"1\x00", "٣", "null", "[]", "-1")
	}
	return all
}

// outside are integers just beyond the bounds.
func outside(schema *openapi3.Schema) (all []bad) {
	if schema.Min != nil {
		v := strconv.FormatInt(int64(*schema.Min)-1, 10)
		all = append(all, bad{"below the least", v, refused, false})
	}
	if schema.Max != nil {
		v := strconv.FormatInt(int64(*schema.Max)+1, 10)
		all = append(all, bad{"above the most", v, refused, false})
	}
	return all
}
