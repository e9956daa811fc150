package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/api"
	"privd/market"
	"privd/market/account"
	"privd/market/catalog"
	"privd/market/contribution"
	"privd/market/listing"
	"privd/market/purchase"
)

// TestOperations calls every operation as its callers do; each answer must match
// the document, under both prefixes.
func TestOperations(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := serve(t, w, withDev(w))
	for _, c := range []struct {
		method, path, body, token string
		want                      string // part of the body
	}{
		{"GET", "/health", "", "", `"head":42`},
		{"POST", "/auth/nonce", `{"wallet_address":"0x742d35Cc6634C0532925a3b844Bc454e4438f44e"}`, "", `"nonce":"n0nce"`},
		{"POST", "/auth/login", `{"message":"m","signature":"0x00"}`, "", `"user_id":"usr_alice"`},
		{"GET", "/auth/keys", "", aliceToken, `"hint":"pk_live_abcd"`},
		{"POST", "/auth/keys", `{"name":"laptop"}`, aliceToken, `"api_key":"pk_live_secret"`},
		{"POST", "/auth/keys", `{"name":"ci","kind":"service"}`, operatorToken, `"kind":"service"`},
		{"DELETE", "/auth/keys/key_1", "", aliceToken, `"revoked":true`},
		{"GET", "/contributions", "", aliceToken, `"total":25`},
		{"GET", "/contributions?status=approved&type=photo&limit=10", "", aliceToken, `"limit":10`},
		{"GET", "/contributions/contrib_abc123", "", aliceToken, `"reward_multiplier":1.6`},
		{"GET", "/marketplace/wallet/listings", "", "", `"total_pages":8`},
		{"GET", "/marketplace/wallet/listings?category=photo&maxPrice=50&sort=highest_rated", "", aliceToken, `"price_priv":25,`},
		{"POST", "/marketplace/wallet/listings", `{"title":"t","description":"d","category":"photo","price_priv":25.00,"contribution_ids":["contrib_abc123"]}`, aliceToken, `"status":"draft"`},
		{"GET", "/marketplace/wallet/listings/listing_sold", "", "", `"contribution_types_breakdown":{"photo":1}`},
		{"GET", "/marketplace/wallet/listings/listing_sold", "", bobToken, `"already_purchased":true`},
		{"GET", "/marketplace/wallet/listings/listing_abc123", "", aliceToken, `"is_owner":true`},
		{"GET", "/marketplace/wallet/listings/listing_abc123", "", aliceToken, `"contribution_types_breakdown":{"photo":1}`},
		{"GET", "/marketplace/wallet/listings/listing_abc123", "", aliceToken, `"member_since":"2024-01-15T10:30:00Z"`},
		{"PUT", "/marketplace/wallet/listings/listing_abc123", `{"title":"new","status":"pending_review"}`, aliceToken, `"updated_fields":["title","status"]`},
		{"PATCH", "/marketplace/wallet/listings/listing_abc123", `{"status":"pending_review"}`, aliceToken, `Listing submitted for review. It will be published once approved.`},
		{"POST", "/marketplace/wallet/listings/listing_abc123/purchase", "", bobToken, `"access_token":"at_abc123"`},
		{"POST", "/marketplace/wallet/listings/listing_abc123/purchase", `{"access_duration_days":60}`, bobToken, `"max_downloads":10`},
		{"GET", "/marketplace/wallet/purchases", "", bobToken, `"total":5`},
		{"GET", "/marketplace/wallet/purchases?include=pending", "", bobToken, `"total":5`},
		{"GET", "/marketplace/wallet/purchases/purchase_xyz789", "", bobToken, `"amount_paid_priv":25,`},
		{"GET", "/marketplace/wallet/purchases/purchase_xyz789/timeline", "", bobToken, `"money_moved":true`},
		{"GET", "/marketplace/wallet/purchases/purchase_xyz789", "", bobToken, `"rating":4`},
		{"POST", "/marketplace/wallet/purchases/purchase_xyz789/rating", `{"rating":5,"comment":"\u00fcber"}`, bobToken, `{"purchase_id":"purchase_xyz789","rating":5}`},
		{"GET", "/marketplace/wallet/listings/listing_abc123", "", aliceToken, `"average_rating":4.5,`},
		{"GET", "/marketplace/wallet/purchases/purchase_xyz789/download?access_token=at_abc123", "", bobToken, `Download 3 of 10. Access expires 2024-02-14T10:30:00.000Z.`},
		{"GET", "/events?follow=false", "", aliceToken, "id: 0\n"},
		{"GET", "/user/balance", "", aliceToken, `"priv_balance":1250.5,`},
		{"GET", "/user/balance", "", serviceToken, `"pending_rewards_wei":"150250000000000000000"`},
		{"GET", "/node/status", "", operatorToken, `"x402_address":null`},
		{"GET", "/node/peers", "", operatorToken, `"latency_ms":1`},
		{"GET", "/node/doctor", "", operatorToken, `"ok":false`},
		{"POST", "/node/verify", "", operatorToken, `"done":true`},
		{"GET", "/node/users", "", operatorToken, `"operator":true`},
		{"POST", "/node/users", `{"name":"carol"}`, operatorToken, `"api_key":"pk_live_secret"`},
		{"POST", "/node/users/usr_alice/token", "", operatorToken, `"token":"eyJ.x.y"`},
		{"POST", "/dev/faucet", `{"address":"0x742d35Cc6634C0532925a3b844Bc454e4438f44e","priv":1.5,"usdc":2,"eth":0.1}`, operatorToken, `"tx_hashes":["0x01"]`},
		{"POST", "/dev/clock", `{"advance":"720h"}`, operatorToken, `"now":"2024-`},
		{"POST", "/dev/fixtures", `{"set":"docs"}`, operatorToken, `"id":"listing_abc123"`},
	} {
		for _, prefix := range []string{"/api/v1", "/v1"} {
			var options []option
			if c.token != "" {
				options = append(options, as(c.token))
			}
			got := s.call(t, c.method, prefix+c.path, c.body, options...)
			require.Equal(t, http.StatusOK, got.StatusCode, "%s %s: %s", c.method, c.path, got.body)
			require.Contains(t, string(got.body), c.want, "%s %s", c.method, c.path)
			require.NotEmpty(t, got.Header.Get("X-Request-Id"))
		}
	}
}

