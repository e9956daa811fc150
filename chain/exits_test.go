package chain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/market/outbox"
)

// 1. A call that has to leave by a time waits in the outbox while nothing is sent.
// 2. The chain passes that time: the call fails, is never sent, and another that has
// no such time is.
// 3. What still has time is sent.
func TestNotSentTooLate(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	client, to, store := n.Client(t), chaintest.NewKey(t).Address(), &outbox.Memory{}
	account := n.Account(t)
	_, now, err := client.Head(t.Context())
	require.NoError(t, err)
	idle := n.IdleSender(t, account, store)
	late := gift(n, client, to)
	late.FirstBy = now + 600
	_, err = idle.Submit(t.Context(), "late", late)
	require.NoError(t, err)
	_, err = idle.Submit(t.Context(), "any time", gift(n, client, to))
	require.NoError(t, err)
	_, err = client.AdvanceTime(t.Context(), time.Hour)
	require.NoError(t, err)
	good := gift(n, client, to)
	good.FirstBy = now + 10*3600
	_, err = idle.Submit(t.Context(), "good", good)
	require.NoError(t, err)

	sender := n.Sender(t, account, store)
	chaintest.WaitDone(t, sender, "any time")
	chaintest.WaitDone(t, sender, "good")
	out, err := sender.Wait(t.Context(), "late", true)
	require.NoError(t, err)
	require.Equal(t, outbox.Failed, out.State)
	require.Equal(t, market.Expired, out.Code)
	require.Empty(t, out.Tries)
	require.Equal(t, "2", held(t, client, to))
}

// The call of a payment is read back from the chain, and can be made again by
// somebody else; other transactions give none.
func TestPurchaseCalldata(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	client, buyer := n.Client(t), n.Account(t)
	m := chain.NewMarket(client, n.Sender(t, n.Account(t), &outbox.Memory{}))
	trade := n.TradeBetween(t, n.Account(t), buyer, chaintest.TradeOptions{})
	call := m.PurchaseCall(trade.Sale, trade.Payment)
	receipt := n.Send(t, buyer, call.To, market.Amount{}, call.Data)
	data, err := m.PurchaseCalldata(t.Context(), market.Hash(receipt.TxHash))
	require.NoError(t, err)
	require.Equal(t, call.Data, data)

	other := n.Send(t, buyer, n.NewTrade(t, chaintest.TradeOptions{}).Sale.Terms.Buyer, market.Wei(1), nil)
	for _, hash := range []market.Hash{market.Hash(other.TxHash), {1}} {
		data, err = m.PurchaseCalldata(t.Context(), hash)
		require.NoError(t, err)
		require.Empty(t, data)
	}
	price, err := client.GasPrice(t.Context())
	require.NoError(t, err)
	require.False(t, price.IsZero())
}
