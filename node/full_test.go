package node_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"privd/node/nodetest"
)

// TestFullCatalog lets a node keep one listing of others:
//  1. it takes the first, and not the second, which it can do without;
//  2. the one it has follows its seller, off the market;
//  3. then there is room for the other one, which it is told of when it asks.
func TestFullCatalog(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 2)
	here, there := nw.Nodes[0], nw.Nodes[1]
	nw.Reconfigure(t, there, "[catalog]\nmost_listings = 1\n")
	alice := nw.AddUser(t, here, "alice", "")
	id := alice.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, 93)})
	first := alice.Sell(t, "First", "1", id)
	there.As("").WaitListed(t, first)
	second := alice.Sell(t, "Second", "1", id)
	var page struct {
		Pagination struct{ Total int }
	}
	total := func() int {
		require.Equal(t, 200, there.As("").Get(t, "/marketplace/wallet/listings", &page))
		return page.Pagination.Total
	}
	// What was told later is here, and what was told before was refused.
	require.Equal(t, 200, alice.Put(t, "/marketplace/wallet/listings/"+first, map[string]any{"price_priv": 2}, nil))
	nodetest.Wait(t, "the first listing's new price", func() bool {
		code := there.As("").Get(t, "/marketplace/wallet/listings?min_price=2", &page)
		return code == 200 && page.Pagination.Total == 1
	})
	require.Equal(t, 1, total())
	require.Equal(t, 200, alice.Put(t, "/marketplace/wallet/listings/"+first, map[string]string{"status": "paused"}, nil))
	nodetest.Wait(t, "the first listing gone", func() bool { return total() == 0 })
	there.Restart(t)
	there.As("").WaitListed(t, second)
}
