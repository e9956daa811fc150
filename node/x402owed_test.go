package node_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/chain/chaintest"
	"privd/market/x402"
	"privd/node/nodetest"
)

// at returns a URL of the dataset on the node as it runs now.
func (c *counter) at(path string) string { return c.Nodes[0].URL() + "/api/datasets/prices" + path }

// pays buys with a payment in the documented dialect.
func (c *counter) pays(t *testing.T, method, path string, buyer chaintest.Key, headers ...string) answered {
	t.Helper()
	return call402(t, method, c.at(path), append(headers, x402.HeaderPayment, c.header(t, buyer, c.authorize(t, buyer)))...)
}

// signIn answers the challenge of a price that was asked for; HeaderSignIn and its value.
func (c *counter) signIn(t *testing.T, path string, key chaintest.Key) []string {
	t.Helper()
	got, found := challenged(t, call402(t, "GET", c.at(path)))
	require.True(t, found)
	return []string{x402.HeaderSignIn, got.signIn(t, key, nil)}
}

// accessToken reads the token of an answer to POST, or to GET of the details.
func accessToken(t *testing.T, a answered) string {
	t.Helper()
	require.Equal(t, 200, a.status, a.body)
	var access struct {
		Data struct{ AuthorizationToken string }
	}
	require.NoError(t, json.Unmarshal([]byte(a.body), &access))
	require.NotEmpty(t, access.Data.AuthorizationToken)
	return access.Data.AuthorizationToken
}

// TestX402SpentToken: a token that opens nothing any more hides no payment and no
// sign-in beside it.
func TestX402SpentToken(t *testing.T) {
	t.Parallel()
	c, _ := newCounter(t)
	buyer := c.buyer(t, 200)
	spent := []string{"Authorization", "Bearer " + accessToken(t, c.pays(t, "POST", "", buyer))}
	download := func(headers ...string) answered {
		return call402(t, "GET", c.at("/download"), append(headers, spent...)...)
	}
	require.Equal(t, c.file, download().body)
	require.Equal(t, 402, download().status)
	require.Equal(t, "50", c.earned(t))

	paid := c.pays(t, "GET", "/download", buyer, spent...)
	require.Equal(t, []any{200, c.file}, []any{paid.status, paid.body})
	require.Equal(t, "100", c.earned(t))
	again := download(c.signIn(t, "/download", buyer)...)
	require.Equal(t, []any{200, c.file}, []any{again.status, again.body})
	require.Equal(t, "100", c.earned(t))
}

