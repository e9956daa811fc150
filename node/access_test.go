package node_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/node/nodetest"
)

// TestOnlyBuyersRead tries every way to what somebody else bought: another user's
// token, a wrong access token, an altered URL, another file's URL.
func TestOnlyBuyersRead(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 2)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	carol := nw.AddUser(t, nw.Nodes[1], "carol", "100")
	dave := nw.AddUser(t, nw.Nodes[1], "dave", "100")
	listing := alice.Sell(t, "Secret", "10", alice.Contribute(t, nodetest.Form{Filename: "a.txt", Kind: "text", Data: []byte(strings.Repeat(prose, 30))}))
	carol.WaitListed(t, listing)
	bought, code := carol.Buy(t, listing)
	require.Equal(t, 200, code)
	require.Equal(t, "completed", bought.Status)

	_, code = dave.Download(t, bought)
	require.Equal(t, 404, code, "another user, even with the access token")
	_, code = nw.Nodes[1].As("").Download(t, bought)
	require.Equal(t, 401, code)
	for _, token := range []string{"", "at_wrong"} {
		wrong := bought
		wrong.Token = token
		_, code = carol.Download(t, wrong)
		require.Equal(t, 403, code)
	}
	items, code := carol.Download(t, bought)
	require.Equal(t, 200, code)
	_, code = nodetest.Fetch(t, items[0].URL)
	require.Equal(t, 200, code)

	u, err := url.Parse(items[0].URL)
	require.NoError(t, err)
	for key, values := range u.Query() {
		altered := u.Query()
		v := []byte(values[0])
		v[len(v)-1] ^= 1
		altered.Set(key, string(v))
		w := *u
		w.RawQuery = altered.Encode()
		_, code := nodetest.Fetch(t, w.String())
		require.Contains(t, []int{400, 403}, code, w.String())
		altered.Del(key)
		w.RawQuery = altered.Encode()
		_, code = nodetest.Fetch(t, w.String())
		require.Contains(t, []int{400, 403}, code, w.String())
	}

	for range 9 {
		_, code = carol.Download(t, bought)
		require.Equal(t, 200, code)
	}
	_, code = carol.Download(t, bought)
	require.Equal(t, 403, code, "the eleventh download")
}

// TestRules buys what must not be bought; each refusal has the documented words and
// costs nothing.
func TestRules(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "100")
	poor := nw.AddUser(t, nw.Nodes[0], "poor", "1")
	bob := nw.AddUser(t, nw.Nodes[0], "bob", "100")
	id := alice.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, 11)})
	listing := alice.Sell(t, "Rules", "10", id)
	buy := func(c *nodetest.User, id string, body any) (int, string) {
		code, e := c.Do(t, "POST", "/marketplace/wallet/listings/"+id+"/purchase", body)
		return code, e.Error.Message
	}
	code, message := buy(bob, "listing_unknown", nil)
	require.Equal(t, 404, code)
	require.Equal(t, "Listing not found", message)
	code, message = buy(alice, listing, nil)
	require.Equal(t, 400, code)
	require.Contains(t, message, "Cannot purchase your own")
	code, message = buy(poor, listing, nil)
	require.Equal(t, 400, code)
	require.Equal(t, "Insufficient PRIV balance", message)
	for _, days := range []any{0, 366, -1, "30", 1.5} {
		code, _ = buy(bob, listing, map[string]any{"access_duration_days": days})
		require.Equal(t, 400, code, days)
	}
	code, _ = buy(bob, listing, map[string]any{"access_duration_days": 60})
	require.Equal(t, 200, code)
	code, message = buy(bob, listing, map[string]any{"access_duration_days": 61})
	require.Equal(t, 400, code)
	require.Equal(t, "You already have active access", message)

	unapproved, code := alice.Upload(t, nodetest.Form{Filename: "b.jpg", Kind: "photo", Data: photo(t, 12), None: true})
	require.Equal(t, 200, code)
	for _, bad := range []string{unapproved, "contrib_unknown"} {
		code = alice.Post(t, "/marketplace/wallet/listings", map[string]any{
			"title": "Bad", "description": "Bad", "category": "photo", "price_priv": 1, "contribution_ids": []string{id, bad}}, nil)
		require.Contains(t, []int{400, 404}, code)
	}
	code = bob.Post(t, "/marketplace/wallet/listings", map[string]any{
		"title": "Foreign", "description": "Bad", "category": "photo", "price_priv": 1, "contribution_ids": []string{id}}, nil)
	require.Equal(t, 404, code)
	_, code = alice.Upload(t, nodetest.Form{Filename: "again.jpg", Kind: "photo", Data: photo(t, 11)})
	require.Equal(t, 409, code)
}
