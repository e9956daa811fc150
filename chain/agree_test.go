package chain_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/market/deal"
	"privd/market/outbox"
	"privd/market/seal"
)

// relied reports whether the follower vouches for a block at the confirmed depth.
func relied(f *chain.Follower, n *chaintest.Net, block uint64) bool {
	head, err := f.Relied()
	return err == nil && deal.Depth(head.Number, block) >= n.Config.Confirmations
}

// invent adds a copy of the last log as another purchase's, in the same block.
func invent(t *testing.T, fake market.Hash) func([]map[string]any) []map[string]any {
	return func(logs []map[string]any) []map[string]any {
		if len(logs) == 0 {
			return logs
		}
		raw, err := json.Marshal(logs[len(logs)-1])
		if err != nil {
			t.Error(err)
		}
		var lie map[string]any
		if json.Unmarshal(raw, &lie) != nil {
			return logs
		}
		topics, _ := lie["topics"].([]any)
		if len(topics) < 2 {
			return logs
		}
		topics[1], lie["logIndex"] = fake.String(), "0x77"
		return append(logs, lie)
	}
}

// 1. The server in use invents a purchase, in a block that announces one. It is read.
// 2. It is never relied on: the other server does not know it.
// 3. The block's receipts tell who is right; the invention is taken back.
func TestInventedPurchase(t *testing.T) {
	t.Parallel()
	for _, confirmations := range []uint64{1, 3} {
		t.Run(fmt.Sprint(confirmations, " confirmations"), func(t *testing.T) {
			t.Parallel()
			n := impatient(chaintest.Start(t))
			sender := n.Sender(t, n.Account(t), &outbox.Memory{})
			liar, honest := chaintest.NewProxy(t, n.URL), chaintest.NewProxy(t, n.URL)
			fake := market.Hash{0xfa}
			liar.After(edit(t, invent(t, fake)))
			store := &deal.Memory{}
			via := n.Via(liar, honest)
			via.Config.Confirmations, via.Config.Agree = confirmations, chain.AgreeAlways
			f, client := followerOf(t, via, store)
			left := false
			x := buy(t, n, sender)
			for range 5 {
				require.NoError(t, n.Embedded.Mine())
			}
			chaintest.Wait(t, "the truth", func() bool {
				lie := store.State(fake)
				if lie.Status == deal.StatusPurchased && relied(f, via, lie.Bought.Number) && store.State(fake).Status == deal.StatusPurchased {
					t.Error("an invented purchase is relied on")
				}
				left = left || inUse(client) == 1
				real := store.State(x.Purchase)
				return lie.Status == deal.StatusNone && real.Status == deal.StatusPurchased && relied(f, via, real.Bought.Number)
			})
			require.True(t, left, "the liar was left")
		})
	}
}

// A server leaves out one of two purchases in a block, so that the block's summary
// does not tell. The other server does, and what was left out is read.
func TestHiddenPurchase(t *testing.T) {
	t.Parallel()
	n := impatient(chaintest.Start(t))
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	x, y := n.NewTrade(t, chaintest.TradeOptions{}), n.NewTrade(t, chaintest.TradeOptions{})
	n.Embedded.Pause()
	for _, trade := range []*chaintest.Trade{x, y} {
		require.NoError(t, chain.NewMarket(n.Client(t), sender).Purchase(t.Context(), trade.Purchase.Hex(), trade.Sale, trade.Payment))
	}
	chaintest.Wait(t, "both to be sent", func() bool { return sender.Stats().InFlight == 2 })
	n.Embedded.Resume()
	chaintest.WaitDone(t, sender, x.Purchase.Hex())
	chaintest.WaitDone(t, sender, y.Purchase.Hex())

	liar, honest := chaintest.NewProxy(t, n.URL), chaintest.NewProxy(t, n.URL)
	liar.After(edit(t, func(logs []map[string]any) []map[string]any { return logs[:min(len(logs), 1)] }))
	store := &deal.Memory{}
	f, _ := followerOf(t, n.Via(liar, honest), store)
	chaintest.Wait(t, "both purchases", func() bool {
		a, b := store.State(x.Purchase), store.State(y.Purchase)
		return a.Status == deal.StatusPurchased && b.Status == deal.StatusPurchased && relied(f, n, b.Bought.Number)
	})
}

