package node_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/node/nodetest"
)

// TestLargeManifest sells so many files that the manifest does not travel with the
// announcement: the other node fetches it, and sells the whole of it.
func TestLargeManifest(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 2)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	carol := nw.AddUser(t, nw.Nodes[1], "carol", "100")
	const files = 70
	var ids []string
	for i := range files {
		id, code := alice.Upload(t, nodetest.Form{Filename: strings.Repeat("long-name-", 12) + fmt.Sprint(i) + ".txt", Kind: "text",
			Data: []byte(fmt.Sprintf("Number %d. %s", i, strings.Repeat(fmt.Sprintf("word%d other%d and more%d. ", i*7, i*11, i*13), 30)))})
		require.Equal(t, 200, code)
		ids = append(ids, id)
	}
	nodetest.Wait(t, "reviews", func() bool {
		var d struct{ Total int }
		return alice.Get(t, "/contributions?status=approved", &d) == 200 && d.Total == files
	})
	listing := alice.Sell(t, "Many", "3", ids...)
	carol.WaitListed(t, listing)
	bought, code := carol.Buy(t, listing)
	require.Equal(t, 200, code)
	require.Equal(t, "completed", bought.Status)
	items, code := carol.Download(t, bought)
	require.Equal(t, 200, code)
	require.Len(t, items, files)
}

// TestLateJoiner starts a node after everything was said: it learns what is on sale
// from its peer, and a node that was away learns what is not any more.
func TestLateJoiner(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 2)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	id := alice.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, 31)})
	stays, goes := alice.Sell(t, "Stays", "1", id), alice.Sell(t, "Goes", "2", id)
	away := nw.Nodes[1]
	away.As("").WaitListed(t, goes)
	away.Stop(t)
	require.Equal(t, 200, alice.Put(t, "/marketplace/wallet/listings/"+goes, map[string]string{"status": "paused"}, nil))

	late := nw.Add(t)
	late.As("").WaitListed(t, stays)
	require.Equal(t, 404, late.As("").Get(t, "/marketplace/wallet/listings/"+goes, nil))
	away.Start(t)
	nodetest.Wait(t, "the withdrawal", func() bool {
		return away.As("").Get(t, "/marketplace/wallet/listings/"+goes, nil) == 404
	})
	require.Equal(t, 200, away.As("").Get(t, "/marketplace/wallet/listings/"+stays, nil))

	require.Equal(t, 200, alice.Put(t, "/marketplace/wallet/listings/"+goes, map[string]any{"status": "active"}, nil))
	away.As("").WaitListed(t, goes)
	require.Equal(t, 200, alice.Put(t, "/marketplace/wallet/listings/"+goes, map[string]any{"price_priv": 5}, nil))
	nodetest.Wait(t, "the new price", func() bool {
		var d struct {
			Listing struct {
				Price float64 `json:"price_priv"`
			}
		}
		return away.As("").Get(t, "/marketplace/wallet/listings/"+goes, &d) == 200 && d.Listing.Price == 5
	})
}
