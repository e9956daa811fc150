package node_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/node/nodetest"
)

// judged returns where a contribution stands, and why.
func judged(t *testing.T, c *nodetest.User, id string) (status, reason string) {
	t.Helper()
	var d struct {
		Contribution struct {
			Status string `json:"status"`
			Reason string `json:"review_reason"`
		}
	}
	require.Equal(t, 200, c.Get(t, "/contributions/"+id, &d))
	return d.Contribution.Status, d.Contribution.Reason
}

// owed returns what a user has earned and not claimed.
func owed(t *testing.T, c *nodetest.User) json.Number {
	t.Helper()
	var d struct {
		Pending json.Number `json:"pending_rewards"`
	}
	require.Equal(t, 200, c.Get(t, "/user/balance", &d))
	return d.Pending
}

// TestLabeling has people decide what the review holds:
//  1. a photo is held: it stays pending and nobody is paid;
//  2. three users find it in front of them, its owner does not; they see a small
//     preview and never the file;
//  3. two find it good: the owner is rewarded, those two are paid, the third is not,
//     and the reputation of all three moves;
//  4. the operator decides another one, which then tests labelers with a known answer;
//  5. what is erased meanwhile is in front of nobody.
func TestLabeling(t *testing.T) {
	t.Parallel()
	nw := nodetest.StartWith(t, 1, `
[review]
hold_all = true
[labeling]
gold_share = 500
gold_delay = "0s"
reward = "0.25"
`)
	home := nw.Nodes[0]
	olga := nw.AddUser(t, home, "olga", "")
	var labelers []*nodetest.User
	for _, name := range []string{"anna", "ben", "cora"} {
		labelers = append(labelers, nw.AddUser(t, home, name, ""))
	}
	held := func(form nodetest.Form) string {
		id, code := olga.Upload(t, form)
		require.Equal(t, 200, code)
		nodetest.Wait(t, "hold", func() bool { _, reason := judged(t, olga, id); return reason != "" })
		return id
	}
	data := photo(t, 81)
	id := held(nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: data})
	state, reason := judged(t, olga, id)
	require.Equal(t, "pending", state)
	require.Contains(t, reason, "people will look at it")
	require.Equal(t, json.Number("0"), owed(t, olga))
	require.Empty(t, olga.LabelTasks(t))

	for i, c := range []struct {
		label string
		score json.Number
	}{{"good", "0.9"}, {"spam", "0.1"}, {"good", "0.8"}} {
		u := labelers[i]
		tasks := u.LabelTasks(t)
		require.Len(t, tasks, 1)
		require.Equal(t, tasks, u.LabelTasks(t), "the same tasks until they are answered")
		shown, code := fetchAs(t, home, u, tasks[0].PreviewURL)
		require.Equal(t, 200, code)
		require.NotContains(t, string(shown), string(data[:4096]))
		require.Less(t, len(shown), len(data))
		_, code = fetchAs(t, home, olga, tasks[0].PreviewURL)
		require.Equal(t, 404, code, "for its labeler alone")
		require.Equal(t, 404, u.Get(t, "/contributions/"+id, nil), "the file is nobody else's")
		require.Equal(t, 200, u.Label(t, tasks[0].ID, c.label, c.score))
		require.Equal(t, 200, u.Label(t, tasks[0].ID, c.label, c.score))
		require.Equal(t, 409, u.Label(t, tasks[0].ID, "poor", c.score))
		_, code = fetchAs(t, home, u, tasks[0].PreviewURL)
		require.Equal(t, 404, code, "answered is seen enough")
	}
	state, reason = judged(t, olga, id)
	require.Equal(t, "approved", state)
	require.Equal(t, "People looked at it and found it good, 2 of 3.", reason)
	require.Equal(t, json.Number("1.6"), owed(t, olga))
	for i, want := range []struct{ owed, rate json.Number }{{"0.25", "1"}, {"0", "0"}, {"0.25", "1"}} {
		require.Equal(t, want.owed, owed(t, labelers[i]))
		r := labelers[i].Reputation(t)
		require.Equal(t, 1, r.Completed)
		require.Equal(t, want.rate, r.Consensus)
		require.Equal(t, want.rate, r.Accuracy)
		require.Equal(t, 1, r.Level)
		require.Equal(t, "Novice", r.Name)
		require.Equal(t, 9, r.Next.Tasks)
	}

	operator := home.Operator(t)
	known := held(nodetest.Form{Filename: "b.txt", Kind: "text", Data: []byte(strings.Repeat(prose, 20))})
	var items struct {
		Total int
		Items []struct {
			ID string `json:"contribution_id"`
		}
	}
	require.Equal(t, 200, operator.Get(t, "/labeling/items", &items))
	require.Equal(t, 1, items.Total)
	require.Equal(t, known, items.Items[0].ID)
	require.Equal(t, 400, operator.Post(t, "/labeling/gold", map[string]string{"contribution_id": known, "label": "poor"}, nil))
	require.Equal(t, 403, olga.Post(t, "/labeling/items/"+known+"/decide", map[string]string{"verdict": "approve"}, nil))
	require.Equal(t, 200, operator.Post(t, "/labeling/items/"+known+"/decide", map[string]string{"verdict": "reject", "reason": "Not this one."}, nil))
	require.Equal(t, 409, operator.Post(t, "/labeling/items/"+known+"/decide", map[string]string{"verdict": "approve"}, nil))
	state, reason = judged(t, olga, known)
	require.Equal(t, "rejected", state)
	require.Equal(t, "Not this one.", reason)
	require.Equal(t, 200, operator.Post(t, "/labeling/gold", map[string]string{"contribution_id": known, "label": "poor"}, nil))

	third := held(nodetest.Form{Filename: "c.jpg", Kind: "photo", Data: photo(t, 82)})
	ben := labelers[1]
	tasks := ben.LabelTasks(t)
	require.Len(t, tasks, 2)
	for _, task := range tasks {
		if task.Kind == "text" {
			require.Equal(t, 200, ben.Label(t, task.ID, "spam", "0"))
		}
	}
	nodetest.Wait(t, "the outcome", func() bool { return ben.Reputation(t).Completed == 2 })
	r := ben.Reputation(t)
	require.Equal(t, json.Number("1"), r.Gold)
	require.Equal(t, json.Number("0.5"), r.Accuracy)
	require.Equal(t, json.Number("0.25"), owed(t, ben))

	_, code := olga.DeleteContribution(t, third, nil)
	require.Equal(t, 200, code)
	require.Empty(t, ben.LabelTasks(t))
	require.Empty(t, labelers[0].LabelTasks(t))
	require.Equal(t, 200, operator.Get(t, "/labeling/items", &items))
	require.Zero(t, items.Total)
	home.Restart(t)
	require.Equal(t, 2, ben.Reputation(t).Completed)
}

// fetchAs gets a path of a node as a user.
func fetchAs(t *testing.T, n *nodetest.Node, u *nodetest.User, path string) (data []byte, code int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n.URL()+path, nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+u.Key)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	data, err = io.ReadAll(answer.Body)
	require.NoError(t, err)
	return data, answer.StatusCode
}
