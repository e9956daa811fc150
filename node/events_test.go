package node_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/node/nodetest"
)

// TestEvents follows a seller and a buyer through a trade on one node:
//  1. each is told what happens to what is theirs, and nothing of the other's;
//  2. no access token is told;
//  3. the node restarts while both are connected, and stops quickly;
//  4. more happens while nobody follows; they come back with the last id and get all of
//     it, once.
func TestEvents(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	n := nw.Nodes[0]
	alice, carol := nw.AddUser(t, n, "alice", ""), nw.AddUser(t, n, "carol", "100")
	seller, buyer := alice.Events(t, ""), carol.Events(t, "")

	id := alice.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, 71)})
	listing := alice.Sell(t, "Told", "10", id)
	reviewed := seller.WaitEvent(t, "contribution.reviewed", nil)
	require.Equal(t, id, reviewed.Subject())
	require.Equal(t, "approved", reviewed.Data["status"])
	seller.WaitEvent(t, "listing.changed", func(e nodetest.Event) bool { return e.Data["status"] == "active" })

	bought, code := carol.Buy(t, listing)
	require.Equal(t, 200, code)
	carol.WaitOpened(t, bought.ID)
	moved := buyer.WaitEvent(t, "purchase.moved", func(e nodetest.Event) bool { return e.Data["state"] == "opened" })
	require.Equal(t, bought.ID, moved.Subject())
	require.Equal(t, "active", moved.Data["status"])
	require.Equal(t, listing, moved.Data["listing_id"])
	for key, value := range moved.Data {
		text, _ := value.(string)
		require.False(t, strings.HasPrefix(text, "at_"), key)
	}
	booked := seller.WaitEvent(t, "earning.booked", nil)
	require.Equal(t, 9.5, booked.Data["amount_priv"])
	confirmed := seller.WaitEvent(t, "earning.confirmed", nil)
	require.Equal(t, booked.Subject(), confirmed.Subject())

	began := time.Now()
	n.Restart(t)
	require.Less(t, time.Since(began), 10*time.Second)
	seller.Close()
	buyer.Close()

	require.Equal(t, 200, carol.Post(t, "/marketplace/wallet/purchases/"+bought.ID+"/rating", map[string]any{"rating": 5, "comment": "as told"}, nil))
	require.Equal(t, 200, alice.Put(t, "/marketplace/wallet/listings/"+listing, map[string]string{"status": "paused"}, nil))
	seen, _ := strconv.Atoi(seller.Last)
	seller = alice.Events(t, seller.Last)
	rated := seller.WaitEvent(t, "rating.received", nil)
	require.Equal(t, 5.0, rated.Data["rating"])
	require.Equal(t, "as told", rated.Data["comment"])
	require.Equal(t, listing, rated.Data["listing_id"])
	now, _ := strconv.Atoi(seller.Last)
	require.Greater(t, now, seen)
	paused := seller.WaitEvent(t, "listing.changed", nil)
	require.Equal(t, []any{"status"}, paused.Data["changed"])
	require.Equal(t, "active", paused.Data["previous_status"])

	// From the beginning, each sees only their own.
	for _, user := range []*nodetest.User{alice, carol} {
		all := user.Events(t, "0")
		last := 0
		for {
			e := all.WaitAny(t)
			if e.Kind == "" || e.ID == seller.Last {
				break
			}
			number, err := strconv.Atoi(e.ID)
			require.NoError(t, err)
			require.Greater(t, number, last)
			last = number
			switch e.Kind {
			case "purchase.moved":
				require.Equal(t, carol, user)
			default:
				require.Equal(t, alice, user, e.Kind)
			}
			if user == carol && e.Data["state"] == "opened" {
				break
			}
		}
		require.NotZero(t, last)
	}
}
