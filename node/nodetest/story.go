package nodetest

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// Story is all that the timeline of a purchase tells.
type Story struct {
	State               string     `json:"state"`
	Reason              *string    `json:"reason"`
	MoneyMoved          bool       `json:"money_moved"`
	OnChain             string     `json:"on_chain"`
	Deadline            *time.Time `json:"deadline"`
	StayReachableBefore *time.Time `json:"stay_reachable_before"`
	Fault               *struct {
		Kind  string `json:"kind"`
		Entry *int   `json:"entry"`
	} `json:"fault"`
	Steps []struct {
		What   string  `json:"what"`
		TxHash *string `json:"tx_hash"`
	} `json:"steps"`
}

// Story returns the steps, one in a line.
func (s Story) Story() string {
	lines := make([]string, len(s.Steps))
	for i, step := range s.Steps {
		lines[i] = step.What
	}
	return strings.Join(lines, "\n")
}

// Story returns how a purchase came to stand as it does.
func (c *Client) Story(t testing.TB, purchase string) (s Story) {
	t.Helper()
	c.Get(t, "/marketplace/wallet/purchases/"+purchase+"/timeline", &s)
	return s
}

// Force buys from a seller whatever its record is.
func (c *Client) Force(t testing.TB, listing string) (b Bought) {
	t.Helper()
	if code := c.Post(t, "/marketplace/wallet/listings/"+listing+"/purchase", map[string]any{"force": true}, &b); code != http.StatusOK {
		t.Fatalf("buy %s: %d", listing, code)
	}
	return b
}
