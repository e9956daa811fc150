package api

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
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
