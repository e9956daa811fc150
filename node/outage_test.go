package node_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/chain/chaintest"
	"privd/node/nodetest"
)

// TestSellerAway buys while the seller's node is down: the purchase waits with a
// reason and no money moves, and it completes by itself when the node is back.
func TestSellerAway(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	nw.BuyWait = 500 * time.Millisecond
	carol := nw.AddUser(t, nw.Add(t), "carol", "100")
	data := photo(t, 7)
	listing := alice.Sell(t, "Away", "10", alice.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: data}))
	carol.WaitListed(t, listing)

	nw.Nodes[0].Stop(t)
	bought, code := carol.Buy(t, listing)
	require.Equal(t, 200, code)
	require.Equal(t, "pending", bought.Status)
	timeline := carol.Timeline(t, bought.ID)
	require.False(t, timeline.MoneyMoved)
	require.NotEmpty(t, timeline.Reason)
	_, code = carol.Download(t, bought)
	require.Equal(t, 409, code)
	require.Equal(t, chaintest.PRIV(t, "100"), balance(t, nw, carol))
	_, code = carol.Buy(t, listing)
	require.Equal(t, 200, code, "the same request again gives the same answer")

	nw.Nodes[0].Start(t)
	carol.WaitOpened(t, bought.ID)
	require.Equal(t, chaintest.PRIV(t, "90"), balance(t, nw, carol))
	items, code := carol.Download(t, bought)
	require.Equal(t, 200, code)
	got, _ := nodetest.Fetch(t, items[0].URL)
	require.True(t, bytes.Equal(data, got))
}

func balance(t *testing.T, nw *nodetest.Network, u *nodetest.User) any {
	t.Helper()
	amount, err := nw.Chain.Client(t).PRIV().Balance(context.Background(), u.Wallet)
	require.NoError(t, err)
	return amount
}

// TestRestartWhileBuying stops the buyer's node at every stage of a purchase it can
// be caught in; after each restart the purchase goes on, and it is paid once.
func TestRestartWhileBuying(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	nw.BuyWait = time.Millisecond
	buyer := nw.Add(t)
	carol := nw.AddUser(t, buyer, "carol", "100")
	listing := alice.Sell(t, "Restart", "10", alice.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, 8)}))
	carol.WaitListed(t, listing)

	// The chain holds still, so that the purchase is caught before it is mined.
	nw.Chain.Embedded.Pause()
	bought, code := carol.Buy(t, listing)
	require.Equal(t, 200, code)
	buyer.Restart(t)
	nodetest.Wait(t, "payment", func() bool { return carol.Timeline(t, bought.ID).State == "unconfirmed" })
	buyer.Restart(t)
	nw.Nodes[0].Restart(t)
	nw.Chain.Embedded.Resume()
	carol.WaitOpened(t, bought.ID)
	buyer.Restart(t)
	require.Equal(t, "opened", carol.Timeline(t, bought.ID).State)
	require.Equal(t, chaintest.PRIV(t, "90"), balance(t, nw, carol))
	items, code := carol.Download(t, bought)
	require.Equal(t, 200, code)
	require.Len(t, items, 1)
}

// TestChainDown cuts the RPC server off: what needs the chain answers 503, the
// rest works, and everything recovers by itself.
func TestChainDown(t *testing.T) {
	t.Parallel()
	chain := chaintest.Start(t)
	proxy := nodetest.NewProxy(t, chain.Config.RPC)
	nw := nodetest.StartVia(t, chain, proxy.URL(), 2)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	carol := nw.AddUser(t, nw.Nodes[1], "carol", "100")
	id := alice.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, 9)})
	listing := alice.Sell(t, "Down", "10", id)
	carol.WaitListed(t, listing)

	proxy.Cut()
	code, e := carol.Do(t, "GET", "/user/balance", nil)
	require.Equal(t, 503, code)
	require.NotEmpty(t, e.Error.Message)
	_, code = carol.Buy(t, listing)
	require.Equal(t, 503, code)
	require.Equal(t, 200, alice.Get(t, "/contributions/"+id, nil))
	nw.Nodes[1].Restart(t)

	proxy.Mend(t)
	nodetest.Wait(t, "the chain", func() bool { return carol.Get(t, "/user/balance", nil) == 200 })
	nodetest.Wait(t, "a purchase", func() bool {
		bought, code := carol.Buy(t, listing)
		return code == 200 && bought.Status == "completed"
	})
	require.Equal(t, chaintest.PRIV(t, "90"), balance(t, nw, carol))
}

// TestSilentSeller pays a seller whose node then stays away: after the deadline the
// buyer's node takes the price back by itself, and access is revoked.
func TestSilentSeller(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	nw.BuyWait = time.Millisecond
	carol := nw.AddUser(t, nw.Add(t), "carol", "100")
	listing := alice.Sell(t, "Silent", "10", alice.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, 10)}))
	carol.WaitListed(t, listing)

	nw.Chain.Embedded.Pause()
	bought, code := carol.Buy(t, listing)
	require.Equal(t, 200, code)
	nodetest.Wait(t, "payment", func() bool { return carol.Timeline(t, bought.ID).State == "unconfirmed" })
	nw.Nodes[0].Stop(t)
	nw.Chain.Embedded.Resume()
	nodetest.Wait(t, "confirmation", func() bool {
		timeline := carol.Timeline(t, bought.ID)
		return timeline.State == "opening" && timeline.MoneyMoved
	})
	require.Equal(t, chaintest.PRIV(t, "90"), balance(t, nw, carol))
	_, code = carol.Download(t, bought)
	require.Equal(t, 409, code)

	require.NoError(t, nw.Chain.Embedded.Advance(25*time.Hour))
	nodetest.Wait(t, "refund", func() bool { return carol.Timeline(t, bought.ID).State == "revoked" })
	require.Equal(t, chaintest.PRIV(t, "100"), balance(t, nw, carol))
	_, code = carol.Download(t, bought)
	require.Equal(t, 403, code)
}
