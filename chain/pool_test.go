package chain_test

import (
	"encoding/json"
	"fmt"
	"net/http"
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
)

// impatient makes pauses short: 0.3 s until another server is used.
func impatient(n *chaintest.Net) *chaintest.Net {
	n.Config.Poll, n.Config.StallAfter, n.Config.Timeout = 25*time.Millisecond, 2400*time.Millisecond, 10*time.Second
	return n
}

// followerOf returns a running follower with the client it shares.
func followerOf(t *testing.T, n *chaintest.Net, store deal.Store) (*chain.Follower, *chain.Client) {
	t.Helper()
	client := n.Client(t)
	f := chain.NewFollower(chain.FollowerDeps{Client: client, Store: store, Log: chaintest.Log(), Now: time.Now})
	chaintest.Run(t, f.Run)
	return f, client
}

// inUse returns the place of the server in use.
func inUse(c *chain.Client) int {
	for i, s := range c.Servers() {
		if s.InUse {
			return i
		}
	}
	return -1
}

// rewrite changes the JSON objects a method answers with.
func rewrite(method string, change func(map[string]any)) func(chaintest.Request, chaintest.Answer) chaintest.Answer {
	return func(r chaintest.Request, a chaintest.Answer) chaintest.Answer {
		var object map[string]any
		if r.Method != method || json.Unmarshal(a.Result, &object) != nil || object == nil {
			return a
		}
		change(object)
		raw, err := json.Marshal(object)
		if err != nil {
			return a
		}
		return chaintest.Answer{Result: raw}
	}
}

// answer answers a method in the chain's place.
func answer(method, result string) func(chaintest.Request) (chaintest.Answer, bool) {
	return func(r chaintest.Request) (chaintest.Answer, bool) {
		return chaintest.Answer{Result: json.RawMessage(result)}, r.Method == method
	}
}

func plain(status int, text string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text)) // the client may have left
	}
}

// endless sends an answer that does not end, and counts what was taken of it.
func endless(taken *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n, err := w.Write([]byte(`{"jsonrpc":"2.0","id":1,"result":"0x`))
		for zeros := []byte(strings.Repeat("0", 64<<10)); err == nil && r.Context().Err() == nil; {
			taken.Add(int64(n))
			n, err = w.Write(zeros)
		}
	}
}

