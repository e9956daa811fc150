package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"privd/api"
	"privd/market/catalog"
)

// TestEveryRoute asks of each path of the document what holds for all of them, under
// both prefixes: wrong methods are 405 in JSON and name the right ones, OPTIONS asks
// for no credential and tells browsers what they may send, a trailing slash or
// another prefix is nobody, and each answer has a request id of its own.
func TestEveryRoute(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := serve(t, w, withDev(w), unlimited)
	doc, err := api.Document()
	require.NoError(t, err)
	ids := map[string]bool{}
	fresh := func(r reply) {
		id := r.Header.Get("X-Request-Id")
		require.NotEmpty(t, id)
		require.False(t, ids[id], "request id %s twice", id)
		ids[id] = true
	}
	for path := range doc.Paths.Map() {
		concrete := strings.NewReplacer("{id}", "x", "{entry}", "0").Replace(path)
		require.NotContains(t, concrete, "{", "a path parameter that this test has no value for")
		served := methodsOf(doc, concrete)
		for _, prefix := range []string{"/api/v1", "/v1"} {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PURGE"} {
				if slices.Contains(served, method) {
					continue
				}
				got := s.call(t, method, prefix+concrete, "", as(aliceToken))
				fresh(got)
				require.Equal(t, http.StatusMethodNotAllowed, got.StatusCode, "%s %s", method, path)
				require.ElementsMatch(t, served, strings.Split(got.Header.Get("Allow"), ", "), "%s %s", method, path)
				if method != "HEAD" {
					code, _, _ := got.failure(t)
					require.Equal(t, "METHOD_NOT_ALLOWED", code)
				}
			}
			got := s.call(t, "OPTIONS", prefix+concrete, "", header("Origin", "https://app.example"), header("Access-Control-Request-Method", "POST"))
			fresh(got)
			require.Equal(t, http.StatusNoContent, got.StatusCode, path)
			require.ElementsMatch(t, served, strings.Split(got.Header.Get("Allow"), ", "), path)
			require.Equal(t, "https://app.example", got.Header.Get("Access-Control-Allow-Origin"))
			for _, name := range []string{"Authorization", "X-Payment", "Idempotency-Key", "X-Access-Token"} {
				require.Contains(t, got.Header.Get("Access-Control-Allow-Headers"), name)
			}
			got = s.call(t, "OPTIONS", prefix+concrete, "", header("Origin", "https://evil.example"))
			require.Empty(t, got.Header.Get("Access-Control-Allow-Origin"))
			got = s.call(t, "GET", prefix+concrete, "", func(r *http.Request) { r.Host = "evil.example" })
			fresh(got)
			require.Equal(t, http.StatusForbidden, got.StatusCode, path)
			for _, wrong := range []string{prefix + concrete + "/", "/api/v2" + concrete, prefix + "/" + concrete, "/x" + prefix + concrete} {
				got = s.call(t, "GET", wrong, "", as(operatorToken))
				fresh(got)
				require.Equal(t, http.StatusNotFound, got.StatusCode, wrong)
				code, _, _ := got.failure(t)
				require.Equal(t, "NOT_FOUND", code, wrong)
				require.Empty(t, got.Header.Get("Location"), "no redirects: they lose bodies and credentials")
			}
		}
	}
	t.Logf("%d paths, %d answers", doc.Paths.Len(), len(ids))
}

// methodsOf lists what a path is served with, by whatever paths of the document it
// is an example of: DELETE /contributions/upload is one of /contributions/{id}.
func methodsOf(doc *openapi3.T, concrete string) []string {
	served := []string{http.MethodOptions}
	for path, item := range doc.Paths.Map() {
		if !isExample(path, concrete) {
			continue
		}
		for method := range item.Operations() {
			served = append(served, method)
			if method == http.MethodGet {
				served = append(served, http.MethodHead)
			}
		}
	}
	slices.Sort(served)
	return slices.Compact(served)
}

func isExample(path, concrete string) bool {
	want, got := strings.Split(path, "/"), strings.Split(concrete, "/")
	return slices.EqualFunc(want, got, func(a, b string) bool {
		return a == b || strings.HasPrefix(a, "{")
	})
}

// TestEveryPage: every list of the document takes paging by the same rules.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.browse = func(catalog.Query) ([]catalog.Entry, int) { return nil, 150 }
	s := serve(t, w, withDev(w), unlimited)
	doc, err := api.Document()
	require.NoError(t, err)
	lists := 0
	for path, item := range doc.Paths.Map() {
		op := item.Get
		if op == nil || !slices.ContainsFunc(names(op.Parameters), func(n string) bool { return n == "limit" }) {
			continue
		}
		lists++
		token := aliceToken
		if op.Extensions["x-caller"] == "operator" {
			token = operatorToken
		}
		for _, name := range names(op.Parameters) {
			if name != "limit" && name != "offset" && name != "page" {
				continue
			}
			for _, bad := range []string{"", "x", "1.5", "-1", "9223372036854775808", strings.Repeat("9", 400), "0x1", "1e400", "%00"} {
				got := s.call(t, "GET", "/v1"+path+"?"+name+"="+bad, "", as(token))
				require.Equal(t, http.StatusBadRequest, got.StatusCode, "%s?%s=%.20s: %s", path, name, bad, got.body)
				_, _, field := got.failure(t)
				require.Equal(t, name, field, path)
			}
			for good, shown := range map[string]string{"1": "1", "100": "100", "9223372036854775807": "9223372036854775807"} {
				got := s.call(t, "GET", "/v1"+path+"?"+name+"="+good, "", as(token))
				require.Equal(t, http.StatusOK, got.StatusCode, "%s?%s=%s: %s", path, name, good, got.body)
				if name == "limit" && len(shown) > 3 {
					shown = "100"
				}
				require.Regexp(t, `"`+name+`":`+shown+`[,}]`, string(got.body), path)
			}
		}
		got := s.call(t, "GET", "/v1"+path+"?limit=0", "", as(token))
		require.Equal(t, http.StatusBadRequest, got.StatusCode, path)
	}
	require.GreaterOrEqual(t, lists, 10)
	t.Logf("%d lists", lists)
}

func names(parameters openapi3.Parameters) (all []string) {
	for _, p := range parameters {
		all = append(all, p.Value.Name)
	}
	return all
}
