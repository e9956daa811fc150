package chain_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
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

// buy makes a purchase and waits until it is mined.
func buy(t *testing.T, n *chaintest.Net, sender *chain.Sender) *chaintest.Trade {
	t.Helper()
	x := n.NewTrade(t, chaintest.TradeOptions{})
	pay(t, n, sender, x)
	return x
}

// pay makes a purchase of a trade and waits until it is mined.
func pay(t *testing.T, n *chaintest.Net, sender *chain.Sender, x *chaintest.Trade) {
	t.Helper()
	key := "purchase/" + x.Purchase.Hex()
	require.NoError(t, chain.NewMarket(n.Client(t), sender).Purchase(t.Context(), key, x.Sale, x.Payment))
	chaintest.WaitDone(t, sender, key)
}

func idle(n *chaintest.Net, t *testing.T, store deal.Store) *chain.Follower {
	return chain.NewFollower(chain.FollowerDeps{Client: n.Client(t), Store: store, Log: chaintest.Log(), Now: time.Now})
}

// Small pages and large ones read the same events, in order and each once, also
// across a restart.
func TestPaging(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	var trades []*chaintest.Trade
	for range 5 {
		trades = append(trades, buy(t, n, sender))
	}
	whole := &deal.Memory{}
	_, err := idle(n, t, whole).Step(t.Context())
	require.NoError(t, err)
	require.Len(t, whole.All(), 5)
	for i, e := range whole.All() {
		require.Equal(t, trades[i].Purchase, e.Purchase)
		require.NotZero(t, e.BlockTime)
	}

	n.Config.PageBlocks = 2
	paged := &deal.Memory{}
	steps := 0
	for more := true; more; steps++ {
		more, err = idle(n, t, paged).Step(t.Context()) // a new follower each time
		require.NoError(t, err)
	}
	require.Greater(t, steps, 3)
	require.Equal(t, whole.All(), paged.All())
}

// Head tells the newest block once it was read, and OnEvents each event once.
func TestHeadAndEvents(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	var heads, events atomic.Int64
	store := &deal.Memory{}
	f := chain.NewFollower(chain.FollowerDeps{
		Client: n.Client(t), Store: store, Log: chaintest.Log(), Now: time.Now,
		OnHead:   func(deal.Mark) { heads.Add(1) },
		OnEvents: func(es []deal.Event) { events.Add(int64(len(es))) },
	})
	_, synced, err := f.Head()
	require.False(t, synced)
	require.Equal(t, market.Unavailable, market.CodeOf(err))
	chaintest.Run(t, f.Run)
	x := buy(t, n, sender)
	chaintest.WaitStatus(t, store, x.Purchase, deal.StatusPurchased)
	number, hash, timestamp := n.Embedded.Head()
	chaintest.Wait(t, "the head", func() bool {
		head, synced, err := f.Head()
		return err == nil && synced && head == deal.Mark{Number: number, Hash: hash, Time: timestamp}
	})
	require.NotZero(t, heads.Load())
	require.Equal(t, int64(1), events.Load())
}

// A purchase leaves the chain in a reorganisation and is forgotten; it comes back
// in another block and is known again, with that block's time.
func TestFollowerReorg(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	store := &deal.Memory{}
	n.Follower(t, store)
	first := buy(t, n, sender)
	second := buy(t, n, sender)
	old := chaintest.WaitStatus(t, store, second.Purchase, deal.StatusPurchased)
	require.NoError(t, n.Embedded.Reorg(1, true))
	chaintest.Wait(t, "the purchase in another block", func() bool {
		now := store.State(second.Purchase)
		return now.Status == deal.StatusPurchased && now.Bought.Hash != old.Bought.Hash
	})
	now := store.State(second.Purchase)
	onChain, err := chain.NewMarket(n.Client(t), nil).Status(t.Context(), second.Purchase)
	require.NoError(t, err)
	require.Equal(t, onChain.BoughtAt, now.BoughtAt)
	require.Equal(t, onChain.Deadline, now.Deadline)
	require.Equal(t, deal.StatusPurchased, store.State(first.Purchase).Status)
}

