package chain_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/market/outbox"
)

// A payment that is waited for counts when a second server tells of it, or has its
// block, whose receipts prove it. It does not when only one server says so, whether
// that one lies or the other ones keep silent.
func TestPaidAlike(t *testing.T) {
	t.Parallel()
	n := impatient(chaintest.Start(t))
	payer, shop := chaintest.NewKey(t), chaintest.NewKey(t).Address()
	n.FundUSDC(t, payer.Address(), market.Wei(20))
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	domain, err := n.Client(t).USDC().Domain(t.Context())
	require.NoError(t, err)
	pay := func(key string, value uint64) (chain.Authorization, market.Hash) {
		a := chain.Authorization{From: payer.Address(), To: shop, Value: market.Wei(value), ValidBefore: 1 << 39, Nonce: market.Hash{byte(value)}}
		authorize(t, payer, domain, &a)
		_, err := sender.Submit(t.Context(), key, n.Client(t).USDC().TransferWithAuthorization(a))
		require.NoError(t, err)
		return a, market.Hash(chaintest.WaitDone(t, sender, key).TxHash)
	}
	paid, transaction := pay("pay", 5)
	block, err := n.Client(t).USDC().Paid(t.Context(), transaction, paid)
	require.NoError(t, err)

	noReceipt := answer("eth_getTransactionReceipt", `null`)
	refuse := func(methods ...string) func(chaintest.Request) (chaintest.Answer, bool) {
		return func(r chaintest.Request) (chaintest.Answer, bool) {
			for _, m := range methods {
				if r.Method == m {
					return chaintest.Answer{Error: json.RawMessage(`{"code":-32601,"message":"no such method"}`)}, true
				}
			}
			return chaintest.Answer{}, false
		}
	}
	// One that never was, told in the receipt of another.
	invented := paid
	invented.Value = market.Wei(9)
	invent := rewrite("eth_getTransactionReceipt", func(receipt map[string]any) {
		logs, _ := receipt["logs"].([]any)
		transfer, _ := logs[1].(map[string]any)
		transfer["data"] = market.Hash(invented.Value.Bytes32()).String()
	})

	for _, c := range []struct {
		name        string
		first, then func(*chaintest.Proxy)
		payment     chain.Authorization
		why         string // it is not confirmed; empty when it is
	}{
		{"both tell", nil, nil, paid, ""},
		{"the second has no receipts", nil, func(p *chaintest.Proxy) { p.Before(noReceipt) }, paid, ""},
		{"the second has no receipts, and nothing is proven", func(p *chaintest.Proxy) { p.Before(refuse("eth_getBlockReceipts")) },
			func(p *chaintest.Proxy) { p.Before(noReceipt) }, paid, "no receipts that fit the block"},
		{"the second is on another branch", nil, func(p *chaintest.Proxy) {
			p.Before(noReceipt)
			p.After(rewrite("eth_getBlockByNumber", func(header map[string]any) { header["extraData"] = "0xff" }))
		}, paid, "no second RPC server has its block"},
		{"the second is away", nil, func(p *chaintest.Proxy) { p.Down(true) }, paid, "no second RPC server has its block"},
		{"the first invents it", func(p *chaintest.Proxy) { p.After(invent) }, nil, invented, "does not hold the payment"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			first, second := chaintest.NewProxy(t, n.URL), chaintest.NewProxy(t, n.URL)
			if c.first != nil {
				c.first(first)
			}
			if c.then != nil {
				c.then(second)
			}
			usdc := n.Via(first, second).Client(t).USDC()
			if c.why == "" {
				got, err := usdc.PaidAlike(t.Context(), transaction, c.payment)
				require.NoError(t, err)
				require.Equal(t, block, got)
				return
			}
			// One server's word is enough for Paid, so that it is the second that is missing.
			_, err := usdc.Paid(t.Context(), transaction, c.payment)
			require.NoError(t, err)
			_, err = usdc.PaidAlike(t.Context(), transaction, c.payment)
			require.Equal(t, market.Unavailable, market.CodeOf(err))
			require.ErrorContains(t, err, c.why)
		})
	}
}
