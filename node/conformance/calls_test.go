package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"privd/node/nodetest"
)

// volatile is what changes without anybody changing it.
var volatile = regexp.MustCompile(`"(last_used_at|next_retry_at|request_id)":("[^"]*"|null)`)

// whom says whose credential makes a call succeed.
type whom int

const (
	nobody whom = iota // none is needed
	alice              // who owns what is sold
	bob                // who bought
	frank              // whose wallet the node does not keep
	operator
	serviceKey
)

// call is how an operation is called rightly.
type call struct {
	as     whom
	access access
	// make builds a request that succeeds for whom, each time it is called.
	make func(t testing.TB, s *stage) request
	// loses names what a success uses up, so that it is made anew for the next call.
	loses string
}

// access is who may do what an operation does; roles_test.go says what each is
// answered.
type access int

const (
	public       access = iota // no credential is needed
	ownThing                   // the owner of the thing alone; nobody else learns that it is there
	ownList                    // every user, of their own
	anyReader                  // every user of their own, and service keys of anybody
	byOperator                 // the operator of the node
	byService                  // service keys
	shared                     // every user, of what others offer
	withKey                    // every credential, of what is offered to all
	ownHidden                  // the owner alone, where others need no credential to ask
	offSale                    // nobody: it is not on sale
	ownMeans                   // every user, of their own, which here only the owner has
	ownOrService               // the owner alone, and service keys
	ownExternal                // the owner alone, for whom the operator cannot act
	taken                      // every user, of a name that is the owner's
)

// calls has a row for each operation of the OpenAPI document.
var calls = together(marketCalls, erasureCalls, moneyCalls, labelingCalls, signatureCalls, fundCalls, reportCalls, sendingCalls)

func together(tables ...map[string]call) map[string]call {
	all := map[string]call{}
	for _, table := range tables {
		maps.Copy(all, table)
	}
	return all
}

// marketCalls are the rows about accounts, what is sold and bought, and the node.
var marketCalls = map[string]call{
	"getHealth":   {nobody, public, none, ""},
	"createNonce": {nobody, public, jsonBody(func(s *stage) any { return map[string]any{"wallet_address": s.erin.Wallet} }), ""},
	"login":       {nobody, public, signIn, ""},

	"listKeys":  {alice, ownList, none, ""},
	"createKey": {alice, ownList, jsonBody(func(*stage) any { return map[string]any{"name": "laptop", "kind": "user"} }), ""},
	"revokeKey": {alice, ownThing, onThing("key", func(s *stage, t testing.TB) string {
		id, _ := s.newKey(t, s.alice.Client, "user")
		return id
	}), "key"},

	"uploadContribution": {alice, ownList, upload, ""},
	"listContributions":  {alice, ownList, query("status", "approved", "type", "photo", "limit", "10", "offset", "0"), ""},
	"getContribution":    {alice, ownThing, on("contrib_abc123"), ""},

	"browseListings": {nobody, public, query("category", "photo", "minPrice", "1", "maxPrice", "1000", "min_price", "1", "max_price", "1000",
		"sort", "newest", "include", "data", "page", "1", "limit", "10"), ""},
	"createListing": {alice, ownThing, jsonBody(func(*stage) any {
		return map[string]any{"title": "A listing", "description": "Of a photo", "category": "photo", "tags": []string{"nature"},
			"price_priv": 2.5, "contribution_ids": []string{"contrib_def456"}, "keep_metadata": false}
	}), ""},
	"getListing": {nobody, public, on("listing_abc123"), ""},
	"updateListing": {alice, ownThing, onDraft(map[string]any{"title": "Secret draft", "description": "Nobody else's business",
		"price_priv": 5, "status": "pending_review", "tags": []string{"nature"}}), "draft"},
	"patchListing": {alice, ownThing, onDraft(map[string]any{"title": "Another title", "price_priv": 6}), "draft"},

	"browseDataListings": {alice, withKey, query("data_type", "defi", "min_price", "1", "max_price", "1000", "minPrice", "1", "maxPrice", "1000",
		"limit", "10", "offset", "0"), ""},
	"createDataListing": {alice, ownList, sellData, ""},
	"getDataListing":    {alice, withKey, on("lst_abc123"), ""},
	"purchaseData": {bob, shared, func(t testing.TB, s *stage) request {
		return request{kind: "application/json", body: encode(t, map[string]any{"listing_id": s.once("data for sale", func() string { return s.newData(t).Listing })})}
	}, "data for sale"},
	"listMyDatasets":  {alice, ownList, query("limit", "10", "offset", "0"), ""},
	"getMyDataset":    {alice, ownThing, on("binance-crypto-prices"), ""},
	"priceMyDataset":  {alice, ownThing, with(on("binance-crypto-prices"), map[string]any{"price_usdc": 50}), ""},
	"removeMyDataset": {alice, ownThing, onThing("dataset", func(s *stage, t testing.TB) string { return s.newData(t).Dataset }), "dataset"},

	"purchaseListing": {bob, shared, with(onThing("for sale", func(s *stage, t testing.TB) string {
		return s.alice.Sell(t, "For sale", "1", "contrib_ghi789")
	}), map[string]any{"access_duration_days": 30}), "for sale"},
	"ratePurchase": {bob, ownThing, with(onThing("bought", func(s *stage, t testing.TB) string {
		b, code := s.bob.Buy(t, s.alice.Sell(t, "To be rated", "1", "contrib_ghi789"))
		require.Equal(t, http.StatusOK, code)
		s.bob.WaitOpened(t, b.ID)
		return b.ID
	}), map[string]any{"rating": 5, "comment": "As described"}), "bought"},
	"listPurchases":       {bob, ownList, query("page", "1", "limit", "10", "include", "pending"), ""},
	"getPurchase":         {bob, ownThing, on("purchase_xyz789"), ""},
	"getPurchaseTimeline": {bob, ownThing, on("purchase_xyz789"), ""},
	"downloadPurchase":    {bob, ownThing, downloadOf, ""},
	"fetchContent":        {nobody, public, gatewayURL, ""},

	"getBalance": {alice, anyReader, func(_ testing.TB, s *stage) request {
		return request{query: url.Values{"user_id": {s.alice.ID}, "wallet_address": {s.alice.Wallet.Hex()}}}
	}, ""},

	"getNodeStatus": {operator, byOperator, none, ""},
	"listPeers":     {operator, byOperator, none, ""},
	"runDoctor":     {operator, byOperator, none, ""},
	"verifyNode":    {operator, byOperator, none, ""},
	"listUsers":     {operator, byOperator, none, ""},
	"createUser":    {operator, byOperator, jsonBody(func(s *stage) any { return map[string]any{"name": fmt.Sprintf("user%d", s.next())} }), ""},
	"issueToken":    {operator, byOperator, func(_ testing.TB, s *stage) request { return request{path: map[string]string{"id": s.erin.ID}} }, ""},
	"useFaucet": {operator, byOperator, jsonBody(func(s *stage) any {
		return map[string]any{"address": s.erin.Wallet, "priv": 1.5, "usdc": 2, "eth": 0.001}
	}), ""},
	"advanceClock": {operator, byOperator, jsonBody(func(*stage) any { return map[string]any{"advance": "1s"} }), ""},
	"seedFixtures": {operator, byOperator, jsonBody(func(*stage) any { return map[string]any{"set": "docs", "seller": "alice", "buyer": "bob"} }), ""},
}

