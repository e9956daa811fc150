package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/x402"
)

// x402SalesFake has one sale of every user.
type x402SalesFake struct{}

func (x402SalesFake) List(_ context.Context, owner market.UserID, limit, offset int) ([]x402.Sale, int, error) {
	if offset > 0 || limit < 1 {
		return nil, 1, nil
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)
	return []x402.Sale{{
		ID: market.Hash{1}, Owner: owner, Dataset: "crypto-prices", Name: "Prices", Good: x402.Access, State: x402.Settled,
		Authorization: x402.Authorization{From: market.Address{9}, Value: market.Wei(50_500_000), Nonce: market.Hash{0xdd}},
		Till:          x402.Till{PayTo: market.Address{8}}, Token: market.Hash{0xee}, Identifier: market.Hash{0xef}, Content: "stored",
		Transaction: market.Hash{7}, Block: 12, CreatedAt: at, SettledAt: at.Add(time.Second),
	}}, 1, nil
}

// A sale over x402 is shown with exact money and without anything that opens it.
func TestX402Sales(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	got := s.call(t, "GET", "/api/v1/user/x402-sales?limit=5", "", as(aliceToken))
	require.Equal(t, http.StatusOK, got.StatusCode, "%s", got.body)
	sold := got.data(t)["sales"].([]any)[0].(map[string]any)
	require.Equal(t, map[string]any{
		"id": market.Hash{1}.String(), "dataset_id": "crypto-prices", "name": "Prices", "good": "dataset", "amount_usdc": json.Number("50.5"), "amount_usdc_wei": "50500000",
		"payer": market.Address{9}.Hex(), "pay_to": market.Address{8}.Hex(), "state": "settled", "reason": nil, "transaction": market.Hash{7}.String(),
		"block": json.Number("12"), "created_at": "2026-01-02T03:04:05.678Z", "settled_at": "2026-01-02T03:04:06.678Z", "delivered_at": nil,
	}, sold)
	require.Equal(t, http.StatusUnauthorized, s.call(t, "GET", "/api/v1/user/x402-sales", "").StatusCode)
	require.Equal(t, http.StatusBadRequest, s.call(t, "GET", "/api/v1/user/x402-sales?limit=0", "", as(aliceToken)).StatusCode)
}
