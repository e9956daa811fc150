package nodetest

import (
	"encoding/json"
	"net/http"
	"testing"

	"privd/market"
)

// Claim is a claim as its owner sees it.
type Claim struct {
	ID       string   `json:"claim_id"`
	Total    string   `json:"total_claimed_wei"`
	Count    int      `json:"earnings_count"`
	TxHash   *string  `json:"tx_hash"`
	TxHashes []string `json:"tx_hashes"`
	Status   string   `json:"status"`
	Message  string   `json:"message"`
	Direct   bool     `json:"direct"`
	Earnings []string `json:"earning_ids"`
	Skipped  []struct {
		ID     string `json:"earning_id"`
		Reason string `json:"reason"`
	} `json:"skipped"`
	Voucher *Voucher `json:"voucher"`
}

// Voucher is what a user may redeem without the node.
type Voucher struct {
	Contract market.Address `json:"contract"`
	Calldata string         `json:"calldata"`
}

// Claim claims earnings, or all of them when none is named; the status is in code.
func (c *Client) Claim(t testing.TB, earnings ...string) (made Claim, code int) {
	t.Helper()
	body := map[string]any{"claim_all": true}
	if len(earnings) > 0 {
		body = map[string]any{"earning_ids": earnings}
	}
	return made, c.Post(t, "/user/earnings/claim", body, &made)
}

// WaitClaimed waits until a claim is paid.
func (c *Client) WaitClaimed(t testing.TB, id string) (paid Claim) {
	t.Helper()
	Wait(t, "payout of "+id, func() bool {
		if code := c.Get(t, "/user/earnings/claims/"+id, &paid); code != http.StatusOK {
			t.Fatalf("claim %s: %d", id, code)
		}
		if paid.Status == "failed" {
			t.Fatalf("claim %s failed", id)
		}
		return paid.Status == "completed"
	})
	return paid
}

// Earnings is what a user earned.
type Earnings struct {
	Earnings []struct {
		ID        string  `json:"id"`
		Source    string  `json:"source"`
		Amount    string  `json:"amount_wei"`
		Status    string  `json:"status"`
		Reference *string `json:"reference_id"`
	} `json:"earnings"`
	Summary struct {
		Earned    string            `json:"total_earned_wei"`
		Pending   string            `json:"total_pending_wei"`
		Confirmed string            `json:"total_confirmed_wei"`
		Claimed   string            `json:"total_claimed_wei"`
		BySource  map[string]string `json:"by_source_wei"`
	} `json:"summary"`
	Pagination struct{ Total, Limit, Offset int } `json:"pagination"`
}

// Earnings lists what the user earned; the query begins with "?" or is empty.
func (c *Client) Earnings(t testing.TB, query string) (e Earnings) {
	t.Helper()
	if code := c.Get(t, "/user/earnings"+query, &e); code != http.StatusOK {
		t.Fatalf("earnings: %d", code)
	}
	return e
}

// ServiceKey makes a service key and returns a client with it.
func (n *Node) ServiceKey(t testing.TB) *Client {
	t.Helper()
	var key struct {
		Secret string `json:"api_key"`
	}
	if code := n.Operator(t).Post(t, "/auth/keys", map[string]string{"name": "service", "kind": "service"}, &key); code != http.StatusOK {
		t.Fatalf("service key: %d", code)
	}
	return n.As(key.Secret)
}

// Credit books a confirmed earning for a user, as a service does, and returns its
// id. The client has a service key.
func (c *Client) Credit(t testing.TB, user, source string, amount json.Number, reference string) string {
	t.Helper()
	var e struct{ ID string }
	code := c.Post(t, "/service/earnings", map[string]any{"user_id": user, "source": source, "amount": amount, "reference_id": reference}, &e)
	if code != http.StatusOK {
		t.Fatalf("credit: %d", code)
	}
	return e.ID
}

// PRIV returns what a wallet holds, read from the chain itself.
func (nw *Network) PRIV(t testing.TB, wallet market.Address) market.Amount {
	t.Helper()
	amount, err := nw.Chain.Client(t).PRIV().Balance(t.Context(), wallet)
	must(t, err)
	return amount
}
