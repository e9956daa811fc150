package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
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
	operator
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
	public     access = iota // no credential is needed
	ownThing                 // the owner of the thing alone; nobody else learns that it is there
	ownList                  // every user, of their own
	anyReader                // every user of their own, and service keys of anybody
	byOperator               // the operator of the node
	byService                // service keys
	shared                   // every user, of what others offer
	ownHidden                // the owner alone, where others need no credential to ask
	offSale                  // nobody: it is not on sale
)

// calls has a row for each operation of the OpenAPI document.
var calls = map[string]call{
	"getHealth":   {nobody, public, none, ""},
	"createNonce": {nobody, public, jsonBody(func(s *stage) any { return map[string]any{"wallet_address": s.erin.Wallet} }), ""},
	"login":       {nobody, public, signIn, ""},

	"listKeys":  {alice, ownList, none, ""},
	"createKey": {alice, ownList, jsonBody(func(*stage) any { return map[string]any{"name": "laptop", "kind": "user"} }), ""},
	"revokeKey": {alice, ownThing, onThing("key", func(t testing.TB, s *stage) string {
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

	"purchaseListing":     {bob, shared, purchaseOf(on("listing_abc123"), map[string]any{"access_duration_days": 30}), ""},
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
func onThing(kind string, make func(testing.TB, *stage) string) func(testing.TB, *stage) request {
	return func(t testing.TB, s *stage) request {
		t.Helper()
		return request{path: map[string]string{"id": s.once(kind, func() string { return make(t, s) })}}
	}
}

func onDraft(body map[string]any) func(testing.TB, *stage) request {
	target := onThing("draft", func(t testing.TB, s *stage) string { return s.newDraft(t) })
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

func purchaseOf(target func(testing.TB, *stage) request, body any) func(testing.TB, *stage) request {
	return func(t testing.TB, s *stage) request {
		t.Helper()
		r := target(t, s)
		// The key names one intent, so that calling again repeats the answer.
		r.header = http.Header{"Idempotency-Key": {"conformance"}}
		r.kind, r.body = "application/json", encode(t, body)
		return r
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
	key, err := crypto.GenerateKey()
	require.NoError(t, err)
	var challenge struct{ Message string }
	code := s.node.As("").Post(t, "/auth/nonce", map[string]any{"wallet_address": crypto.PubkeyToAddress(key.PublicKey)}, &challenge)
	require.Equal(t, http.StatusOK, code)
	digest := crypto.Keccak256([]byte("\x19Ethereum Signed Message:\n" + strconv.Itoa(len(challenge.Message)) + challenge.Message))
	signature, err := crypto.Sign(digest, key)
	require.NoError(t, err)
	signature[64] += 27
	return request{kind: "application/json", body: encode(t, map[string]string{"message": challenge.Message, "signature": fmt.Sprintf("0x%x", signature)})}
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
			{name: "file", value: fmt.Sprintf("Words of file number %d, of which there is only one.", s.next()), file: "words.txt", kind: "text/plain"},
			{name: "contribution_type", value: "text"},
			{name: "consent_ai_training", value: "true"}, {name: "consent_research", value: "false"}, {name: "consent_commercial", value: "true"},
			{name: "metadata", value: `{"subject":"words"}`},
		}
	},
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

// called returns a request for an operation that succeeds, and who makes it.
func (s *stage) called(t testing.TB, o operation) (call, request) {
	t.Helper()
	c, ok := calls[o.id]
	require.True(t, ok, "operation %s (%s %s) has no row in the table of calls", o.id, o.method, o.path)
	return c, c.make(t, s)
}

// credential returns the header of who makes a call.
func (s *stage) credential(t testing.TB, who whom) http.Header {
	t.Helper()
	switch who {
	case alice:
		return bearer(s.alice.jwt)
	case bob:
		return bearer(s.bob.jwt)
	case operator:
		return bearer(s.root)
	}
	return nil
}
