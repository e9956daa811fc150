package node_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/node/nodetest"
)

// submitted is how the operator sees a listing that was submitted.
type submitted struct {
	ID        string `json:"listing_id"`
	Owner     string `json:"user_id"`
	Status    string
	Reason    string
	Signature string   `json:"pending_signature"`
	HeldAt    string   `json:"held_at"`
	Samples   []string `json:"sample_cids"`
}

func heldListings(t *testing.T, n *nodetest.Node) (list []submitted) {
	t.Helper()
	var page struct {
		Listings []submitted
		Total    int
	}
	require.Equal(t, 200, n.Operator(t).Get(t, "/node/listings/held", &page))
	require.Len(t, page.Listings, page.Total)
	return page.Listings
}

// TestHeldListings has the operator decide on listings:
//  1. what is submitted waits, over a restart, and its owner is told why; a dataset too;
//  2. what is approved is on sale with the answer, what is rejected never is;
//  3. a wallet that the node holds no key of is asked only after the approval;
//  4. what is held stays so where the policy is automatic from now on, and can be decided.
func TestHeldListings(t *testing.T) {
	t.Parallel()
	const hold = "[review]\nhold_listings = true\n"
	nw := nodetest.StartWith(t, 1, hold)
	home := nw.Nodes[0]
	olga := nw.AddUser(t, home, "olga", "")
	photos := olga.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, 91)})
	submit := func(c *nodetest.Client, contribution string) (id string) {
		var made struct {
			ID string `json:"listing_id"`
		}
		require.Equal(t, 200, c.Post(t, "/marketplace/wallet/listings", map[string]any{
			"title": "Held", "description": "For a while", "category": "mixed", "price_priv": json.Number("2"), "contribution_ids": []string{contribution},
		}, &made))
		var answer struct{ Status, Message string }
		require.Equal(t, 200, c.Put(t, "/marketplace/wallet/listings/"+made.ID, map[string]any{"status": "pending_review"}, &answer))
		require.Equal(t, "pending_review", answer.Status)
		return made.ID
	}
	details := func(c *nodetest.Client, id string) (l submitted, code int) {
		var answer struct{ Listing submitted }
		code = c.Get(t, "/marketplace/wallet/listings/"+id, &answer)
		return answer.Listing, code
	}
	decide := func(id string, approve bool, reason string) (l submitted, code int) {
		code = home.Operator(t).Post(t, "/node/listings/"+id+"/decide", map[string]any{"approve": approve, "reason": reason}, &l)
		return l, code
	}
	good, bad, later := submit(olga.Client, photos), submit(olga.Client, photos), submit(olga.Client, photos)
	table, code := olga.SellDataset(t, nodetest.Dataset{
		ID: "held-table", Filename: "t.csv", Title: "Held table", DataType: "social", Price: "3", Content: strings.NewReader("a,b\n1,2\n"),
	})
	require.Equal(t, 200, code)
	require.Equal(t, "pending_review", table.Status)
	nodetest.Wait(t, "four to be held", func() bool { return len(heldListings(t, home)) == 4 })
	home.Restart(t)
	for _, l := range heldListings(t, home) {
		require.Equal(t, []string{olga.ID, "pending_review"}, []string{l.Owner, l.Status})
		seen, code := details(olga.Client, l.ID)
		require.Equal(t, 200, code)
		require.Equal(t, "pending_review", seen.Status)
		require.Contains(t, seen.Reason, "operator")
		require.NotEmpty(t, seen.HeldAt)
		require.Equal(t, l.ID != table.Listing, len(seen.Samples) == 1, "its owner sees the previews as buyers will")
		_, code = details(home.As(""), l.ID)
		require.Equal(t, 404, code)
	}

	l, code := decide(good, true, "")
	require.Equal(t, 200, code)
	require.Equal(t, "active", l.Status)
	require.Empty(t, l.HeldAt)
	_, code = details(home.As(""), good)
	require.Equal(t, 200, code)
	l, code = decide(table.Listing, true, "")
	require.Equal(t, 200, code)
	require.Equal(t, "active", l.Status)
	l, code = decide(bad, false, "Not here.")
	require.Equal(t, 200, code)
	require.Equal(t, []string{"rejected", "Not here."}, []string{l.Status, l.Reason})
	for _, id := range []string{good, bad} {
		_, code = decide(id, true, "")
		require.Equal(t, 409, code)
	}

	wallet := nodetest.NewWallet(t)
	ext := nw.LogIn(t, home, wallet, "").Client
	words := ext.Contribute(t, nodetest.Form{Filename: "b.jpg", Kind: "photo", Data: photo(t, 92)})
	hers := submit(ext, words)
	nodetest.Wait(t, "hers to be held", func() bool { return len(heldListings(t, home)) == 2 })
	require.Empty(t, ext.Signatures(t))
	l, code = decide(hers, true, "")
	require.Equal(t, 200, code)
	require.Equal(t, "pending_review", l.Status)
	require.NotEmpty(t, l.Signature)
	asked := ext.WaitSignature(t, "listing_order", hers)
	require.Equal(t, l.Signature, asked.ID)
	_, code = ext.Answer(t, asked.ID, wallet.SignTyped(t, asked.TypedData))
	require.Equal(t, 200, code)
	seen, _ := details(home.As(""), hers)
	require.Equal(t, "active", seen.Status)

	nw.Reconfigure(t, home, "")
	require.Len(t, heldListings(t, home), 1)
	l, code = decide(later, true, "")
	require.Equal(t, 200, code)
	require.Equal(t, "active", l.Status)
	require.Empty(t, heldListings(t, home))
}
