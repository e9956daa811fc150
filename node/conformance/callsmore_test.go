package conformance_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/node/nodetest"
)

// erasureCalls are the rows about what owners take back, and what is seen before.
var erasureCalls = map[string]call{
	"deleteContribution": {alice, ownThing, with(onThing("to be deleted", (*stage).newText), map[string]any{
		"reason": "I changed my mind", "force_gdpr": true}), "to be deleted"},
	"listDeletions": {alice, ownList, query("limit", "10", "offset", "0"), ""},
	"listConsents":  {alice, ownThing, on("contrib_abc123"), ""},
	"updateConsent": {alice, ownThing, with(onThing("consented", (*stage).newText), map[string]any{
		"consent_ai_training": true, "consent_research": true, "consent_commercial": true}), ""},
	"previewContribution": {nobody, public, func(testing.TB, *stage) request {
		return request{path: map[string]string{"id": "contrib_abc123"}, query: url.Values{"listing": {"listing_abc123"}}}
	}, ""},
}

// moneyCalls are the rows about what users agree to, are owed, and stake.
var moneyCalls = map[string]call{
	"getUserConsent": {alice, anyReader, ofAlice(), ""},
	"saveUserConsent": {alice, ownList, jsonBody(func(*stage) any {
		return map[string]any{"preferences": map[string]bool{"analytics": true, "marketing": false, "data_sharing": true, "personalization": true}}
	}), ""},
	"listEarnings":     {alice, anyReader, ofAlice("source", "labeling", "status", "confirmed", "limit", "10", "offset", "0"), ""},
	"listClaims":       {alice, anyReader, ofAlice("limit", "10", "offset", "0"), ""},
	"getClaim":         {alice, ownOrService, onThing("claim", (*stage).newClaim), ""},
	"getClaimTimeline": {alice, ownOrService, onThing("claim", (*stage).newClaim), ""},
	"claimEarnings": {alice, ownMeans, func(t testing.TB, s *stage) request {
		t.Helper()
		id := s.once("earning", func() string { return s.newEarning(t, "confirmed") })
		return request{kind: "application/json", body: encode(t, map[string]any{"earning_ids": []string{id}, "claim_all": false})}
	}, "earning"},
	"bookEarning": {serviceKey, byService, jsonBody(func(s *stage) any {
		return map[string]any{"user_id": s.alice.ID, "source": "browsing", "amount": 0.5, "description": "A day of browsing",
			"reference_id": fmt.Sprintf("day-%d", s.next()), "status": "pending"}
	}), ""},
	"confirmEarning": {serviceKey, byService, onThing("pending earning", func(s *stage, t testing.TB) string { return s.newEarning(t, "pending") }), ""},

	"listSales":       {alice, ownList, query("limit", "10", "offset", "0"), ""},
	"listX402Sales":   {alice, ownList, query("limit", "10", "offset", "0"), ""},
	"getSaleTimeline": {alice, ownThing, on("purchase_xyz789"), ""},

	"getReputation": {alice, anyReader, ofAlice(), ""},
	"getStake":      {alice, anyReader, ofAlice(), ""},
	"stake":         {bob, ownList, jsonBody(func(*stage) any { return map[string]any{"amount": 2.5} }), ""},
	"unstake": {bob, ownList, func(t testing.TB, s *stage) request {
		t.Helper()
		s.once("staked", func() string { return s.stakes(t) })
		return request{kind: "application/json", body: `{"amount":1}`}
	}, ""},
}

// labelingCalls are the rows about what people decide.
var labelingCalls = map[string]call{
	"listLabelingTasks":   {bob, ownList, query("limit", "10", "offset", "0"), ""},
	"answerLabelingTask":  {bob, ownThing, with(onThing("task", (*stage).newTask), map[string]any{"label": "good", "score": 0.9}), ""},
	"previewLabelingTask": {bob, ownThing, onThing("open task", (*stage).newTask), ""},
	"listLabelingItems":   {operator, byOperator, query("limit", "10", "offset", "0"), ""},
	"previewLabelingItem": {operator, byOperator, onThing("item", (*stage).newItem), ""},
	"decideLabelingItem":  {operator, byOperator, with(onThing("item", (*stage).newItem), map[string]any{"verdict": "reject", "reason": "Too dull"}), "item"},
	"listLabelingGold":    {operator, byOperator, query("limit", "10", "offset", "0"), ""},
	"setLabelingGold": {operator, byOperator, jsonBody(func(*stage) any {
		return map[string]any{"contribution_id": "contrib_ghi789", "label": "good"}
	}), ""},
	"dropLabelingGold": {operator, byOperator, onThing("gold", (*stage).newGold), "gold"},
	"listHeldListings": {operator, byOperator, query("limit", "10", "offset", "0"), ""},
	"decideListing":    {operator, byOperator, with(onThing("held", (*stage).newHeld), map[string]any{"approve": true, "reason": "Fine"}), "held"},
}

