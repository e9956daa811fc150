package conformance_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/node/nodetest"
)

// sendingCalls are the rows about what the node's account sends.
var sendingCalls = map[string]call{
	"listTransactions": {operator, byOperator, query("limit", "10", "offset", "0"), ""},
	"cancelTransaction": {operator, byOperator, func(t testing.TB, s *stage) request {
		t.Helper()
		key := s.once("transaction", func() string {
			if s.node.Fund(t).Deposit == nil {
				code, answer := s.operator.Do(t, http.MethodPost, "/node/fund", map[string]any{"amount": 1})
				require.Equal(t, http.StatusOK, code, "%+v", answer.Error)
			}
			var f nodetest.Fund
			nodetest.Wait(t, "a deposit that is over", func() bool { f = s.node.Fund(t); return f.Deposit.Status == "completed" })
			return "fund/" + f.Deposit.ID + "/adding/0"
		})
		return request{kind: "application/json", body: fmt.Sprintf(`{"key":%q}`, key)} // which is mined, and stays so
	}, ""},
}
