package node_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/node/nodetest"
)

// shown is what a listing shows of itself and of its seller.
type shown struct {
	Listing struct {
		Mean   json.Number `json:"average_rating"`
		Sales  int         `json:"total_sales"`
		Status string
		Seller struct {
			Rating   json.Number
			Sales    int `json:"total_sales"`
			Verified bool
			Name     string `json:"display_name"`
		}
	}
}

// TestRatings rates a listing on three nodes:
//  1. carol and dora buy on another node than the seller's, which is verified once it is
//     paid; only carol may rate her purchase, once;
//  2. the mean shows on both nodes, on this listing and on the seller's other one;
//  3. a node that was down when it was said, and one that was never there, show the same;
//  4. so does the owner, when the listing is not on sale any more.
func TestRatings(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 3)
	here, there, away := nw.Nodes[0], nw.Nodes[1], nw.Nodes[2]
	alice := nw.AddUser(t, here, "alice", "")
	carol, dora := nw.AddUser(t, there, "carol", "100"), nw.AddUser(t, there, "dora", "100")
	id := alice.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, 81)})
	listing, other := alice.Sell(t, "Rated", "10", id), alice.Sell(t, "Other", "11", id)
	for _, n := range []*nodetest.Node{there, away} {
		n.As("").WaitListed(t, listing)
		n.As("").WaitListed(t, other)
	}
	away.Stop(t)

	look := func(c *nodetest.Client, id string) (s shown) {
		c.Get(t, "/marketplace/wallet/listings/"+id, &s)
		return s
	}
	require.Equal(t, json.Number("0"), look(carol.Client, listing).Listing.Mean)
	rate := func(u *nodetest.User, purchase string, stars int) (int, string) {
		code, e := u.Do(t, "POST", "/marketplace/wallet/purchases/"+purchase+"/rating", map[string]any{"rating": stars, "comment": "seen"})
		return code, e.Error.Code
	}
	var bought [2]nodetest.Bought
	for i, u := range []*nodetest.User{carol, dora} {
		b, code := u.Buy(t, listing)
		require.Equal(t, 200, code)
		u.WaitOpened(t, b.ID)
		bought[i] = b
	}
	code, _ := rate(dora, bought[0].ID, 1)
	require.Equal(t, 404, code)
	code, _ = rate(carol, bought[0].ID, 4)
	require.Equal(t, 200, code)
	code, _ = rate(carol, bought[0].ID, 4)
	require.Equal(t, 200, code, "a repetition gets the same answer")
	code, reason := rate(carol, bought[0].ID, 5)
	require.Equal(t, 409, code)
	require.Equal(t, "ALREADY_RATED", reason)
	code, _ = rate(dora, bought[1].ID, 5)
	require.Equal(t, 200, code)
	var mine struct {
		Purchases []struct{ Rating *int }
	}
	require.Equal(t, 200, carol.Get(t, "/marketplace/wallet/purchases", &mine))
	require.Equal(t, 4, *mine.Purchases[0].Rating)

	isRated := func(n *nodetest.Node) func() bool {
		return func() bool {
			s, o := look(n.As(""), listing).Listing, look(n.As(""), other).Listing
			return s.Mean == "4.5" && s.Sales == 2 && s.Seller.Rating == "4.5" && s.Seller.Sales == 2 && s.Seller.Verified &&
				o.Mean == "0" && o.Seller == s.Seller
		}
	}
	nodetest.Wait(t, "the ratings where they were given", isRated(there))
	nodetest.Wait(t, "the ratings at the seller's", isRated(here))
	away.Start(t)
	nodetest.Wait(t, "the ratings where nobody listened", isRated(away))
	late := nw.Add(t)
	nodetest.Wait(t, "the ratings where nobody was", isRated(late))

	var page struct {
		Listings []struct {
			ID   string
			Mean json.Number `json:"average_rating"`
		}
	}
	require.Equal(t, 200, late.As("").Get(t, "/marketplace/wallet/listings?sort=highest_rated", &page))
	require.Equal(t, listing, page.Listings[0].ID)
	require.Equal(t, json.Number("4.5"), page.Listings[0].Mean)

	before := look(alice.Client, listing).Listing
	require.Equal(t, 200, alice.Put(t, "/marketplace/wallet/listings/"+listing, map[string]string{"status": "paused"}, nil))
	after := look(alice.Client, listing).Listing
	require.Equal(t, "paused", after.Status)
	after.Status = before.Status
	require.Equal(t, before, after)
}
