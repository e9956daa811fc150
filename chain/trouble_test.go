package chain_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/market"
	"privd/market/outbox"
	"privd/market/seal"
)

// On a chain whose base fee rises above the limit, transactions wait and say so: one
// that is not signed yet, and one whose fees cannot be raised far enough. Both go on
// when the base fee falls.
func TestFeesAboveTheLimit(t *testing.T) {
	t.Parallel()
	n, anvil := chaintest.StartAnvil(t)
	n.Config.MaxFee, n.Config.Rebroadcast = market.Wei(5_000_000_000), 100*time.Millisecond
	client, to := n.Client(t), chaintest.NewKey(t).Address()
	from := n.Account(t)
	store := &outbox.Memory{}
	sender := n.Sender(t, from, store)
	mine := func(fee string) {
		anvil.Call(t, "anvil_setNextBlockBaseFeePerGas", fee)
		anvil.Call(t, "evm_mine")
	}
	anvil.Call(t, "evm_setAutomine", false)
	mine("0x3b9aca00") // 1 gwei
	_, err := sender.Submit(t.Context(), "signed", gift(n, client, to))
	require.NoError(t, err)
	chaintest.Wait(t, "the broadcast", func() bool { return sender.Stats().Broadcast == 1 })
	for range 8 {
		mine("0x174876e800") // 100 gwei
	}
	_, err = sender.Submit(t.Context(), "queued", gift(n, client, to))
	require.NoError(t, err)
	complaint := func() bool { return strings.Contains(sender.Stats().LastError, "transactions wait until it falls") }
	chaintest.Wait(t, "a complaint about fees", complaint)
	mine("0x77359400") // 2 gwei, for which what was offered first does not suffice
	chaintest.Wait(t, "both to be sent", func() bool { return sender.Stats().InFlight == 2 })
	chaintest.Wait(t, "both to be mined", func() bool {
		mine("0x77359400")
		return sender.Stats().Mined == 2
	})
	chaintest.Wait(t, "the complaint to end", func() bool { return sender.Stats().LastError == "" })
	require.Equal(t, "2", held(t, client, to))
	for _, key := range []string{"signed", "queued"} {
		for _, try := range chaintest.WaitDone(t, sender, key).Tries {
			require.LessOrEqual(t, try.FeeCap.Cmp(n.Config.MaxFee), 0)
			require.LessOrEqual(t, try.TipCap.Cmp(n.Config.MaxFee), 0)
		}
	}
}

// At the limit the same offer stands, and the sender says what it waits for until
// the base fee is below the offer again.
func TestFeesAtTheLimit(t *testing.T) {
	t.Parallel()
	n, anvil := chaintest.StartAnvil(t)
	n.Config.MaxFee, n.Config.Rebroadcast, n.Config.BumpAfter = market.Wei(4_000_000_000), 100*time.Millisecond, 1
	client, to := n.Client(t), chaintest.NewKey(t).Address()
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	mine := func(fee string) {
		anvil.Call(t, "anvil_setNextBlockBaseFeePerGas", fee)
		anvil.Call(t, "evm_mine")
	}
	anvil.Call(t, "evm_setAutomine", false)
	mine("0x51f4d5c0") // 1.375 gwei: twice that and a tip of 1 are 3.75
	_, err := sender.Submit(t.Context(), "gift", gift(n, client, to))
	require.NoError(t, err)
	chaintest.Wait(t, "the broadcast", func() bool { return sender.Stats().Broadcast == 1 })
	for range 4 {
		mine("0xe8754700") // 3.9 gwei: below the limit, where an eighth more is not
	}
	complaint := func() bool { return strings.Contains(sender.Stats().LastError, "transactions wait until it falls") }
	chaintest.Wait(t, "a complaint", complaint)
	list, err := sender.List(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Contains(t, list[0].Waiting, "wait until it falls")
	require.Len(t, list[0].Tries, 1)
	chaintest.Wait(t, "the gift to be mined", func() bool {
		mine("0x51f4d5c0")
		return sender.Stats().Mined == 1
	})
	require.Equal(t, "1", held(t, client, to))
}

// 1. The node's account has nothing for gas; the sender says how much it needs and
// signs nothing more.
// 2. Somebody sends it some, and all goes on.
func TestNoMoneyForGas(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	n.Config.Rebroadcast = 200 * time.Millisecond
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), chaintest.NewKey(t)
	n.FundPRIV(t, from.Address(), chaintest.PRIV(t, "1"))
	sender := n.Sender(t, from, &outbox.Memory{})
	_, err := sender.Submit(t.Context(), "gift", gift(n, client, to))
	require.NoError(t, err)
	chaintest.Wait(t, "a complaint", func() bool { return sender.Stats().LastError != "" })
	require.Contains(t, sender.Stats().LastError, from.Address().Hex()+" has 0 ETH")
	_, err = sender.Submit(t.Context(), "later", gift(n, client, to))
	require.NoError(t, err)
	chaintest.Wait(t, "another refusal", func() bool { return sender.Stats().Rebroadcast > 1 })
	tx, err := sender.Outcome(t.Context(), "later")
	require.NoError(t, err)
	require.Equal(t, outbox.Queued, tx.State, "it has no nonce, so that it can be let go")
	n.FundETH(t, from.Address(), market.Wei(1_000_000_000_000_000_000))
	chaintest.WaitDone(t, sender, "gift")
	chaintest.WaitDone(t, sender, "later")
	chaintest.Wait(t, "the complaint to end", func() bool { return sender.Stats().LastError == "" })
	require.Equal(t, "2", held(t, client, to))
}

