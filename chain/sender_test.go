package chain_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/market/outbox"
)

// gift is a call that cannot fail: one PRIV to somebody.
func gift(n *chaintest.Net, client *chain.Client, to market.Address) chain.Call {
	return client.PRIV().Transfer(to, market.Wei(1))
}

func held(t *testing.T, client *chain.Client, account market.Address) string {
	t.Helper()
	balance, err := client.PRIV().Balance(t.Context(), account)
	require.NoError(t, err)
	return balance.String()
}

// A key is sent once, however often it is submitted; with another call it is a
// conflict.
func TestSubmitIsIdempotent(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	client, to := n.Client(t), chaintest.NewKey(t).Address()
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	for range 3 {
		_, err := sender.Submit(t.Context(), "gift", gift(n, client, to))
		require.NoError(t, err)
	}
	first := chaintest.WaitDone(t, sender, "gift")
	again, err := sender.Submit(t.Context(), "gift", gift(n, client, to))
	require.NoError(t, err)
	require.Equal(t, first.TxHash, again.TxHash)
	_, err = sender.Submit(t.Context(), "gift", gift(n, client, chaintest.NewKey(t).Address()))
	require.Equal(t, market.Conflict, market.CodeOf(err))
	_, err = sender.Submit(t.Context(), "", gift(n, client, to))
	require.Equal(t, market.Invalid, market.CodeOf(err))
	_, err = sender.Outcome(t.Context(), "unknown")
	require.Equal(t, market.NotFound, market.CodeOf(err))
	require.Equal(t, "1", held(t, client, to))
	require.Equal(t, uint64(1), sender.Stats().Submitted)
}

// A hundred calls are under way at once, each mined once, with the nonces in a row.
func TestPipeline(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	client, to := n.Client(t), chaintest.NewKey(t).Address()
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	const count = 100
	for i := range count {
		_, err := sender.Submit(t.Context(), fmt.Sprint("gift/", i), gift(n, client, to))
		require.NoError(t, err)
	}
	var nonces []uint64
	for i := range count {
		nonces = append(nonces, chaintest.WaitDone(t, sender, fmt.Sprint("gift/", i)).Nonce)
	}
	slices.Sort(nonces)
	for i, nonce := range nonces {
		require.Equal(t, nonces[0]+uint64(i), nonce)
	}
	require.Equal(t, fmt.Sprint(count), held(t, client, to))
	require.Equal(t, uint64(count), sender.Stats().Mined)
}

// crashing is a store that fails after it has stored a signed transaction, as a
// process that dies between storing and broadcasting.
type crashing struct {
	outbox.Memory
	crashed atomic.Bool
}

func (c *crashing) Put(ctx context.Context, ts ...outbox.Transaction) error {
	err := c.Memory.Put(ctx, ts...)
	if err == nil && slices.ContainsFunc(ts, func(t outbox.Transaction) bool { return t.Signed }) && c.crashed.CompareAndSwap(false, true) {
		return errors.New("power cut")
	}
	return err
}

// 1. The process dies after storing the signed bytes, before broadcasting them.
// 2. After the restart the same bytes are sent.
func TestCrashBetweenStoreAndBroadcast(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	store := &crashing{}
	first := n.IdleSender(t, from, store)
	_, err := first.Submit(t.Context(), "gift", gift(n, client, to))
	require.NoError(t, err)
	require.ErrorContains(t, first.Run(t.Context()), "power cut")
	stored, err := store.Get(t.Context(), "gift")
	require.NoError(t, err)
	require.Equal(t, outbox.Sent, stored.State)
	require.Equal(t, "0", held(t, client, to))

	second := n.Sender(t, from, store)
	done := chaintest.WaitDone(t, second, "gift")
	require.Equal(t, stored.Tries[0].Hash, done.TxHash)
	require.Len(t, done.Tries, 1)
	require.Equal(t, "1", held(t, client, to))
}

// 1. The server takes a transaction and forgets it.
// 2. The process is restarted.
// 3. The same bytes are offered again and mined, once.
func TestRestartRebroadcasts(t *testing.T) {
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
	remember()

	second := n.Through(proxy).Sender(t, from, store)
	done := chaintest.WaitDone(t, second, "gift")
	require.Len(t, done.Tries, 1)
	require.Equal(t, uint64(1), second.Stats().Rebroadcast)
	require.Equal(t, "1", held(t, client, to))
}

