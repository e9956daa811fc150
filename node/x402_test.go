package node_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"

	"privd/api"
	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/market/seal"
	"privd/market/x402"
	"privd/node/nodetest"
)

// counter is a node with a dataset for 50 dollars, and buyers that hold no ether.
type counter struct {
	*nodetest.Network
	base string // of the dataset's URLs
	till x402.Till
	file string
	// listings by dataset.
	listings map[string]string
}

func newCounter(t *testing.T) (*counter, *nodetest.User) {
	nw := nodetest.Start(t, 1)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	file := "symbol,price\n" + strings.Repeat("BTC,68123.45\n", 2000)
	listings := map[string]string{}
	for _, id := range []string{"prices", "weather"} {
		made, code := alice.SellDataset(t, nodetest.Dataset{
			ID: id, Filename: id + ".csv", Title: id, DataType: "defi", Price: "5", Content: strings.NewReader(file), More: map[string]string{"price_usdc": "50"},
		})
		require.Equal(t, 200, code)
		listings[id] = made.Listing
	}
	usdc := nw.Chain.Config.Contracts.USDC
	return &counter{nw, nw.Nodes[0].URL() + "/api/datasets/prices", x402.Till{
		Token: seal.Contract{Name: "Mock USDC", Version: "1", ChainID: nw.Chain.Config.ChainID, Address: usdc}, PayTo: alice.Wallet, Timeout: 120,
	}, file, listings}, alice
}

// pause takes a dataset off sale.
func (c *counter) pause(t *testing.T, owner *nodetest.User, dataset string) {
	t.Helper()
	require.Equal(t, 200, owner.Put(t, "/marketplace/wallet/listings/"+c.listings[dataset], map[string]string{"status": "paused"}, nil))
}

// buyer makes a buyer with dollars.
func (c *counter) buyer(t *testing.T, dollars uint64) chaintest.Key {
	k := chaintest.NewKey(t)
	if dollars > 0 {
		c.Chain.FundUSDC(t, k.Address(), market.Wei(dollars*1_000_000))
	}
	return k
}

// authorize returns what a buyer signs for 50 dollars.
func (c *counter) authorize(t *testing.T, from chaintest.Key) x402.Authorization {
	a := x402.Authorization{From: from.Address(), To: c.till.PayTo, Value: market.Wei(50_000_000), ValidBefore: uint64(time.Now().Add(time.Hour).Unix())}
	_, err := rand.Read(a.Nonce[:])
	require.NoError(t, err)
	return a
}

// header writes a payment in the documented dialect, signed as it is.
func (c *counter) header(t *testing.T, from chaintest.Key, a x402.Authorization) string {
	return nodetest.PaymentHeader(t, c.till, from, a)
}

type answered struct {
	status int
	header http.Header
	body   string
}

// call sends a request with headers in pairs.
func call402(t *testing.T, method, url string, headers ...string) answered {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	for pair := range slices.Chunk(headers, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	asDocumented(t, r, res, body)
	return answered{res.StatusCode, res.Header, string(body)}
}

// storefront finds what the document says of a request.
var storefront = sync.OnceValues(func() (routers.Router, error) {
	doc, err := api.StorefrontDocument()
	if err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

// asDocumented fails the test for an answer that the document does not know.
func asDocumented(t *testing.T, r *http.Request, res *http.Response, body []byte) {
	t.Helper()
	if r.Method == http.MethodOptions || r.Method == http.MethodHead {
		return
	}
	router, err := storefront()
	require.NoError(t, err)
	asked := r.Clone(t.Context())
	asked.URL.Scheme, asked.URL.Host, asked.Host = "", "", ""
	route, params, err := router.FindRoute(asked)
	require.NoError(t, err)
	require.NoError(t, openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: asked, PathParams: params, Route: route},
		Status:                 res.StatusCode, Header: res.Header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}), "%s %s: %d %.300s", r.Method, r.URL.Path, res.StatusCode, body)
}

// earned returns the owner's dollars.
func (c *counter) earned(t *testing.T) string {
	client := c.Chain.Client(t)
	amount, err := client.USDC().Balance(t.Context(), c.till.PayTo)
	require.NoError(t, err)
	return amount.Decimal(x402.Decimals)
}

