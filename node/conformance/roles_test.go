package conformance_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// role is a kind of caller.
type role int

const (
	anonymous   role = iota
	owner            // of the thing that is called upon
	other            // a user of the same node
	service          // a service key
	root             // the operator of the node
	rootAsOwner      // the operator acting as the owner
	rootAsOther      // the operator acting as the other user
	revoked          // a key that was revoked
	expired          // a JWT that ran out
	forged           // a JWT of another node
	garbage          // no credential of anybody
	roles
)

var roleNames = [roles]string{"anonymous", "owner", "other", "service", "operator", "operator as owner", "operator as other", "revoked", "expired", "forged", "garbage"}

// answers says what each role is answered, in the order anonymous, owner, other,
// service, operator, operator as owner, operator as other. Bad credentials are 401
// everywhere, also where none is needed.
var answers = map[access][revoked]int{
	public:       {200, 200, 200, 200, 200, 200, 200},
	ownThing:     {401, 200, 404, 403, 404, 200, 404},
	ownHidden:    {404, 200, 404, 404, 404, 200, 404},
	ownList:      {401, 200, 200, 403, 200, 200, 200},
	anyReader:    {401, 200, 403, 200, 403, 200, 403},
	byOperator:   {401, 403, 403, 403, 200, 200, 200},
	byService:    {401, 403, 403, 200, 403, 403, 403},
	shared:       {401, 200, 200, 403, 200, 200, 200},
	withKey:      {401, 200, 200, 200, 200, 200, 200},
	ownMeans:     {401, 200, 400, 403, 400, 200, 400},
	ownOrService: {401, 200, 404, 200, 404, 200, 404},
	ownExternal:  {401, 200, 404, 403, 404, 404, 404},
	taken:        {401, 200, 409, 403, 409, 200, 409},
	offSale:      {401, 404, 404, 403, 404, 404, 404},
}

// variants are further calls of operations: identifiers in other places.
var variants = []struct {
	operation, name string
	call
}{
	{"getListing", "of a draft", call{alice, ownHidden, func(_ testing.TB, s *stage) request {
		return request{path: map[string]string{"id": s.draft}}
	}, ""}},
	{"purchaseListing", "of a draft", call{alice, offSale, func(_ testing.TB, s *stage) request {
		return request{path: map[string]string{"id": s.draft}}
	}, ""}},
	{"getBalance", "by anonymous id", call{alice, anyReader, func(t testing.TB, s *stage) request {
		t.Helper()
		var b struct {
			ID string `json:"anonymous_id"`
		}
		require.Equal(t, http.StatusOK, s.alice.Get(t, "/user/balance", &b))
		return query("anonymous_id", b.ID)(t, s)
	}, ""}},
	{"previewContribution", "that is not for sale", call{alice, ownHidden, func(_ testing.TB, s *stage) request {
		return request{path: map[string]string{"id": s.waiting}}
	}, ""}},
	{"saveUserConsent", "with the owner's anonymous id", call{alice, taken, func(t testing.TB, s *stage) request {
		t.Helper()
		r := jsonBody(func(*stage) any {
			return map[string]any{"anonymous_id": "anon_of_alice",
				"preferences": map[string]bool{"analytics": true, "marketing": false, "data_sharing": true, "personalization": true}}
		})(t, s)
		s.once("anonymous id of alice", func() string {
			status, body := s.request(t, http.MethodPost, "/v1/user/consent", s.alice.jwt, r.body)
			require.Equal(t, http.StatusOK, status, body)
			return "anon_of_alice"
		})
		return r
	}, ""}},
	{"getContribution", "that is not for sale", call{alice, ownThing, func(_ testing.TB, s *stage) request {
		return request{path: map[string]string{"id": s.waiting}}
	}, ""}},
}

// TestRoles calls every operation of the OpenAPI document as every kind of caller,
// under both prefixes, on what the owner has. Who may not is answered as the table
// says, learns nothing of the owner, and changes nothing.
func TestRoles(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	cells := 0
	for _, o := range s.operations {
		c, ok := calls[o.id]
		if !ok {
			t.Errorf("operation %s (%s %s) has no row in the table of calls", o.id, o.method, o.path)
			continue
		}
		t.Run(o.id, func(t *testing.T) { cells += s.matrix(t, o, c) })
		for _, v := range variants {
			if v.operation == o.id {
				t.Run(o.id+" "+v.name, func(t *testing.T) { cells += s.matrix(t, o, v.call) })
			}
		}
	}
	t.Logf("%d operations, %d cells", len(s.operations), cells)
}