// A process that dies after the broadcast finds the receipt when it is back.
func TestRestartFindsReceipt(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	store := &outbox.Memory{}
	first := n.IdleSender(t, from, store)
	stop := chaintest.Run(t, first.Run)
	_, err := first.Submit(t.Context(), "gift", gift(n, client, to))
	require.NoError(t, err)
	chaintest.WaitDone(t, first, "gift")
	stop()
	forgotten, err := store.Get(t.Context(), "gift")
	require.NoError(t, err)
	mined := forgotten.TxHash
	forgotten.State, forgotten.Final, forgotten.TxHash, forgotten.Block = outbox.Sent, false, [32]byte{}, 0
	require.NoError(t, store.Put(t.Context(), forgotten))

	done := chaintest.WaitDone(t, n.Sender(t, from, store), "gift")
	require.Equal(t, mined, done.TxHash)
	require.Equal(t, "1", held(t, client, to))
}

// Blocks pass a transaction by: the fees of both kinds are raised by at least 12.5%
// at the same nonce, and what is mined then is the dearer one.
func TestBump(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	proxy := chaintest.NewProxy(t, n.URL)
	client, to := n.Client(t), chaintest.NewKey(t).Address()
	through := n.Through(proxy)
	through.Config.Rebroadcast = time.Hour
	from := n.Account(t)
	remember := proxy.Swallow()
	sender := through.Sender(t, from, &outbox.Memory{})
	_, err := sender.Submit(t.Context(), "gift", gift(n, client, to))
	require.NoError(t, err)
	chaintest.Wait(t, "first broadcast", func() bool { return sender.Stats().Broadcast == 1 })
	remember()
	chaintest.Wait(t, "raised fees", func() bool {
		require.NoError(t, n.Embedded.Mine())
		return sender.Stats().Bumped > 0
	})
	done := chaintest.WaitDone(t, sender, "gift")
	require.GreaterOrEqual(t, len(done.Tries), 2)
	for i := 1; i < len(done.Tries); i++ {
		before, after := done.Tries[i-1], done.Tries[i]
		require.Equal(t, before.Nonce, after.Nonce)
		for _, fee := range [][2]market.Amount{{before.FeeCap, after.FeeCap}, {before.TipCap, after.TipCap}} {
			least, err := fee[0].MulDiv(9, 8)
			require.NoError(t, err)
			require.GreaterOrEqual(t, fee[1].Cmp(least), 0, "%s after %s", fee[1], fee[0])
		}
	}
	require.NotEqual(t, done.Tries[0].Hash, done.TxHash)
	require.Equal(t, "1", held(t, client, to))
}

// At the limit fees are not raised any more, and the sender says why it waits.
func TestFeeLimit(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	client := n.Client(t)
	n.Config.MaxFee = market.Wei(1)
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	_, err := sender.Submit(t.Context(), "gift", gift(n, client, chaintest.NewKey(t).Address()))
	require.NoError(t, err)
	chaintest.Wait(t, "a complaint about fees", func() bool { return sender.Stats().LastError != "" })
	require.Contains(t, sender.Stats().LastError, "above the limit of 1")
	tx, err := sender.Outcome(t.Context(), "gift")
	require.NoError(t, err)
	require.Equal(t, outbox.Queued, tx.State)
}

// A call the contract refuses fails by name without using a nonce; one that reverts
// in a block fails by name as well; those after them are sent.
func TestReverts(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	client, from := n.Client(t), n.Account(t)
	sender := n.Sender(t, from, &outbox.Memory{})
	m := chain.NewMarket(client, sender)
	nobody := chaintest.NewKey(t).Address()

	require.NoError(t, m.Withdraw(t.Context(), "refused", nobody, market.Wei(5)))
	refused := chaintest.WaitOutcome(t, sender, "refused")
	require.Equal(t, "NothingToWithdraw", refused.Reason)
	require.Equal(t, market.Conflict, refused.Code)
	require.Equal(t, fmt.Sprintf("there is not so much to withdraw (NothingToWithdraw(account %s, amount 5, balance 0))", nobody), refused.Message)
	require.False(t, refused.Signed)

	blind := client.PRIV().Transfer(nobody, chaintest.PRIV(t, "5000"))
	blind.Gas = 100_000 // not estimated, so it is sent
	_, err := sender.Submit(t.Context(), "reverted", blind)
	require.NoError(t, err)
	reverted := chaintest.WaitOutcome(t, sender, "reverted")
	require.Equal(t, outbox.Failed, reverted.State)
	require.Equal(t, "ERC20InsufficientBalance", reverted.Reason)
	require.Equal(t, market.Unpaid, market.CodeOf(reverted.Err()))
	require.NotZero(t, reverted.Block)

	_, err = sender.Submit(t.Context(), "after", gift(n, client, nobody))
	require.NoError(t, err)
	require.Equal(t, reverted.Nonce+1, chaintest.WaitDone(t, sender, "after").Nonce)
}