// TestX402Replaced: who bought a dataset has what was sold, and its description, also
// when another one has its id by then.
func TestX402Replaced(t *testing.T) {
	t.Parallel()
	c, alice := newCounter(t)
	buyer, other := c.buyer(t, 100), c.buyer(t, 50)
	token := accessToken(t, c.pays(t, "POST", "", buyer))
	begun := []string{x402.HeaderPayment, c.header(t, other, c.authorize(t, other)), "Range"}
	begin := call402(t, "GET", c.at("/download"), append(begun, "bytes=0-99")...)
	require.Equal(t, 206, begin.status)
	require.Equal(t, 200, alice.RemoveDataset(t, "prices"))
	replacement := "a,b,c\n1,2,3\n"
	_, code := alice.SellDataset(t, nodetest.Dataset{
		ID: "prices", Filename: "other.csv", Title: "other", DataType: "defi", Price: "5", Content: strings.NewReader(replacement), More: map[string]string{"price_usdc": "50"},
	})
	require.Equal(t, 200, code)

	described := call402(t, "GET", c.at(""), c.signIn(t, "", buyer)...)
	var details struct {
		Data struct {
			Dataset struct {
				Name string
				Size int
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(described.body), &details))
	require.Equal(t, "prices", details.Data.Dataset.Name)
	require.Equal(t, len(c.file), details.Data.Dataset.Size)
	require.Equal(t, 402, call402(t, "GET", c.at("/download"), "X-Auth-Token", token).status, "a new token is in its place")
	old := call402(t, "GET", c.at("/download"), "X-Auth-Token", accessToken(t, described))
	require.Equal(t, []any{200, c.file}, []any{old.status, old.body})

	rest := call402(t, "GET", c.at("/download"), append(begun, "bytes=100-", "If-Match", begin.header.Get("ETag"))...)
	require.Equal(t, []any{206, c.file}, []any{rest.status, begin.body + rest.body})

	now := c.pays(t, "GET", "/download", buyer)
	require.Equal(t, []any{200, replacement}, []any{now.status, now.body})
}

// TestX402Missing: what the disk has lost takes no money, and who has paid is told that it
// is owed. What its owner removed is not, once everybody has had it.
func TestX402Missing(t *testing.T) {
	t.Parallel()
	c, alice := newCounter(t)
	node, buyer := c.Nodes[0], c.buyer(t, 150)
	blocks := filepath.Join(node.Dir, "blocks")
	packs := func() int {
		found, err := filepath.Glob(filepath.Join(blocks, "dset_*"))
		require.NoError(t, err)
		return len(found)
	}
	require.Equal(t, 200, c.pays(t, "GET", "/download", buyer).status)
	in, before := c.signIn(t, "/download", buyer), packs()
	require.Equal(t, 200, alice.RemoveDataset(t, "prices"))
	nodetest.Wait(t, "the data to be erased", func() bool { return packs() < before })
	require.Equal(t, 404, call402(t, "GET", c.at("/download"), in...).status)

	_, code := alice.SellDataset(t, nodetest.Dataset{
		ID: "prices", Filename: "prices.csv", Title: "prices", DataType: "defi", Price: "5", Content: strings.NewReader(c.file), More: map[string]string{"price_usdc": "50"},
	})
	require.Equal(t, 200, code)
	// Who had the one that is gone is not kept from buying the new one.
	require.Equal(t, 402, call402(t, "GET", c.at("/download"), c.signIn(t, "/download", buyer)...).status)
	token := accessToken(t, c.pays(t, "POST", "", buyer))
	node.Stop(t)
	require.NoError(t, os.RemoveAll(blocks))
	node.Start(t)

	got := call402(t, "GET", c.at("/download"), "X-Auth-Token", token)
	require.Equal(t, 503, got.status, got.body)
	require.Contains(t, got.body, "what was paid for is owed")
	require.NotEmpty(t, got.header.Get("Retry-After"))
	nodetest.Wait(t, "the chain to be read", func() bool {
		got = c.pays(t, "GET", "/download", buyer)
		require.Equal(t, 503, got.status, got.body)
		return !strings.Contains(got.body, "CHAIN_STALE")
	})
	require.Contains(t, got.body, "nothing was paid")
	require.Equal(t, "100", c.earned(t))
}

// TestX402Conditions: what is asked for in vain costs nothing, and who reads the end of a
// file first has the rest of it.
func TestX402Conditions(t *testing.T) {
	t.Parallel()
	c, alice := newCounter(t)
	buyer := c.buyer(t, 100)
	a := c.authorize(t, buyer)
	pays := []string{x402.HeaderPayment, c.header(t, buyer, a)}
	hash := sha256.Sum256([]byte(c.file))
	etag := `"` + hex.EncodeToString(hash[:]) + `"`
	for _, asked := range []struct {
		header, value string
		status        int
	}{
		{"Range", "bytes=99999999-", 416}, {"If-Match", `"x"`, 412}, {"If-None-Match", etag, 304},
	} {
		got := call402(t, "GET", c.at("/download"), append(pays, asked.header, asked.value)...)
		require.Equal(t, asked.status, got.status, asked.header)
		require.Empty(t, got.header.Get("X-Auth-Token"))
	}
	require.Equal(t, "0", c.earned(t))

	end := call402(t, "GET", c.at("/download"), append(pays, "Range", "bytes=-10", "If-Match", etag)...)
	require.Equal(t, []any{206, c.file[len(c.file)-10:]}, []any{end.status, end.body})
	key := []string{"Authorization", "Bearer pk_live_of_somebody", "X-Auth-Token", end.header.Get("X-Auth-Token")}
	for _, r := range [][2]int{{0, 9_999}, {10_000, 19_999}, {20_000, len(c.file) - 11}} {
		part := call402(t, "GET", c.at("/download"), append(key, "Range", fmt.Sprintf("bytes=%d-%d", r[0], r[1]))...)
		require.Equal(t, 206, part.status, part.body)
		require.Equal(t, c.file[r[0]:r[1]+1], part.body)
	}
	spent := call402(t, "GET", c.at("/download"), key...)
	require.Equal(t, 402, spent.status)
	require.Contains(t, spent.body, "invalid_authorization_token")
	require.Equal(t, 409, call402(t, "GET", c.at("/download"), pays...).status)
	require.Equal(t, "50", c.earned(t))
	for range 6 { // which is more often than it may be had again
		got := call402(t, "GET", c.at("/download"), append(c.signIn(t, "/download", buyer), "If-None-Match", etag)...)
		require.Equal(t, 304, got.status, got.body)
	}
	require.Equal(t, c.file, call402(t, "GET", c.at("/download"), c.signIn(t, "/download", buyer)...).body)

	// Off sale over x402 at its owner's wish, and still on sale for PRIV.
	status, _ := alice.Do(t, http.MethodPatch, "/data/datasets/prices", map[string]any{"price_usdc": nil})
	require.Equal(t, 200, status)
	require.Equal(t, 404, call402(t, "GET", c.at("/download")).status)
	status, _ = alice.Do(t, http.MethodPatch, "/data/datasets/prices", map[string]any{"price_usdc": 0})
	require.Equal(t, 400, status)
	status, _ = alice.Do(t, http.MethodPatch, "/data/datasets/prices", map[string]any{"price_usdc": 50})
	require.Equal(t, 200, status)
	again := c.pays(t, "GET", "", buyer)
	accessToken(t, again)
	require.Contains(t, again.body, `"delimiter":",","header":true`)
	require.Contains(t, again.body, `"records":2000`)
}