// TestRefusals is the table of bad requests: each is refused with the documented
// status, in the envelope, naming the field where there is one.
func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.buy = func(_ ctx, _ market.UserID, id market.ListingID, _ uint32) (purchase.Purchase, error) {
		switch id {
		case "listing_own":
			return purchase.Purchase{}, market.Fail(market.Invalid, "Cannot purchase your own data listing")
		case "listing_abc123":
			return purchase.Purchase{}, &market.Error{Code: market.Invalid, Reason: "INSUFFICIENT_BALANCE", Message: "Insufficient PRIV balance"}
		}
		return purchase.Purchase{}, market.Fail(market.NotFound, "Listing not found")
	}
	s := serve(t, w)
	const listings, create = "/api/v1/marketplace/wallet/listings", `{"title":"t","description":"d","category":"photo","price_priv":25,"contribution_ids":["c"]}`
	without := func(field string) string {
		var v map[string]any
		require.NoError(t, json.Unmarshal([]byte(create), &v))
		delete(v, field)
		out, err := json.Marshal(v)
		require.NoError(t, err)
		return string(out)
	}
	with := func(field, value string) string {
		var v map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(create), &v))
		v[field] = json.RawMessage(value)
		out, err := json.Marshal(v)
		require.NoError(t, err)
		return string(out)
	}
	for _, c := range []struct {
		name, method, path, body, token string
		status                          int
		code, field                     string
	}{
		{"no token", "GET", "/api/v1/contributions", "", "", 401, "UNAUTHORIZED", ""},
		{"bad token", "GET", "/api/v1/contributions", "", "nonsense", 401, "UNAUTHORIZED", ""},
		{"bad token on an open route", "GET", listings, "", "nonsense", 401, "UNAUTHORIZED", ""},
		{"service key where a user is needed", "GET", "/api/v1/contributions", "", serviceToken, 403, "FORBIDDEN", ""},
		{"service key buys", "POST", listings + "/listing_abc123/purchase", "", serviceToken, 403, "FORBIDDEN", ""},
		{"user calls the operator's route", "GET", "/api/v1/node/status", "", aliceToken, 403, "FORBIDDEN", ""},
		{"user makes a service key", "POST", "/api/v1/auth/keys", `{"name":"x","kind":"service"}`, aliceToken, 403, "FORBIDDEN", ""},
		{"dev route elsewhere", "POST", "/api/v1/dev/clock", `{"advance":"1h"}`, operatorToken, 404, "NOT_FOUND", ""},
		{"unknown contribution", "GET", "/api/v1/contributions/contrib_nope", "", aliceToken, 404, "NOT_FOUND", ""},
		{"contribution of another", "GET", "/api/v1/contributions/contrib_abc123", "", bobToken, 404, "NOT_FOUND", ""},
		{"draft of another", "GET", listings + "/listing_abc123", "", bobToken, 404, "NOT_FOUND", ""},
		{"draft, anonymous", "GET", listings + "/listing_abc123", "", "", 404, "NOT_FOUND", ""},
		{"purchase of another", "GET", "/api/v1/marketplace/wallet/purchases/purchase_xyz789", "", aliceToken, 404, "NOT_FOUND", ""},
		{"unknown key", "DELETE", "/api/v1/auth/keys/key_nope", "", aliceToken, 404, "NOT_FOUND", ""},
		{"no endpoint", "GET", "/api/v1/nothing", "", aliceToken, 404, "NOT_FOUND", ""},
		{"no endpoint at the root", "GET", "/", "", "", 404, "NOT_FOUND", ""},
		{"trailing slash", "GET", "/api/v1/contributions/", "", aliceToken, 404, "NOT_FOUND", ""},
		{"doubled slash", "GET", "/api/v1//health", "", "", 404, "NOT_FOUND", ""},
		{"dots", "GET", "/api/v1/x/../health", "", "", 404, "NOT_FOUND", ""},
		{"wrong method", "DELETE", "/api/v1/contributions", "", aliceToken, 405, "METHOD_NOT_ALLOWED", ""},
		{"limit is no number", "GET", "/api/v1/contributions?limit=x", "", aliceToken, 400, "INVALID_REQUEST", "limit"},
		{"limit zero", "GET", "/api/v1/contributions?limit=0", "", aliceToken, 400, "INVALID_REQUEST", "limit"},
		{"limit negative", "GET", listings + "?limit=-1", "", "", 400, "INVALID_REQUEST", "limit"},
		{"limit fraction", "GET", listings + "?limit=1.5", "", "", 400, "INVALID_REQUEST", "limit"},
		{"offset negative", "GET", "/api/v1/contributions?offset=-1", "", aliceToken, 400, "INVALID_REQUEST", "offset"},
		{"page zero", "GET", listings + "?page=0", "", "", 400, "INVALID_REQUEST", "page"},
		{"status unknown", "GET", "/api/v1/contributions?status=lost", "", aliceToken, 400, "INVALID_REQUEST", "status"},
		{"type unknown", "GET", "/api/v1/contributions?type=smell", "", aliceToken, 400, "INVALID_REQUEST", "type"},
		{"sort unknown", "GET", listings + "?sort=best", "", "", 400, "INVALID_REQUEST", "sort"},
		{"category unknown", "GET", listings + "?category=smell", "", "", 400, "INVALID_REQUEST", "category"},
		{"price not a number", "GET", listings + "?minPrice=cheap", "", "", 400, "INVALID_REQUEST", "minPrice"},
		{"price NaN", "GET", listings + "?minPrice=NaN", "", "", 400, "INVALID_REQUEST", "minPrice"},
		{"price too fine", "GET", listings + "?max_price=0.0000000000000000001", "", "", 400, "INVALID_REQUEST", "max_price"},
		{"price negative", "GET", listings + "?min_price=-1", "", "", 400, "INVALID_REQUEST", "min_price"},
		{"prices differ", "GET", listings + "?min_price=1&minPrice=2", "", "", 400, "INVALID_REQUEST", "minPrice"},
		{"no body", "POST", listings, "", aliceToken, 400, "INVALID_REQUEST", ""},
		{"bad JSON", "POST", listings, `{"title":`, aliceToken, 400, "INVALID_JSON", ""},
		{"two values", "POST", listings, create + create, aliceToken, 400, "INVALID_JSON", ""},
		{"not an object", "POST", listings, `[]`, aliceToken, 400, "INVALID_REQUEST", ""},
		{"title missing", "POST", listings, without("title"), aliceToken, 400, "INVALID_REQUEST", "title"},
		{"title a number", "POST", listings, with("title", "1"), aliceToken, 400, "INVALID_REQUEST", "title"},
		{"title null", "POST", listings, with("title", "null"), aliceToken, 400, "INVALID_REQUEST", "title"},
		{"category unknown", "POST", listings, with("category", `"smell"`), aliceToken, 400, "INVALID_REQUEST", "category"},
		{"tags a string", "POST", listings, with("tags", `"a"`), aliceToken, 400, "INVALID_REQUEST", "tags"},
		{"tag a number", "POST", listings, with("tags", `[1]`), aliceToken, 400, "INVALID_REQUEST", "tags.0"},
		{"price a string", "POST", listings, with("price_priv", `"25"`), aliceToken, 400, "INVALID_REQUEST", "price_priv"},
		{"price negative", "POST", listings, with("price_priv", `-1`), aliceToken, 400, "INVALID_REQUEST", "price_priv"},
		{"price too fine", "POST", listings, with("price_priv", `0.0000000000000000001`), aliceToken, 400, "INVALID_REQUEST", "price_priv"},
		{"price out of range", "POST", listings, with("price_priv", `1e400`), aliceToken, 400, "INVALID_REQUEST", "price_priv"},
		{"ids missing", "POST", listings, without("contribution_ids"), aliceToken, 400, "INVALID_REQUEST", "contribution_ids"},
		{"too large", "POST", listings, with("description", `"`+strings.Repeat("x", 1<<20)+`"`), aliceToken, 413, "BODY_TOO_LARGE", ""},
		{"days zero", "POST", listings + "/listing_abc123/purchase", `{"access_duration_days":0}`, bobToken, 400, "INVALID_REQUEST", "access_duration_days"},
		{"days 366", "POST", listings + "/listing_abc123/purchase", `{"access_duration_days":366}`, bobToken, 400, "INVALID_REQUEST", "access_duration_days"},
		{"days a fraction", "POST", listings + "/listing_abc123/purchase", `{"access_duration_days":1.5}`, bobToken, 400, "INVALID_REQUEST", "access_duration_days"},
		{"days a string", "POST", listings + "/listing_abc123/purchase", `{"access_duration_days":"30"}`, bobToken, 400, "INVALID_REQUEST", "access_duration_days"},
		{"limit empty", "GET", "/api/v1/contributions?limit=", "", aliceToken, 400, "INVALID_REQUEST", "limit"},
		{"query with a bad escape", "GET", listings + "?minPrice=%zz", "", "", 400, "INVALID_REQUEST", ""},
		{"query with a semicolon", "GET", listings + "?page=1;limit=5", "", "", 400, "INVALID_REQUEST", ""},
		{"not UTF-8", "POST", listings, with("title", "\"a\xffb\""), aliceToken, 400, "INVALID_JSON", ""},
		{"no balance", "POST", listings + "/listing_abc123/purchase", "", bobToken, 400, "INSUFFICIENT_BALANCE", ""},
		{"own listing", "POST", listings + "/listing_own/purchase", "", bobToken, 400, "INVALID_REQUEST", ""},
		{"no listing", "POST", listings + "/listing_nope/purchase", "", bobToken, 404, "NOT_FOUND", ""},
		{"no access token", "GET", "/api/v1/marketplace/wallet/purchases/purchase_xyz789/download", "", bobToken, 403, "FORBIDDEN", ""},
		{"wrong access token", "GET", "/api/v1/marketplace/wallet/purchases/purchase_xyz789/download?access_token=at_no", "", bobToken, 403, "FORBIDDEN", ""},
		{"duplicate user", "POST", "/api/v1/node/users", `{"name":"alice"}`, operatorToken, 409, "CONFLICT", "name"},
		{"nonce for nothing", "POST", "/api/v1/auth/nonce", `{}`, "", 400, "INVALID_REQUEST", "wallet_address"},
		{"login without signature", "POST", "/api/v1/auth/login", `{"message":"m"}`, "", 400, "INVALID_REQUEST", "signature"},
	} {
		var options []option
		if c.token != "" {
			options = append(options, as(c.token))
		}
		got := s.call(t, c.method, c.path, c.body, options...)
		require.Equal(t, c.status, got.StatusCode, "%s: %s", c.name, got.body)
		code, message, field := got.failure(t)
		require.Equal(t, c.code, code, c.name)
		require.Equal(t, c.field, field, "%s: %s", c.name, message)
		require.NotEmpty(t, message, c.name)
		require.NotContains(t, message, "json:", c.name)
		require.NotContains(t, message, "float64", c.name)
	}
	require.NotContains(t, s.logged(), `"level":"ERROR"`)
}