func none(testing.TB, *stage) request { return request{} }

// on calls an operation on a thing of a known id.
func on(id string) func(testing.TB, *stage) request {
	return func(testing.TB, *stage) request { return request{path: map[string]string{"id": id}} }
}

// onThing calls an operation on a thing that is made for it, the same one until it
// is lost.
func onThing(kind string, make func(*stage, testing.TB) string) func(testing.TB, *stage) request {
	return func(t testing.TB, s *stage) request {
		t.Helper()
		return request{path: map[string]string{"id": s.once(kind, func() string { return make(s, t) })}}
	}
}

func onDraft(body map[string]any) func(testing.TB, *stage) request {
	return with(onThing("draft", (*stage).newDraft), body)
}

// with calls with a JSON body.
func with(target func(testing.TB, *stage) request, body any) func(testing.TB, *stage) request {
	return func(t testing.TB, s *stage) request {
		t.Helper()
		r := target(t, s)
		r.kind, r.body = "application/json", encode(t, body)
		return r
	}
}

func jsonBody(body func(*stage) any) func(testing.TB, *stage) request {
	return func(t testing.TB, s *stage) request {
		t.Helper()
		return request{kind: "application/json", body: encode(t, body(s))}
	}
}

func encode(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return string(raw)
}

func query(pairs ...string) func(testing.TB, *stage) request {
	return func(testing.TB, *stage) request {
		q := url.Values{}
		for pair := range slices.Chunk(pairs, 2) {
			q.Set(pair[0], pair[1])
		}
		return request{query: q}
	}
}

// downloadOf is a download with the purchase's token; each counts, so only those of
// the buyer are what the fixture has.
func downloadOf(testing.TB, *stage) request {
	return request{path: map[string]string{"id": "purchase_xyz789"}, query: url.Values{"access_token": {"at_abc123..."}},
		header: http.Header{"X-Access-Token": {"at_abc123..."}}}
}

