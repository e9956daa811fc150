package chain_test

import (
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/market/outbox"
)

// requireReplaced fails unless a transaction was cancelled by an empty one of the same
// nonce whose fees are both an eighth higher than any before.
func requireReplaced(t *testing.T, tx outbox.Transaction) {
	t.Helper()
	require.Equal(t, outbox.Failed, tx.State)
	try, ok := tx.Mine(tx.TxHash)
	require.True(t, ok)
	require.True(t, try.Empty)
	require.Equal(t, tx.Nonce, try.Nonce)
	for _, before := range tx.Tries {
		if before.Empty {
			continue
		}
		for _, fee := range [][2]market.Amount{{before.FeeCap, try.FeeCap}, {before.TipCap, try.TipCap}} {
			least, err := fee[0].MulDiv(9, 8)
			require.NoError(t, err)
			require.GreaterOrEqual(t, fee[1].Cmp(least), 0, "%s after %s", fee[1], fee[0])
		}
	}
}

// 1. A call waits while the server is down, and is cancelled.
// 2. When the server is back, the call has failed, without a nonce.
func TestCancelBeforeSending(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	proxy := chaintest.NewProxy(t, n.URL)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	proxy.Down(true)
	sender := n.Through(proxy).Sender(t, from, &outbox.Memory{})
	for _, key := range []string{"gift", "other"} {
		_, err := sender.Submit(t.Context(), key, gift(n, client, to))
		require.NoError(t, err)
	}
	cancelled, err := sender.Cancel(t.Context(), "gift")
	require.NoError(t, err)
	require.Equal(t, outbox.ReasonCancelled, cancelled.Cancel)
	proxy.Down(false)
	tx := chaintest.WaitOutcome(t, sender, "gift")
	require.Equal(t, outbox.ReasonCancelled, tx.Reason)
	require.Equal(t, market.Conflict, market.CodeOf(tx.Err()))
	require.Empty(t, tx.Tries)
	require.Zero(t, chaintest.WaitDone(t, sender, "other").Nonce)
	require.Equal(t, "1", held(t, client, to))

	_, err = sender.Cancel(t.Context(), "unknown")
	require.Equal(t, market.NotFound, market.CodeOf(err))
	done, err := sender.Cancel(t.Context(), "other")
	require.NoError(t, err)
	require.Equal(t, outbox.Mined, done.State, "what has an outcome is left alone")
	require.Empty(t, done.Cancel)
}

// 1. The server takes a call and forgets it; the call is cancelled.
// 2. An empty transaction is mined at its nonce, and those behind it go on.
func TestCancelAfterSending(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	proxy := chaintest.NewProxy(t, n.URL)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	remember := proxy.Swallow()
	sender := n.Through(proxy).Sender(t, from, &outbox.Memory{})
	for _, key := range []string{"gift", "behind"} {
		_, err := sender.Submit(t.Context(), key, gift(n, client, to))
		require.NoError(t, err)
	}
	chaintest.Wait(t, "broadcasts", func() bool { return sender.Stats().Broadcast == 2 })
	_, err := sender.Cancel(t.Context(), "gift")
	require.NoError(t, err)
	chaintest.Wait(t, "the empty transaction", func() bool { return sender.Stats().Bumped > 0 })
	remember()
	tx := chaintest.WaitOutcome(t, sender, "gift")
	require.Equal(t, outbox.ReasonCancelled, tx.Reason)
	require.NotZero(t, tx.Block)
	requireReplaced(t, tx)
	require.Equal(t, uint64(1), chaintest.WaitDone(t, sender, "behind").Nonce)
	require.Equal(t, "1", held(t, client, to))
	require.Equal(t, uint64(1), sender.Stats().Cancelled)
}

// 1. A call is broadcast and forgotten, and the process stops.
// 2. It is cancelled by a process that dies at once, before it has signed anything.
// 3. The next process cancels it.
func TestCancelSurvivesRestart(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	proxy := chaintest.NewProxy(t, n.URL)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	store := &outbox.Memory{}
	remember := proxy.Swallow()
	first := n.Through(proxy).IdleSender(t, from, store)
	stop := chaintest.Run(t, first.Run)
	_, err := first.Submit(t.Context(), "gift", gift(n, client, to))
	require.NoError(t, err)
	chaintest.Wait(t, "first broadcast", func() bool { return first.Stats().Broadcast == 1 })
	stop()
	_, err = n.IdleSender(t, from, store).Cancel(t.Context(), "gift")
	require.NoError(t, err)
	remember()
	tx := chaintest.WaitOutcome(t, n.Sender(t, from, store), "gift")
	requireReplaced(t, tx)
	require.Equal(t, "0", held(t, client, to))
}

// 1. A call is cancelled, but only the call itself reaches the chain: that is the
// outcome.
// 2. A reorganisation drops it: the call comes back, not what was to cancel it.
func TestCancelTooLate(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	n.Config.Confirmations, n.Config.BumpAfter = 4, 1000
	proxy := chaintest.NewProxy(t, n.URL)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	for range 4 {
		require.NoError(t, n.Embedded.Mine())
	}
	n.Embedded.Pause()
	var sent atomic.Int32
	proxy.Before(func(r chaintest.Request) (chaintest.Answer, bool) {
		swallow := r.Method == "eth_sendRawTransaction" && sent.Add(1) > 1
		return chaintest.Answer{Result: json.RawMessage(`"0x0000000000000000000000000000000000000000000000000000000000000001"`)}, swallow
	})
	sender := n.Through(proxy).Sender(t, from, &outbox.Memory{})
	_, err := sender.Submit(t.Context(), "gift", gift(n, client, to))
	require.NoError(t, err)
	chaintest.Wait(t, "first broadcast", func() bool { return sender.Stats().Broadcast == 1 })
	_, err = sender.Cancel(t.Context(), "gift")
	require.NoError(t, err)
	chaintest.Wait(t, "the empty transaction", func() bool { return sender.Stats().Bumped > 0 })
	n.Embedded.Resume()
	tx, err := sender.Wait(t.Context(), "gift", false)
	require.NoError(t, err)
	require.Equal(t, outbox.Mined, tx.State)
	require.Empty(t, tx.Cancel)

	proxy.Before(nil)
	require.NoError(t, n.Embedded.Reorg(1, true))
	chaintest.Wait(t, "the reorganisation to be seen", func() bool { return sender.Stats().Reorged > 0 })
	again, err := sender.Wait(t.Context(), "gift", false)
	require.NoError(t, err)
	require.Equal(t, outbox.Mined, again.State)
	require.Equal(t, tx.TxHash, again.TxHash)
	require.Equal(t, "1", held(t, client, to))
}