// signatureCalls are the rows about wallets that sign for themselves, and about news.
var signatureCalls = map[string]call{
	"listSignatures": {frank, ownList, query("limit", "10", "offset", "0"), ""},
	"getSignature":   {frank, ownExternal, onThing("signature", (*stage).newSignature), ""},
	"answerSignature": {frank, ownExternal, func(t testing.TB, s *stage) request {
		t.Helper()
		r := onThing("signature", (*stage).newSignature)(t, s)
		var asked nodetest.SignatureRequest
		require.Equal(t, http.StatusOK, s.frank.Get(t, "/user/signatures/"+r.path["id"], &asked))
		r.kind, r.body = "application/json", encode(t, map[string]string{"signature": s.wallet.SignTyped(t, asked.TypedData)})
		return r
	}, "signature"},
	"streamEvents": {bob, ownList, query("last_event_id", "0", "follow", "false"), ""},
}

// ofAlice asks about alice by her id, with further parameters.
func ofAlice(pairs ...string) func(testing.TB, *stage) request {
	return func(t testing.TB, s *stage) request {
		t.Helper()
		return query(append([]string{"user_id", s.alice.ID}, pairs...)...)(t, s)
	}
}

// newText is another approved text of alice.
func (s *stage) newText(t testing.TB) string {
	t.Helper()
	return s.alice.Contribute(t, words(s.next()))
}

// words is a text unlike those of other numbers.
func words(n int) nodetest.Form {
	r := rand.New(rand.NewPCG(uint64(n), 3))
	var text strings.Builder
	for i := range 300 {
		for range 2 + r.IntN(8) {
			text.WriteByte("aeiourstnlmdpgbk"[r.IntN(16)])
		}
		text.WriteString(map[bool]string{true: ". ", false: " "}[i%12 == 11])
	}
	return nodetest.Form{Filename: fmt.Sprintf("text%d.txt", n), Kind: "text", Data: []byte(text.String())}
}

// newItem is another contribution of alice that the review holds: too dull to be
// approved, and not bad enough to be rejected.
func (s *stage) newItem(t testing.TB) string {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(s.next()), 4))
	letters := r.Perm(26)
	word := string([]byte{byte('a' + letters[0]), byte('a' + letters[1])})
	id, code := s.alice.Upload(t, nodetest.Form{Filename: "dull.txt", Kind: "text", Data: []byte(strings.Repeat(word+word+" ", 6))})
	require.Equal(t, http.StatusOK, code)
	nodetest.Wait(t, id+" to be held", func() bool {
		var list struct {
			Items []struct {
				ID string `json:"contribution_id"`
			}
		}
		require.Equal(t, http.StatusOK, s.operator.Get(t, "/labeling/items?limit=100", &list))
		return slices.ContainsFunc(list.Items, func(i struct {
			ID string `json:"contribution_id"`
		}) bool {
			return i.ID == id
		})
	})
	return id
}

// newTask is another task of bob.
func (s *stage) newTask(t testing.TB) (id string) {
	t.Helper()
	s.newItem(t)
	nodetest.Wait(t, "a task of bob", func() bool {
		var list struct{ Tasks []struct{ ID string } }
		require.Equal(t, http.StatusOK, s.bob.Get(t, "/labeling/tasks?limit=100", &list))
		for _, task := range list.Tasks {
			id = task.ID
			taken := false
			for _, other := range s.made {
				taken = taken || other == id
			}
			if !taken {
				return true
			}
		}
		return false
	})
	return id
}