// A call that depends on one before it is not refused for coming too early.
func TestDependentCalls(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	client, from := n.Client(t), n.Account(t)
	sender := n.Sender(t, from, &outbox.Memory{})
	r := chain.NewRewards(client, sender)
	ctx, ten := t.Context(), chaintest.PRIV(t, "10")
	a, b := chaintest.NewKey(t).Address(), chaintest.NewKey(t).Address()
	three, four := chaintest.PRIV(t, "3"), chaintest.PRIV(t, "4")
	require.NoError(t, r.Approve(ctx, "approve", ten))
	require.NoError(t, r.Fund(ctx, "fund", from.Address(), ten))
	require.NoError(t, r.PayoutMany(ctx, "pay", []market.Address{a, b}, []market.Amount{three, four}))
	for _, key := range []string{"approve", "fund", "pay"} {
		chaintest.WaitDone(t, sender, key)
	}
	left, err := r.Balance(ctx, from.Address())
	require.NoError(t, err)
	require.Equal(t, chaintest.PRIV(t, "3"), left)

	five := chaintest.PRIV(t, "5")
	sig := from.Sign(t, r.VoucherDigest(from.Address(), a, five))
	require.NoError(t, r.Redeem(ctx, "redeem", from.Address(), a, five, sig))
	chaintest.WaitDone(t, sender, "redeem")
	paid, err := r.Paid(ctx, from.Address(), a)
	require.NoError(t, err)
	require.Equal(t, five, paid)
	require.Equal(t, five.String(), held(t, client, a))
}

// A call that is refused fails while others keep coming: it only waits for those
// that were ahead of it.
func TestRefusedUnderLoad(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	client, from := n.Client(t), n.Account(t)
	sender := n.Sender(t, from, &outbox.Memory{})
	m := chain.NewMarket(client, sender)
	for i := 0; ; i++ {
		require.Less(t, i, 5000, "the refused call waits for ever")
		_, err := sender.Submit(t.Context(), fmt.Sprint("gift/", i), gift(n, client, chaintest.NewKey(t).Address()))
		require.NoError(t, err)
		require.NoError(t, m.Withdraw(t.Context(), "refused", from.Address(), market.Wei(5)))
		tx, err := sender.Outcome(t.Context(), "refused")
		require.NoError(t, err)
		if !tx.Pending() {
			require.Equal(t, "NothingToWithdraw", tx.Reason)
			break
		}
		_, err = sender.Wait(t.Context(), fmt.Sprint("gift/", max(0, i-3)), false) // always some on the way
		require.NoError(t, err)
	}
}

// 1. The server forgets our transaction, and somebody uses its nonce.
// 2. The sender notices, and sends the call again at the next nonce: once.
func TestNonceUsedFromOutside(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	proxy := chaintest.NewProxy(t, n.URL)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	through := n.Through(proxy)
	through.Config.Rebroadcast = time.Hour
	remember := proxy.Swallow()
	sender := through.Sender(t, from, &outbox.Memory{})
	_, err := sender.Submit(t.Context(), "gift", gift(n, client, to))
	require.NoError(t, err)
	chaintest.Wait(t, "first broadcast", func() bool { return sender.Stats().Broadcast == 1 })
	n.Send(t, from, chaintest.NewKey(t).Address(), market.Wei(1), nil)
	remember()
	done := chaintest.WaitDone(t, sender, "gift")
	require.Equal(t, uint64(1), done.Nonce)
	require.Equal(t, uint64(1), sender.Stats().Overtaken)
	require.Equal(t, "1", held(t, client, to))
}

// A reorganisation removes mined transactions: those the pool keeps come back by
// themselves, those it drops are sent again, the same bytes.
func TestReorg(t *testing.T) {
	t.Parallel()
	for _, drop := range []bool{false, true} {
		t.Run(fmt.Sprint("dropped ", drop), func(t *testing.T) {
			t.Parallel()
			n := chaintest.Start(t)
			n.Config.Confirmations, n.Config.BumpAfter = 6, 1000
			client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
			sender := n.Sender(t, from, &outbox.Memory{})
			var before []outbox.Transaction
			for i := range 3 {
				key := fmt.Sprint("gift/", i)
				_, err := sender.Submit(t.Context(), key, gift(n, client, to))
				require.NoError(t, err)
				tx, err := sender.Wait(t.Context(), key, false)
				require.NoError(t, err)
				before = append(before, tx)
			}
			require.NoError(t, n.Embedded.Reorg(3, drop))
			chaintest.Wait(t, "the reorganisation to be seen", func() bool { return sender.Stats().Reorged > 0 })
			chaintest.Wait(t, "every gift to be final", func() bool {
				require.NoError(t, n.Embedded.Mine())
				return sender.Stats().Unconfirmed == 0 && sender.Stats().InFlight == 0
			})
			for i, b := range before {
				after := chaintest.WaitDone(t, sender, fmt.Sprint("gift/", i))
				require.Equal(t, b.TxHash, after.TxHash)
				require.NotEqual(t, b.BlockHash, after.BlockHash)
			}
			require.Equal(t, "3", held(t, client, to))
		})
	}
}

