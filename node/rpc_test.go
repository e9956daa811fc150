package node_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/chain/chaintest"
	"privd/node/nodetest"
)

// chainStatus is what a node says of its chain.
type chainStatus struct {
	Synced     bool
	Reason     string
	Alone      bool
	RPCServers []struct {
		Name   string
		InUse  bool `json:"in_use"`
		State  string
		Reason string
	} `json:"rpc_servers"`
}

func chainOf(t *testing.T, n *nodetest.Node) chainStatus {
	t.Helper()
	var s struct{ Chain chainStatus }
	require.Equal(t, 200, n.Operator(t).Get(t, "/node/status", &s))
	return s.Chain
}

func healthy(t *testing.T, n *nodetest.Node) bool {
	t.Helper()
	var h struct{ Chain struct{ Synced bool } }
	require.Equal(t, 200, n.As("").Get(t, "/health", &h))
	return h.Chain.Synced
}

// 1. Carol pays for a listing; before that is mined, alice's node loses the chain.
// 2. Alice's node says so, hands out nothing and seals nothing; its listings stay.
// 3. The chain is back: the key comes by itself.
func TestSellerWithoutChain(t *testing.T) {
	t.Parallel()
	chain := chaintest.Start(t)
	proxy := chaintest.NewProxy(t, chain.URL)
	nw := nodetest.StartOn(t, chain, 0)
	nw.BuyWait = time.Millisecond
	nw.ChainSettings = fmt.Sprintf("rpc_url = %q\ntimeout = \"1s\"\nstall_after = \"1s\"", proxy.URL+"/v3/accesskey")
	seller := nw.Add(t)
	alice := nw.AddUser(t, seller, "alice", "")
	nw.ChainSettings = ""
	buyer := nw.Add(t)
	carol, dave := nw.AddUser(t, buyer, "carol", "100"), nw.AddUser(t, buyer, "dave", "100")
	listing := alice.Sell(t, "Lost", "10", alice.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, 81)}))
	carol.WaitListed(t, listing)
	nodetest.Wait(t, "health", func() bool { return healthy(t, seller) })

	chain.Embedded.Pause()
	bought, code := carol.Buy(t, listing)
	require.Equal(t, 200, code)
	nodetest.Wait(t, "the payment", func() bool { return carol.Timeline(t, bought.ID).State == "unconfirmed" })
	proxy.Hang(true)
	nodetest.Wait(t, "the seller to say so", func() bool { return !healthy(t, seller) })
	chain.Embedded.Resume()
	nodetest.Wait(t, "the money to move", func() bool { return carol.Timeline(t, bought.ID).MoneyMoved })

	second, code := dave.Buy(t, listing)
	require.Equal(t, 200, code)
	asked := 0
	nodetest.Wait(t, "some refusals", func() bool {
		asked++
		first := carol.Timeline(t, bought.ID)
		require.NotEqual(t, "opened", first.State)
		require.False(t, dave.Timeline(t, second.ID).MoneyMoved)
		return asked > 20 && first.Reason != ""
	})
	said := chainOf(t, seller)
	require.False(t, said.Synced)
	require.NotEmpty(t, said.Reason)
	require.Equal(t, strings.TrimPrefix(proxy.URL, "http://"), said.RPCServers[0].Name)
	require.NotContains(t, fmt.Sprintf("%+v", said), "accesskey")
	alice.WaitListed(t, listing) // listings stay
	var diagnosis struct {
		OK     bool
		Checks []struct {
			Name, Message string
			OK            bool
		}
	}
	require.Equal(t, 200, seller.Operator(t).Get(t, "/node/doctor", &diagnosis))
	require.False(t, diagnosis.OK)
	require.NotContains(t, fmt.Sprintf("%+v", diagnosis), "accesskey")

	proxy.Hang(false)
	carol.WaitOpened(t, bought.ID)
	dave.WaitOpened(t, second.ID)
	nodetest.Wait(t, "health", func() bool { return healthy(t, seller) })
}

// Two nodes with two RPC servers each: one dies, is put up again on another chain, and
// is repaired. Trade goes on, and the nodes say what they see.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	chain := chaintest.Start(t)
	first, second := chaintest.NewProxy(t, chain.URL), chaintest.NewProxy(t, chain.URL)
	nw := nodetest.StartOn(t, chain, 0)
	nw.ChainSettings = fmt.Sprintf("rpc_url = %q\nrpc_urls = [%q]\ntimeout = \"2s\"\nstall_after = \"4s\"", first.URL, second.URL)
	alice := nw.AddUser(t, nw.Add(t), "alice", "")
	carol := nw.AddUser(t, nw.Add(t), "carol", "100")
	buy := func(title string, seed uint64) {
		t.Helper()
		listing := alice.Sell(t, title, "10", alice.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, seed)}))
		carol.WaitListed(t, listing)
		bought, code := carol.Buy(t, listing)
		require.Equal(t, 200, code)
		carol.WaitOpened(t, bought.ID)
	}
	buy("Both", 82)
	first.Down(true)
	buy("One", 83)
	for _, n := range nw.Nodes {
		s := chainOf(t, n)
		require.True(t, s.RPCServers[1].InUse)
		require.NotEqual(t, "good", s.RPCServers[0].State)
	}
	first.Down(false)
	first.Before(func(r chaintest.Request) (chaintest.Answer, bool) {
		return chaintest.Answer{Result: []byte(`"0x1"`)}, r.Method == "eth_chainId"
	})
	for _, n := range nw.Nodes {
		nodetest.Wait(t, "the wrong one to be named", func() bool {
			s := chainOf(t, n).RPCServers
			return s[0].State == "wrong" && strings.Contains(s[0].Reason, s[0].Name) && s[1].InUse
		})
	}
	first.Before(nil)
	for _, n := range nw.Nodes {
		nodetest.Wait(t, "the first one again", func() bool {
			s := chainOf(t, n)
			return s.RPCServers[0].InUse && s.Synced && !s.Alone
		})
	}
	second.Web(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) })
	buy("Other", 84)
	require.Equal(t, chaintest.PRIV(t, "70"), balance(t, nw, carol))
}