// gatewayURL is a signed URL as a download gives it.
func gatewayURL(t testing.TB, s *stage) request {
	t.Helper()
	raw := s.once("gateway", func() string {
		items, code := s.bob.Download(t, nodetest.Bought{ID: "purchase_xyz789", Token: "at_abc123..."})
		require.Equal(t, http.StatusOK, code)
		return items[0].URL
	})
	u, err := url.Parse(raw)
	require.NoError(t, err)
	m := regexp.MustCompile(`/gateway/([^/]+)/(\d+)$`).FindStringSubmatch(u.Path)
	require.NotNil(t, m, raw)
	return request{path: map[string]string{"id": m[1], "entry": m[2]}, query: u.Query(), header: http.Header{"Range": {"bytes=0-9"}}}
}

// signIn is a login with a wallet made for it.
func signIn(t testing.TB, s *stage) request {
	t.Helper()
	return s.login(t, nodetest.NewWallet(t))
}

// login is the request that signs a wallet in.
func (s *stage) login(t testing.TB, w nodetest.Wallet) request {
	t.Helper()
	var challenge struct{ Message string }
	require.Equal(t, http.StatusOK, s.node.As("").Post(t, "/auth/nonce", map[string]any{"wallet_address": w.Address()}, &challenge))
	return request{kind: "application/json", body: encode(t, map[string]string{"message": challenge.Message, "signature": w.SignText(t, challenge.Message)})}
}

// part is one part of a multipart form.
type part struct {
	name, value string
	file        string // the filename, where it is one
	kind        string
}

// form encodes parts in order.
func form(t testing.TB, parts []part) request {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, p := range parts {
		h := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q`, p.name)}}
		if p.file != "" {
			h.Set("Content-Disposition", fmt.Sprintf(`form-data; name=%q; filename="%s"`, p.name, p.file))
		}
		if p.kind != "" {
			h.Set("Content-Type", p.kind)
		}
		out, err := w.CreatePart(h)
		require.NoError(t, err)
		_, err = out.Write([]byte(p.value))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return request{kind: w.FormDataContentType(), body: body.String()}
}

// forms are the parts of the operations that take one, each file unlike the others.
var forms = map[string]func(t testing.TB, s *stage) []part{
	"uploadContribution": func(_ testing.TB, s *stage) []part {
		return []part{
			{name: "file", value: string(words(s.next()).Data), file: "words.txt", kind: "text/plain"},
			{name: "contribution_type", value: "text"},
			{name: "consent_ai_training", value: "true"}, {name: "consent_research", value: "false"}, {name: "consent_commercial", value: "true"},
			{name: "metadata", value: `{"subject":"words"}`},
		}
	},
	"createDataListing": func(_ testing.TB, s *stage) []part {
		n := s.next()
		return []part{
			{name: "file", value: fmt.Sprintf("number,name\n%d,first\n%d,second\n", n, n+1), file: "table.csv", kind: "text/csv"},
			{name: "title", value: "A table"}, {name: "description", value: "Of numbers"}, {name: "data_type", value: "social"},
			{name: "price_priv", value: "3.5"}, {name: "tags", value: "numbers,names"}, {name: "dataset_id", value: fmt.Sprintf("table-%d", n)},
			{name: "provider", value: "Somebody"}, {name: "price_usdc", value: "2.5"}, {name: "preview_rows", value: "1"},
		}
	},
}

// data is a dataset of alice and the listing that offers it.
type data struct {
	Dataset string `json:"dataset_id"`
	Listing string `json:"listing_id"`
}

// newData sells another dataset.
func (s *stage) newData(t testing.TB) (made data) {
	t.Helper()
	for _, o := range s.operations {
		if o.id == "createDataListing" {
			got := s.call(t, o, prefixes[0], sellData(t, s), bearer(s.alice.jwt))
			require.Equal(t, http.StatusOK, got.status, got.body)
			var answer struct{ Data data }
			require.NoError(t, json.Unmarshal([]byte(got.body), &answer))
			made = answer.Data
		}
	}
	s.bob.WaitListed(t, made.Listing)
	return made
}

func sellData(t testing.TB, s *stage) request {
	t.Helper()
	return form(t, forms["createDataListing"](t, s))
}

func upload(t testing.TB, s *stage) request {
	t.Helper()
	return form(t, forms["uploadContribution"](t, s))
}

// forgedToken is a JWT as the node makes them, under another key.
func forgedToken(t testing.TB, user string) string {
	t.Helper()
	now := time.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		Issuer: "privd", Subject: user, IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(24 * time.Hour)),
	}).SignedString([]byte("another node's key, of 32 bytes."))
	require.NoError(t, err)
	return token
}

// credential returns the header of who makes a call.
func (s *stage) credential(t testing.TB, who whom) http.Header {
	t.Helper()
	switch who {
	case alice:
		return bearer(s.alice.jwt)
	case bob:
		return bearer(s.bob.jwt)
	case frank:
		return bearer(s.frank.jwt)
	case operator:
		return bearer(s.root)
	case serviceKey:
		return bearer(s.service)
	}
	return nil
}
