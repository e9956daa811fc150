package conformance_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mood says how a request is expected to end.
type mood int

const (
	refused   mood = iota // 4xx that names the field, and nothing changed
	tolerated             // whatever is not an internal error
	accepted              // 200, as without the oddity
)

// odd is a request that differs from a good one in one thing.
type odd struct {
	name  string
	field string // what a refusal names; empty where it cannot
	mood  mood
	build func() request // some bodies are large, and most lists are made again and again
}

// TestBadInput sends to every operation of the OpenAPI document requests that are
// wrong in one thing: each parameter and each field of a body, missing, of another
// type, out of range, too long, too precise, malformed, and bodies that are none.
// The cases are made from the document, so that a new operation or field is covered
// by standing there. Each is refused with a 4xx that names the field, and the users
// have what they had.
func TestBadInput(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	count := map[mood]int{}
	for _, o := range s.operations {
		c, ok := calls[o.id]
		if !ok {
			t.Errorf("operation %s (%s %s) has no row in the table of calls", o.id, o.method, o.path)
			continue
		}
		t.Run(o.id, func(t *testing.T) { s.badInput(t, o, c, count) })
	}
	t.Logf("%d operations: %d bad requests refused, %d odd ones tolerated, %d accepted", len(s.operations), count[refused], count[tolerated], count[accepted])
}

func (s *stage) badInput(t *testing.T, o operation, c call, count map[mood]int) {
	who := s.credential(t, c.as)
	good := s.call(t, o, prefixes[0], c.make(t, s), who)
	require.Contains(t, []int{http.StatusOK, http.StatusPartialContent}, good.status, "the request that the bad ones are made from: %s", good.body)
	delete(s.made, c.loses)

	base := c.make(t, s)
	cases := s.oddities(t, o, base)
	s.quiet(t)
	before := s.state(t)
	for _, odd := range cases {
		if odd.mood != refused {
			continue
		}
		count[refused]++
		got := s.call(t, o, prefixes[0], odd.build(), who)
		if problem := refusal(odd, got); problem != "" {
			t.Errorf("%s: %s: %d %.300s", odd.name, problem, got.status, got.body)
			if got.status < 300 {
				delete(s.made, c.loses)
			}
		}
	}
	if found := changes(before, s.state(t)); len(found) > 0 && !t.Failed() {
		t.Errorf("bad requests changed something: %.2000s", strings.Join(found, "\n"))
	}
	s.oddButFine(t, o, c, cases, count)
}

// costly are operations for which something is bought first: it is bought anew only
// where the answer depends on it.
var costly = map[string]bool{"purchaseListing": true, "purchaseData": true, "ratePurchase": true, "reportPurchase": true}

// oddButFine sends what may be accepted, each made from a good request of its own.
func (s *stage) oddButFine(t *testing.T, o operation, c call, cases []odd, count map[mood]int) {
	who := s.credential(t, c.as)
	used := true
	for i := range cases {
		if cases[i].mood == refused {
			continue
		}
		if used && (cases[i].mood == accepted || !costly[o.id]) {
			name := cases[i].name
			cases, used = s.oddities(t, o, c.make(t, s)), false
			require.Equal(t, name, cases[i].name)
		}
		odd := cases[i]
		count[odd.mood]++
		got := s.call(t, o, prefixes[1], odd.build(), who)
		if got.status >= 500 {
			t.Errorf("%s: %d %.300s", odd.name, got.status, got.body)
		}
		if odd.mood == accepted && got.status != http.StatusOK {
			t.Errorf("%s: refused: %d %.300s", odd.name, got.status, got.body)
		}
		if got.status < 300 && o.method != http.MethodGet {
			delete(s.made, c.loses)
			used = true
		}
	}
}

// refusal says what is wrong with how a bad request was answered. What an id does not
// name is not found, which names it well enough.
func refusal(o odd, got answer) string {
	if got.status < 400 || got.status >= 500 {
		return "not refused"
	}
	var failure struct {
		Success *bool
		Error   struct{ Code, Message, Field string }
	}
	if json.Unmarshal([]byte(got.body), &failure) != nil || failure.Success == nil || *failure.Success || failure.Error.Code == "" || failure.Error.Message == "" {
		return "not refused in the envelope of the API"
	}
	e := failure.Error
	if o.field != "" && got.status != http.StatusNotFound && e.Field != o.field && !strings.HasPrefix(e.Field, o.field+".") && !strings.Contains(e.Message, o.field) {
		return "the refusal does not name " + o.field
	}
	for _, leak := range []string{"json:", "float64", "strconv", "unmarshal", "goroutine", ".go:"} {
		if strings.Contains(e.Message, leak) {
			return "the refusal speaks of the program: " + leak
		}
	}
	return ""
}

// oddities are all the requests that differ from base in one thing.
func (s *stage) oddities(t testing.TB, o operation, base request) []odd {
	t.Helper()
	all := append(oddParameters(o, base), s.oddMoney(t, o, base)...)
	if schema := o.media("application/json"); schema != nil {
		all = append(all, oddBodies(t, o, schema, base)...)
	}
	if schema := o.media("multipart/form-data"); schema != nil {
		all = append(all, s.oddForms(t, o, schema)...)
	}
	return all
}

// clone copies a request, so that one case does not change another.
func (r request) clone() request {
	out := r
	out.path, out.query, out.header = map[string]string{}, map[string][]string{}, r.header.Clone()
	for name, value := range r.path {
		out.path[name] = value
	}
	for name, values := range r.query {
		out.query[name] = append([]string(nil), values...)
	}
	if out.header == nil {
		out.header = http.Header{}
	}
	return out
}

// TestTruncatedBody: a client that promises more than it sends is refused, and
// nothing comes of the part that arrived.
func TestTruncatedBody(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, id := range []string{"createListing", "uploadContribution"} {
		for _, o := range s.operations {
			if o.id != id {
				continue
			}
			base := calls[id].make(t, s)
			s.quiet(t)
			before := s.state(t)
			for _, share := range []int{0, 1, 50, 99} {
				got := s.half(t, o, base, len(base.body)*share/100)
				require.True(t, got == 0 || got == http.StatusBadRequest, "%s cut at %d%%: %d", id, share, got)
			}
			require.Empty(t, changes(before, s.state(t)), id)
		}
	}
}