// Each fault of the preferred server is got over by the other one: what happens on the
// chain is read in time, the server is named with its fault, and used again once it is
// good.
func TestFaults(t *testing.T) {
	t.Parallel()
	n := impatient(chaintest.Start(t))
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	buy(t, n, sender)
	var taken atomic.Int64
	for name, fault := range map[string]struct {
		begin func(*chaintest.Proxy)
		state string // what the server is called, "" for whatever
	}{
		"gone":           {func(p *chaintest.Proxy) { p.Down(true) }, "failing"},
		"silent":         {func(p *chaintest.Proxy) { p.Hang(true) }, "failing"},
		"500":            {func(p *chaintest.Proxy) { p.Web(plain(500, "oops")) }, "failing"},
		"401":            {func(p *chaintest.Proxy) { p.Web(plain(401, "bad key")) }, "failing"},
		"429":            {func(p *chaintest.Proxy) { p.Web(plain(429, "slow down")) }, "failing"},
		"429 with pause": {func(p *chaintest.Proxy) { p.Web(plain(429, "slow down", "Retry-After", "1")) }, "limited"},
		"redirect":       {func(p *chaintest.Proxy) { p.Web(plain(307, "", "Location", n.URL)) }, "failing"},
		"not JSON":       {func(p *chaintest.Proxy) { p.Web(plain(200, "<html>")) }, "failing"},
		"cut JSON":       {func(p *chaintest.Proxy) { p.Web(plain(200, `{"jsonrpc":"2.0","id":1,"result":{"num`)) }, "failing"},
		"nothing":        {func(p *chaintest.Proxy) { p.Web(plain(200, "")) }, "failing"},
		"endless":        {func(p *chaintest.Proxy) { p.Web(endless(&taken)) }, "failing"},
		"refuses all": {func(p *chaintest.Proxy) {
			p.Before(func(chaintest.Request) (chaintest.Answer, bool) {
				return chaintest.Answer{Error: json.RawMessage(`{"code":-32000,"message":"no"}`)}, true
			})
		}, ""},
		"refuses logs": {func(p *chaintest.Proxy) {
			p.Before(func(r chaintest.Request) (chaintest.Answer, bool) {
				return chaintest.Answer{Error: json.RawMessage(`{"code":-32005,"message":"limit exceeded"}`)}, r.Method == "eth_getLogs"
			})
		}, ""},
		"another chain id": {func(p *chaintest.Proxy) {
			p.Before(answer("eth_chainId", `"0x1"`))
			p.Down(true) // comes back as soon as that was noticed
		}, "wrong"},
		"another first block": {func(p *chaintest.Proxy) {
			p.After(rewrite("eth_getBlockByNumber", func(h map[string]any) {
				if h["number"] == "0x0" {
					h["extraData"] = "0x1234"
				}
			}))
			p.Down(true)
		}, "wrong"},
		"no contracts": {func(p *chaintest.Proxy) {
			p.Before(answer("eth_getCode", `"0x"`))
			p.Down(true)
		}, "wrong"},
		"head stands still": {func(p *chaintest.Proxy) {
			number, _, _ := n.Embedded.Head()
			p.After(freeze(number))
		}, ""},
		"foreign logs": {func(p *chaintest.Proxy) {
			p.After(edit(t, func(logs []map[string]any) []map[string]any {
				for _, log := range logs {
					log["address"] = "0x" + strings.Repeat("ab", 20)
				}
				return logs
			}))
		}, ""},
		"no logs": {func(p *chaintest.Proxy) { p.Before(answer("eth_getLogs", `[]`)) }, ""},
		"made-up headers": {func(p *chaintest.Proxy) {
			var i atomic.Int32
			p.After(rewrite("eth_getBlockByNumber", func(h map[string]any) {
				if h["number"] != "0x0" {
					h["extraData"] = fmt.Sprintf("0x%06x", i.Add(1))
				}
			}))
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad, good := chaintest.NewProxy(t, n.URL), chaintest.NewProxy(t, n.URL)
			store := &deal.Memory{}
			via := n.Via(bad, good)
			if name == "silent" || name == "endless" {
				via.Config.Timeout = time.Second
			}
			f, client := followerOf(t, via, store)
			chaintest.Wait(t, "sync", func() bool { _, ok, _ := f.Head(); return ok && inUse(client) == 0 })
			fault.begin(bad)
			x := buy(t, n, sender)
			chaintest.WaitStatus(t, store, x.Purchase, deal.StatusPurchased)
			chaintest.Wait(t, "the other server", func() bool { return inUse(client) == 1 })
			if fault.state == "wrong" {
				bad.Down(false)
			}
			chaintest.Wait(t, "the fault to be named", func() bool {
				s := client.Servers()[0]
				return s.State != "good" && s.Reason != "" && (fault.state == "" || s.State == fault.state)
			})
			require.Equal(t, "good", client.Servers()[1].State)
			bad.Web(nil)
			bad.Before(nil)
			bad.After(nil)
			bad.Hang(false)
			bad.Down(false)
			chaintest.Wait(t, "the way back", func() bool { return inUse(client) == 0 && client.Servers()[0].State == "good" })
			y := buy(t, n, sender)
			chaintest.WaitStatus(t, store, y.Purchase, deal.StatusPurchased)
		})
	}
	t.Cleanup(func() {
		require.Less(t, taken.Load(), int64(64<<20)*4, "an endless answer is cut off")
	})
}

// freeze hides the blocks above one.
func freeze(at uint64) func(chaintest.Request, chaintest.Answer) chaintest.Answer {
	var then atomic.Pointer[json.RawMessage]
	return func(r chaintest.Request, a chaintest.Answer) chaintest.Answer {
		var h struct{ Number string }
		if r.Method != "eth_getBlockByNumber" || json.Unmarshal(a.Result, &h) != nil {
			return a
		}
		var number uint64
		_, _ = fmt.Sscanf(h.Number, "0x%x", &number) // 0 passes
		if !strings.Contains(string(r.Params), "latest") {
			if number > at {
				return chaintest.Answer{Result: json.RawMessage("null")}
			}
			return a
		}
		if number <= at || then.Load() == nil {
			then.CompareAndSwap(nil, &a.Result)
		}
		return chaintest.Answer{Result: *then.Load()}
	}
}