// What is not sent before its time is over never is; what was sent and not mined by
// then is cancelled.
func TestUntil(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	proxy := chaintest.NewProxy(t, n.URL)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	sender := n.Through(proxy).Sender(t, from, &outbox.Memory{})
	_, _, now := n.Embedded.Head()
	submit := func(key string, until uint64) {
		call := gift(n, client, to)
		call.Until = until
		_, err := sender.Submit(t.Context(), key, call)
		require.NoError(t, err)
	}
	submit("late", now)
	late := chaintest.WaitOutcome(t, sender, "late")
	require.Equal(t, outbox.ReasonTimeOver, late.Reason)
	require.Equal(t, market.Expired, market.CodeOf(late.Err()))
	require.Empty(t, late.Tries)

	submit("in time", now+3600)
	chaintest.WaitDone(t, sender, "in time")

	remember := proxy.Swallow()
	submit("stuck", now+3600)
	chaintest.Wait(t, "the broadcast", func() bool { return sender.Stats().Broadcast == 2 })
	require.NoError(t, n.Embedded.Advance(2*time.Hour))
	require.NoError(t, n.Embedded.Mine())
	chaintest.Wait(t, "the empty transaction", func() bool { return sender.Stats().Bumped > 0 })
	remember()
	stuck := chaintest.WaitOutcome(t, sender, "stuck")
	require.Equal(t, outbox.ReasonTimeOver, stuck.Reason)
	require.Equal(t, market.Expired, market.CodeOf(stuck.Err()))
	requireReplaced(t, stuck)
	require.Equal(t, "1", held(t, client, to))
}

// A purchase that is not mined in its time is cancelled.
func TestPurchaseOutOfTime(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	proxy := chaintest.NewProxy(t, n.URL)
	from, x := n.Account(t), n.NewTrade(t, chaintest.TradeOptions{})
	remember := proxy.Swallow()
	through := n.Through(proxy)
	sender := through.Sender(t, from, &outbox.Memory{})
	require.NoError(t, chain.NewMarket(through.Client(t), sender).Purchase(t.Context(), "buy", x.Sale, x.Payment))
	chaintest.Wait(t, "the broadcast", func() bool { return sender.Stats().Broadcast == 1 })
	require.NoError(t, n.Embedded.Advance(2*time.Hour))
	require.NoError(t, n.Embedded.Mine())
	chaintest.Wait(t, "the empty transaction", func() bool { return sender.Stats().Bumped > 0 })
	remember()
	tx := chaintest.WaitOutcome(t, sender, "buy")
	requireReplaced(t, tx)
	require.Less(t, tx.GasUsed, uint64(21_001))
}

// A transaction that no server will ever take does not hold up those behind it.
func TestUnsendable(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	sender := n.Sender(t, from, &outbox.Memory{})
	small := gift(n, client, to)
	small.Gas = 100 // less than any transaction needs
	_, err := sender.Submit(t.Context(), "small", small)
	require.NoError(t, err)
	_, err = sender.Submit(t.Context(), "behind", gift(n, client, to))
	require.NoError(t, err)
	tx := chaintest.WaitOutcome(t, sender, "small")
	require.Equal(t, outbox.ReasonUnsendable, tx.Reason)
	require.Contains(t, tx.Message, "intrinsic gas too low")
	require.Zero(t, tx.Nonce)
	chaintest.WaitDone(t, sender, "behind")
	require.Equal(t, "1", held(t, client, to))
}

// The operator sees what is under way, and why it does not get on.
func TestList(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	proxy := chaintest.NewProxy(t, n.URL)
	client, from := n.Client(t), n.Account(t)
	proxy.Before(func(r chaintest.Request) (chaintest.Answer, bool) {
		return chaintest.Answer{Error: json.RawMessage(`{"code":-32000,"message":"go away"}`)}, r.Method == "eth_sendRawTransaction"
	})
	sender := n.Through(proxy).Sender(t, from, &outbox.Memory{})
	for i := range 3 {
		_, err := sender.Submit(t.Context(), fmt.Sprint("gift/", i), gift(n, client, common.Address{1}))
		require.NoError(t, err)
	}
	var list []chain.Pending
	chaintest.Wait(t, "the refusal", func() bool {
		var err error
		list, err = sender.List(t.Context())
		require.NoError(t, err)
		return list[0].Waiting != ""
	})
	require.Len(t, list, 3)
	require.Equal(t, "gift/0", list[0].Key)
	require.Contains(t, list[0].Waiting, "go away")
	require.Contains(t, sender.Stats().LastError, "go away")
	proxy.Before(nil)
	chaintest.WaitDone(t, sender, "gift/2")
	chaintest.Wait(t, "nothing to be under way", func() bool {
		list, err := sender.List(t.Context())
		require.NoError(t, err)
		return len(list) == 0
	})
}
