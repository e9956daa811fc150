package conformance_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/node/nodetest"
)

// TestDocuments runs every example of the documents against real nodes, as a reader
// pastes them: commands with curl, functions with Node.js, bodies as they are shown.
// Each must succeed and answer with every documented field in its JSON type. What
// erases the fixtures comes last, and on a second node where it erases the same.
func TestDocuments(t *testing.T) {
	t.Parallel()
	b := openBook(t)
	r := newReader(t, b)
	t.Run("contributions", r.contributions)
	t.Run("wallet", r.wallet)
	t.Run("data", r.data)
	t.Run("user", r.users)
	t.Run("erasure", r.erasure)
	second := newReader(t, b)
	t.Run("second", second.again)
	if !t.Failed() {
		b.close(t)
	}
}

func (r *reader) contributions(t *testing.T) {
	const doc = "contributions-api"
	up := r.curl(t, doc+" curl 1", r.alice, doc+" json 1")
	require.Equal(t, "pending", text(t, up, "status"))
	require.Equal(t, hashOf(photo(t, 100)), text(t, up, "file_hash"))
	require.Equal(t, "1.6", text(t, up, "estimated_reward"))
	list := r.curl(t, doc+" curl 2", r.alice, doc+" json 2")
	require.Equal(t, "10", text(t, list, "limit"))
	details := r.curl(t, doc+" curl 3", r.alice, doc+" json 3")
	require.Equal(t, "contrib_abc123", text(t, details, "contribution", "id"))
	require.Equal(t, map[string]any{"subject": "nature", "location": "outdoor"}, dig(t, details, "contribution", "metadata"))

	one := r.javascript(t, doc, r.alice, "uploadContribution("+file(photo(t, 101), "sunset.jpg", "image/jpeg")+", 'photo')")
	require.Equal(t, hashOf(photo(t, 101)), text(t, one, "data", "file_hash"))

	several := r.javascript(t, doc, r.alice, fmt.Sprintf("uploadMultipleContributions([%s, %s, %s, %s])",
		file(photo(t, 102), "a.jpg", "image/jpeg"), file(photo(t, 103), "b.jpg", "image/jpeg"),
		file([]byte(strings.Repeat("Some words that nobody wrote before, in a file of many lines.\n", 40)), "notes.txt", "text/plain"),
		file([]byte("%PDF-1.4"), "c.pdf", "application/pdf")))
	require.Len(t, dig(t, several, "successful"), 3)
	require.Len(t, dig(t, several, "failed"), 1)
	for _, f := range dig(t, several, "successful").([]any) {
		id := text(t, f, "contributionId")
		r.get(t, "/contributions/"+id, r.alice)
		require.Contains(t, []string{"1.6", "0.8"}, text(t, f, "estimatedReward"), "%s of %s", id, text(t, f, "file"))
	}
	require.Equal(t, []any{"photo", "video", "voice", "text", nil}, r.javascript(t, doc, r.alice,
		"['image/png', 'video/mp4', 'audio/ogg', 'text/plain', 'application/pdf'].map(m => getContributionType(m))"))

	tracked := r.javascript(t, doc, r.alice, "trackContributionStatus('contrib_abc123')")
	require.Equal(t, map[string]any{
		"id": "contrib_abc123", "status": "approved", "privEarned": json.Number("1.6"), "canDelete": true,
		"qualityScore": dig(t, details, "contribution", "quality_score"),
	}, tracked)
	approved := r.javascript(t, doc, r.alice, fmt.Sprintf("waitForApproval(%q)", text(t, one, "data", "contribution_id")))
	require.Equal(t, true, dig(t, approved, "approved"))
	require.Equal(t, text(t, one, "data", "contribution_id"), text(t, approved, "id"))
}