func TestWrongMethodNamesTheRightOnes(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	got := s.call(t, "DELETE", "/v1/marketplace/wallet/listings/x", "")
	require.Equal(t, http.StatusMethodNotAllowed, got.StatusCode)
	require.Equal(t, "GET, HEAD, PUT, PATCH, OPTIONS", got.Header.Get("Allow"))
}

func TestUnauthorizedNamesTheScheme(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	got := s.call(t, "GET", "/v1/contributions", "", header("Authorization", "Basic Og=="))
	require.Equal(t, http.StatusUnauthorized, got.StatusCode)
	require.Equal(t, `Bearer realm="privd"`, got.Header.Get("WWW-Authenticate"))
}

// TestInternalErrorsStayInside: the client learns a request id, the log the rest.
func TestInternalErrorsStayInside(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.list = func(contribution.Filter, int, int) ([]contribution.Contribution, int, error) {
		return nil, 0, errors.New("disk on fire at /secret/path")
	}
	w.get = func(market.UserID, market.ContributionID) (contribution.Contribution, error) { panic("out of bounds") }
	s := serve(t, w)
	for _, path := range []string{"/v1/contributions", "/v1/contributions/x"} {
		got := s.call(t, "GET", path, "", as(aliceToken))
		require.Equal(t, http.StatusInternalServerError, got.StatusCode)
		code, message, _ := got.failure(t)
		require.Equal(t, "INTERNAL_ERROR", code)
		require.NotContains(t, message, "fire")
		require.NotContains(t, message, "bounds")
		require.Contains(t, s.logged(), got.Header.Get("X-Request-Id"))
	}
	require.Contains(t, s.logged(), "disk on fire")
	require.Contains(t, s.logged(), "out of bounds")
}