// The same on anvil, which drops the transactions of removed blocks and sends no
// removed logs, by a branch of equal length and by a shorter chain.
func TestFollowerReorgOnAnvil(t *testing.T) {
	if testing.Short() {
		return
	}
	t.Parallel()
	for method, args := range map[string][]any{"anvil_reorg": {2, []any{}}, "anvil_rollback": {2}} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			n, anvil := chaintest.StartAnvil(t)
			n.Config.Rebroadcast = 200 * time.Millisecond
			sender := n.Sender(t, n.Account(t), &outbox.Memory{})
			store := &deal.Memory{}
			n.Follower(t, store)
			var trades []*chaintest.Trade
			for range 3 {
				trades = append(trades, n.NewTrade(t, chaintest.TradeOptions{}))
			}
			for _, x := range trades {
				pay(t, n, sender, x)
			}
			before := chaintest.WaitStatus(t, store, trades[2].Purchase, deal.StatusPurchased)
			anvil.Call(t, method, args...)
			chaintest.Wait(t, "the last purchase in another block", func() bool {
				now := store.State(trades[2].Purchase)
				return now.Status == deal.StatusPurchased && now.Bought.Hash != before.Bought.Hash
			})
			m := chain.NewMarket(n.Client(t), sender)
			for _, x := range trades {
				onChain, err := m.Status(t.Context(), x.Purchase)
				require.NoError(t, err)
				require.Equal(t, onChain.Status, store.State(x.Purchase).Status)
				require.Equal(t, onChain.BoughtAt, store.State(x.Purchase).BoughtAt)
			}
		})
	}
}

// While the server is down the follower says so, once it is stale; when the server
// is back it goes on.
func TestFollowerServerDownAndBack(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	proxy := chaintest.NewProxy(t, n.URL)
	through := n.Through(proxy)
	through.Config.StallAfter = 200 * time.Millisecond
	store := &deal.Memory{}
	f := through.Follower(t, store)
	synced := func() bool { _, ok, _ := f.Head(); return ok }
	chaintest.Wait(t, "sync", synced)
	proxy.Down(true)
	chaintest.Wait(t, "stall", func() bool { return !synced() })
	_, _, err := f.Head()
	require.Equal(t, market.Unavailable, market.CodeOf(err))
	require.ErrorContains(t, err, "no progress for")
	proxy.Down(false)
	chaintest.Wait(t, "sync again", synced)
}

// Over WebSocket, announcements wake the follower long before its poll is due.
func TestFollowerOverWebSocket(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	n.Config.RPC, n.Config.Poll, n.Config.StallAfter = n.Embedded.WS(), time.Hour, 2*time.Hour
	store := &deal.Memory{}
	f := n.Follower(t, store)
	chaintest.Wait(t, "sync", func() bool { _, ok, _ := f.Head(); return ok })
	chaintest.Wait(t, "a purchase without a poll", func() bool {
		x := buy(t, n, sender)
		return store.State(x.Purchase).Status == deal.StatusPurchased
	})
}

// A chain that was started anew under the same address is not followed.
func TestFollowerOnAnotherChain(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	store := &deal.Memory{}
	require.NoError(t, store.Apply(t.Context(), deal.Mark{Number: 0, Hash: market.Hash{1}}, nil))
	_, err := idle(n, t, store).Step(t.Context())
	require.Equal(t, market.Unavailable, market.CodeOf(err))
	require.ErrorContains(t, err, "another chain")
}

// edit changes the logs a server answers with.
func edit(t *testing.T, change func(logs []map[string]any) []map[string]any) func(chaintest.Request, chaintest.Answer) chaintest.Answer {
	return func(r chaintest.Request, a chaintest.Answer) chaintest.Answer {
		if r.Method != "eth_getLogs" {
			return a
		}
		var logs []map[string]any
		if err := json.Unmarshal(a.Result, &logs); err != nil {
			t.Error(err)
		}
		raw, err := json.Marshal(change(logs))
		if err != nil {
			t.Error(err)
		}
		return chaintest.Answer{Result: raw}
	}
}

