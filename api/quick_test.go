package api

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/api/oas"
)

// TestQuickly: what is accepted quickly, of every operation, the validator accepts.
func TestQuickly(t *testing.T) {
	t.Parallel()
	doc, err := Document()
	require.NoError(t, err)
	all, err := routes(doc)
	require.NoError(t, err)
	quick := map[string]*route{}
	for pattern, rt := range all {
		if path, ok := strings.CutPrefix(pattern, "GET /v1/"); ok && rt.quick != nil {
			quick["/v1/"+path] = rt
		}
	}
	browse := quick["/v1/marketplace/wallet/listings"]
	require.NotNil(t, browse)
	require.True(t, browse.quick.accepts(url.Values{"category": {"photo"}, "minPrice": {"0.5"}, "max_price": {"25"}, "sort": {"price_low"}, "page": {"2"}, "limit": {"20"}}))
	for name, v := range map[string]string{"category": "dog", "sort": "", "minPrice": "-1", "maxPrice": "1e3", "page": "0", "limit": "1.0"} {
		require.False(t, browse.quick.accepts(url.Values{name: {v}}), name)
	}
	require.False(t, browse.quick.accepts(url.Values{"page": {"1", "2"}}))
	values := []string{"", "0", "1", "-1", "+1", "01", "1.5", "1.", ".5", "1.0", "1e3", "999999999999999", "9999999999999999", "9223372036854775808",
		"photo", "defi", "newest", "price_low", "data", "true", "false", "null", "NaN", "Inf", "0x10", "1_0", " 1", "1 ", "a,b", "%", "photo,video", "pending", "approved", "1,2"}
	rapid.Check(t, func(t *rapid.T) {
		for path, rt := range quick {
			query := url.Values{}
			for name, p := range rt.quick {
				if n := rapid.IntRange(0, 5).Draw(t, name); n < 4 {
					continue
				}
				query.Add(name, rapid.SampledFrom(append(values, p.choice...)).Draw(t, "value"))
			}
			if !rt.quick.accepts(query) {
				continue
			}
			r := httptest.NewRequest(http.MethodGet, path+"?"+query.Encode(), nil)
			require.NoError(t, openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{Request: r, Route: rt.validate, Options: validation}), "%s", r.URL)
		}
	})
}

// TestBrowseParams reads what is accepted quickly as the generated handler does.
func TestBrowseParams(t *testing.T) {
	t.Parallel()
	doc, err := Document()
	require.NoError(t, err)
	all, err := routes(doc)
	require.NoError(t, err)
	quick := all["GET /v1/marketplace/wallet/listings"].quick
	var want *oas.BrowseListingsParams
	generated := oas.Handler(recorder{params: &want})
	rapid.Check(t, func(t *rapid.T) {
		query := url.Values{}
		for name, p := range quick {
			all := append([]string{"0", "1", "20", "2.50", "0.000000001", "999999999999999", "12345678.9"}, p.choice...)
			if rapid.Bool().Draw(t, name) {
				query.Set(name, rapid.SampledFrom(slices.DeleteFunc(all, func(v string) bool { return !p.accepts(v) })).Draw(t, "value"))
			}
		}
		require.True(t, quick.accepts(query))
		want = nil
		generated.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/marketplace/wallet/listings?"+query.Encode(), nil))
		require.NotNil(t, want)
		require.Equal(t, *want, browseParams(query))
	})
}

// recorder notes what the generated server read.
type recorder struct {
	oas.ServerInterface
	params **oas.BrowseListingsParams
}

func (r recorder) BrowseListings(_ http.ResponseWriter, _ *http.Request, params oas.BrowseListingsParams) {
	*r.params = &params
}