func TestUnavailableSaysWhenToRetry(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.balance = func(account.Caller, api.Selector) (api.Balance, error) {
		return api.Balance{}, &market.Error{Code: market.Unavailable, Message: "the chain cannot be reached"}
	}
	s := serve(t, w)
	got := s.call(t, "GET", "/v1/user/balance", "", as(aliceToken))
	require.Equal(t, http.StatusServiceUnavailable, got.StatusCode)
	require.NotEmpty(t, got.Header.Get("Retry-After"))
}

// TestOperatorActsAsAnother: the name is honoured for the operator's token only.
func TestOperatorActsAsAnother(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	const path = "/v1/contributions/contrib_abc123"
	require.Equal(t, 404, s.call(t, "GET", path, "", as(operatorToken)).StatusCode)
	require.Equal(t, 200, s.call(t, "GET", path, "", as(operatorToken), header("X-Privd-User", "alice")).StatusCode)
	require.Equal(t, 404, s.call(t, "GET", path, "", as(operatorToken), header("X-Privd-User", "nobody")).StatusCode)
	require.Equal(t, 404, s.call(t, "GET", path, "", as(bobToken), header("X-Privd-User", "alice")).StatusCode)
}

// TestPaging: large limits are clamped, far pages are empty, and what reaches the
// use case is what was asked.
func TestPaging(t *testing.T) {
	t.Parallel()
	w := newWorld()
	var limit, offset int
	w.list = func(_ contribution.Filter, l, o int) ([]contribution.Contribution, int, error) {
		limit, offset = l, o
		return nil, 25, nil
	}
	var q catalog.Query
	w.browse = func(asked catalog.Query) ([]catalog.Entry, int) {
		q = asked
		return nil, 150
	}
	s := serve(t, w)
	got := s.call(t, "GET", "/v1/contributions?limit=1000000&offset=7", "", as(aliceToken)).data(t)
	require.Equal(t, []any{100, 7}, []any{limit, offset})
	require.Equal(t, json.Number("100"), got["limit"])
	require.Equal(t, []any{}, got["contributions"])
	got = s.call(t, "GET", "/v1/contributions?offset=9223372036854775807", "", as(aliceToken)).data(t)
	require.Positive(t, offset)
	require.Equal(t, json.Number("9223372036854775807"), got["offset"])

	got = s.call(t, "GET", "/v1/marketplace/wallet/listings?page=3&limit=10&min_price=1.5&include=data&sort=price_low&category=video", "").data(t)
	require.Equal(t, 20, q.Offset)
	require.Equal(t, 10, q.Limit)
	require.Equal(t, amount("1.5"), *q.MinPrice)
	require.Nil(t, q.MaxPrice)
	require.True(t, q.Data)
	require.Equal(t, catalog.PriceLow, q.Sort)
	require.Equal(t, listing.Video, q.Category)
	require.Equal(t, map[string]any{"total": json.Number("150"), "page": json.Number("3"), "limit": json.Number("10"), "total_pages": json.Number("15")}, got["pagination"])
	got = s.call(t, "GET", "/v1/marketplace/wallet/listings?page=9223372036854775807", "").data(t)
	require.Equal(t, []any{}, got["listings"])
	require.GreaterOrEqual(t, q.Offset, 0)
	require.Equal(t, catalog.Newest, q.Sort)
}