// One server alone that leaves out all logs of a block is found out by the block's
// summary; what it says is believed when its receipts prove that the summary matches by
// chance.
func TestLeftOutLogs(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	x := buy(t, n, n.Sender(t, n.Account(t), &outbox.Memory{}))
	proxy := chaintest.NewProxy(t, n.URL)
	proxy.Before(answer("eth_getLogs", `[]`))
	store := &deal.Memory{}
	f := idle(n.Through(proxy), t, store)
	for range 3 {
		_, err := f.Step(t.Context())
		require.ErrorContains(t, err, "leaves out logs")
	}
	require.Empty(t, store.All())
	proxy.Before(nil)
	for more, err := true, error(nil); more; {
		more, err = f.Step(t.Context())
		require.NoError(t, err)
	}
	require.Equal(t, deal.StatusPurchased, store.State(x.Purchase).Status)
}

// Servers on two branches, of which nothing tells the right one: nobody is believed,
// both are named. With a third, two of them are.
func TestTwoBranches(t *testing.T) {
	t.Parallel()
	one, two := impatient(chaintest.Start(t)), chaintest.Start(t)
	require.NoError(t, one.Embedded.Mine())
	require.NoError(t, two.Embedded.Advance(time.Hour))
	require.Equal(t, one.Config.Contracts, two.Config.Contracts, "both chains began alike")
	a, b, c := chaintest.NewProxy(t, one.URL), chaintest.NewProxy(t, two.URL), chaintest.NewProxy(t, two.URL)
	n := one.Via(a, b)
	n.Config.DeployBlock = 1
	f, client := followerOf(t, n, &deal.Memory{})
	chaintest.Wait(t, "the disagreement", func() bool {
		_, err := f.Relied()
		return err != nil && strings.Contains(err.Error(), "tell differently")
	})
	_, synced, _ := f.Head()
	require.True(t, synced, "it is read all the same")
	_, err := f.Relied()
	require.Equal(t, market.Unavailable, market.CodeOf(err))
	for _, s := range client.Servers() {
		require.ErrorContains(t, err, s.Name)
	}
	b.Down(true) // the one that is left is not believed for it
	for end := time.Now().Add(500 * time.Millisecond); time.Now().Before(end); {
		_, err := f.Relied()
		require.Error(t, err)
	}

	n = one.Via(a, c)
	n.Config.MoreRPC = append(n.Config.MoreRPC, two.URL)
	n.Config.DeployBlock = 1
	f, client = followerOf(t, n, &deal.Memory{})
	chaintest.Wait(t, "two of three", func() bool {
		head, err := f.Relied()
		number, hash, _ := two.Embedded.Head()
		return err == nil && head.Number == number && head.Hash == market.Hash(hash) && inUse(client) != 0
	})
}

// While no other server can be reached, one is believed after a while, and said to be
// alone; where two are always asked for, it is not. What it told alone is confirmed
// when another one is back.
func TestAlone(t *testing.T) {
	t.Parallel()
	n := impatient(chaintest.Start(t))
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	there, away := chaintest.NewProxy(t, n.URL), chaintest.NewProxy(t, n.URL)
	reachable, always := n.Via(there, away), n.Via(there, away)
	always.Config.Agree = chain.AgreeAlways
	store, strict := &deal.Memory{}, &deal.Memory{}
	f, _ := followerOf(t, reachable, store)
	g, _ := followerOf(t, always, strict)
	ok := func(f *chain.Follower) bool {
		number, _, _ := n.Embedded.Head()
		head, err := f.Relied()
		return err == nil && head.Number == number
	}
	chaintest.Wait(t, "agreement", func() bool { return ok(f) && ok(g) })
	require.False(t, f.Confirmed().Alone)
	away.Down(true)
	x := buy(t, n, sender)
	bought := chaintest.WaitStatus(t, strict, x.Purchase, deal.StatusPurchased)
	chaintest.Wait(t, "one alone", func() bool { return ok(f) && f.Confirmed().Alone })
	require.False(t, relied(g, n, bought.Bought.Number))
	chaintest.Wait(t, "an end of patience", func() bool { _, err := g.Relied(); return err != nil })
	_, err := g.Relied()
	require.ErrorContains(t, err, "a second RPC server has confirmed the chain up to block")
	away.Down(false)
	chaintest.Wait(t, "agreement again", func() bool { return ok(f) && ok(g) && !f.Confirmed().Alone })
	require.True(t, relied(g, n, bought.Bought.Number))
}

