package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/api"
	"privd/market"
	"privd/market/account"
	"privd/market/claim"
	"privd/market/earning"
	"privd/market/seal"
)

// userPreferences has one user who agreed to sharing.
type userPreferences struct{}

func (userPreferences) Selected(_ context.Context, caller account.Caller, who api.Selector) (account.User, error) {
	u := account.User{ID: "usr_abc123", AnonymousID: "anon_456"}
	if who.User == "usr_abc123" || caller.Service {
		u.Consent = &account.Consent{Preferences: account.Preferences{DataSharing: true}, UpdatedAt: start}
	}
	return u, nil
}

func (userPreferences) SaveConsent(_ context.Context, user market.UserID, p account.Preferences, anonymousID string) (account.User, bool, error) {
	if anonymousID == "anon_taken" {
		return account.User{}, false, &market.Error{Code: market.Conflict, Field: "anonymous_id"}
	}
	return account.User{ID: user, AnonymousID: anonymousID, Consent: &account.Consent{Preferences: p, UpdatedAt: start}}, true, nil
}

// earnings are the two of the document.
type earnings struct{}

func (earnings) List(_ context.Context, _ account.Caller, _ api.Selector, f earning.Filter, limit, offset int) (earning.Page, error) {
	p := earning.Page{Total: 150}
	for _, e := range []earning.Earning{
		{ID: "earn_abc123", Source: earning.Labeling, Amount: amount("5.50"), Status: earning.Confirmed, Description: "Image classification task",
			CreatedAt: start, ConfirmedAt: start.Add(90 * time.Minute), Reference: "task_xyz789"},
		{ID: "earn_def456", Source: earning.Browsing, Amount: amount("0.25"), Status: earning.Pending, Description: "Daily browsing reward", CreatedAt: start},
	} {
		if f.Source == "" || f.Source == e.Source {
			p.Earnings = append(p.Earnings, e)
		}
		if err := p.Summary.Add(e); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (earnings) Book(_ context.Context, r earning.Request) (earning.Earning, error) {
	return earning.Earning{ID: "earn_new", User: r.User, Source: r.Source, Amount: r.Amount, Status: r.Status, Description: r.Description,
		Reference: r.Reference, CreatedAt: start}, nil
}

func (earnings) Confirm(_ context.Context, id market.EarningID) (earning.Earning, error) {
	return earning.Earning{ID: id, User: "usr_alice", Source: earning.Browsing, Amount: amount("1"), Status: earning.Confirmed, CreatedAt: start}, nil
}

// claims makes another claim each time.
type claims struct {
	made *int
	mu   *sync.Mutex
}

func (c claims) Claim(_ context.Context, user market.UserID, r claim.Request) (claim.Made, error) {
	if !r.All && len(r.Earnings) == 0 {
		return claim.Made{}, market.Fail(market.Invalid, "Either earning_ids or claim_all: true must be provided")
	}
	id := "claim_xyz789"
	if c.made != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		*c.made++
		id = fmt.Sprint("claim_", *c.made)
	}
	cl := sampleClaim()
	cl.ID, cl.User, cl.Status, cl.Rewards.TxHash, cl.CompletedAt = market.ClaimID(id), user, claim.Pending, market.Hash{}, time.Time{}
	return claim.Made{Claim: cl}, nil
}

func sampleClaim() claim.Claim {
	return claim.Claim{
		ID: "claim_xyz789", User: "usr_alice", Status: claim.Completed, Total: amount("55.75"), Earnings: []market.EarningID{"earn_1", "earn_2", "earn_3"},
		Rewards: claim.Part{Amount: amount("55.75"), Paid: true, TxHash: market.Hash{1}},
		Skipped: []claim.Skipped{{Earning: "earn_def456", Reason: claim.SkipPending}},
		Steps:   []claim.Step{{At: start, What: "claimed"}, {At: start, What: "completed", TxHash: market.Hash{1}}}, CreatedAt: start, CompletedAt: start,
	}
}

func (claims) Get(_ context.Context, caller account.Caller, id market.ClaimID) (claim.View, error) {
	if id != "claim_xyz789" {
		return claim.View{}, market.Fail(market.NotFound, "Claim not found")
	}
	v := claim.View{Claim: sampleClaim()}
	if caller.Service {
		v.Voucher = &claim.Voucher{Cumulative: amount("60.5"), Signature: seal.Sig{1}}
	}
	return v, nil
}

func (c claims) List(ctx context.Context, caller account.Caller, _ api.Selector, _, _ int) ([]claim.View, int, error) {
	v, err := c.Get(ctx, caller, "claim_xyz789")
	return []claim.View{v}, 7, err
}

func (claims) Redemption(claim.Voucher) api.Redemption {
	return api.Redemption{ChainID: 31337, Token: market.Address{8}, Contract: market.Address{9}, Calldata: []byte{1, 2}}
}

// TestUserOperations calls what users and services call about their earnings.
func TestUserOperations(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	const preferences = `"preferences":{"analytics":true,"marketing":false,"data_sharing":true,"personalization":true}`
	for _, c := range []struct {
		method, path, body, token string
		want                      string
	}{
		{"GET", "/user/consent", "", aliceToken, `"last_updated":null`},
		{"GET", "/user/consent", "", aliceToken, `"preferences":{"analytics":false,"data_sharing":false,"marketing":false,"personalization":false}`},
		{"GET", "/user/consent?user_id=usr_abc123", "", serviceToken, `"last_updated":"2024-01-15T10:30:00Z"`},
		{"POST", "/user/consent", `{` + preferences + `,"anonymous_id":"anon_456"}`, aliceToken, `"action":"created"`},
		{"POST", "/user/consent", `{` + preferences + `,"anonymous_id":null}`, aliceToken, `"analytics":true`},
		{"POST", "/user/consent", `{"preferences":{"analytics":false,"marketing":false,"data_sharing":true,"personalization":true,"Analytics":true}}`, aliceToken, `"analytics":false`},
		{"GET", "/user/earnings", "", aliceToken, `"reference_id":"task_xyz789"`},
		{"GET", "/user/earnings", "", aliceToken, `"reference_id":null`},
		{"GET", "/user/earnings?source=labeling&status=confirmed&limit=500&offset=3", "", aliceToken, `"pagination":{"limit":100,"offset":3,"total":150}`},
		{"GET", "/user/earnings", "", aliceToken, `"by_source":{"browsing":0.25,"data_sales":0,"labeling":5.5,"referral":0,"staking":0}`},
		{"GET", "/user/earnings?source=staking", "", aliceToken, `"earnings":[]`},
		{"GET", "/user/earnings?source=staking", "", aliceToken, `"total_earned":5.75,"total_earned_wei":"5750000000000000000"`},
		{"POST", "/user/earnings/claim", `{"earning_ids":["earn_abc123","earn_def456"],"claim_all":false}`, aliceToken,
			`"message":"Successfully initiated claim for 55.75 PRIV from 3 earning(s). Claim ID: claim_xyz789"`},
		{"POST", "/user/earnings/claim", `{"claim_all":true}`, aliceToken, `"tx_hash":null`},
		{"POST", "/user/earnings/claim", `{"claim_all":true}`, aliceToken, `"remaining_count":0`},
		{"GET", "/user/earnings/claims", "", aliceToken, `"pagination":{"limit":20,"offset":0,"total":7}`},
		{"GET", "/user/earnings/claims/claim_xyz789", "", aliceToken, `"tx_hashes":["0x0100`},
		{"GET", "/user/earnings/claims/claim_xyz789", "", serviceToken, `"calldata":"0x0102"`},
		{"GET", "/user/earnings/claims/claim_xyz789/timeline", "", aliceToken, `"state":"completed"`},
		{"POST", "/service/earnings", `{"user_id":"usr_alice","source":"browsing","amount":0.1,"reference_id":"day-1"}`, serviceToken, `"amount_wei":"100000000000000000"`},
		{"POST", "/service/earnings", `{"user_id":"usr_alice","source":"browsing","amount":0.1,"status":"pending"}`, serviceToken, `"user_id":"usr_alice"`},
		{"POST", "/service/earnings/earn_1/confirm", "", serviceToken, `"status":"confirmed"`},
	} {
		for _, prefix := range []string{"/api/v1", "/v1"} {
			got := s.call(t, c.method, prefix+c.path, c.body, as(c.token))
			require.Equal(t, http.StatusOK, got.StatusCode, "%s %s: %s", c.method, c.path, got.body)
			require.Contains(t, string(got.body), c.want, "%s %s", c.method, c.path)
		}
	}
}

// TestUserRefusals is the table of bad requests about users.
func TestUserRefusals(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	for _, c := range []struct {
		method, path, body, token string
		status                    int
		field                     string
	}{
		{"GET", "/user/consent", "", "", 401, ""},
		{"GET", "/user/consent?user_id=", "", aliceToken, 400, "user_id"},
		{"POST", "/user/consent", `{}`, aliceToken, 400, "preferences"},
		{"POST", "/user/consent", `{"preferences":{"analytics":true,"marketing":false,"data_sharing":true}}`, aliceToken, 400, "preferences.personalization"},
		{"POST", "/user/consent", `{"preferences":{"analytics":"yes","marketing":false,"data_sharing":true,"personalization":true}}`, aliceToken, 400, "preferences.analytics"},
		{"POST", "/user/consent", `{"preferences":{"analytics":null,"marketing":false,"data_sharing":true,"personalization":true}}`, aliceToken, 400, "preferences.analytics"},
		{"POST", "/user/consent", `{"preferences":{"analytics":true,"marketing":false,"data_sharing":true,"personalization":true},"anonymous_id":"anon_taken"}`, aliceToken, 409, "anonymous_id"},
		{"POST", "/user/consent", `{"preferences":{"analytics":true,"marketing":false,"data_sharing":true,"personalization":true}}`, serviceToken, 403, ""},
		{"GET", "/user/earnings", "", "", 401, ""},
		{"GET", "/user/earnings?source=mining", "", aliceToken, 400, "source"},
		{"GET", "/user/earnings?status=cancelled", "", aliceToken, 400, "status"},
		{"GET", "/user/earnings?limit=0", "", aliceToken, 400, "limit"},
		{"GET", "/user/earnings?offset=-1", "", aliceToken, 400, "offset"},
		{"GET", "/user/earnings?limit=ten", "", aliceToken, 400, "limit"},
		{"POST", "/user/earnings/claim", "", aliceToken, 400, ""},
		{"POST", "/user/earnings/claim", `{}`, aliceToken, 400, ""},
		{"POST", "/user/earnings/claim", `{"earning_ids":[],"claim_all":false}`, aliceToken, 400, ""},
		{"POST", "/user/earnings/claim", `{"earning_ids":"earn_1"}`, aliceToken, 400, "earning_ids"},
		{"POST", "/user/earnings/claim", `{"earning_ids":[1]}`, aliceToken, 400, "earning_ids.0"},
		{"POST", "/user/earnings/claim", `{"claim_all":"yes"}`, aliceToken, 400, "claim_all"},
		{"POST", "/user/earnings/claim", `{"earning_ids":[` + strings.Repeat(`"e",`, 1000) + `"e"]}`, aliceToken, 400, "earning_ids"},
		{"POST", "/user/earnings/claim", `{"claim_all":true}`, serviceToken, 403, ""},
		{"GET", "/user/earnings/claims/claim_other", "", aliceToken, 404, ""},
		{"GET", "/user/earnings/claims/claim_other/timeline", "", aliceToken, 404, ""},
		{"POST", "/service/earnings", `{"user_id":"u","source":"browsing","amount":1}`, aliceToken, 403, ""},
		{"POST", "/service/earnings", `{"user_id":"u","source":"browsing","amount":1}`, operatorToken, 403, ""},
		{"POST", "/service/earnings", `{"user_id":"u","source":"browsing","amount":1}`, "", 401, ""},
		{"POST", "/service/earnings", `{"user_id":"u","source":"browsing"}`, serviceToken, 400, "amount"},
		{"POST", "/service/earnings", `{"user_id":"u","source":"browsing","amount":-1}`, serviceToken, 400, "amount"},
		{"POST", "/service/earnings", `{"user_id":"u","source":"browsing","amount":"1"}`, serviceToken, 400, "amount"},
		{"POST", "/service/earnings", `{"user_id":"u","source":"browsing","amount":0.0000000000000000001}`, serviceToken, 400, "amount"},
		{"POST", "/service/earnings", `{"user_id":"u","source":"mining","amount":1}`, serviceToken, 400, "source"},
		{"POST", "/service/earnings", `{"user_id":"u","source":"browsing","amount":1,"status":"claimed"}`, serviceToken, 400, "status"},
		{"POST", "/service/earnings/earn_1/confirm", "", aliceToken, 403, ""},
	} {
		var options []option
		if c.token != "" {
			options = append(options, as(c.token))
		}
		got := s.call(t, c.method, "/api/v1"+c.path, c.body, options...)
		require.Equal(t, c.status, got.StatusCode, "%s %s %s: %s", c.method, c.path, c.body, got.body)
		if c.field != "" {
			require.Contains(t, string(got.body), `"field":"`+c.field+`"`, "%s %s %s", c.method, c.path, c.body)
		}
	}
}

// The same claim again is another one, since something may have been earned
// meanwhile; with an Idempotency-Key it is the one that was made.
func TestClaimReplay(t *testing.T) {
	t.Parallel()
	made := 0
	s := serve(t, newWorld(), func(_ *api.Config, d *api.Deps) { d.Claims = claims{&made, &sync.Mutex{}} })
	claimAll := func(options ...option) string {
		got := s.call(t, "POST", "/api/v1/user/earnings/claim", `{"claim_all":true}`, append(options, as(aliceToken))...)
		require.Equal(t, http.StatusOK, got.StatusCode)
		return string(got.body)
	}
	key := func(r *http.Request) { r.Header.Set("Idempotency-Key", "once") }
	first := claimAll()
	require.NotEqual(t, first, claimAll())
	keyed := claimAll(key)
	require.Equal(t, keyed, claimAll(key))
	require.Equal(t, 3, made)
	got := s.call(t, "POST", "/api/v1/user/earnings/claim", `{"earning_ids":["earn_1"]}`, as(aliceToken), option(key))
	require.Equal(t, http.StatusConflict, got.StatusCode)
}
