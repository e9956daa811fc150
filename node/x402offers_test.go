package node_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/node/nodetest"
)

// What a node sells over x402 is known to the users of other nodes, with where to pay
// for it; a change of its price reaches them, and so does its end.
func TestOffersTellOfX402(t *testing.T) {
	t.Parallel()
	nw := nodetest.StartWith(t, 2, "[x402]\nlisten = \"127.0.0.1:0\"\n")
	alice, bob := nw.AddUser(t, nw.Nodes[0], "alice", ""), nw.AddUser(t, nw.Nodes[1], "bob", "")
	made, code := alice.SellDataset(t, nodetest.Dataset{
		ID: "prices", Filename: "table.csv", Title: "Prices", DataType: "defi", Price: "2", Content: bytes.NewReader([]byte("a,b\n1,2\n3,4\n")),
		More: map[string]string{"price_usdc": "1.25"},
	})
	require.Equal(t, http.StatusOK, code)
	plain := alice.Table(t, "plain", "2", "a,b\n1,2\n")
	bob.WaitListed(t, made.Listing)
	bob.WaitListed(t, plain.Listing)
	type offer struct {
		URL  string      `json:"url"`
		USDC json.Number `json:"price_usdc"`
		Wei  string      `json:"price_usdc_wei"`
	}
	seen := func() map[string]*offer {
		var page struct {
			Listings []struct {
				Dataset string `json:"dataset_id"`
				X402    *offer
			}
		}
		require.Equal(t, http.StatusOK, bob.Get(t, "/data/listings?limit=100", &page))
		all := map[string]*offer{}
		for _, l := range page.Listings {
			all[l.Dataset] = l.X402
		}
		return all
	}
	all := seen()
	require.Nil(t, all["plain"])
	require.NotNil(t, all["prices"])
	require.Equal(t, "1.25", all["prices"].USDC.String())
	require.Equal(t, "1250000", all["prices"].Wei)
	require.True(t, strings.HasSuffix(all["prices"].URL, "/api/datasets/prices/download"), all["prices"].URL)

	asked := func() string {
		res, err := http.Get(seen()["prices"].URL)
		require.NoError(t, err)
		defer res.Body.Close()
		require.Equal(t, http.StatusPaymentRequired, res.StatusCode)
		raw, err := base64.StdEncoding.DecodeString(res.Header.Get("PAYMENT-REQUIRED"))
		require.NoError(t, err)
		var required struct{ Accepts []struct{ Amount string } }
		require.NoError(t, json.Unmarshal(raw, &required))
		return required.Accepts[0].Amount
	}
	require.Equal(t, "1250000", asked())
	// Nothing of the API is there.
	res, err := http.Get(strings.Split(all["prices"].URL, "/api/")[0] + "/api/v1/marketplace/wallet/listings")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusNotFound, res.StatusCode)

	code, _ = alice.Do(t, http.MethodPatch, "/data/datasets/prices", map[string]any{"price_usdc": 3})
	require.Equal(t, http.StatusOK, code)
	nodetest.Wait(t, "the new price", func() bool { o := seen()["prices"]; return o != nil && o.Wei == "3000000" })
	require.Equal(t, "3000000", asked())

	// Another address makes another version, too.
	before := seen()["prices"].URL
	nw.Nodes[0].Stop(t)
	nw.Nodes[0].Start(t)
	nodetest.Wait(t, "the new address", func() bool { o := seen()["prices"]; return o != nil && (o.URL != before) })
	require.Equal(t, "3000000", asked())

	require.Equal(t, http.StatusOK, alice.RemoveDataset(t, "prices"))
	nodetest.Wait(t, "its end", func() bool { _, there := seen()["prices"]; return !there })
}
