package nodetest

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"
)

// LabelTask is a contribution in front of a labeler.
type LabelTask struct {
	ID         string `json:"id"`
	Kind       string `json:"contribution_type"`
	PreviewURL string `json:"preview_url"`
}

// LabelTasks returns the tasks in front of the caller.
func (c *Client) LabelTasks(t testing.TB) []LabelTask {
	t.Helper()
	var d struct{ Tasks []LabelTask }
	if code := c.Get(t, "/labeling/tasks?limit=100", &d); code != http.StatusOK {
		t.Fatalf("labeling tasks: %d", code)
	}
	return d.Tasks
}

// Label answers a task and returns the status.
func (c *Client) Label(t testing.TB, task, label string, score json.Number) int {
	t.Helper()
	return c.Post(t, "/labeling/tasks/"+task, map[string]any{"label": label, "score": score}, nil)
}

// Reputation is how a user stands.
type Reputation struct {
	Level     int         `json:"reputation_level"`
	Name      string      `json:"level_name"`
	Completed int         `json:"total_tasks_completed"`
	Accuracy  json.Number `json:"accuracy_score"`
	Gold      json.Number `json:"gold_standard_accuracy"`
	Consensus json.Number `json:"consensus_rate"`
	Staked    json.Number `json:"staked_priv"`
	Next      *struct {
		Level    int         `json:"level"`
		Name     string      `json:"level_name"`
		Tasks    int         `json:"tasks_needed"`
		Accuracy json.Number `json:"accuracy_needed"`
		Stake    json.Number `json:"stake_needed"`
	} `json:"next_level_requirements"`
}

// Reputation returns how the caller stands.
func (c *Client) Reputation(t testing.TB) (r Reputation) {
	t.Helper()
	if code := c.Get(t, "/user/reputation", &r); code != http.StatusOK {
		t.Fatalf("reputation: %d", code)
	}
	return r
}

// Stake is what a user has staked.
type Stake struct {
	Staked  json.Number `json:"staked_priv"`
	Cooling []struct {
		Amount json.Number `json:"amount"`
		Until  time.Time   `json:"until"`
	} `json:"cooling_down"`
	Request *struct {
		ID        string `json:"id"`
		Status    string `json:"status"`
		Reason    string `json:"reason"`
		TxHash    string `json:"tx_hash"`
		Signature string `json:"signature_request"`
	} `json:"request"`
}

// Stake stakes, or unstakes with the verb "unstake"; the status is in code.
func (c *Client) Stake(t testing.TB, verb, amount string) (s Stake, code int) {
	t.Helper()
	code = c.Post(t, "/user/"+verb, map[string]json.Number{"amount": json.Number(amount)}, &s)
	return s, code
}

// Staked returns what the caller has staked.
func (c *Client) Staked(t testing.TB) (s Stake) {
	t.Helper()
	if code := c.Get(t, "/user/stake", &s); code != http.StatusOK {
		t.Fatalf("stake: %d", code)
	}
	return s
}

// Advance moves the clock of the development network.
func (n *Node) Advance(t testing.TB, by time.Duration) {
	t.Helper()
	if code := n.Operator(t).Post(t, "/dev/clock", map[string]string{"advance": by.String()}, nil); code != http.StatusOK {
		t.Fatalf("advance the clock: %d", code)
	}
}