// A server that lies about logs or blocks gives an error, stores nothing, and does
// no lasting harm.
func TestLyingServer(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	x, y := buy(t, n, sender), buy(t, n, sender)
	require.NoError(t, chain.NewMarket(n.Client(t), sender).Settle(t.Context(), "settle", []seal.SignedReceipt{}))
	chaintest.WaitOutcome(t, sender, "settle")
	require.NoError(t, n.Embedded.Mine())

	set := func(i int, field string, value any) func([]map[string]any) []map[string]any {
		return func(logs []map[string]any) []map[string]any {
			logs[i][field] = value
			return logs
		}
	}
	other := "0x" + strings.Repeat("ab", 32)
	lies := map[string]func([]map[string]any) []map[string]any{
		"log of another contract": set(0, "address", "0x"+strings.Repeat("ab", 20)),
		"removed log":             set(0, "removed", true),
		"block out of range":      set(1, "blockNumber", "0xffff"),
		"block below the range":   set(0, "blockNumber", "0x0"),
		"block hash unknown":      set(0, "blockHash", other),
		"too few topics": func(logs []map[string]any) []map[string]any {
			logs[0]["topics"] = logs[0]["topics"].([]any)[:1]
			return logs
		},
		"too many topics": func(logs []map[string]any) []map[string]any {
			logs[0]["topics"] = append(logs[0]["topics"].([]any), other)
			return logs
		},
		"no data":        set(0, "data", "0x"),
		"short data":     set(0, "data", "0x00"),
		"data of ones":   set(0, "data", "0x"+strings.Repeat("ff", 32*10)),
		"not a log":      set(0, "topics", 5),
		"number missing": func(logs []map[string]any) []map[string]any { delete(logs[0], "blockNumber"); return logs },
		"reversed":       func(logs []map[string]any) []map[string]any { return []map[string]any{logs[1], logs[0]} },
		"twice":          func(logs []map[string]any) []map[string]any { return append(logs[:1:1], logs...) },
		"two blocks of one number": func(logs []map[string]any) []map[string]any {
			logs[1]["blockNumber"], logs[1]["logIndex"] = logs[0]["blockNumber"], "0x7"
			return logs
		},
		"right hash, wrong number": func(logs []map[string]any) []map[string]any {
			logs[1]["blockHash"] = logs[0]["blockHash"]
			return logs
		},
	}
	for name, change := range lies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := chaintest.NewProxy(t, n.URL)
			proxy.After(edit(t, change))
			store := &deal.Memory{}
			f := idle(n.Through(proxy), t, store)
			_, err := f.Step(t.Context())
			require.Error(t, err)
			require.Equal(t, market.Unavailable, market.CodeOf(err), "%v", err)
			require.Empty(t, store.All())
			proxy.After(nil)
			for more := true; more; {
				more, err = f.Step(t.Context())
				require.NoError(t, err)
			}
			require.Equal(t, deal.StatusPurchased, store.State(x.Purchase).Status)
			require.Equal(t, deal.StatusPurchased, store.State(y.Purchase).Status)
		})
	}
	for name, result := range map[string]string{
		"null": `null`, "number": `5`, "string": `"x"`, "empty object": `{}`, "list": `[1,2,3]`, "unfinished": `{"number":"0x`,
		"another block": `{"number":"0x5","parentHash":"0x00"}`,
	} {
		t.Run("every answer is "+name, func(t *testing.T) {
			t.Parallel()
			proxy := chaintest.NewProxy(t, n.URL)
			through := n.Through(proxy)
			proxy.Before(func(r chaintest.Request) (chaintest.Answer, bool) {
				if r.Method == "eth_chainId" {
					return chaintest.Answer{}, false
				}
				return chaintest.Answer{Result: json.RawMessage(result)}, true
			})
			store := &deal.Memory{}
			_, err := idle(through, t, store).Step(t.Context())
			require.Error(t, err)
			require.Empty(t, store.All())
			client := through.Client(t)
			_, err = client.PRIV().Balance(t.Context(), n.Operator.Address())
			require.Error(t, err)
			_, err = chain.NewMarket(client, nil).Status(t.Context(), market.Hash{})
			require.Error(t, err)
			_, err = client.PRIV().Domain(t.Context())
			require.Error(t, err)
			s := through.IdleSender(t, n.Operator, &outbox.Memory{})
			_, err = s.Submit(t.Context(), "x", chain.Call{To: n.Operator.Address()})
			require.NoError(t, err)
			stop := chaintest.Run(t, s.Run)
			chaintest.Wait(t, "a complaint", func() bool { return s.Stats().LastError != "" })
			stop()
		})
	}
}

// A server that goes back and forth between two answers for one block is not
// believed.
func TestMovingChain(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	buy(t, n, n.Sender(t, n.Account(t), &outbox.Memory{}))
	proxy := chaintest.NewProxy(t, n.URL)
	var asked atomic.Int32
	proxy.After(func(r chaintest.Request, a chaintest.Answer) chaintest.Answer {
		if r.Method == "eth_getBlockByNumber" && !strings.Contains(string(r.Params), "latest") && asked.Add(1)%2 == 0 {
			var header map[string]any
			if json.Unmarshal(a.Result, &header) == nil && header != nil {
				header["extraData"] = fmt.Sprintf("0x%04x", asked.Load())
				raw, _ := json.Marshal(header)
				return chaintest.Answer{Result: raw}
			}
		}
		return a
	})
	store := &deal.Memory{}
	_, err := idle(n.Through(proxy), t, store).Step(t.Context())
	require.Error(t, err)
	require.Empty(t, store.All())
}

// narrow is a store that takes few events at once.
type narrow struct {
	deal.Memory
	most    int
	refused int
}

func (n *narrow) Apply(ctx context.Context, to deal.Mark, events []deal.Event) error {
	if len(events) > n.most {
		n.refused++
		return market.Fail(market.TooLarge, "too much to store at once")
	}
	return n.Memory.Apply(ctx, to, events)
}

// A page with more events than one transaction of the store holds is read in
// smaller ones: a busy chain does not stop the node.
func TestBusyPage(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	for range 4 {
		buy(t, n, sender)
	}
	store := &narrow{most: 1}
	f := idle(n, t, store)
	for more, err := true, error(nil); more; {
		more, err = f.Step(t.Context())
		require.NoError(t, err)
	}
	require.Len(t, store.All(), 4)
	require.NotZero(t, store.refused)
}