// 1. A server says yes to forty transactions and forgets them all.
// 2. The same bytes are offered again and mined, in order, once.
func TestForgetfulServer(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	n.Config.Rebroadcast, n.Config.BumpAfter = 200*time.Millisecond, 1000
	proxy := chaintest.NewProxy(t, n.URL)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	through := n.Through(proxy)
	remember := proxy.Swallow()
	sender := through.Sender(t, from, &outbox.Memory{})
	const count = 40
	for i := range count {
		_, err := sender.Submit(t.Context(), fmt.Sprint("gift/", i), gift(n, client, to))
		require.NoError(t, err)
	}
	chaintest.Wait(t, "the broadcasts", func() bool { return sender.Stats().InFlight == count })
	remember()
	for i := range count {
		tx := chaintest.WaitDone(t, sender, fmt.Sprint("gift/", i))
		require.Len(t, tx.Tries, 1)
		require.Equal(t, uint64(i), tx.Nonce)
	}
	require.Equal(t, fmt.Sprint(count), held(t, client, to))
}

// 1. A server has a transaction in its pool, says so whenever it is offered, and never
// passes it on; meanwhile no block is made.
// 2. After a while the fees are raised, and the new bytes get through.
func TestWedgedServer(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	n.Config.Rebroadcast, n.Config.BumpAfter = 100*time.Millisecond, 1000
	proxy := chaintest.NewProxy(t, n.URL)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	var mu sync.Mutex
	wedged := map[string]bool{}
	const stuck = 5
	proxy.Before(func(r chaintest.Request) (chaintest.Answer, bool) {
		if r.Method != "eth_sendRawTransaction" {
			return chaintest.Answer{}, false
		}
		mu.Lock()
		defer mu.Unlock()
		known := wedged[string(r.Params)]
		if !known && len(wedged) == stuck {
			return chaintest.Answer{}, false
		}
		wedged[string(r.Params)] = true
		return chaintest.Answer{Error: json.RawMessage(`{"code":-32000,"message":"already known"}`)}, true
	})
	sender := n.Through(proxy).Sender(t, from, &outbox.Memory{})
	for i := range stuck {
		_, err := sender.Submit(t.Context(), fmt.Sprint("gift/", i), gift(n, client, to))
		require.NoError(t, err)
	}
	for i := range stuck {
		require.GreaterOrEqual(t, len(chaintest.WaitDone(t, sender, fmt.Sprint("gift/", i)).Tries), 2)
	}
	require.Equal(t, fmt.Sprint(stuck), held(t, client, to))
}

// A server that calls everything underpriced does not drive the fees up in no time.
func TestUnderpricedForEver(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	n.Config.Rebroadcast = time.Hour
	proxy := chaintest.NewProxy(t, n.URL)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	var offers atomic.Int32
	proxy.Before(func(r chaintest.Request) (chaintest.Answer, bool) {
		if r.Method != "eth_sendRawTransaction" {
			return chaintest.Answer{}, false
		}
		offers.Add(1)
		return chaintest.Answer{Error: json.RawMessage(`{"code":-32000,"message":"replacement transaction underpriced"}`)}, true
	})
	sender := n.Through(proxy).Sender(t, from, &outbox.Memory{})
	_, err := sender.Submit(t.Context(), "gift", gift(n, client, to))
	require.NoError(t, err)
	for blocks := range int32(3) {
		chaintest.Wait(t, "an offer", func() bool { return offers.Load() > blocks })
		for range 20 {
			_, err := sender.List(t.Context())
			require.NoError(t, err)
			sender.Wake()
		}
		require.LessOrEqual(t, offers.Load(), blocks+1, "once for each block")
		require.NoError(t, n.Embedded.Mine())
	}
	proxy.Before(nil)
	require.NoError(t, n.Embedded.Mine())
	chaintest.WaitDone(t, sender, "gift")
	require.Equal(t, "1", held(t, client, to))
}