// What was not confirmed before a restart is not relied on after it, and what was is
// not asked for again.
func TestConfirmedAcrossRestarts(t *testing.T) {
	t.Parallel()
	n := impatient(chaintest.Start(t))
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	a, b := chaintest.NewProxy(t, n.URL), chaintest.NewProxy(t, n.URL)
	via := n.Via(a, b)
	via.Config.Agree = chain.AgreeAlways
	store := &deal.Memory{}
	x := buy(t, n, sender)
	start := func() (*chain.Follower, func()) {
		f := idle(via, t, store)
		return f, chaintest.Run(t, f.Run)
	}
	f, stop := start()
	chaintest.Wait(t, "the first purchase", func() bool {
		s := store.State(x.Purchase)
		return s.Status == deal.StatusPurchased && relied(f, n, s.Bought.Number)
	})
	agreed, err := store.Agreed(t.Context())
	require.NoError(t, err)
	require.Equal(t, store.State(x.Purchase).Bought.Number, agreed.Number)
	b.Down(true)
	y := buy(t, n, sender)
	for range 3 {
		stop()
		f, stop = start()
		s := chaintest.WaitStatus(t, store, y.Purchase, deal.StatusPurchased)
		chaintest.Wait(t, "the head", func() bool { _, synced, _ := f.Head(); return synced })
		require.False(t, relied(f, n, s.Bought.Number))
		kept, err := store.Agreed(t.Context())
		require.NoError(t, err)
		require.Equal(t, agreed, kept)
	}
	b.Down(false)
	chaintest.Wait(t, "the second purchase", func() bool { return relied(f, n, store.State(y.Purchase).Bought.Number) })
}

// One server that forgets blocks two have agreed on does not make the node forget
// them; when both forget them, it is a reorganisation.
func TestForgottenBlocks(t *testing.T) {
	t.Parallel()
	n := impatient(chaintest.Start(t))
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	forgetful, other := chaintest.NewProxy(t, n.URL), chaintest.NewProxy(t, n.URL)
	n.Config.Poll = 5 * time.Millisecond
	store := &deal.Memory{}
	f, _ := followerOf(t, n.Via(forgetful, other), store)
	x := buy(t, n, sender)
	bought := chaintest.WaitStatus(t, store, x.Purchase, deal.StatusPurchased).Bought
	chaintest.Wait(t, "agreement", func() bool { return relied(f, n, bought.Number) })
	asked := forgetful.Asked()
	forgetful.After(rewrite("eth_getBlockByNumber", func(h map[string]any) {
		if h["number"] != "0x0" {
			h["extraData"] = "0xbad0"
		}
	}))
	chaintest.Wait(t, "some looks", func() bool {
		require.Equal(t, bought, store.State(x.Purchase).Bought)
		return forgetful.Asked() > asked+5
	})
	forgetful.After(nil)
	require.NoError(t, n.Embedded.Reorg(1, false))
	chaintest.Wait(t, "the purchase in another block", func() bool {
		now := store.State(x.Purchase)
		return now.Status == deal.StatusPurchased && now.Bought.Hash != bought.Hash && relied(f, n, now.Bought.Number)
	})
}

// The history that one server told is confirmed when a second one is added, in
// stretches where it is long.
func TestSecondServerAddedLater(t *testing.T) {
	t.Parallel()
	n := impatient(chaintest.Start(t))
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	store := &deal.Memory{}
	x := buy(t, n, sender)
	for range 20 {
		require.NoError(t, n.Embedded.Mine())
	}
	_, err := idle(n, t, store).Step(t.Context())
	require.NoError(t, err)
	require.NoError(t, chain.NewMarket(n.Client(t), sender).Settle(t.Context(), "settle", []seal.SignedReceipt{x.Receipt(t, store.State(x.Purchase).BoughtAt)}))
	chaintest.WaitDone(t, sender, "settle")
	n.Config.PageBlocks = 3
	f, _ := followerOf(t, n.Via(chaintest.NewProxy(t, n.URL), chaintest.NewProxy(t, n.URL)), store)
	chaintest.Wait(t, "all of it", func() bool {
		s := store.State(x.Purchase)
		return s.Status == deal.StatusSettled && relied(f, n, s.Since.Number)
	})
}
