package api_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/api"
	"privd/market"
	"privd/market/account"
	"privd/market/labeling"
	"privd/market/media"
	"privd/market/preview"
	"privd/market/reputation"
	"privd/market/review"
	"privd/market/staking"
)

// people stands for reputation, staking and labeling.
type people struct{}

func (people) Reputation(_ context.Context, c account.Caller, who api.Selector) (reputation.Reputation, error) {
	if who.User != "" && who.User != c.User && !c.Service {
		return reputation.Reputation{}, market.Fail(market.Denied, "You can only read your own data")
	}
	if who.User == "usr_elite" {
		s := reputation.Stats{User: "usr_elite", GoldRight: 1000, GoldTotal: 1000}
		return reputation.DefaultRules().Of(s, amount("5000")), nil
	}
	s := reputation.Stats{User: "usr_alice", GoldRight: 97, GoldTotal: 100, Agreed: 91, Decided: 100}
	return reputation.DefaultRules().Of(s, amount("500")), nil
}

func (p people) StakeOf(ctx context.Context, c account.Caller, who api.Selector) (staking.View, error) {
	_, err := p.Reputation(ctx, c, who)
	return staking.View{Position: staking.Position{Staked: amount("500"), Cooling: amount("12.5"), Until: start}}, err
}

func (people) Stake(_ context.Context, user market.UserID, a market.Amount) (staking.View, error) {
	if a.Cmp(amount("1000")) > 0 {
		return staking.View{}, &market.Error{Code: market.Invalid, Reason: "INSUFFICIENT_BALANCE", Field: "amount", Message: "Insufficient PRIV balance"}
	}
	r := &staking.Request{ID: "stake_1", User: user, Direction: staking.In, Terms: staking.Terms{Amount: a}, State: staking.Confirmed, TxHash: market.Hash{1}, CreatedAt: start}
	return staking.View{Position: staking.Position{Staked: a}, Request: r}, nil
}

func (people) Unstake(_ context.Context, user market.UserID, a market.Amount) (staking.View, error) {
	r := &staking.Request{ID: "stake_2", User: user, Direction: staking.Out, Terms: staking.Terms{Amount: a}, State: staking.Awaiting, SignatureID: "sig_1", CreatedAt: start}
	return staking.View{Request: r}, nil
}

func sampleTask() labeling.Task {
	return labeling.Task{ID: "task_xyz789", User: "usr_alice", Item: "contrib_def456", Kind: media.Photo, MIME: "image/jpeg",
		Answer: labeling.Spam, Reward: amount("0.05"), State: labeling.Open, AssignedAt: start}
}

func sampleItem() labeling.Item {
	return labeling.Item{Contribution: "contrib_def456", Owner: "usr_bob", Kind: media.Photo, MIME: "image/jpeg", State: labeling.Decided,
		Why: "held", Ballots: []labeling.Ballot{{Task: "task_xyz789", User: "usr_alice", Label: labeling.Good, Score: 875}},
		Outcome: labeling.Good, By: labeling.ByLabelers, Score: 875, OpenedAt: start, ClosedAt: start}
}

func (people) Tasks(context.Context, market.UserID, int, int) ([]labeling.Task, int, error) {
	return []labeling.Task{sampleTask()}, 3, nil
}

func (people) Answer(_ context.Context, _ market.UserID, id labeling.TaskID, label labeling.Label, score review.Permille) (labeling.Task, error) {
	if id != "task_xyz789" {
		return labeling.Task{}, market.Fail(market.NotFound, "Labeling task not found")
	}
	t := sampleTask()
	t.State, t.Label, t.Score, t.AnsweredAt = labeling.Answered, label, score, start
	return t, nil
}

func (people) Held(context.Context, int, int) ([]labeling.Item, int, error) {
	return []labeling.Item{sampleItem()}, 1, nil
}

func (people) Known(context.Context, int, int) ([]labeling.Item, int, error) { return nil, 0, nil }

