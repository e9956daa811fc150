package api_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/sale"
)

// salesFake has one sale of every user but frank.
type salesFake struct{}

func (salesFake) List(_ context.Context, _ market.UserID, limit, offset int) ([]sale.View, int, error) {
	if offset > 0 || limit < 1 {
		return nil, 1, nil
	}
	return []sale.View{someSale()}, 1, nil
}

func (salesFake) Get(_ context.Context, _ market.UserID, id string) (sale.View, error) {
	if id != "pur_1" {
		return sale.View{}, market.Fail(market.NotFound, "Sale not found")
	}
	return someSale(), nil
}

func someSale() sale.View {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)
	price := market.Wei(101)
	share, _ := price.Split()
	return sale.View{
		Sale: sale.Sale{Purchase: market.Hash{7}, Listing: "lst_1", Version: 3, Title: "T", Seller: "usr_1", Buyer: market.Address{9}, Price: price,
			State: sale.Revealed, Reference: "pur_1", CreatedAt: at, Steps: []sale.Step{{At: at, State: sale.Waiting, What: "paid", TxHash: market.Hash{8}}, {At: at, State: sale.Ready, What: "waits"}}},
		Why: "the opener is public", NextAt: at, Share: share, TxHash: market.Hash{8}, Windows: sale.Windows{Deadline: at},
	}
}

// A sale is shown with exact money, its state, and null where nothing is known; the
// timeline names the next deadline.
func TestSales(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	got := s.call(t, "GET", "/api/v1/user/sales?limit=5", "", as(aliceToken))
	require.Equal(t, http.StatusOK, got.StatusCode, "%s", got.body)
	list := got.data(t)["sales"].([]any)
	require.Len(t, list, 1)
	sold := list[0].(map[string]any)
	require.Equal(t, "96", sold["share_priv_wei"])
	require.Equal(t, "revealed", sold["state"])
	require.Nil(t, sold["alarm"])

	got = s.call(t, "GET", "/v1/user/sales/pur_1/timeline", "", as(aliceToken))
	require.Equal(t, http.StatusOK, got.StatusCode, "%s", got.body)
	require.Nil(t, got.data(t)["push_by"])
	require.Equal(t, "2026-01-02T03:04:05Z", got.data(t)["deadline"])
	steps := got.data(t)["steps"].([]any)
	require.Len(t, steps, 2)
	require.Equal(t, market.Hash{8}.String(), steps[0].(map[string]any)["tx_hash"])
	require.Nil(t, steps[1].(map[string]any)["tx_hash"])

	got = s.call(t, "GET", "/api/v1/user/sales/pur_2/timeline", "", as(aliceToken))
	require.Equal(t, http.StatusNotFound, got.StatusCode)
	got = s.call(t, "GET", "/api/v1/user/sales?limit=0", "", as(aliceToken))
	require.Equal(t, http.StatusBadRequest, got.StatusCode)
}
