package api_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/api"
	"privd/market"
	"privd/market/content"
	"privd/market/dataset"
	"privd/market/seal"
	"privd/market/x402"
)

// window is a shelf with a number of products.
type window []x402.Product

func (w window) Products(context.Context) ([]x402.Product, error) {
	return append([]x402.Product{}, w...), nil
}

func (w window) Product(_ context.Context, id market.DatasetID) (x402.Product, error) {
	for _, p := range w {
		if p.ID == id {
			return p, nil
		}
	}
	return x402.Product{}, market.Fail(market.NotFound, "Dataset not found")
}

func (w window) Open(context.Context, x402.Product) (content.Reader, error) {
	return nil, market.Fail(market.NotFound, "not here")
}

func (w window) OpenSold(ctx context.Context, _ x402.Sale) (content.Reader, error) {
	return w.Open(ctx, x402.Product{})
}

func (w window) Described(_ context.Context, s x402.Sale) (x402.Product, error) {
	return x402.Product{Dataset: dataset.Dataset{ID: s.Dataset}}, nil
}

func newStorefront(t *testing.T, w window, base string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(api.NewStorefront(api.StorefrontDeps{
		Log: slog.New(slog.DiscardHandler), Clock: time.Now, Shelf: w, DetailsPrice: market.Wei(500_000), BaseURL: base, SignIns: x402.NewSignIns(time.Now), Service: "privd", Stall: time.Second,
		Till: func(_ context.Context, payTo market.Address) (x402.Till, error) {
			return x402.Till{Token: seal.Contract{Name: "Mock USDC", Version: "1", ChainID: 31337, Address: market.Address{5}}, PayTo: payTo, Timeout: 120}, nil
		},
	}))
	t.Cleanup(s.Close)
	return s
}

func shelved(n int, text string) (w window) {
	for i := range n {
		w = append(w, x402.Product{PayTo: market.Address{byte(1 + i%2)}, Dataset: dataset.Dataset{
			ID: market.DatasetID(fmt.Sprintf("data-%02d", i)), Name: "Data", Description: text, Preview: text, MIME: "text/csv", Format: "csv",
			PriceUSDC: market.Wei(50_500_000), UpdatedAt: time.Unix(1_795_324_949, 0), Object: content.Object{Size: 12},
		}})
	}
	return w
}

func fetch(t *testing.T, url string, into any) *http.Response {
	t.Helper()
	res, err := http.Get(url)
	require.NoError(t, err)
	defer res.Body.Close()
	require.NoError(t, json.NewDecoder(res.Body).Decode(into))
	return res
}

// What is for sale is listed as catalogs of clients read it, a page at a time.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	s := newStorefront(t, shelved(25, "text"), "https://data.example/")
	type page struct {
		Version int `json:"x402Version"`
		Items   []struct {
			Resource, Type string
			LastUpdated    int64
			Accepts        []map[string]any
			Metadata       map[string]any
		}
		Pagination struct{ Limit, Offset, Total int }
	}
	var got page
	res := fetch(t, s.URL+"/discovery/resources?limit=10&offset=20", &got)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "*", res.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, 2, got.Version)
	require.Equal(t, 25, got.Pagination.Total)
	require.Len(t, got.Items, 5)
	first := got.Items[0]
	require.Equal(t, "https://data.example/api/datasets/data-20/download", first.Resource)
	require.Equal(t, "http", first.Type)
	require.EqualValues(t, 1_795_324_949, first.LastUpdated)
	require.Equal(t, map[string]any{
		"scheme": "exact", "network": "eip155:31337", "amount": "50500000", "asset": market.Address{5}.Hex(), "payTo": market.Address{1}.Hex(),
		"maxTimeoutSeconds": 120.0, "extra": map[string]any{"name": "Mock USDC", "version": "1", "paymentFlow": "upfront"},
	}, first.Accepts[0])
	require.Equal(t, "Data", first.Metadata["name"])
	for query, total := range map[string]int{"": 25, "?type=http&limit=100": 25, "?type=mcp": 0, "?payTo=" + strings.ToLower(market.Address{2}.Hex()): 12, "?offset=2147483647": 25,
		"?limit=1000": 25, "?network=eip155:31337": 25, "?network=eip155:1": 0, "?extensions=bazaar,sign-in-with-x": 25, "?extensions=bazaar,other": 0} {
		got = page{}
		require.Equal(t, http.StatusOK, fetch(t, s.URL+"/discovery/resources"+query, &got).StatusCode, query)
		require.Equal(t, total, got.Pagination.Total, query)
	}
	for _, query := range []string{"?limit=0", "?limit=x", "?offset=-1", "?offset=", "?a=%zz"} {
		var failure struct{ Error string }
		require.Equal(t, http.StatusBadRequest, fetch(t, s.URL+"/discovery/resources"+query, &failure).StatusCode, query)
		require.NotEmpty(t, failure.Error)
	}
}

// A challenge says how the resource is called, unless that made its header too long
// for clients; what they may pay is in it either way.
func TestChallengeSaysHowToCall(t *testing.T) {
	t.Parallel()
	for text, described := range map[string]bool{"short": true, strings.Repeat("é\"<", 3000): false} {
		s := newStorefront(t, shelved(1, text), "")
		var body any
		res := fetch(t, s.URL+"/api/datasets/data-00", &body)
		require.Equal(t, http.StatusPaymentRequired, res.StatusCode)
		header := res.Header.Get("PAYMENT-REQUIRED")
		require.LessOrEqual(t, len(header), 8<<10)
		raw, err := base64.StdEncoding.DecodeString(header)
		require.NoError(t, err)
		var required struct {
			Accepts    []any
			Extensions map[string]struct {
				Info          map[string]any
				RouteTemplate string
			}
		}
		require.NoError(t, json.Unmarshal(raw, &required))
		require.NotEmpty(t, required.Accepts)
		require.Contains(t, required.Extensions, "payment-identifier")
		bazaar, there := required.Extensions["bazaar"]
		require.Equal(t, described, there)
		if described {
			require.Equal(t, "/api/datasets/:id", bazaar.RouteTemplate)
			require.Equal(t, map[string]any{"type": "http", "method": "GET", "pathParams": map[string]any{"id": "data-00"}}, bazaar.Info["input"])
		}
	}
}