// TestX402Story buys a dataset as the document shows: it is asked for payment, pays
// for a token, and downloads with it once, in two parts.
func TestX402Story(t *testing.T) {
	t.Parallel()
	c, _ := newCounter(t)
	require.Equal(t, 404, call402(t, "GET", c.Nodes[0].URL()+"/api/datasets/unknown").status)
	asked := call402(t, "GET", c.base)
	require.Equal(t, 402, asked.status)
	require.Equal(t, "no-store", asked.header.Get("Cache-Control"))
	require.NotEmpty(t, asked.header.Get(x402.HeaderRequired))
	preflight := call402(t, "OPTIONS", c.base, "Origin", "https://agent.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "x-payment")
	require.Equal(t, 204, preflight.status)
	require.Contains(t, preflight.header.Get("Access-Control-Allow-Headers"), "X-PAYMENT")

	buyer := c.buyer(t, 50)
	paid := call402(t, "POST", c.base, "X-Payment", c.header(t, buyer, c.authorize(t, buyer)))
	require.Equal(t, 200, paid.status, paid.body)
	var access struct {
		Data struct {
			Dataset            struct{ ID string }
			AuthorizationToken string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(paid.body), &access))
	require.Equal(t, "prices", access.Data.Dataset.ID)
	require.NotEmpty(t, paid.header.Get(x402.HeaderPaymentReply))
	require.Equal(t, "50", c.earned(t))

	bearer := "Bearer " + access.Data.AuthorizationToken
	require.Equal(t, 402, call402(t, "GET", c.Nodes[0].URL()+"/api/datasets/weather/download", "Authorization", bearer).status)
	head := call402(t, "HEAD", c.base+"/download", "Authorization", bearer)
	require.Equal(t, []any{200, fmt.Sprint(len(c.file))}, []any{head.status, head.header.Get("Content-Length")})
	first := call402(t, "GET", c.base+"/download", "Authorization", bearer, "Range", "bytes=0-999")
	require.Equal(t, 206, first.status)
	c.Nodes[0].Restart(t) // in the middle of the download
	base := c.Nodes[0].URL() + "/v1/datasets/prices"
	rest := call402(t, "GET", base+"/download?token="+access.Data.AuthorizationToken, "Range", "bytes=1000-", "If-Range", first.header.Get("ETag"))
	require.Equal(t, 206, rest.status)
	require.Equal(t, c.file, first.body+rest.body)
	require.Equal(t, 402, call402(t, "GET", base+"/download", "X-Auth-Token", access.Data.AuthorizationToken).status)
	require.Equal(t, "50", c.earned(t))
}

// TestX402Attacks: each is refused by its reason, and nothing is served.
func TestX402Attacks(t *testing.T) {
	t.Parallel()
	c, _ := newCounter(t)
	buyer := c.buyer(t, 200)
	token := c.Chain.Client(t).USDC()
	stranger := c.Chain.Account(t)
	now := uint64(time.Now().Unix())
	altered := func(change func(*x402.Authorization)) func(*testing.T) string {
		return func(t *testing.T) string {
			a := c.authorize(t, buyer)
			sig := c.header(t, buyer, a)
			raw, err := base64.StdEncoding.DecodeString(sig)
			require.NoError(t, err)
			var sent struct{ Signature string }
			require.NoError(t, json.Unmarshal(raw, &sent))
			change(&a)
			return nodetest.PaymentHeaderOf(t, a, sent.Signature)
		}
	}
	signed := func(change func(*x402.Authorization)) func(*testing.T) string {
		return func(t *testing.T) string {
			a := c.authorize(t, buyer)
			change(&a)
			return c.header(t, buyer, a)
		}
	}
	settled := func(t *testing.T, a x402.Authorization) {
		c.Chain.Send(t, stranger, token.Address(), market.Amount{}, token.TransferWithAuthorization(chain.Authorization{
			From: a.From, To: a.To, Value: a.Value, ValidAfter: a.ValidAfter, ValidBefore: a.ValidBefore, Nonce: a.Nonce, Signature: buyer.Sign(t, c.till.Digest(a)),
		}).Data)
	}
	before := c.earned(t)
	for name, attack := range map[string]struct {
		header func(*testing.T) string
		status int
		reason string
	}{
		"what the document prints": {func(*testing.T) string {
			return "eyJzY2hlbWUiOiJleGFjdCIsIm5ldHdvcmsiOiJsb2NhbGhvc3QiLCJwYXlsb2FkIjp7ImZyb20iOiIweDcwOTk3OTcwQzUxODEyZGMzQTAxMEM3ZDAxYjUwZTBkMTdkYzc5QzgiLCJ0byI6IjB4NzA5OTc5NzBDNTE4MTJkYzNBMDEwQzdkMDFiNTBlMGQxN2RjNzlDOCIsInZhbHVlIjoiNTAwMDAwMDAiLCJ2YWxpZEFmdGVyIjoiMCIsInZhbGlkQmVmb3JlIjoiMTcxNjM4NzYwMCIsIm5vbmNlIjoiMHgxMjM0NTY3ODkwYWJjZGVmIn0sInNpZ25hdHVyZSI6IjB4YWJjZGVmIn0="
		}, 400, "invalid_payload"},
		"no base64":     {func(*testing.T) string { return "{}" }, 400, "invalid_payload"},
		"payer":         {altered(func(a *x402.Authorization) { a.From = market.Address{1} }), 402, "invalid_exact_evm_payload_signature"},
		"payee":         {altered(func(a *x402.Authorization) { a.To = market.Address{1} }), 402, "invalid_exact_evm_payload_recipient_mismatch"},
		"amount":        {altered(func(a *x402.Authorization) { a.Value = market.Wei(49_999_999) }), 402, "invalid_exact_evm_payload_authorization_value_mismatch"},
		"nonce":         {altered(func(a *x402.Authorization) { a.Nonce[0]++ }), 402, "invalid_exact_evm_payload_signature"},
		"valid after":   {altered(func(a *x402.Authorization) { a.ValidAfter = 1 }), 402, "invalid_exact_evm_payload_signature"},
		"too much":      {signed(func(a *x402.Authorization) { a.Value = market.Wei(50_000_001) }), 402, "invalid_exact_evm_payload_authorization_value_mismatch"},
		"nothing":       {signed(func(a *x402.Authorization) { a.Value = market.Amount{} }), 402, "invalid_exact_evm_payload_authorization_value_mismatch"},
		"expired":       {signed(func(a *x402.Authorization) { a.ValidBefore = now - 1 }), 402, "invalid_exact_evm_payload_authorization_valid_before"},
		"not yet valid": {signed(func(a *x402.Authorization) { a.ValidAfter = now + 3600 }), 402, "invalid_exact_evm_payload_authorization_valid_after"},
		"to itself":     {signed(func(a *x402.Authorization) { a.From, a.To = c.till.PayTo, c.till.PayTo }), 402, "invalid_exact_evm_payload_recipient_mismatch"},
		"another chain": {func(t *testing.T) string {
			o := *c
			o.till.Token.ChainID++
			return o.header(t, buyer, c.authorize(t, buyer))
		}, 402, "invalid_exact_evm_payload_signature"},
		"another token": {func(t *testing.T) string {
			o := *c
			o.till.Token.Address[0]++
			return o.header(t, buyer, c.authorize(t, buyer))
		}, 402, "invalid_exact_evm_payload_signature"},
		"no money": {func(t *testing.T) string { poor := c.buyer(t, 0); return c.header(t, poor, c.authorize(t, poor)) }, 402, "insufficient_funds"},
		"a stranger was quicker": {func(t *testing.T) string {
			a := c.authorize(t, buyer)
			settled(t, a)
			return c.header(t, buyer, a)
		}, 409, "PAYMENT_USED"},
	} {
		t.Run(name, func(t *testing.T) {
			got := call402(t, "GET", c.base+"/download", "X-Payment", attack.header(t))
			require.Equal(t, attack.status, got.status, got.body)
			require.Contains(t, got.body, attack.reason)
			require.NotContains(t, got.body, "68123.45\nBTC")
			if attack.status == 409 {
				require.Contains(t, got.body, `"transaction":"0x`)
				require.Empty(t, got.header.Get(x402.HeaderRequired), "nobody is asked to pay twice")
			}
		})
	}
	// The one the stranger brought is the only money that came.
	require.Equal(t, []string{"0", "50"}, []string{before, c.earned(t)})

	// Replayed for something else, and again.
	header := c.header(t, buyer, c.authorize(t, buyer))
	require.Equal(t, 200, call402(t, "GET", c.base+"/download", "X-Payment", header).status)
	for _, url := range []string{c.base + "/download", c.Nodes[0].URL() + "/api/datasets/weather/download"} {
		got := call402(t, "GET", url, "X-Payment", header)
		require.Equal(t, 409, got.status, got.body)
	}
	require.Equal(t, "100", c.earned(t))
}

// TestX402Parallel presents one payment many times at once: it settles once and is
// served once. Free calls are never held up.
func TestX402Parallel(t *testing.T) {
	t.Parallel()
	c, _ := newCounter(t)
	for range 3 {
		buyer := c.buyer(t, 500)
		header := c.header(t, buyer, c.authorize(t, buyer))
		var wg sync.WaitGroup
		answers := make([]answered, 12)
		for i := range answers {
			wg.Go(func() { answers[i] = call402(t, "GET", c.base+"/download", "X-Payment", header) })
		}
		wg.Wait()
		served := 0
		for _, a := range answers {
			switch a.status {
			case 200:
				served++
				require.Equal(t, c.file, a.body)
			default:
				require.Equal(t, 409, a.status, a.body)
			}
		}
		require.Equal(t, 1, served)
		left, err := c.Chain.Client(t).USDC().Balance(t.Context(), buyer.Address())
		require.NoError(t, err)
		require.Equal(t, "450", left.Decimal(x402.Decimals))
	}
	list := c.Nodes[0].URL() + "/api/datasets"
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 50 {
				if got := call402(t, "GET", list); got.status != 200 || !bytes.Contains([]byte(got.body), []byte(`"prices"`)) {
					t.Errorf("%d %s", got.status, got.body)
				}
			}
		})
	}
	wg.Wait()
}