// A server whose newest block goes back and forth, as behind a load balancer, is no
// reorganisation: nothing that was read is taken back.
func TestHeadBackAndForth(t *testing.T) {
	t.Parallel()
	n := impatient(chaintest.Start(t))
	sender := n.Sender(t, n.Account(t), &outbox.Memory{})
	x := buy(t, n, sender)
	number, _, _ := n.Embedded.Head()
	y := buy(t, n, sender)
	moody, steady := chaintest.NewProxy(t, n.URL), chaintest.NewProxy(t, n.URL)
	old, asked := freeze(number), atomic.Int32{}
	store := &deal.Memory{}
	f, _ := followerOf(t, n.Via(moody, steady), store)
	chaintest.WaitStatus(t, store, y.Purchase, deal.StatusPurchased)
	before := store.All()
	moody.After(func(r chaintest.Request, a chaintest.Answer) chaintest.Answer {
		if asked.Add(1)%16 < 12 {
			return old(r, a)
		}
		return a
	})
	chaintest.Wait(t, "many answers", func() bool {
		require.Equal(t, deal.StatusPurchased, store.State(y.Purchase).Status)
		return asked.Load() > 100
	})
	require.Equal(t, before, store.All())
	_, synced, err := f.Head()
	require.NoError(t, err)
	require.True(t, synced)
	require.Equal(t, deal.StatusPurchased, store.State(x.Purchase).Status)
}

// A server that asks to be left alone is, even when there is no other, and nothing of
// its URL but the host is ever told.
func TestLeftAlone(t *testing.T) {
	t.Parallel()
	n := impatient(chaintest.Start(t))
	proxy := chaintest.NewProxy(t, n.URL)
	through := n.Through(proxy)
	through.Config.RPC = strings.Replace(proxy.URL, "http://", "http://somebody:password1@", 1) + "/v3/accesskey?token=secrettoken"
	client := through.Client(t)
	proxy.Web(plain(429, "slow down, accesskey", "Retry-After", "60"))
	_, _, err := client.Head(t.Context())
	require.Equal(t, market.Unavailable, market.CodeOf(err))
	asked := proxy.Asked()
	for range 20 {
		_, _, err = client.Head(t.Context())
		require.ErrorContains(t, err, "asks to be left alone")
	}
	require.Equal(t, asked, proxy.Asked())
	status := client.Servers()[0]
	require.Equal(t, "limited", status.State)
	require.Equal(t, strings.TrimPrefix(proxy.URL, "http://"), status.Name)

	proxy.Web(nil)
	proxy.Before(func(chaintest.Request) (chaintest.Answer, bool) {
		return chaintest.Answer{Error: json.RawMessage(`{"code":-32000,"message":"accesskey with secrettoken of somebody is not valid"}`)}, true
	})
	fresh := through.Client(t)
	_, _, err = fresh.Head(t.Context())
	require.Error(t, err)
	for _, secret := range []string{"accesskey", "secrettoken", "password1", "somebody"} {
		require.NotContains(t, err.Error(), secret)
		require.NotContains(t, fmt.Sprintf("%+v", fresh.Servers()), secret)
		require.NotContains(t, fmt.Sprintf("%+v", client.Servers()), secret)
	}
}

// A server of another chain is not used although no other one can be reached; a
// network that names its first block needs no server's word for it.
func TestGenesis(t *testing.T) {
	t.Parallel()
	n := impatient(chaintest.Start(t))
	n.Config.Genesis = market.Hash{1}
	client := n.Client(t)
	_, _, err := client.Head(t.Context())
	require.ErrorContains(t, err, "another chain")
	require.Equal(t, "wrong", client.Servers()[0].State)

	n.Config.Genesis = market.Hash{}
	other := chaintest.NewProxy(t, n.URL)
	other.After(rewrite("eth_getBlockByNumber", func(h map[string]any) { h["extraData"] = "0x01" }))
	n.Config.MoreRPC = []string{other.URL}
	client = n.Client(t)
	states := client.Inspect(t.Context())
	require.Equal(t, "good", states[0].State)
	require.Equal(t, "wrong", states[1].State)
	require.Contains(t, states[1].Reason, "first block")
}

// Transactions go on through the other server when the first one dies with them, and
// each is made once.
func TestSenderOverTwoServers(t *testing.T) {
	t.Parallel()
	n := impatient(chaintest.Start(t))
	first, second := chaintest.NewProxy(t, n.URL), chaintest.NewProxy(t, n.URL)
	via := n.Via(first, second)
	from, to := n.Account(t), chaintest.NewKey(t).Address()
	client := n.Client(t)
	sender := via.Sender(t, from, &outbox.Memory{})
	for i := range 12 {
		if i == 3 {
			first.Swallow() // it takes them, and forgets them
		}
		if i == 6 {
			first.Down(true)
		}
		if i == 9 {
			first.Before(nil)
			first.Down(false)
			second.Hang(true)
		}
		_, err := sender.Submit(t.Context(), fmt.Sprint("gift/", i), gift(n, client, to))
		require.NoError(t, err)
	}
	for i := range 12 {
		chaintest.WaitDone(t, sender, fmt.Sprint("gift/", i))
	}
	require.Equal(t, "12", held(t, client, to))
}
