package chain_test

import (
	"fmt"
	"math/rand/v2"
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

// Two servers, of which one lies at times and both fail at times; purchases,
// settlements, reorganisations and restarts of the follower, in random order. Where two
// servers are always asked, nothing that is not so is ever relied on, and nothing that
// is so is missing from what is. In the end what was followed equals the chain.
func TestRandomFaults(t *testing.T) {
	t.Parallel()
	for range 2 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			randomFaults(t, rand.New(rand.NewPCG(seed, 2)))
		})
	}
}

func randomFaults(t *testing.T, dice *rand.Rand) {
	n := impatient(chaintest.Start(t))
	ctx, client := t.Context(), n.Client(t)
	var trades []*chaintest.Trade
	for range 6 {
		trades = append(trades, n.NewTrade(t, chaintest.TradeOptions{}))
	}
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	for range 8 {
		require.NoError(t, n.Embedded.Mine()) // so that no reorganisation reaches the buyers' money
	}
	liar, other := chaintest.NewProxy(t, n.URL), chaintest.NewProxy(t, n.URL)
	via := n.Via(liar, other)
	if dice.IntN(2) == 0 {
		via = n.Via(other, liar)
	}
	via.Config.Confirmations, via.Config.Timeout = 3, 3*time.Second
	via.Config.Agree = []chain.Agreement{chain.AgreeAlways, chain.AgreeAlways, chain.AgreeReachable}[dice.IntN(3)]
	t.Log("a second server is asked:", via.Config.Agree)
	via.Config.PageBlocks = 1 + dice.Uint64N(40)
	fake := market.Hash{0xfa}
	store, truth := &deal.Memory{}, &deal.Memory{}
	n.Follower(t, truth)
	follower := idle(via, t, store)
	stop := chaintest.Run(t, follower.Run)
	heal := func(p *chaintest.Proxy) {
		p.Down(false)
		p.Hang(false)
		p.Web(nil)
		p.Before(nil)
		p.After(nil)
	}
	unable := []func(*chaintest.Proxy){
		func(p *chaintest.Proxy) { p.Down(true) },
		func(p *chaintest.Proxy) { p.Web(plain(500, "")) },
		func(p *chaintest.Proxy) { p.Web(plain(200, "[")) },
		func(p *chaintest.Proxy) { p.Web(plain(429, "", "Retry-After", "1")) },
		func(p *chaintest.Proxy) { p.Hang(true) },
		func(p *chaintest.Proxy) {
			number, _, _ := n.Embedded.Head()
			p.After(freeze(number))
		},
	}
	untrue := []func(*chaintest.Proxy){
		func(p *chaintest.Proxy) { p.Before(answer("eth_getLogs", `[]`)) },
		func(p *chaintest.Proxy) { p.After(edit(t, invent(t, fake))) },
		func(p *chaintest.Proxy) {
			p.After(edit(t, func(logs []map[string]any) []map[string]any { return logs[:len(logs)/2] }))
		},
		func(p *chaintest.Proxy) {
			p.After(rewrite("eth_getBlockByNumber", func(h map[string]any) {
				if h["number"] != "0x0" {
					h["extraData"] = "0xbad0"
				}
			}))
		},
	}
	check := func() {
		if via.Config.Agree != chain.AgreeAlways {
			return // one alone may be the liar
		}
		for _, x := range trades {
			s := truth.State(x.Purchase)
			if s.Status != deal.StatusNone && relied(follower, via, s.Bought.Number) {
				require.NotEqual(t, deal.StatusNone, store.State(x.Purchase).Status, "a purchase of block %d is missing", s.Bought.Number)
			}
		}
		if s := store.State(fake); s.Status != deal.StatusNone && relied(follower, via, s.Bought.Number) {
			require.Equal(t, deal.StatusNone, store.State(fake).Status, "an invented purchase is relied on")
		}
	}
	for step := range 36 {
		x := trades[dice.IntN(len(trades))]
		switch dice.IntN(9) {
		case 0, 1:
			require.NoError(t, chain.NewMarket(n.Client(t), sender).Purchase(ctx, "buy/"+x.Purchase.Hex(), x.Sale, x.Payment))
		case 2:
			if truth.State(x.Purchase).Status == deal.StatusPurchased {
				_, _, now := n.Embedded.Head()
				require.NoError(t, chain.NewMarket(n.Client(t), sender).Settle(ctx, fmt.Sprint("settle/", step), []seal.SignedReceipt{x.Receipt(t, now)}))
			}
		case 3:
			require.NoError(t, n.Embedded.Mine())
		case 4:
			require.NoError(t, n.Embedded.Reorg(1+dice.Uint64N(2), false))
		case 5:
			heal(other)
			if dice.IntN(2) == 0 {
				unable[dice.IntN(len(unable))](other)
			}
		case 6, 7:
			heal(liar)
			if all := append(untrue, unable...); dice.IntN(3) > 0 {
				all[dice.IntN(len(all))](liar)
			}
		case 8:
			stop()
			follower = idle(via, t, store)
			stop = chaintest.Run(t, follower.Run)
		}
		for range dice.IntN(8) { // the follower looks meanwhile
			check()
			_, _, err := client.Head(ctx)
			require.NoError(t, err)
		}
	}
	heal(liar)
	heal(other)
	chaintest.Wait(t, "the transactions", func() bool { return sender.Stats().Queued+sender.Stats().InFlight == 0 })
	for range via.Config.Confirmations {
		require.NoError(t, n.Embedded.Mine()) // what is not deep yet may be a lie
	}
	told := func(events []deal.Event) (out []string) {
		for _, e := range events {
			out = append(out, fmt.Sprintf("%d/%d %s of %.4s at %d", e.Block, e.LogIndex, e.Kind, e.Purchase.Hex(), e.BlockTime))
		}
		return out
	}
	defer func() {
		if t.Failed() {
			head, err := follower.Relied()
			t.Logf("relied on %d: %v; confirmed %+v; events %v", head.Number, err, follower.Confirmed(), told(store.All()))
		}
	}()
	chaintest.Wait(t, "the head", func() bool {
		check()
		number, hash, _ := n.Embedded.Head()
		head, err := follower.Relied()
		return err == nil && head.Number == number && head.Hash == market.Hash(hash) && !follower.Confirmed().Alone
	})
	whole := &deal.Memory{}
	_, err := idle(n, t, whole).Step(ctx)
	require.NoError(t, err)
	require.Equal(t, told(whole.All()), told(store.All()))
	require.Equal(t, whole.All(), store.All())
}
