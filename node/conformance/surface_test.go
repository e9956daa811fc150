package conformance_test

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"privd/api"
	"privd/chain/chaintest"
	"privd/market"
	"privd/node/nodetest"
	"privd/storage/repo"
)

// prefixes are where every operation answers, apart from those the document gives
// servers of their own.
var prefixes = []string{"/api/v1", "/v1"}

// operation is one row of the OpenAPI document.
type operation struct {
	*openapi3.Operation
	id, method, path string
	caller           string // x-caller
	parameters       []*openapi3.Parameter
}

// operations lists the OpenAPI document.
func operations(t testing.TB) []operation {
	t.Helper()
	doc, err := api.Document()
	require.NoError(t, err)
	var found []operation
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			o := operation{Operation: op, id: op.OperationID, method: method, path: path}
			o.caller, _ = op.Extensions["x-caller"].(string)
			for _, p := range slices.Concat(item.Parameters, op.Parameters) {
				o.parameters = append(o.parameters, p.Value)
			}
			found = append(found, o)
		}
	}
	slices.SortFunc(found, func(a, b operation) int { return cmp.Compare(a.id, b.id) })
	return found
}

// media returns the schema of a request body of a type, or nil.
func (o operation) media(kind string) *openapi3.Schema {
	if o.RequestBody == nil {
		return nil
	}
	if m := o.RequestBody.Value.Content[kind]; m != nil && m.Schema != nil {
		return m.Schema.Value
	}
	return nil
}

// streams reports whether the answer has no end.
func (o operation) streams() bool {
	ok := o.Responses.Status(http.StatusOK)
	return ok != nil && ok.Value.Content["text/event-stream"] != nil
}

// request is a call of an operation.
type request struct {
	path   map[string]string
	query  url.Values
	header http.Header
	kind   string // content type, where there is a body
	body   string
}