// TestUpdatePatch: only what was sent reaches the use case, and unknown fields do
// not disturb.
func TestUpdatePatch(t *testing.T) {
	t.Parallel()
	w := newWorld()
	var patch listing.Patch
	w.update = func(_ market.UserID, _ market.ListingID, p listing.Patch) (listing.Listing, []string, error) {
		patch = p
		return sampleListing(), nil, nil
	}
	s := serve(t, w)
	got := s.call(t, "PATCH", "/v1/marketplace/wallet/listings/x", `{"price_priv":30.000000000000000001,"unknown":{}}`, as(aliceToken)).data(t)
	require.Equal(t, []any{}, got["updated_fields"])
	price := amount("30.000000000000000001")
	require.Equal(t, listing.Patch{Price: &price}, patch)
}

// TestFieldNamesAreExact: a name in another case is an unknown field, which is
// ignored, and not another spelling that goes around the checks.
func TestFieldNamesAreExact(t *testing.T) {
	t.Parallel()
	w := newWorld()
	var patch listing.Patch
	w.update = func(_ market.UserID, _ market.ListingID, p listing.Patch) (listing.Listing, []string, error) {
		patch = p
		return sampleListing(), nil, nil
	}
	s := serve(t, w)
	got := s.call(t, "PUT", "/v1/marketplace/wallet/listings/x", `{"title":"a","TITLE":"b","Price_PRIV":"free","tagſ":7,"Tags":null}`, as(aliceToken))
	require.Equal(t, http.StatusOK, got.StatusCode, "%s", got.body)
	title := "a"
	require.Equal(t, listing.Patch{Title: &title}, patch)
}