// matrix calls one operation as everybody and returns how often.
func (s *stage) matrix(t *testing.T, o operation, c call) (cells int) {
	c.make(t, s) // so that what it acts upon is there before the state is looked at
	s.quiet(t)
	before := s.state(t)
	for _, allowed := range []bool{false, true} {
		for _, prefix := range prefixes {
			for r := range roles {
				want := expected(c.access, r)
				if (want == http.StatusOK) != allowed {
					continue
				}
				q := c.make(t, s)
				got := s.call(t, o, prefix, q, s.as(r, c.as))
				name := fmt.Sprintf("%s %s%s as %s", o.method, prefix, o.path, roleNames[r])
				require.Contains(t, succeeded(want, o, q), got.status, "%s: %.500s", name, got.body)
				s.keepsSecrets(t, name, c, r, o.url(prefix, q)+q.body, got)
				if allowed {
					delete(s.made, c.loses)
				}
				cells++
			}
		}
		if !allowed {
			require.Empty(t, changes(before, s.state(t)), "%s changed something for somebody who may not", o.id)
		}
	}
	return cells
}

func expected(a access, r role) int {
	if r >= revoked {
		return http.StatusUnauthorized
	}
	return answers[a][r]
}

// succeeded is what a wanted status may be instead: a part of a file.
func succeeded(want int, _ operation, q request) []int {
	if want == http.StatusOK && q.header.Get("Range") != "" {
		return []int{http.StatusPartialContent}
	}
	return []int{want}
}

// as returns the credential of a role, where a thing belongs to alice or bob.
func (s *stage) as(r role, belongs whom) http.Header {
	mine, name := s.alice, "alice"
	switch belongs {
	case bob:
		mine, name = s.bob, "bob"
	case frank:
		mine, name = s.frank, "" // the operator cannot act as a user without a name
	}
	if r == rootAsOther {
		name = "erin"
	}
	h := map[role]http.Header{
		anonymous: bearer(""), owner: bearer(mine.jwt), other: bearer(s.erin.Key), service: bearer(s.service),
		root: bearer(s.root), rootAsOwner: bearer(s.root), rootAsOther: bearer(s.root),
		revoked: bearer(s.revoked), expired: bearer(s.expired), forged: bearer(s.forged), garbage: bearer("garbage"),
	}[r]
	if name != "" && (r == rootAsOwner || r == rootAsOther) {
		h.Set("X-Privd-User", name)
	}
	return h
}

// keepsSecrets fails when somebody else is told what they did not know.
func (s *stage) keepsSecrets(t testing.TB, name string, c call, r role, asked string, got answer) {
	t.Helper()
	if r == owner || r == rootAsOwner || c.access == byOperator || ((c.access == anyReader || c.access == ownOrService) && r == service) || c.access == byService {
		return
	}
	secrets := []string{"Secret draft", "Nobody else's business", s.draft, s.waiting, s.key, "private.jpg", "beach_photo.jpg",
		s.alice.Key, s.bob.Key, s.alice.jwt, s.bob.jwt, s.bob.ID, s.bob.Wallet.Hex(), "at_abc123"}
	if c.access != public && c.access != shared && c.access != withKey {
		secrets = append(secrets, s.alice.ID, s.alice.Wallet.Hex())
	}
	for _, secret := range secrets {
		if !strings.Contains(asked, secret) {
			require.NotContains(t, got.body, secret, name)
		}
	}
}

// quiet waits until nothing that was begun goes on: reviews, sales and their
// settlement, claims.
func (s *stage) quiet(t testing.TB) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		busy := s.busy(t)
		if busy == "" {
			return
		}
		require.True(t, time.Now().Before(deadline), "it does not get quiet: %s", busy)
		time.Sleep(20 * time.Millisecond)
	}
}

// busy tells what still goes on.
func (s *stage) busy(t testing.TB) string {
	t.Helper()
	code, sales := s.alice.Do(t, http.MethodGet, "/user/earnings?source=data_sales&status=pending", nil)
	require.Equal(t, http.StatusOK, code)
	if !strings.Contains(string(sales.Data), `"total":0`) {
		return "sales are not settled: " + string(sales.Data)
	}
	var paid struct{ Claims []struct{ Status string } }
	require.Equal(t, http.StatusOK, s.alice.Get(t, "/user/earnings/claims?limit=100", &paid))
	if slices.ContainsFunc(paid.Claims, func(c struct{ Status string }) bool { return c.Status != "completed" }) {
		return "claims are not paid"
	}
	for _, u := range []user{s.alice, s.bob, s.erin, s.frank} {
		var pending struct {
			Contributions []struct {
				ID    string
				Score *float64 `json:"quality_score"` // of what is held, it is known
			}
		}
		require.Equal(t, http.StatusOK, u.Get(t, "/contributions?status=pending&limit=100", &pending))
		for _, c := range pending.Contributions {
			if c.Score == nil {
				return c.ID + " is not reviewed"
			}
		}
	}
	return ""
}