// A server that is behind for a moment makes no call fail, no nonce be used twice
// and no outcome be taken back.
func TestStaleServer(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	n.Config.Rebroadcast = time.Hour
	proxy := chaintest.NewProxy(t, n.URL)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	sender := n.Through(proxy).Sender(t, from, &outbox.Memory{})
	var old atomic.Pointer[json.RawMessage]
	proxy.After(func(r chaintest.Request, a chaintest.Answer) chaintest.Answer {
		if head := old.Load(); head != nil && r.Method == "eth_getBlockByNumber" && strings.Contains(string(r.Params), "latest") {
			return chaintest.Answer{Result: *head}
		}
		return a
	})
	block := func() *json.RawMessage {
		var header json.RawMessage
		require.NoError(t, chaintest.Ask(t, n.URL, &header, "eth_getBlockByNumber", "latest", false))
		return &header
	}
	behind := block()
	_, err := sender.Submit(t.Context(), "first", gift(n, client, to))
	require.NoError(t, err)
	first := chaintest.WaitDone(t, sender, "first")
	old.Store(behind)
	_, err = sender.Submit(t.Context(), "second", gift(n, client, to))
	require.NoError(t, err)
	chaintest.Wait(t, "the second broadcast", func() bool { return sender.Stats().Broadcast == 2 })
	now, err := sender.Outcome(t.Context(), "first")
	require.NoError(t, err)
	require.Equal(t, first, now)
	old.Store(nil)
	require.Equal(t, uint64(1), chaintest.WaitDone(t, sender, "second").Nonce)
	require.Equal(t, "2", held(t, client, to))
	require.Zero(t, sender.Stats().Reorged)
}

// A final outcome is not taken back because a server shows another chain for a
// moment; it is when the server insists.
func TestForkForAMoment(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	n.Config.Rebroadcast = 300 * time.Millisecond
	proxy := chaintest.NewProxy(t, n.URL)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	sender := n.Through(proxy).Sender(t, from, &outbox.Memory{})
	_, err := sender.Submit(t.Context(), "gift", gift(n, client, to))
	require.NoError(t, err)
	tx := chaintest.WaitDone(t, sender, "gift")
	var lies atomic.Int32
	fork := func(times int32) {
		lies.Store(times)
		proxy.After(func(r chaintest.Request, a chaintest.Answer) chaintest.Answer {
			if r.Method == "eth_getBlockByNumber" && !strings.Contains(string(r.Params), "latest") && lies.Add(-1) >= 0 {
				a.Result = json.RawMessage(strings.ReplaceAll(string(a.Result), tx.BlockHash.Hex(), common.Hash{7}.Hex()))
			}
			return a
		})
	}
	fork(1)
	chaintest.Wait(t, "the moment to be over", func() bool {
		require.NoError(t, n.Embedded.Mine())
		return lies.Load() < 0
	})
	require.Zero(t, sender.Stats().Reorged)
	fork(1 << 30)
	chaintest.Wait(t, "the sender to believe it", func() bool {
		require.NoError(t, n.Embedded.Mine())
		return sender.Stats().Reorged > 0
	})
	proxy.After(nil)
	require.Equal(t, tx.TxHash, chaintest.WaitDone(t, sender, "gift").TxHash)
	require.Equal(t, "1", held(t, client, to))
}

// A server that tells a nonce far too high, once, does not make the account skip any.
func TestNonceTooHigh(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	proxy := chaintest.NewProxy(t, n.URL)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	var asked atomic.Int32
	proxy.After(func(r chaintest.Request, a chaintest.Answer) chaintest.Answer {
		if r.Method == "eth_getTransactionCount" && asked.Add(1) == 1 {
			return chaintest.Answer{Result: json.RawMessage(`"0x1000"`)}
		}
		return a
	})
	sender := n.Through(proxy).Sender(t, from, &outbox.Memory{})
	_, err := sender.Submit(t.Context(), "gift", gift(n, client, to))
	require.NoError(t, err)
	require.Zero(t, chaintest.WaitDone(t, sender, "gift").Nonce)
}

