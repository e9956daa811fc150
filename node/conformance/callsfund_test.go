package conformance_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/node/nodetest"
)

// fundCalls are the rows about the operator's books and the fund that users are paid
// from.
var fundCalls = map[string]call{
	"auditNode":       {operator, byOperator, none, ""},
	"getRewardFund":   {operator, byOperator, none, ""},
	"addToRewardFund": {operator, byOperator, jsonBody(func(*stage) any { return map[string]any{"amount": 1.5} }), ""},
	"withdrawRewardFund": {operator, byOperator, func(t testing.TB, s *stage) request {
		t.Helper()
		s.cancelWithdrawal(t)
		return request{kind: "application/json", body: fmt.Sprintf(`{"amount":0.%d1}`, s.next())}
	}, ""},
	"cancelRewardFundWithdrawal": {operator, byOperator, func(t testing.TB, s *stage) request {
		t.Helper()
		s.once("announced withdrawal", func() string {
			s.cancelWithdrawal(t)
			code, answer := s.operator.Do(t, http.MethodPost, "/node/fund/withdrawal", map[string]any{"amount": 0.5 + float64(s.next())})
			require.Equal(t, http.StatusOK, code, "%+v", answer.Error)
			return "announced"
		})
		return request{}
	}, "announced withdrawal"},
}

// cancelWithdrawal cancels what is announced to be taken out of the reward fund.
func (s *stage) cancelWithdrawal(t testing.TB) {
	t.Helper()
	if w := s.node.Fund(t).Withdrawal; w == nil || w.Status != "announced" {
		return
	}
	code, answer := s.operator.Do(t, http.MethodDelete, "/node/fund/withdrawal", nil)
	require.Equal(t, http.StatusOK, code, "%+v", answer.Error)
	nodetest.Wait(t, "the cancellation", func() bool { return s.node.Fund(t).Withdrawal.Status == "cancelled" })
}
