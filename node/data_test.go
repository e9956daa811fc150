package node_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/chain/chaintest"
	"privd/node/nodetest"
)

const prices = "\uFEFFsymbol;price;at\r\nBTC;68123.45;2024-05-22T10:00:00Z\r\nETH;3700.5;2024-05-22T10:00:01Z\r\n"

// dataPage is an answer to browsing data.
type dataPage struct {
	Listings []struct {
		ID         string
		SellerID   string `json:"seller_id"`
		Title      string
		DataType   string      `json:"data_type"`
		Price      interface{} `json:"price_priv"`
		SampleData struct {
			Preview bool
			Fields  []string
		} `json:"sample_data"`
		TotalRecords int64  `json:"total_records"`
		IsActive     bool   `json:"is_active"`
		CreatedAt    string `json:"created_at"`
	}
	Pagination struct {
		Total, Limit, Offset int
		HasMore              bool `json:"has_more"`
	}
}

// TestDataTrade plays the story of a dataset between two nodes:
//  1. a seller on the first lists a table, on sale at once;
//  2. the buyer on the second finds it in both APIs, in the wallet's only on demand;
//  3. buys it by the data API and downloads it by the wallet's, byte for byte;
//  4. both entry points know of the access; the money is where it belongs;
//  5. the price changes, the dataset is removed, and nothing of it is left.
func TestDataTrade(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 2)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "100")
	carol := nw.AddUser(t, nw.Nodes[1], "carol", "1000")

	made, code := alice.SellDataset(t, nodetest.Dataset{
		ID: "binance-prices", Filename: "C:\\secret\\x.csv", Title: "Prices", DataType: "defi", Price: "50.25",
		Content: strings.NewReader(prices), More: map[string]string{"tags": "crypto,prices", "provider": "Binance", "price_usdc": "50"},
	})
	require.Equal(t, 200, code)
	require.Equal(t, "active", made.Status)
	require.Regexp(t, "^lst_", made.Listing)
	require.EqualValues(t, 2, made.Records)
	require.Equal(t, "date-time", made.Schema.Columns[2].Format)
	photos := alice.Sell(t, "Words", "1", alice.Contribute(t, nodetest.Form{Filename: "w.txt", Kind: "text", Data: []byte(strings.Repeat(prose, 30))}))
	carol.WaitListed(t, made.Listing)
	carol.WaitListed(t, photos)

	var page dataPage
	require.Equal(t, 200, carol.Get(t, "/data/listings?data_type=defi&max_price=100&limit=10", &page))
	require.Len(t, page.Listings, 1)
	got := page.Listings[0]
	require.Equal(t, made.Listing, got.ID)
	require.Equal(t, alice.ID, got.SellerID)
	require.Equal(t, []string{"symbol", "price", "at"}, got.SampleData.Fields)
	require.EqualValues(t, 2, got.TotalRecords)
	require.True(t, got.IsActive && got.SampleData.Preview)
	require.Regexp(t, regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`), got.CreatedAt)
	for _, none := range []string{"?data_type=nft", "?max_price=50.249999", "?minPrice=50.250001", "?offset=1"} {
		require.Equal(t, 200, carol.Get(t, "/data/listings"+none, &page))
		require.Empty(t, page.Listings, none)
	}
	wallet := func(query string) []string {
		var p struct{ Listings []struct{ ID string } }
		require.Equal(t, 200, carol.Get(t, "/marketplace/wallet/listings"+query, &p))
		ids := []string{}
		for _, l := range p.Listings {
			ids = append(ids, l.ID)
		}
		return ids
	}
	require.Equal(t, []string{photos}, wallet(""))
	require.ElementsMatch(t, []string{photos, made.Listing}, wallet("?include=data"))
	require.Contains(t, wallet("?include=data&category=mixed"), made.Listing)
	var details struct {
		Listing struct {
			Category, DataType string
			Data               string         `json:"data_type"`
			Samples            []any          `json:"preview_samples"`
			Breakdown          map[string]int `json:"contribution_types_breakdown"`
		}
		Already bool `json:"already_purchased"`
	}
	require.Equal(t, 200, carol.Get(t, "/marketplace/wallet/listings/"+made.Listing, &details))
	require.Equal(t, "mixed", details.Listing.Category)
	require.Equal(t, "defi", details.Listing.Data)
	require.Empty(t, details.Listing.Samples)
	require.Equal(t, map[string]int{"dataset": 1}, details.Listing.Breakdown)

	// What cannot be bought, in the documented words.
	refused := func(c *nodetest.Client, listing string) (int, string) {
		code, e := c.Do(t, "POST", "/data/purchase", map[string]string{"listing_id": listing})
		return code, e.Error.Message
	}
	code, message := refused(carol.Client, "lst_unknown")
	require.Equal(t, []any{404, "Data listing not found"}, []any{code, message})
	code, message = refused(carol.Client, photos)
	require.Equal(t, []any{404, "Data listing not found"}, []any{code, message}, "no data listing")
	code, message = refused(alice.Client, made.Listing)
	require.Equal(t, []any{400, "Cannot purchase your own data listing"}, []any{code, message})
	poor := nw.AddUser(t, nw.Nodes[1], "poor", "50")
	code, message = refused(poor.Client, made.Listing)
	require.Equal(t, []any{400, "Insufficient PRIV balance"}, []any{code, message})

	bought, code := carol.BuyData(t, made.Listing)
	require.Equal(t, 200, code)
	require.Equal(t, "completed", bought.Status)
	require.Equal(t, "Purchase successful! Use the access token to retrieve data.", bought.Message)
	require.Regexp(t, "^pur_", bought.ID)
	require.Regexp(t, "^dat_[A-Za-z0-9]{32}$", bought.Token)
	require.EqualValues(t, "50.25", bought.Paid)
	require.Equal(t, "Prices", bought.Title)
	again, code := carol.BuyData(t, made.Listing)
	require.Equal(t, 200, code)
	require.Equal(t, bought, again, "the same request returns the same result")
	_, code = carol.Buy(t, made.Listing)
	require.Equal(t, 400, code, "access is shared by both entry points")

	items, code := carol.Download(t, nodetest.Bought{ID: bought.ID, Token: bought.Token})
	require.Equal(t, 200, code)
	require.Len(t, items, 1)
	require.Equal(t, "binance-prices.csv", items[0].Filename)
	data, code := nodetest.Fetch(t, items[0].URL)
	require.Equal(t, 200, code)
	require.Equal(t, prices, string(data))
	require.Equal(t, chaintest.PRIV(t, "949.75"), balance(t, nw, carol))

	// The owner changes the price while it sells, and the title while it does not.
	path := "/marketplace/wallet/listings/" + made.Listing
	require.Equal(t, 200, alice.Put(t, path, map[string]any{"price_priv": 60, "status": "paused"}, nil))
	require.Equal(t, 200, alice.Put(t, path, map[string]any{"title": "Better prices"}, nil))
	require.Equal(t, 200, alice.Put(t, path, map[string]any{"status": "active"}, nil))
	var mine struct {
		Name, Preview, Status string
		Price                 interface{} `json:"price_priv"`
	}
	require.Equal(t, 200, alice.Get(t, "/data/datasets/binance-prices", &mine))
	require.Equal(t, "Better prices", mine.Name)
	require.Equal(t, "symbol;price;at\nBTC;68123.45;2024-05-22T10:00:00Z", mine.Preview)
	nodetest.Wait(t, "the new price", func() bool {
		return carol.Get(t, "/data/listings", &page) == 200 && len(page.Listings) == 1 && fmt.Sprint(page.Listings[0].Price) == "60"
	})

	require.Equal(t, 200, alice.RemoveDataset(t, "binance-prices"))
	require.Equal(t, 404, alice.Get(t, "/data/datasets/binance-prices", nil))
	nodetest.Wait(t, "the end of the listing", func() bool { return carol.Get(t, path, nil) == 404 })
	nodetest.Wait(t, "the erasure", func() bool { return len(left(t, nw.Nodes[0], "dset_", made.Listing)) == 0 })
	// The id is free again, and what was bought stays good.
	alice.Table(t, "binance-prices", "1", "a,b\n1,2\n")
	data, code = nodetest.Fetch(t, items[0].URL)
	require.Equal(t, 200, code)
	require.Equal(t, prices, string(data))
}

// left lists the files of a node whose names begin with one of the prefixes.
func left(t testing.TB, n *nodetest.Node, prefixes ...string) (found []string) {
	t.Helper()
	for _, dir := range []string{"blocks", "keys"} {
		entries, err := os.ReadDir(filepath.Join(n.Dir, dir))
		require.NoError(t, err)
		for _, e := range entries {
			for _, p := range prefixes {
				if strings.HasPrefix(e.Name(), p) {
					found = append(found, filepath.Join(dir, e.Name()))
				}
			}
		}
	}
	return found
}

// TestDataRaces lets twenty callers buy the same data at once, in several rounds: one
// purchase is debited and all get the same answer.
func TestDataRaces(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	bob := nw.AddUser(t, nw.Nodes[0], "bob", "100")
	for round := 1; round <= 3; round++ {
		listing := alice.Table(t, fmt.Sprintf("round-%d", round), "10", "a,b\n1,2\n").Listing
		answers := make([]nodetest.BoughtData, 20)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				bought, code := bob.BuyData(t, listing)
				if code == http.StatusOK {
					answers[i] = bought
				}
			})
		}
		all.Wait()
		require.NotEmpty(t, answers[0].ID)
		for _, a := range answers {
			require.Equal(t, answers[0], a)
		}
		require.Equal(t, chaintest.PRIV(t, fmt.Sprint(100-10*round)), balance(t, nw, bob))
	}
}

// TestDataRemovedUnderBuyer: a dataset is removed while a buyer on the same node, who
// reads the seller's own blocks, has access: the keys of the seller go at once, the
// blocks when the access has run out.
func TestDataRemovedUnderBuyer(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	bob := nw.AddUser(t, nw.Nodes[0], "bob", "10")
	made := alice.Table(t, "kept", "1", prices)
	bought, code := bob.Buy(t, made.Listing)
	require.Equal(t, 200, code)
	require.Equal(t, "completed", bought.Status)
	require.Equal(t, 404, bob.RemoveDataset(t, "kept"))
	require.Equal(t, 200, alice.RemoveDataset(t, "kept"))
	nodetest.Wait(t, "the end of the keys", func() bool { return len(left(t, nw.Nodes[0], "dset_")) == 1 })
	items, code := bob.Download(t, bought)
	require.Equal(t, 200, code)
	data, code := nodetest.Fetch(t, items[0].URL)
	require.Equal(t, 200, code)
	require.Equal(t, prices, string(data))

	require.Equal(t, 200, nw.Nodes[0].Operator(t).Post(t, "/dev/clock", map[string]string{"advance": "721h"}, nil))
	nodetest.Wait(t, "the end of the blocks", func() bool { return len(left(t, nw.Nodes[0], "dset_", made.Listing)) == 0 })
	_, code = bob.Download(t, bought)
	require.Equal(t, 403, code)
}

// TestDataRefusedUpload: what is refused, before or after its bytes were stored, leaves
// nothing; nor does a restart find anything to sweep.
func TestDataRefusedUpload(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	big := "a,b\n" + strings.Repeat("1,2\n", 1<<20)
	for _, d := range []nodetest.Dataset{
		{ID: "x", Filename: "x.csv", Title: "T", DataType: "defi", Price: "1", Content: strings.NewReader(big + "3\n")},
		{ID: "X", Filename: "x.csv", Title: "T", DataType: "defi", Price: "1", Content: strings.NewReader(big)},
		{ID: "x", Filename: "x.csv", Title: "T", DataType: "defi", Price: "0", Content: strings.NewReader(big)},
		{ID: "x", Filename: "x.json", Title: "T", DataType: "defi", Price: "1", Content: strings.NewReader(`[{"a":1},{"a"`)},
	} {
		_, code := alice.SellDataset(t, d)
		require.Equal(t, 400, code)
		require.Empty(t, left(t, nw.Nodes[0], "dset_"))
	}
	require.Equal(t, 200, alice.Get(t, "/data/datasets", nil))
	made := alice.Table(t, "x", "1", "a,b\n1,2\n")
	_, code := alice.SellDataset(t, nodetest.Dataset{ID: "x", Filename: "y.csv", Title: "T", DataType: "nft", Price: "1", Content: strings.NewReader(big)})
	require.Equal(t, 409, code)
	require.Len(t, left(t, nw.Nodes[0], "dset_"), 2, "one pack and one key")
	nw.Nodes[0].Restart(t)
	alice.WaitListed(t, made.Listing)
	require.Len(t, left(t, nw.Nodes[0], "dset_"), 2)
}

// TestDataLarge sells a file that is made as it is sent: it is stored and delivered
// as it is, however large.
func TestDataLarge(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	bob := nw.AddUser(t, nw.Nodes[0], "bob", "10")
	const rows = 400_000
	file := &rowsReader{rows: rows}
	began := time.Now()
	made, code := alice.SellDataset(t, nodetest.Dataset{Filename: "big.csv", Title: "Big", DataType: "social", Price: "1", Content: file})
	require.Equal(t, 200, code)
	t.Logf("%d MB in %s", file.sent>>20, time.Since(began))
	require.EqualValues(t, rows, made.Records)
	require.Equal(t, "big", made.ID)
	bought, code := bob.BuyData(t, made.Listing)
	require.Equal(t, 200, code)
	require.Equal(t, "completed", bought.Status)
	items, code := bob.Download(t, nodetest.Bought{ID: bought.ID, Token: bought.Token})
	require.Equal(t, 200, code)
	data, code := nodetest.Fetch(t, items[0].URL)
	require.Equal(t, 200, code)
	sum := sha256.Sum256(data)
	require.Equal(t, hex.EncodeToString(file.hash.Sum(nil)), hex.EncodeToString(sum[:]))
}

// rowsReader is a table that is made as it is read.
type rowsReader struct {
	rows, made int
	rest       []byte
	sent       int64
	hash       hash.Hash
}

func (r *rowsReader) Read(p []byte) (int, error) {
	if r.hash == nil {
		r.hash = sha256.New()
		r.rest = []byte("id,user,engaged,at\n")
	}
	for len(r.rest) < len(p) && r.made < r.rows {
		r.made++
		r.rest = fmt.Appendf(r.rest, "%d,anonymous %d,true,2024-05-22T10:00:00Z\n", r.made, r.made%1000)
	}
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	r.sent += int64(n)
	r.hash.Write(p[:n])
	return n, nil
}