func TestMetadataIsAnObject(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.get = func(market.UserID, market.ContributionID) (contribution.Contribution, error) {
		c := sampleContribution()
		c.Metadata, c.Quality = nil, nil
		return c, nil
	}
	s := serve(t, w)
	got := s.call(t, "GET", "/v1/contributions/x", "", as(aliceToken)).data(t)["contribution"].(map[string]any)
	require.Equal(t, map[string]any{}, got["metadata"])
	require.Nil(t, got["quality_score"])
	require.Equal(t, "2024-01-15T10:30:00Z", got["created_at"])
}

// TestVerifyStreams: each line arrives while the work goes on, and what ends it
// early stands in the last line.
func TestVerifyStreams(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.verify = func(_ ctx, tell func(api.Verified) error) error {
		if err := tell(api.Verified{Checked: 1, Total: 9, Damaged: 1, Damage: "block x"}); err != nil {
			return err
		}
		return market.Fail(market.Unavailable, "the vault is closed")
	}
	s := serve(t, w)
	got := s.call(t, "POST", "/v1/node/verify", "", as(operatorToken))
	lines := bytes.Split(bytes.TrimSpace(got.body), []byte("\n"))
	require.Len(t, lines, 2)
	require.JSONEq(t, `{"done":false,"checked":1,"total":9,"bytes":0,"damaged":1,"damage":"block x"}`, string(lines[0]))
	require.JSONEq(t, `{"done":true,"checked":1,"total":9,"bytes":0,"damaged":1,"error":"the vault is closed"}`, string(lines[1]))
}

func TestPages(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	s.call(t, "GET", "/v1/health", "")
	for path, want := range map[string]string{
		"/openapi.json": `"openapi":"3.0.3"`, "/docs": "<!doctype html>", "/docs/docs.js": "'use strict'", "/docs/docs.css": "body",
		"/metrics": `privd_api_requests_total{operation="getHealth",status="200"} 1`,
	} {
		got := s.call(t, "GET", path, "")
		require.Equal(t, http.StatusOK, got.StatusCode, path)
		require.Contains(t, string(got.body), want, path)
		if path != "/metrics" {
			require.Contains(t, got.Header.Get("Content-Security-Policy"), "default-src 'none'")
		}
	}
	require.NotContains(t, string(s.call(t, "GET", "/docs", "").body), "http://")
	require.NotContains(t, string(s.call(t, "GET", "/docs", "").body), "https://")
}