// One that insists leaves a gap, which is filled once the truth is out.
func TestNonceFarTooHigh(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	n.Config.Rebroadcast = 50 * time.Millisecond
	proxy := chaintest.NewProxy(t, n.URL)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	proxy.After(func(r chaintest.Request, a chaintest.Answer) chaintest.Answer {
		if r.Method == "eth_getTransactionCount" {
			return chaintest.Answer{Result: json.RawMessage(`"0x64"`)}
		}
		return a
	})
	sender := n.Through(proxy).Sender(t, from, &outbox.Memory{})
	_, err := sender.Submit(t.Context(), "gift", gift(n, client, to))
	require.NoError(t, err)
	chaintest.Wait(t, "the broadcast", func() bool { return sender.Stats().Broadcast == 1 })
	proxy.After(nil)
	require.Equal(t, uint64(100), chaintest.WaitDone(t, sender, "gift").Nonce)
	require.Equal(t, uint64(100), sender.Stats().GapsFilled)
	require.Equal(t, "1", held(t, client, to))
}

// A contract's refusal that a server takes back at once fails nothing.
func TestRefusalForAMoment(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	n.Config.Poll = 50 * time.Millisecond
	proxy := chaintest.NewProxy(t, n.URL)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	var asked atomic.Int32
	proxy.After(func(r chaintest.Request, a chaintest.Answer) chaintest.Answer {
		if r.Method == "eth_estimateGas" && asked.Add(1) == 1 {
			return chaintest.Answer{Error: json.RawMessage(`{"code":3,"message":"execution reverted"}`)}
		}
		return a
	})
	sender := n.Through(proxy).Sender(t, from, &outbox.Memory{})
	_, err := sender.Submit(t.Context(), "gift", gift(n, client, to))
	require.NoError(t, err)
	chaintest.WaitDone(t, sender, "gift")
	require.Equal(t, "1", held(t, client, to))
}

// Why a transaction reverted is found out even if the server does not answer at once.
func TestReasonOfRevertIsWorthPatience(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	proxy := chaintest.NewProxy(t, n.URL)
	client, from := n.Client(t), n.Account(t)
	var asked atomic.Int32
	proxy.After(func(r chaintest.Request, a chaintest.Answer) chaintest.Answer {
		if r.Method == "eth_call" && asked.Add(1) <= 2 {
			return chaintest.Answer{Result: json.RawMessage(`17`)} // no answer to this question
		}
		return a
	})
	sender := n.Through(proxy).Sender(t, from, &outbox.Memory{})
	blind := client.PRIV().Transfer(chaintest.NewKey(t).Address(), chaintest.PRIV(t, "5000"))
	blind.Gas = 100_000
	_, err := sender.Submit(t.Context(), "blind", blind)
	require.NoError(t, err)
	tx := chaintest.WaitOutcome(t, sender, "blind")
	require.Equal(t, "ERC20InsufficientBalance", tx.Reason)
	require.Equal(t, market.Unpaid, tx.Code)
}

// 1. A server is late with the receipts of what it has mined.
// 2. That is not taken for somebody else's: nothing is sent again.
func TestLateReceipts(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	n.Config.Rebroadcast = 10 * time.Millisecond
	proxy := chaintest.NewProxy(t, n.URL)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	var asked atomic.Int32
	proxy.After(func(r chaintest.Request, a chaintest.Answer) chaintest.Answer {
		if r.Method == "eth_getTransactionReceipt" && asked.Add(1) <= 60 {
			return chaintest.Answer{}
		}
		return a
	})
	sender := n.Through(proxy).Sender(t, from, &outbox.Memory{})
	_, err := sender.Submit(t.Context(), "gift", gift(n, client, to))
	require.NoError(t, err)
	require.Zero(t, chaintest.WaitDone(t, sender, "gift").Nonce)
	require.Zero(t, sender.Stats().Overtaken)
	require.Equal(t, "1", held(t, client, to))
}

// What must not be done twice is not sent again when its nonce was used from outside.
func TestOnce(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	proxy := chaintest.NewProxy(t, n.URL)
	client, to, from := n.Client(t), chaintest.NewKey(t).Address(), n.Account(t)
	through := n.Through(proxy)
	through.Config.Rebroadcast = time.Hour
	remember := proxy.Swallow()
	sender := through.Sender(t, from, &outbox.Memory{})
	call := gift(n, client, to)
	call.Once = true
	_, err := sender.Submit(t.Context(), "gift", call)
	require.NoError(t, err)
	chaintest.Wait(t, "first broadcast", func() bool { return sender.Stats().Broadcast == 1 })
	n.Send(t, from, chaintest.NewKey(t).Address(), market.Wei(1), nil)
	remember()
	tx := chaintest.WaitOutcome(t, sender, "gift")
	require.Equal(t, outbox.ReasonElsewhere, tx.Reason)
	require.Equal(t, market.Conflict, tx.Code)
	require.Equal(t, uint64(1), sender.Stats().Overtaken)
	require.Equal(t, "0", held(t, client, to))
	_, err = sender.Submit(t.Context(), "next", gift(n, client, to))
	require.NoError(t, err)
	require.Equal(t, uint64(1), chaintest.WaitDone(t, sender, "next").Nonce)
}

