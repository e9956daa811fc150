package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"privd/api"
	"privd/market"
	"privd/market/outbox"
)

// transactions has one that waits, one that is mined and one that failed.
type transactions struct{}

func (transactions) Pending(context.Context) ([]api.PendingTransaction, error) {
	sent := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	try := outbox.Try{Hash: common.Hash{1}, Nonce: 7, FeeCap: market.Wei(30), TipCap: market.Wei(2), SentAt: sent}
	return []api.PendingTransaction{
		{Transaction: outbox.Transaction{Key: "settle/1", State: outbox.Sent, Signed: true, Nonce: 7, Tries: []outbox.Try{try}, Created: sent}, Waiting: "no gas"},
		{Transaction: outbox.Transaction{Key: "refund/2", State: outbox.Mined, Signed: true, Nonce: 0, Block: 9, TxHash: common.Hash{2}, Created: sent}},
		{Transaction: outbox.Transaction{Key: "buy/3", State: outbox.Queued, Cancel: outbox.ReasonCancelled, Created: sent}},
	}, nil
}

func (transactions) Cancel(_ context.Context, key string) (api.PendingTransaction, error) {
	if key != "settle/1" {
		return api.PendingTransaction{}, market.Fail(market.NotFound, "no such transaction")
	}
	return api.PendingTransaction{Transaction: outbox.Transaction{Key: key, State: outbox.Failed, Cancel: outbox.ReasonCancelled, Message: "cancelled"}}, nil
}

// What waits is told with why, and null where nothing is known; cancelling names the
// key, which has slashes.
func TestTransactions(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	got := s.call(t, "GET", "/api/v1/node/transactions?limit=2", "", as(operatorToken))
	require.Equal(t, http.StatusOK, got.StatusCode, "%s", got.body)
	require.Equal(t, json.Number("3"), got.data(t)["total"])
	list := got.data(t)["transactions"].([]any)
	require.Len(t, list, 2)
	waits, mined := list[0].(map[string]any), list[1].(map[string]any)
	require.Equal(t, "no gas", waits["waiting_for"])
	require.Equal(t, json.Number("7"), waits["nonce"])
	require.Equal(t, "30", waits["fee_cap_wei"])
	require.Equal(t, common.Hash{1}.Hex(), waits["tx_hash"])
	require.Nil(t, waits["block"])
	require.Equal(t, json.Number("0"), mined["nonce"])
	require.Equal(t, common.Hash{2}.Hex(), mined["tx_hash"])
	got = s.call(t, "GET", "/api/v1/node/transactions?offset=2", "", as(operatorToken))
	last := got.data(t)["transactions"].([]any)[0].(map[string]any)
	require.Nil(t, last["nonce"])
	require.Equal(t, true, last["cancelled"])
	got = s.call(t, "GET", "/api/v1/node/transactions?offset=99", "", as(operatorToken))
	require.Empty(t, got.data(t)["transactions"])

	got = s.call(t, "POST", "/api/v1/node/transactions/cancel", `{"key":"settle/1"}`, as(operatorToken))
	require.Equal(t, http.StatusOK, got.StatusCode, "%s", got.body)
	require.Equal(t, "failed", got.data(t)["state"])
	require.Equal(t, "cancelled", got.data(t)["reason"])
	got = s.call(t, "POST", "/api/v1/node/transactions/cancel", `{"key":"other"}`, as(operatorToken))
	require.Equal(t, http.StatusNotFound, got.StatusCode)
	got = s.call(t, "POST", "/api/v1/node/transactions/cancel", `{"key":""}`, as(operatorToken))
	require.Equal(t, http.StatusBadRequest, got.StatusCode)
}
