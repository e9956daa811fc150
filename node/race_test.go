package node_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/chain/chaintest"
	"privd/node/nodetest"
)

// TestRaces lets twenty callers do the same thing at once: one purchase is debited,
// ten downloads are given, one upload is kept, and a listing whose price is changed
// by all of them can still be bought.
func TestRaces(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	bob := nw.AddUser(t, nw.Nodes[0], "bob", "100")
	const callers = 20
	at := func(do func(i int) int) map[int]int {
		codes := make([]int, callers)
		var all sync.WaitGroup
		for i := range callers {
			all.Go(func() { codes[i] = do(i) })
		}
		all.Wait()
		count := map[int]int{}
		for _, c := range codes {
			count[c]++
		}
		return count
	}
	data := photo(t, 41)
	uploads := at(func(int) int {
		_, code := alice.Upload(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: data})
		return code
	})
	require.Equal(t, map[int]int{200: 1, 409: callers - 1}, uploads)
	var list struct {
		Contributions []struct{ ID string }
	}
	nodetest.Wait(t, "approval", func() bool {
		return alice.Get(t, "/contributions?status=approved", &list) == 200 && len(list.Contributions) == 1
	})

	for round, left := range []string{"88", "76", "64"} {
		listing := alice.Sell(t, fmt.Sprint("Race ", round), "10", list.Contributions[0].ID)
		at(func(i int) int {
			return alice.Put(t, "/marketplace/wallet/listings/"+listing, map[string]any{"price_priv": 10 + i%2}, nil)
		})
		require.Equal(t, 200, alice.Put(t, "/marketplace/wallet/listings/"+listing, map[string]any{"price_priv": 12}, nil))
		buys := at(func(i int) int {
			// Different bodies, so that none is taken for a repetition of another.
			code, _ := bob.Do(t, "POST", "/marketplace/wallet/listings/"+listing+"/purchase", map[string]int{"access_duration_days": 30 + i})
			return code
		})
		require.Equal(t, map[int]int{200: 1, 400: callers - 1}, buys)
		require.Equal(t, chaintest.PRIV(t, left), balance(t, nw, bob))

		var purchases struct {
			Purchases []struct {
				ID    string
				Token string `json:"access_token"`
			}
		}
		nodetest.Wait(t, "the purchase", func() bool {
			return bob.Get(t, "/marketplace/wallet/purchases", &purchases) == 200 && len(purchases.Purchases) == round+1
		})
		p := purchases.Purchases[0]
		downloads := at(func(int) int {
			_, code := bob.Download(t, nodetest.Bought{ID: p.ID, Token: p.Token})
			return code
		})
		require.Equal(t, map[int]int{200: 10, 403: 10}, downloads)
	}
}

// TestParallelUploads uploads the same file twenty times at once, in many rounds: each
// time one contribution is kept, and nothing of the others stays on the disk.
func TestParallelUploads(t *testing.T) {
	t.Parallel()
	const rounds, callers = 25, 20
	nw := nodetest.Start(t, 1)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	for round := range rounds {
		form := nodetest.Form{Filename: "a.txt", Kind: "text", Data: fmt.Appendf(nil, "round %d of many, and some words more", round)}
		codes := make([]int, callers)
		var all sync.WaitGroup
		for i := range callers {
			all.Go(func() { _, codes[i] = alice.Upload(t, form) })
		}
		all.Wait()
		count := map[int]int{}
		for _, c := range codes {
			count[c]++
		}
		require.Equal(t, map[int]int{200: 1, 409: callers - 1}, count, "round %d", round)
	}
	var list struct{ Total int }
	require.Equal(t, 200, alice.Get(t, "/contributions", &list))
	require.Equal(t, rounds, list.Total)
	packs, err := filepath.Glob(filepath.Join(nw.Nodes[0].Dir, "blocks", "contrib_*.car"))
	require.NoError(t, err)
	require.Len(t, packs, rounds)
	nw.Nodes[0].RequireSound(t)
}
