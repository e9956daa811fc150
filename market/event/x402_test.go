package event_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/event"
	"privd/market/x402"
)

// A seller hears of money that came, of goods that left, and of a payment that went
// elsewhere; of nothing else.
func TestOfX402Sale(t *testing.T) {
	t.Parallel()
	at := func(s x402.State) *x402.Sale {
		return &x402.Sale{ID: market.Hash{1}, Owner: "usr_1", Dataset: "prices", State: s, Token: market.Hash{2}, Transaction: market.Hash{3},
			Authorization: x402.Authorization{Value: market.Wei(500_000)}}
	}
	told := map[x402.State]string{x402.Settled: "settled", x402.Handed: "delivered", x402.Lost: "lost"}
	for from := x402.Reserved; from <= x402.Lost; from++ {
		require.Nil(t, event.OfX402Sale(at(from), at(from)))
		require.Nil(t, event.OfX402Sale(at(from), nil))
		got := event.OfX402Sale(at(x402.Reserved), at(from))
		if told[from] == "" {
			require.Nil(t, got, from)
			continue
		}
		require.Equal(t, []event.Event{{User: "usr_1", Kind: event.X402SaleMoved, X402Sale: market.Hash{1}, Dataset: "prices", Status: told[from],
			Before: "reserved", Amount: market.Wei(500_000), Text: market.Hash{3}.String()}}, got)
	}
	require.Nil(t, event.OfX402Sale(nil, at(x402.Reserved)))
}