// newGold makes a task of which the answer is known.
func (s *stage) newGold(t testing.TB) string {
	t.Helper()
	const id = "contrib_def456"
	require.Equal(t, http.StatusOK, s.operator.Post(t, "/labeling/gold", map[string]string{"contribution_id": id, "label": "good"}, nil))
	return id
}

// newHeld is a listing of alice that waits for the operator. The node holds listings
// only while some are made, many at a time: what is held stays so.
func (s *stage) newHeld(t testing.TB) (id string) {
	t.Helper()
	if len(s.held) == 0 {
		s.network.Reconfigure(s.whole, s.node, "[review]\nhold_below = 550\nhold_listings = true\n")
		for range 40 {
			id := s.newDraft(t)
			require.Equal(t, http.StatusOK, s.alice.Put(t, "/marketplace/wallet/listings/"+id, map[string]any{"status": "pending_review"}, nil))
			s.held = append(s.held, id)
		}
		nodetest.Wait(t, "listings to be held", func() bool {
			var page struct{ Total int }
			require.Equal(t, http.StatusOK, s.operator.Get(t, "/node/listings/held", &page))
			return page.Total >= len(s.held)
		})
		s.network.Reconfigure(s.whole, s.node, holding)
	}
	id, s.held = s.held[0], s.held[1:]
	return id
}

// newEarning is another earning of alice, as a service books it.
func (s *stage) newEarning(t testing.TB, status string) string {
	t.Helper()
	var earning struct{ ID string }
	require.Equal(t, http.StatusOK, s.node.As(s.service).Post(t, "/service/earnings", map[string]any{
		"user_id": s.alice.ID, "source": "labeling", "amount": 1.25, "description": "Some work", "status": status,
		"reference_id": fmt.Sprintf("work-%d", s.next()),
	}, &earning))
	return earning.ID
}

// newClaim is another claim of alice.
func (s *stage) newClaim(t testing.TB) string {
	t.Helper()
	var claim struct {
		ID string `json:"claim_id"`
	}
	require.Equal(t, http.StatusOK, s.alice.Post(t, "/user/earnings/claim", map[string]any{"earning_ids": []string{s.newEarning(t, "confirmed")}}, &claim))
	return claim.ID
}

// stakes gives everybody something to unstake.
func (s *stage) stakes(t testing.TB) string {
	t.Helper()
	for _, c := range []*nodetest.Client{s.bob.Client, s.erin.Client, s.operator} {
		require.Equal(t, http.StatusOK, c.Post(t, "/user/stake", map[string]any{"amount": 50}, nil))
	}
	return "all"
}

// newSignature is another order that frank's wallet is asked to sign.
func (s *stage) newSignature(t testing.TB) string {
	t.Helper()
	words := s.once("frank's words", func() string { return s.frank.Contribute(t, words(s.next())) })
	var made struct {
		ID string `json:"listing_id"`
	}
	require.Equal(t, http.StatusOK, s.frank.Post(t, "/marketplace/wallet/listings", map[string]any{
		"title": "Signed by hand", "description": "By a wallet of its own", "category": "text", "price_priv": 4, "contribution_ids": []string{words},
	}, &made))
	require.Equal(t, http.StatusOK, s.frank.Put(t, "/marketplace/wallet/listings/"+made.ID, map[string]string{"status": "pending_review"}, nil))
	return s.frank.WaitSignature(t, "listing_order", made.ID).ID
}

// signUp makes a user with a wallet of its own.
func (s *stage) signUp(t testing.TB) {
	t.Helper()
	s.wallet = nodetest.NewWallet(t)
	for _, o := range s.operations {
		if o.id == "login" {
			got := s.call(t, o, prefixes[0], s.login(t, s.wallet), nil)
			require.Equal(t, http.StatusOK, got.status, got.body)
			var answer struct {
				Data struct {
					Token string
					User  string `json:"user_id"`
				}
			}
			require.NoError(t, json.Unmarshal([]byte(got.body), &answer))
			s.frank = user{jwt: answer.Data.Token, User: &nodetest.User{Client: s.node.As(answer.Data.Token), ID: answer.Data.User, Wallet: s.wallet.Address(), Key: answer.Data.Token}}
		}
	}
}
