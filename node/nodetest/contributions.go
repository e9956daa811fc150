package nodetest

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"
)

// Deleted is the answer to a deletion.
type Deleted struct {
	ID       string `json:"contribution_id"`
	Deleted  bool   `json:"deleted"`
	Type     string `json:"deletion_type"`
	Deadline string `json:"gdpr_deadline"`
}

// DeleteContribution deletes a contribution; body may be nil. The status is in code.
func (c *Client) DeleteContribution(t testing.TB, contribution string, body any) (d Deleted, code int) {
	t.Helper()
	code = c.decode(t, http.MethodDelete, "/contributions/"+contribution, body, &d)
	return d, code
}

// Consent states consent anew; the status is in code.
func (c *Client) Consent(t testing.TB, contribution string, change map[string]bool) (version string, code int) {
	t.Helper()
	var d struct {
		Version string `json:"consent_version"`
	}
	code = c.decode(t, http.MethodPatch, "/contributions/"+contribution+"/consent", change, &d)
	return d.Version, code
}

// Erased reports whether a deletion of this client's user is over.
func (c *Client) Erased(t testing.TB, contribution string) bool {
	t.Helper()
	var d struct {
		Deletions []struct {
			ID     string `json:"contribution_id"`
			Erased bool   `json:"erased"`
		}
	}
	c.Get(t, "/contributions/deletions?limit=100", &d)
	for _, one := range d.Deletions {
		if one.ID == contribution {
			return one.Erased
		}
	}
	return false
}

// Preview returns the preview of a contribution, its type and the status.
func (c *Client) Preview(t testing.TB, contribution string) (data []byte, kind string, code int) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, c.node.URL()+"/api/v1/contributions/"+contribution+"/preview", nil)
	must(t, err)
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	defer answer.Body.Close()
	data, err = io.ReadAll(answer.Body)
	must(t, err)
	return data, answer.Header.Get("Content-Type"), answer.StatusCode
}

// RequireSound has the node check all it holds, and fails the test over damage.
func (n *Node) RequireSound(t testing.TB) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, n.URL()+"/api/v1/node/verify", nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+n.Operator(t).token)
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	defer answer.Body.Close()
	for lines := json.NewDecoder(answer.Body); ; {
		var line struct {
			Done    bool
			Damaged int
			Damage  any
			Error   string
		}
		must(t, lines.Decode(&line))
		if line.Damaged > 0 || line.Damage != nil || line.Error != "" {
			t.Fatalf("damage: %v %s", line.Damage, line.Error)
		}
		if line.Done {
			return
		}
	}
}