func (people) Rule(_ context.Context, _ market.ContributionID, _ review.Verdict, reason string) (labeling.Item, error) {
	it := sampleItem()
	it.By, it.Why = labeling.ByOperator, reason
	return it, nil
}

func (people) SetGold(_ context.Context, _ market.ContributionID, answer labeling.Label) (labeling.Item, error) {
	it := sampleItem()
	it.Gold = answer
	return it, nil
}

func (people) DropGold(context.Context, market.ContributionID) error { return nil }

func (people) Preview(_ context.Context, user market.UserID, _ labeling.TaskID) (preview.Preview, error) {
	if user != "usr_alice" {
		return preview.Preview{}, market.Fail(market.NotFound, "Labeling task not found")
	}
	return preview.Preview{Type: "text/plain", Data: []byte("An excerpt…")}, nil
}

func (people) ItemPreview(context.Context, market.ContributionID) (preview.Preview, error) {
	return preview.Preview{Type: "text/plain", Data: []byte("An excerpt…")}, nil
}

// TestPeople calls the operations around people's reputation.
func TestPeople(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	for _, c := range []struct {
		method, path, body, token string
		status                    int
		want                      []string // parts of the body
	}{
		{"GET", "/user/reputation", "", aliceToken, 200, []string{`"reputation_level":3`, `"level_name":"Expert"`, `"total_tasks_completed":200`,
			`"accuracy_score":0.94,`, `"gold_standard_accuracy":0.97,`, `"consensus_rate":0.91,`, `"staked_priv":500,`,
			`"level":4`, `"level_name":"Master"`, `"tasks_needed":0`, `"accuracy_needed":0.95,`, `"stake_needed":1000,`}},
		{"GET", "/user/reputation?user_id=usr_elite", "", serviceToken, 200, []string{`"level_name":"Elite"`, `"next_level_requirements":null`}},
		{"GET", "/user/reputation?user_id=usr_bob", "", aliceToken, 403, nil},
		{"GET", "/user/reputation", "", "", 401, nil},
		{"GET", "/user/stake", "", aliceToken, 200, []string{`"staked_priv":500,`, `"amount":12.5,`, `"until":"2024-01-15T10:30:00Z"`, `"request":null`}},
		{"GET", "/user/stake?user_id=usr_bob", "", aliceToken, 403, nil},
		{"POST", "/user/stake", `{"amount":0.000000000000000001}`, aliceToken, 200, []string{`"staked_priv":0.000000000000000001,`, `"status":"confirmed"`, `"tx_hash":"0x01`}},
		{"POST", "/user/stake", `{"amount":1000.5}`, aliceToken, 400, []string{`INSUFFICIENT_BALANCE`, `Insufficient PRIV balance`, `"field":"amount"`}},
		{"POST", "/user/stake", `{"amount":0.0000000000000000001}`, aliceToken, 400, []string{`"field":"amount"`}},
		{"POST", "/user/stake", `{"amount":-1}`, aliceToken, 400, []string{`"field":"amount"`}},
		{"POST", "/user/stake", `{"amount":"5"}`, aliceToken, 400, []string{`"field":"amount"`}},
		{"POST", "/user/stake", `{}`, aliceToken, 400, []string{`"field":"amount"`}},
		{"POST", "/user/stake", `{"amount":5}`, serviceToken, 403, nil},
		{"POST", "/user/unstake", `{"amount":5}`, bobToken, 200, []string{`"status":"awaiting_signature"`, `"signature_request":"sig_1"`, `"tx_hash":null`, `"cooling_down":[]`}},

		{"GET", "/labeling/tasks", "", aliceToken, 200, []string{`"id":"task_xyz789"`, `"total":3`, `"reward":0.05,`,
			`"preview_url":"/api/v1/labeling/tasks/task_xyz789/preview"`, `"labels":["good","poor","spam","inappropriate","unsure"]`}},
		{"GET", "/labeling/tasks", "", serviceToken, 403, nil},
		{"POST", "/labeling/tasks/task_xyz789", `{"label":"good","score":0.875}`, aliceToken, 200, []string{`"score":0.875,`, `"label":"good"`}},
		{"POST", "/labeling/tasks/task_xyz789", `{"label":"good","score":1}`, aliceToken, 200, []string{`"score":1,`}},
		{"POST", "/labeling/tasks/task_nope", `{"label":"good","score":1}`, aliceToken, 404, nil},
		{"POST", "/labeling/tasks/task_xyz789", `{"label":"nice","score":1}`, aliceToken, 400, []string{`"field":"label"`}},
		{"POST", "/labeling/tasks/task_xyz789", `{"label":"good","score":0.8755}`, aliceToken, 400, []string{`"field":"score"`}},
		{"POST", "/labeling/tasks/task_xyz789", `{"label":"good","score":1.001}`, aliceToken, 400, []string{`"field":"score"`}},
		{"POST", "/labeling/tasks/task_xyz789", `{"label":"good","score":-0.1}`, aliceToken, 400, []string{`"field":"score"`}},
		{"POST", "/labeling/tasks/task_xyz789", `{"label":"good"}`, aliceToken, 400, []string{`"field":"score"`}},
		{"GET", "/labeling/tasks/task_xyz789/preview", "", aliceToken, 200, []string{"An excerpt"}},
		{"GET", "/labeling/tasks/task_xyz789/preview", "", bobToken, 404, nil},
		{"GET", "/labeling/tasks/task_xyz789/preview", "", "", 401, nil},

		{"GET", "/labeling/items", "", operatorToken, 200, []string{`"contribution_id":"contrib_def456"`, `"score":0.875`, `"decided_by":"labelers"`}},
		{"GET", "/labeling/items", "", aliceToken, 403, nil},
		{"GET", "/labeling/items/contrib_def456/preview", "", operatorToken, 200, []string{"An excerpt"}},
		{"GET", "/labeling/items/contrib_def456/preview", "", aliceToken, 403, nil},
		{"POST", "/labeling/items/contrib_def456/decide", `{"verdict":"approve","reason":"fine"}`, operatorToken, 200, []string{`"decided_by":"operator"`}},
		{"POST", "/labeling/items/contrib_def456/decide", `{"verdict":"hold"}`, operatorToken, 400, []string{`"field":"verdict"`}},
		{"POST", "/labeling/items/contrib_def456/decide", `{"verdict":"approve"}`, aliceToken, 403, nil},
		{"GET", "/labeling/gold", "", operatorToken, 200, []string{`"items":[]`}},
		{"POST", "/labeling/gold", `{"contribution_id":"contrib_def456","label":"good"}`, operatorToken, 200, []string{`"known_label":"good"`}},
		{"POST", "/labeling/gold", `{"contribution_id":"contrib_def456","label":"good"}`, aliceToken, 403, nil},
		{"DELETE", "/labeling/gold/contrib_def456", "", operatorToken, 200, []string{`"dropped":true`}},
	} {
		var options []option
		if c.token != "" {
			options = append(options, as(c.token))
		}
		got := s.call(t, c.method, "/api/v1"+c.path, c.body, options...)
		require.Equal(t, c.status, got.StatusCode, "%s %s %s: %s", c.method, c.path, c.body, got.body)
		for _, want := range c.want {
			require.Contains(t, string(got.body), want, "%s %s", c.method, c.path)
		}
	}
}

// TestTaskTellsNothing shows the same task with and without a known answer.
func TestTaskTellsNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	got := s.call(t, http.MethodGet, "/api/v1/labeling/tasks", "", as(aliceToken))
	for _, word := range []string{"gold", "answer", "known", "contrib_", "usr_"} {
		require.NotContains(t, string(got.body), word)
	}
}
