package nodetest

import (
	"bufio"
	"encoding/json"
	"net/http"
	"testing"
)

// AuditLine is one line of an audit.
type AuditLine struct {
	Done        bool   `json:"done"`
	Stage       string `json:"stage"`
	Checked     int64  `json:"checked"`
	Differences int64  `json:"differences"`
	Difference  *struct{ Check, Subject, Message string }
	Result      *struct {
		Check       string
		Count       int64
		Waiting     int64
		Differences int64
		Notes       []string
	}
	Error string `json:"error"`
}

// Audit compares the node's books with the chain and returns every line of the
// answer. It fails the test when the audit ends early.
func (n *Node) Audit(t testing.TB) (lines []AuditLine) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, n.URL()+"/api/v1/node/audit", nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+n.Operator(t).token)
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("audit: %s", answer.Status)
	}
	scan := bufio.NewScanner(answer.Body)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		var line AuditLine
		must(t, json.Unmarshal(scan.Bytes(), &line))
		lines = append(lines, line)
	}
	must(t, scan.Err())
	if len(lines) == 0 || !lines[len(lines)-1].Done {
		t.Fatal("the audit broke off")
	}
	if why := lines[len(lines)-1].Error; why != "" {
		t.Fatalf("audit: %s", why)
	}
	return lines
}

// NoDifferences audits the node and fails the test for each difference.
func (n *Node) NoDifferences(t testing.TB) {
	t.Helper()
	for _, line := range n.Audit(t) {
		if d := line.Difference; d != nil {
			t.Errorf("audit of %s: %s: %s: %s", n.Dir, d.Check, d.Subject, d.Message)
		}
	}
}

// Fund is how the operator's reward fund stands.
type Fund struct {
	Operator   string    `json:"operator"`
	Balance    string    `json:"balance_wei"`
	Owed       string    `json:"owed_wei"`
	Short      string    `json:"short_by_wei"`
	Waiting    int       `json:"claims_waiting"`
	Account    string    `json:"account_priv_wei"`
	Wallet     string    `json:"wallet_address"`
	InWallet   string    `json:"wallet_priv_wei"`
	Deposit    *FundMove `json:"deposit"`
	Withdrawal *FundMove `json:"withdrawal"`
}

// FundMove is a deposit into the fund, or a withdrawal.
type FundMove struct {
	ID       string   `json:"id"`
	Status   string   `json:"status"`
	Reason   string   `json:"reason"`
	TxHashes []string `json:"tx_hashes"`
}

// Fund tells how the operator's reward fund stands.
func (n *Node) Fund(t testing.TB) (f Fund) {
	t.Helper()
	if code := n.Operator(t).Get(t, "/node/fund", &f); code != http.StatusOK {
		t.Fatalf("fund: %d", code)
	}
	return f
}

// Deposit adds to the operator's reward fund; the status is in code.
func (n *Node) Deposit(t testing.TB, amount json.Number) (f Fund, code int) {
	t.Helper()
	return f, n.Operator(t).Post(t, "/node/fund", map[string]any{"amount": amount}, &f)
}