// 1. A copy of the node, made from a backup, buys under the same key and nonce.
// 2. The purchase is there already, so the contract refuses it: it is paid once.
func TestTwinBuysFirst(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	proxy := chaintest.NewProxy(t, n.URL)
	from, x := n.Account(t), n.NewTrade(t, chaintest.TradeOptions{})
	through := n.Through(proxy)
	through.Config.Rebroadcast = time.Hour
	remember := proxy.Swallow()
	sender := through.Sender(t, from, &outbox.Memory{})
	m := chain.NewMarket(through.Client(t), sender)
	require.NoError(t, m.Purchase(t.Context(), "buy", x.Sale, x.Payment))
	chaintest.Wait(t, "first broadcast", func() bool { return sender.Stats().Broadcast == 1 })
	call := m.PurchaseCall(x.Sale, x.Payment)
	n.Send(t, from, call.To, market.Amount{}, call.Data)
	remember()
	tx := chaintest.WaitOutcome(t, sender, "buy")
	require.Equal(t, outbox.Failed, tx.State)
	require.Contains(t, []string{"ActiveAccess", "AlreadyPurchased"}, tx.Reason)
	require.False(t, tx.Signed)
	held, err := n.Client(t).PRIV().Balance(t.Context(), n.Config.Contracts.Market)
	require.NoError(t, err)
	require.Equal(t, x.Sale.Order.Price, held)
}

// Withdrawals of several sellers are under way together: the contract pays one account
// in a call, and they do not wait for one another.
func TestWithdrawalsTogether(t *testing.T) {
	t.Parallel()
	n := chaintest.Start(t)
	from := n.Account(t)
	sender := n.Sender(t, from, &outbox.Memory{})
	m := chain.NewMarket(n.Client(t), sender)
	const sellers = 8
	var trades []*chaintest.Trade
	for i := range sellers {
		x := n.NewTrade(t, chaintest.TradeOptions{})
		trades = append(trades, x)
		require.NoError(t, m.Purchase(t.Context(), fmt.Sprint("buy/", i), x.Sale, x.Payment))
	}
	for i := range sellers {
		chaintest.WaitDone(t, sender, fmt.Sprint("buy/", i))
	}
	settle(t, n, m, sender, trades)
	n.Embedded.Pause()
	eth, err := ethclient.DialContext(t.Context(), n.Config.RPC)
	require.NoError(t, err)
	defer eth.Close()
	used, err := eth.NonceAt(t.Context(), from.Address(), nil)
	require.NoError(t, err)
	for i, x := range trades {
		income, err := m.Income(t.Context(), x.Seller.Address())
		require.NoError(t, err)
		require.NoError(t, m.Withdraw(t.Context(), fmt.Sprint("withdraw/", i), x.Seller.Address(), income))
	}
	chaintest.Wait(t, "all to be under way", func() bool {
		next, err := eth.PendingNonceAt(t.Context(), from.Address())
		return err == nil && next == used+sellers
	})
	n.Embedded.Resume()
	block := uint64(0)
	for i, x := range trades {
		tx := chaintest.WaitDone(t, sender, fmt.Sprint("withdraw/", i))
		require.True(t, block == 0 || block == tx.Block, "one block holds them all")
		block = tx.Block
		share, _ := x.Sale.Order.Price.Split()
		require.Equal(t, share.String(), held(t, n.Client(t), x.Seller.Address()))
	}
}

// settle settles trades in one transaction.
func settle(t *testing.T, n *chaintest.Net, m *chain.Market, sender *chain.Sender, trades []*chaintest.Trade) {
	t.Helper()
	_, _, now := n.Embedded.Head()
	var receipts []seal.SignedReceipt
	for _, x := range trades {
		receipts = append(receipts, x.Receipt(t, now))
	}
	require.NoError(t, m.Settle(t.Context(), "settle", receipts))
	chaintest.WaitDone(t, sender, "settle")
}