// of builds what goes over the wire.
func (o operation) url(prefix string, r request) string {
	path := o.path
	for name, value := range r.path {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	if len(r.query) > 0 {
		path += "?" + r.query.Encode()
	}
	return prefix + path
}

// stage is a world with everything that an operation can name.
type stage struct {
	*world
	operations []operation
	root       string // the operator's token
	service    string // a service key
	revoked    string // a user's key that was revoked
	expired    string // a user's JWT that ran out
	forged     string // a JWT that another node signed
	draft      string // a draft of alice
	key        string // the id of a key of alice
	frank      user   // signs for himself
	wallet     nodetest.Wallet
	waiting    string // a contribution of alice without commercial consent

	made   map[string]string
	held   []string   // listings that wait for the operator and are not used yet
	whole  testing.TB // the test that the node ends with
	number int
}

// holding has people decide on what is dull.
const holding = "[review]\nhold_below = 550\n"

func newStage(t testing.TB) *stage {
	t.Helper()
	s := &stage{operations: operations(t), made: map[string]string{}, whole: t}
	nw := nodetest.StartWith(t, 1, holding)
	w := &world{network: nw, node: nw.Nodes[0]}
	w.operator = w.node.Operator(t)
	w.erin = w.user(t, "erin", "1000")
	s.expired = w.erin.jwt
	require.Equal(t, http.StatusOK, w.operator.Post(t, "/dev/clock", map[string]string{"advance": "25h"}, nil))
	w.alice, w.bob = w.user(t, "alice", ""), w.user(t, "bob", "1000")
	w.erin.jwt = w.token(t, w.erin.ID)
	require.Equal(t, http.StatusOK, w.operator.Post(t, "/dev/fixtures", map[string]string{"set": "docs"}, nil))
	s.world = w
	dir := repo.Dir(w.node.Dir)
	var err error
	s.root, err = dir.ReadText(dir.Token())
	require.NoError(t, err)
	s.fundOperator(t)
	s.signUp(t)
	_, s.service = s.newKey(t, w.operator, "service")
	var id string
	id, s.revoked = s.newKey(t, w.erin.Client, "user")
	code, _ := w.erin.Do(t, http.MethodDelete, "/auth/keys/"+id, nil)
	require.Equal(t, http.StatusOK, code)
	s.forged = forgedToken(t, w.alice.ID)
	s.key, _ = s.newKey(t, w.alice.Client, "user")
	s.draft = s.newDraft(t)
	s.waiting, code = w.alice.Upload(t, nodetest.Form{Filename: "private.jpg", Kind: "photo", Data: photo(t, 300), None: true})
	require.Equal(t, http.StatusOK, code)
	return s
}

// fundOperator lets the operator buy as others do.
func (s *stage) fundOperator(t testing.TB) {
	t.Helper()
	var list struct {
		Users []struct {
			Wallet   market.Address `json:"wallet_address"`
			Operator bool           `json:"operator"`
		}
	}
	require.Equal(t, http.StatusOK, s.operator.Get(t, "/node/users", &list))
	for _, u := range list.Users {
		if u.Operator {
			s.network.Chain.FundPRIV(t, u.Wallet, chaintest.PRIV(t, "1000"))
		}
	}
}

func (s *stage) newKey(t testing.TB, c *nodetest.Client, kind string) (id, secret string) {
	t.Helper()
	var key struct {
		ID     string `json:"id"`
		Secret string `json:"api_key"`
	}
	require.Equal(t, http.StatusOK, c.Post(t, "/auth/keys", map[string]string{"name": "conformance", "kind": kind}, &key))
	return key.ID, key.Secret
}

func (s *stage) newDraft(t testing.TB) string {
	t.Helper()
	var draft struct {
		ID string `json:"listing_id"`
	}
	require.Equal(t, http.StatusOK, s.alice.Post(t, "/marketplace/wallet/listings", map[string]any{
		"title": "Secret draft", "description": "Nobody else's business", "category": "photo", "price_priv": 5,
		"contribution_ids": []string{"contrib_abc123"},
	}, &draft))
	return draft.ID
}

// once makes a thing the first time it is asked for under a name.
func (s *stage) once(name string, make func() string) string {
	if s.made[name] == "" {
		s.made[name] = make()
	}
	return s.made[name]
}

// next returns another number each time.
func (s *stage) next() int {
	s.number++
	return s.number
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// call sends a request. An answer without an end is read no further than its head.
func (s *stage) call(t testing.TB, o operation, prefix string, r request, header http.Header) answer {
	t.Helper()
	var body io.Reader
	if r.kind != "" || r.body != "" {
		body = strings.NewReader(r.body)
	}
	q, err := http.NewRequestWithContext(t.Context(), o.method, s.node.URL()+o.url(prefix, r), body)
	require.NoError(t, err)
	for name, values := range r.header {
		q.Header[name] = values
	}
	for name, values := range header {
		q.Header[name] = values
	}
	if r.kind != "" {
		q.Header.Set("Content-Type", r.kind)
	}
	return send(t, q)
}

func send(t testing.TB, q *http.Request) answer {
	t.Helper()
	res, err := http.DefaultClient.Do(q)
	require.NoError(t, err, "%s %.200s", q.Method, q.URL)
	defer res.Body.Close()
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") && q.URL.Query().Get("follow") != "false" {
		return answer{status: res.StatusCode, header: res.Header}
	}
	got, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return answer{status: res.StatusCode, header: res.Header, body: string(got)}
}

func bearer(token string) http.Header {
	h := http.Header{}
	if token != "" {
		h.Set("Authorization", "Bearer "+token)
	}
	return h
}

// state is all that the users' own views show, to tell whether anything changed.
// What reading itself changes is left out.
func (s *stage) state(t testing.TB) []string {
	t.Helper()
	var all strings.Builder
	for _, o := range s.operations {
		if _, called := calls[o.id]; !called || o.method != http.MethodGet || o.caller == "anyone" || o.caller == "operator" || strings.Contains(o.path, "{") || o.streams() {
			continue
		}
		for _, u := range []user{s.alice, s.bob, s.erin, s.frank} {
			r := s.call(t, o, prefixes[0], request{}, bearer(u.Key))
			require.Equal(t, http.StatusOK, r.status, "%s: %s", o.id, r.body)
			fmt.Fprintf(&all, "%s of %s: %s\n", o.id, u.ID, volatile.ReplaceAllString(r.body, ""))
		}
	}
	for path, u := range map[string]user{
		"/contributions/contrib_abc123": s.alice, "/contributions/" + s.waiting: s.alice, "/marketplace/wallet/listings/" + s.draft: s.alice,
		"/marketplace/wallet/listings/listing_abc123": s.alice, "/marketplace/wallet/purchases/purchase_xyz789": s.bob,
	} {
		status, body := s.request(t, http.MethodGet, "/v1"+path, u.Key, "")
		require.Equal(t, http.StatusOK, status, "%s: %s", path, body)
		fmt.Fprintf(&all, "%s: %s\n", path, volatile.ReplaceAllString(body, ""))
	}
	lines := strings.Split(all.String(), "\n")
	slices.Sort(lines)
	return lines
}

// changes lists the lines of a state that another lacks.
func changes(before, after []string) (found []string) {
	for _, line := range after {
		if !slices.Contains(before, line) {
			found = append(found, line)
		}
	}
	return found
}