// The chain loses a transaction that is not watched any more, and one that is and
// that waits for its nonce. An empty transaction takes the place of the first.
func TestGapIsFilled(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	n.Config.Rebroadcast = 100 * time.Millisecond
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	store := &outbox.Memory{}
	first := n.IdleSender(t, from, store)
	stop := chaintest.Run(t, first.Run)
	for _, key := range []string{"old", "new"} {
		_, err := first.Submit(t.Context(), key, gift(n, client, to))
		require.NoError(t, err)
		chaintest.WaitDone(t, first, key)
	}
	stop()
	old, err := store.Get(t.Context(), "old")
	require.NoError(t, err)
	old.Closed = true
	require.NoError(t, store.Put(t.Context(), old))

	second := n.Sender(t, from, store)
	require.NoError(t, n.Embedded.Reorg(2, true))
	chaintest.Wait(t, "the gap to be filled", func() bool { return second.Stats().GapsFilled == 1 })
	chaintest.Wait(t, "the newer gift", func() bool { return held(t, client, to) == "1" })
	require.Equal(t, uint64(1), chaintest.WaitDone(t, second, "new").Nonce)
}

// While the server is down, calls are accepted and the sender says why they wait;
// when it is back, they are sent.
func TestServerDownAndBack(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	proxy := chaintest.NewProxy(t, n.URL)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	proxy.Down(true)
	through := n.Through(proxy)
	through.Config.RPC += "/v3/accesskey"
	sender := through.Sender(t, from, &outbox.Memory{})
	_, err := sender.Submit(t.Context(), "gift", gift(n, client, to))
	require.NoError(t, err)
	chaintest.Wait(t, "a complaint", func() bool { return sender.Stats().LastError != "" })
	require.NotContains(t, sender.Stats().LastError, "accesskey")
	proxy.Down(false)
	chaintest.WaitDone(t, sender, "gift")
	chaintest.Wait(t, "the complaint to end", func() bool { return sender.Stats().LastError == "" })
	require.Equal(t, "1", held(t, client, to))
}

// A server that takes calls and does not answer holds nobody up: not past the
// timeout, and not when the node stops.
func TestHangingServer(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	proxy := chaintest.NewProxy(t, n.URL)
	proxy.Hang(true)
	through := n.Through(proxy)
	through.Config.Timeout = 50 * time.Millisecond
	_, err := through.Client(t).Balance(t.Context(), n.Operator.Address())
	require.Equal(t, market.Unavailable, market.CodeOf(err))
	require.ErrorContains(t, err, "does not answer in time")

	through.Config.Timeout = time.Hour
	sender := through.IdleSender(t, n.Operator, &outbox.Memory{})
	_, err = sender.Submit(t.Context(), "gift", gift(n, n.Client(t), n.Operator.Address()))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- sender.Run(ctx) }()
	cancel()
	select {
	case err := <-done:
		require.NoError(t, err)
	case <-time.After(5 * time.Second):
		t.Fatal("the sender does not stop")
	}
}

// A server on another chain is refused, with both ids.
func TestWrongChain(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	n.Config.ChainID = 1
	_, err := n.Client(t).Balance(t.Context(), n.Operator.Address())
	require.Equal(t, market.Unavailable, market.CodeOf(err))
	require.ErrorContains(t, err, "on chain 31337, this node on chain 1")
}

// What servers say of a broadcast never stops the sender: the receipt decides.
func TestServersAnswers(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"already known", "transaction already imported", "nonce too low", "replacement transaction underpriced", "insufficient funds for gas", "oh no"} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			n := chaintest.Start(t)
			proxy := chaintest.NewProxy(t, n.URL)
			client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
			var said atomic.Int32
			proxy.After(func(r chaintest.Request, a chaintest.Answer) chaintest.Answer {
				if r.Method == "eth_sendRawTransaction" && said.Add(1) == 1 {
					reply, err := json.Marshal(map[string]any{"code": -32000, "message": text})
					if err == nil {
						return chaintest.Answer{Error: reply}
					}
				}
				return a
			})
			sender := n.Through(proxy).Sender(t, from, &outbox.Memory{})
			_, err := sender.Submit(t.Context(), "gift", gift(n, client, to))
			require.NoError(t, err)
			chaintest.WaitDone(t, sender, "gift")
			require.Equal(t, "1", held(t, client, to))
		})
	}
}

// Another account's transactions in the outbox are not touched.
func TestOutboxOfAnotherAccount(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	store := &outbox.Memory{}
	require.NoError(t, store.Put(t.Context(), outbox.Transaction{Key: "x", State: outbox.Sent, Signed: true, From: chaintest.NewKey(t).Address()}))
	err := n.IdleSender(t, n.Operator, store).Run(t.Context())
	require.Equal(t, market.Conflict, market.CodeOf(err))
}