// file makes a File of JavaScript.
func file(data []byte, name, kind string) string {
	return fmt.Sprintf("new File([Buffer.from(%q, 'base64')], %q, {type: %q})", base64.StdEncoding.EncodeToString(data), name, kind)
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (r *reader) wallet(t *testing.T) {
	const doc = "wallet-marketplace-api"
	browsed := r.curl(t, doc+" curl 1", r.bob, doc+" json 1")
	require.Equal(t, "listing_abc123", r.find(t, dig(t, browsed, "listings"), "listing_abc123")["id"])
	r.get(t, "/marketplace/wallet/listings/listing_abc123", r.bob, doc+" json 4")

	first := r.curl(t, doc+" curl 2", r.alice, doc+" json 3")
	require.Equal(t, "2", text(t, first, "contribution_count"))
	made := r.send(t, doc+" json 2", r.alice, http.MethodPost, "/marketplace/wallet/listings", doc+" json 3")
	require.Equal(t, "3", text(t, made, "contribution_count"))
	id := text(t, made, "listing_id")
	updated := r.send(t, doc+" json 5", r.alice, http.MethodPut, "/marketplace/wallet/listings/"+id, doc+" json 6")
	require.Equal(t, []any{"title", "description", "price_priv", "tags", "status"}, dig(t, updated, "updated_fields"))
	r.bob.WaitListed(t, id)

	bought := r.curl(t, doc+" curl 3", r.bob, doc+" json 8")
	require.Equal(t, "25", text(t, bought, "amount_paid_priv"))
	again := r.send(t, doc+" json 7", r.bob, http.MethodPost, "/marketplace/wallet/listings/"+id+"/purchase", doc+" json 8")
	require.Equal(t, "30", text(t, again, "amount_paid_priv"))
	purchases := r.get(t, "/marketplace/wallet/purchases", r.bob, doc+" json 9")
	require.Equal(t, "active", r.find(t, dig(t, purchases, "purchases"), "purchase_xyz789")["status"])
	download := r.curl(t, doc+" curl 4", r.bob, doc+" json 10")
	require.Equal(t, "1", text(t, download, "download_count"))
	r.opens(t, download, "contrib_abc123", "contrib_def456")

	r.flow(t, doc)
}

// flow plays the JavaScript of the wallet document: publish, browse, buy, download.
func (r *reader) flow(t *testing.T, doc string) {
	published := r.javascript(t, doc, r.alice, `createAndPublishListing(['contrib_abc123', 'contrib_ghi789'], 'From JavaScript', 'As documented', 12.5)`)
	id := text(t, published, "data", "listing_id")
	r.bob.WaitListed(t, id)
	browsed := r.javascript(t, doc, r.bob, "browseListings({category: 'photo', maxPrice: '12.5', sort: 'price_high', limit: '100'})")
	require.Equal(t, "From JavaScript", r.find(t, dig(t, browsed, "data", "listings"), id)["title"])
	bought := r.javascript(t, doc, r.bob, fmt.Sprintf("purchaseListing(%q)", id))
	require.Regexp(t, `^purchase_`, text(t, bought, "purchaseId"))
	require.Equal(t, bought, r.javascript(t, doc, r.bob, fmt.Sprintf("purchaseListing(%q)", id)), "the same request within 30 seconds")
	download := r.javascript(t, doc, r.bob, fmt.Sprintf("downloadPurchase(%q, %q)", text(t, bought, "purchaseId"), text(t, bought, "accessToken")))
	r.opens(t, download, "contrib_abc123", "contrib_ghi789")
}

func (r *reader) find(t testing.TB, list any, id string) map[string]any {
	t.Helper()
	for _, item := range list.([]any) {
		if o := item.(map[string]any); o["id"] == id {
			return o
		}
	}
	t.Fatalf("%s is not in %v", id, list)
	return nil
}

// opens fetches what a download names: the bytes that the owner uploaded.
func (r *reader) opens(t testing.TB, download any, contributions ...string) {
	t.Helper()
	items := dig(t, download, "downloads").([]any)
	require.Len(t, items, len(contributions))
	for i, item := range items {
		require.Equal(t, contributions[i], text(t, item, "contribution_id"))
		data, status := nodetest.Fetch(t, text(t, item, "gateway_url"))
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, text(t, item, "file_size_bytes"), fmt.Sprint(len(data)))
		owned := r.get(t, "/contributions/"+contributions[i], r.alice)
		require.Equal(t, text(t, owned, "contribution", "file_hash"), hashOf(data))
	}
}

func (r *reader) data(t *testing.T) {
	const doc = "data-marketplace-api"
	listed := r.curl(t, doc+" curl 1", r.bob, doc+" json 1")
	require.Equal(t, "lst_abc123", r.find(t, dig(t, listed, "listings"), "lst_abc123")["id"])
	bought := r.send(t, doc+" json 2", r.bob, http.MethodPost, "/data/purchase", doc+" json 3")
	require.Regexp(t, `^pur_`, text(t, bought, "purchase_id"))
	require.Regexp(t, `^dat_[A-Za-z0-9]{32}$`, text(t, bought, "access_token"))
	require.Equal(t, "completed", text(t, bought, "status"))
	out := r.script(t, doc+" script 1", r.erin)
	require.Contains(t, out, "Available listings: 2")
	require.Contains(t, out, "Purchase successful!")
	token := regexp.MustCompile(`Access token: (dat_\w+)`).FindStringSubmatch(out)
	require.NotNil(t, token, out)
	purchases := r.get(t, "/marketplace/wallet/purchases", r.erin)
	newest := dig(t, purchases, "purchases").([]any)[0]
	require.Equal(t, "lst_abc123", text(t, newest, "listing_id"))
	id := text(t, newest, "id")
	download := r.get(t, "/marketplace/wallet/purchases/"+id+"/download?access_token="+token[1], r.erin)
	for _, item := range dig(t, download, "downloads").([]any) {
		data, status := nodetest.Fetch(t, text(t, item, "gateway_url"))
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, text(t, item, "sha256"), hashOf(data))
	}
}

func (r *reader) users(t *testing.T) {
	const doc = "user-api"
	balance := r.curl(t, doc+" curl 1", r.alice, doc+" json 1")
	fresh := r.get(t, "/user/consent", r.erin)
	require.Equal(t, decode(t, r.book.take(t, doc+" json 3").text), dig(t, fresh, "preferences"), "the documented defaults")
	set := r.curl(t, doc+" curl 2", r.alice, doc+" json 5")
	require.Equal(t, "created", text(t, set, "action"))
	set = r.send(t, doc+" json 4", r.alice, http.MethodPost, "/user/consent", doc+" json 5")
	require.Equal(t, "updated", text(t, set, "action"))
	require.Equal(t, "anon_456", text(t, set, "anonymous_id"))
	got := r.get(t, "/user/consent", r.alice, doc+" json 2")
	require.Equal(t, dig(t, set, "preferences"), dig(t, got, "preferences"))
	r.get(t, "/user/reputation", r.alice, doc+" json 6")

	earned := r.curl(t, doc+" curl 3", r.alice)
	require.Equal(t, "earn_abc123", text(t, r.find(t, dig(t, earned, "earnings"), "earn_abc123"), "id"))
	earned = r.get(t, "/user/earnings?limit=100", r.alice, doc+" json 7")
	require.Equal(t, "pending", r.find(t, dig(t, earned, "earnings"), "earn_def456")["status"])
	dashboard := r.javascript(t, doc, r.alice, "getUserDashboard()")
	require.Equal(t, text(t, balance, "priv_balance"), text(t, dashboard, "balance"))
	require.Equal(t, text(t, earned, "summary", "total_earned"), text(t, dashboard, "totalEarned"))
	require.LessOrEqual(t, len(dig(t, dashboard, "recentEarnings").([]any)), 5)
	require.Equal(t, "Novice", text(t, dashboard, "levelName"))
	r.claims(t, doc)
}

// claims takes what is confirmed: named earnings, then all, then what came since.
func (r *reader) claims(t *testing.T, doc string) {
	claimed := r.curl(t, doc+" curl 5", r.alice, doc+" json 9")
	require.Equal(t, "5.5", text(t, claimed, "total_claimed"), "the confirmed one of the two")
	r.contributed(t, 110)
	all := r.curl(t, doc+" curl 4", r.alice, doc+" json 9")
	require.Equal(t, "pending", text(t, all, "status"))
	r.contributed(t, 111)
	id := r.javascript(t, doc, r.alice, "claimAllEarnings()").(string)
	require.Regexp(t, `^claim_`, id)
	require.Equal(t, id, text(t, r.get(t, "/user/earnings/claims/"+id, r.alice), "claim_id"))
	earned := r.get(t, "/user/earnings?limit=100", r.alice)
	require.Equal(t, "0", text(t, earned, "summary", "total_confirmed"))
	summed := market.Amount{}
	for _, name := range []string{"total_pending", "total_confirmed", "total_claimed"} {
		part, err := market.ParsePRIV(text(t, earned, "summary", name))
		require.NoError(t, err)
		summed, err = summed.Add(part)
		require.NoError(t, err)
	}
	require.Equal(t, text(t, earned, "summary", "total_earned"), summed.PRIV())
}

// erasure deletes a fixture; the listings that held it are off the market.
func (r *reader) erasure(t *testing.T) {
	const doc = "contributions-api"
	gone := r.curl(t, doc+" curl 5", r.alice, doc+" json 6")
	require.Equal(t, "gdpr_request", text(t, gone, "deletion_type"))
	status, _ := r.request(t, http.MethodGet, "/api/v1/contributions/contrib_abc123", r.alice.jwt, "")
	require.Equal(t, http.StatusNotFound, status)
	status, _ = r.request(t, http.MethodGet, "/api/v1/marketplace/wallet/listings/listing_abc123", r.bob.jwt, "")
	require.Equal(t, http.StatusNotFound, status)
}

// again runs what the first node's fixtures serve once only.
func (r *reader) again(t *testing.T) {
	r.send(t, "user-api json 8", r.alice, http.MethodPost, "/user/earnings/claim", "user-api json 9")
	const doc = "contributions-api"
	gone := r.curl(t, doc+" curl 4", r.alice, doc+" json 6")
	require.Equal(t, "gdpr_request", text(t, gone, "deletion_type"))
	// A pending contribution is gone at once; the review must not have been quicker.
	for seed := uint64(200); ; seed++ {
		require.Less(t, seed, uint64(220), "every contribution was reviewed before it could be deleted")
		id, code := r.alice.Upload(t, nodetest.Form{Filename: "pending.jpg", Kind: "photo", Data: photo(t, seed)})
		require.Equal(t, http.StatusOK, code)
		gone = r.send(t, doc+" json 4", r.alice, http.MethodDelete, "/contributions/"+id, doc+" json 5")
		if text(t, gone, "deletion_type") == "hard" {
			break
		}
	}
}
