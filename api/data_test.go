package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/api"
	"privd/market"
	"privd/market/catalog"
	"privd/market/content"
	"privd/market/dataset"
	"privd/market/listing"
	"privd/market/purchase"
	"privd/market/task"
)

// stand is a market of datasets in memory behind the real service that takes files
// in: what it stores is what was sent.
type stand struct {
	*dataset.Service
	mu       sync.Mutex
	stored   map[string][]byte // by name in the vault
	tasks    []task.Task
	datasets map[market.DatasetID]dataset.Dataset
	listings map[market.ListingID]listing.Listing
	sold     []listing.DataInput
}

func newStand(w *world) *stand {
	s := &stand{stored: map[string][]byte{}, datasets: map[market.DatasetID]dataset.Dataset{}, listings: map[market.ListingID]listing.Listing{}}
	s.Service = &dataset.Service{Store: shelves{s}, Vault: memoryVault{stand: s}, Clock: w.clock}
	return s
}

// withStand puts the market of datasets behind a server.
func withStand(s *stand) func(*api.Config, *api.Deps) {
	return func(_ *api.Config, d *api.Deps) {
		d.Datasets, d.DataListings = s, s
		d.Listings = ownListings{d.Listings, s}
	}
}

func (s *stand) SellDataset(_ context.Context, r *dataset.Received, in listing.DataInput) (listing.Listing, dataset.Dataset, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := dataset.New(r, in.Terms, start)
	err := in.Terms.Check()
	if err == nil {
		d.Listing, d.Name, d.Description, d.Tags = "lst_abc123", in.Title, in.Description, in.Tags
		d, err = dataset.Add(shelf{stand: s}, d)
	}
	if err != nil {
		delete(s.stored, r.Content())
		return listing.Listing{}, d, err
	}
	s.sold = append(s.sold, in)
	l := listing.Listing{ID: d.Listing, Owner: r.User(), Title: d.Name, Description: d.Description, Price: in.Price, Status: listing.Active,
		Category: listing.Mixed, Dataset: d.ID, DataType: d.DataType, CreatedAt: start, UpdatedAt: start}
	s.listings[l.ID] = l
	return l, d, nil
}

func (s *stand) RemoveDataset(_ context.Context, user market.UserID, id market.DatasetID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := dataset.Mine(shelf{stand: s}, user, id); err != nil {
		return err
	}
	delete(s.datasets, id)
	return nil
}

// ownListings adds the listings of datasets to those of the world.
type ownListings struct {
	api.Listings
	stand *stand
}

func (o ownListings) Mine(ctx context.Context, user market.UserID, id market.ListingID) (listing.Listing, error) {
	o.stand.mu.Lock()
	l, ok := o.stand.listings[id]
	o.stand.mu.Unlock()
	if ok && l.Owner == user {
		return l, nil
	}
	return o.Listings.Mine(ctx, user, id)
}

type shelves struct{ *stand }

func (s shelves) View(_ context.Context, fn func(dataset.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fn(shelf{stand: s.stand})
}

func (s shelves) Update(ctx context.Context, fn func(dataset.Tx) error) error { return s.View(ctx, fn) }

type shelf struct {
	task.Tx
	*stand
}

func (s shelf) Dataset(id market.DatasetID) (dataset.Dataset, error) {
	d, ok := s.datasets[id]
	if !ok {
		return d, market.ErrNotFound
	}
	return d, nil
}

// PutTask is what announces a new price; nobody runs tasks here.
func (s shelf) PutTask(t task.Task) error {
	s.tasks = append(s.tasks, t)
	return nil
}

func (s shelf) PutDataset(d dataset.Dataset) error { s.datasets[d.ID] = d; return nil }

func (s shelf) DeleteDataset(id market.DatasetID) error { delete(s.datasets, id); return nil }

func (s shelf) Datasets(each func(dataset.Dataset) bool) error { return s.DatasetsOf("", each) }

func (s shelf) DatasetsOf(user market.UserID, each func(dataset.Dataset) bool) error {
	for _, d := range s.datasets {
		if (user == "" || d.User == user) && !each(d) {
			break
		}
	}
	return nil
}

// memoryVault keeps plaintext in memory.
type memoryVault struct {
	content.Vault
	stand *stand
}

func (v memoryVault) Store(_ context.Context, id string, r io.Reader) (content.Stored, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return content.Stored{}, err
	}
	v.stand.mu.Lock()
	defer v.stand.mu.Unlock()
	v.stand.stored[id] = b
	return content.Stored{Object: content.Object{Root: sampleRoot, Size: int64(len(b))}}, nil
}

func (v memoryVault) Discard(id string) error {
	v.stand.mu.Lock()
	defer v.stand.mu.Unlock()
	delete(v.stand.stored, id)
	return nil
}

const trades = "timestamp,event_type,token_pair,amount\n2024-01-15T00:00:00Z,swap,ETH/USDC,1.5\n2024-01-15T00:01:00Z,swap,ETH/DAI,20\n"

func table(text string) part {
	return part{name: "file", value: text, filename: "trades.csv", kind: "application/octet-stream"}
}

var dataForm = []part{
	table(trades), field("title", "DeFi Trading Patterns"), field("description", "Swaps"), field("data_type", "defi"),
	field("price_priv", "50.5"), field("tags", "swaps, dex"), field("dataset_id", "defi-trades"), field("provider", "Binance"),
	field("price_usdc", "0.25"), field("preview_rows", "2"),
}

func (s *testServer) sell(t testing.TB, parts ...part) reply {
	t.Helper()
	body, kind := form(t, parts...)
	return s.call(t, "POST", "/api/v1/data/listings", string(body), as(aliceToken), header("Content-Type", kind))
}

// TestSellDataset: whatever the order of the parts, the file is stored as it was
// sent and listed with every field.
func TestSellDataset(t *testing.T) {
	t.Parallel()
	for shift := range dataForm {
		w := newWorld()
		market := newStand(w)
		s := serve(t, w, withStand(market))
		got := s.sell(t, append(slices.Clone(dataForm[shift:]), dataForm[:shift]...)...)
		require.Equal(t, 200, got.StatusCode, "%s", got.body)
		require.JSONEq(t, `{"listing_id":"lst_abc123","dataset_id":"defi-trades","status":"active","total_records":2,"schema":{"type":"text/csv","delimiter":",","header":true,
			"columns":[{"name":"timestamp","type":"string","format":"date-time"},{"name":"event_type","type":"string"},
			{"name":"token_pair","type":"string"},{"name":"amount","type":"number"}]}}`, encoded(t, got.data(t)))
		in := market.sold[0]
		require.Equal(t, "DeFi Trading Patterns", in.Title)
		require.Equal(t, amount("50.5"), in.Price)
		require.Equal(t, []string{"swaps", "dex"}, in.Tags)
		d := market.datasets["defi-trades"]
		require.Equal(t, trades, string(market.stored[d.Content]))
		require.Equal(t, strings.TrimSpace(trades), d.Preview)
		require.Equal(t, "Binance", d.Provider)
	}
}

func encoded(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

// TestDatasetRefusals: each bad form is refused with the field at fault, and its file
// is gone.
func TestDatasetRefusals(t *testing.T) {
	t.Parallel()
	without := func(name string, more ...part) []part {
		return append(slices.DeleteFunc(slices.Clone(dataForm), func(p part) bool { return p.name == name }), more...)
	}
	for name, c := range map[string]struct {
		parts  []part
		status int
		field  string
	}{
		"no file":          {without("file"), 400, "file"},
		"two files":        {append(slices.Clone(dataForm), table(trades)), 400, "file"},
		"empty file":       {without("file", table("")), 400, "file"},
		"ragged":           {without("file", table("a,b\n1,2\n3\n")), 400, "file"},
		"an image":         {without("file", part{name: "file", value: "\x89PNG", filename: "x.png", kind: "image/png"}), 400, "file"},
		"no title":         {without("title"), 400, "title"},
		"two titles":       {append(slices.Clone(dataForm), field("title", "x")), 400, "title"},
		"no price":         {without("price_priv"), 400, "price_priv"},
		"price in words":   {without("price_priv", field("price_priv", "fifty")), 400, "price_priv"},
		"too many digits":  {without("price_usdc", field("price_usdc", "0.0000001")), 400, "price_usdc"},
		"free over x402":   {without("price_usdc", field("price_usdc", "0")), 400, "price_usdc"},
		"no data type":     {without("data_type"), 400, "data_type"},
		"other data type":  {without("data_type", field("data_type", "weather")), 400, "data_type"},
		"id in capitals":   {without("dataset_id", field("dataset_id", "DeFi")), 400, "dataset_id"},
		"id of a path":     {without("dataset_id", field("dataset_id", "../x")), 400, "dataset_id"},
		"reserved id":      {without("dataset_id", field("dataset_id", "providers")), 400, "dataset_id"},
		"tags of numbers":  {without("tags", field("tags", "[1]")), 400, "tags"},
		"rows in words":    {without("preview_rows", field("preview_rows", "all")), 400, "preview_rows"},
		"too many rows":    {without("preview_rows", field("preview_rows", "11")), 400, "preview_rows"},
		"a long provider":  {without("provider", field("provider", strings.Repeat("x", 101))), 400, "provider"},
		"a title in bytes": {without("title", field("title", "\xff")), 400, "title"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			market := newStand(w)
			s := serve(t, w, withStand(market))
			got := s.sell(t, c.parts...)
			require.Equal(t, c.status, got.StatusCode, "%s", got.body)
			_, _, field := got.failure(t)
			require.Equal(t, c.field, field, "%s", got.body)
			require.Empty(t, market.stored)
			require.Empty(t, market.datasets)
		})
	}
}

// TestDatasetRefusedEarly: what the fields before the file say against it is said
// before the file is read.
func TestDatasetRefusedEarly(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := serve(t, w, withStand(newStand(w)))
	for _, wrong := range []part{field("dataset_id", "DeFi"), field("data_type", "weather"), field("price_usdc", "0"), field("price_priv", "x"), field("preview_rows", "12")} {
		got := s.sell(t, wrong, table("no\"table"))
		_, _, at := got.failure(t)
		require.Equal(t, wrong.name, at)
	}
}

// TestDatasetIDTaken: an id in use is refused; one that is made from the title is
// numbered.
func TestDatasetIDTaken(t *testing.T) {
	t.Parallel()
	w := newWorld()
	market := newStand(w)
	s := serve(t, w, withStand(market))
	require.Equal(t, 200, s.sell(t, dataForm...).StatusCode)
	got := s.sell(t, dataForm...)
	require.Equal(t, 409, got.StatusCode)
	code, _, at := got.failure(t)
	require.Equal(t, "DUPLICATE_DATASET", code)
	require.Equal(t, "dataset_id", at)
	require.Len(t, market.stored, 1)
	unnamed := slices.DeleteFunc(slices.Clone(dataForm), func(p part) bool { return p.name == "dataset_id" })
	for _, want := range []string{"defi-trading-patterns", "defi-trading-patterns-2"} {
		require.Equal(t, want, s.sell(t, unnamed...).data(t)["dataset_id"])
	}
}

// TestDatasetCallers: who may sell, browse and buy.
func TestDatasetCallers(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.browse = func(catalog.Query) ([]catalog.Entry, int) { return nil, 0 }
	s := serve(t, w, withStand(newStand(w)))
	body, kind := form(t, dataForm...)
	for _, c := range []struct {
		method, path, body, token string
		want                      int
	}{
		{"GET", "/data/listings", "", "", 401},
		{"GET", "/data/listings", "", "pk_live_wrong", 401},
		{"GET", "/data/listings", "", serviceToken, 200},
		{"GET", "/data/listings/lst_abc123", "", "", 401},
		{"POST", "/data/listings", string(body), "", 401},
		{"POST", "/data/listings", string(body), serviceToken, 403},
		{"POST", "/data/purchase", `{"listing_id":"lst_abc123"}`, "", 401},
		{"POST", "/data/purchase", `{"listing_id":"lst_abc123"}`, serviceToken, 403},
		{"GET", "/data/datasets", "", serviceToken, 403},
		{"DELETE", "/data/datasets/x", "", aliceToken, 404},
		{"GET", "/data/datasets/x", "", aliceToken, 404},
		{"POST", "/data/purchase", ``, bobToken, 400},
		{"POST", "/data/purchase", `{}`, bobToken, 400},
		{"POST", "/data/purchase", `{"listing_id":7}`, bobToken, 400},
		{"GET", "/data/listings?data_type=weather", "", aliceToken, 400},
		{"GET", "/data/listings?limit=0", "", aliceToken, 400},
		{"GET", "/data/listings?limit=ten", "", aliceToken, 400},
		{"GET", "/data/listings?offset=-1", "", aliceToken, 400},
		{"GET", "/data/listings?min_price=-1", "", aliceToken, 400},
		{"GET", "/data/listings?min_price=1&minPrice=2", "", aliceToken, 400},
	} {
		var options []option
		if c.token != "" {
			options = append(options, as(c.token))
		}
		if strings.HasPrefix(c.body, "--") {
			options = append(options, header("Content-Type", kind))
		}
		got := s.call(t, c.method, "/api/v1"+c.path, c.body, options...)
		require.Equal(t, c.want, got.StatusCode, "%s %s: %s", c.method, c.path, got.body)
	}
}

// dataEntry is a data listing on sale as the catalog has it.
func dataEntry() catalog.Entry {
	e := sampleEntry()
	e.ID, e.DataType, e.Category, e.Samples = "lst_abc123", "defi", listing.Mixed, nil
	e.Dataset, e.Records, e.Columns = "defi-trades", 10000, []string{"timestamp", "event_type"}
	return e
}

// TestBrowseData: a page has the documented fields, and the query reaches the
// catalog.
func TestBrowseData(t *testing.T) {
	t.Parallel()
	w := newWorld()
	var asked catalog.Query
	w.browse = func(q catalog.Query) ([]catalog.Entry, int) { asked = q; return []catalog.Entry{dataEntry()}, 150 }
	s := serve(t, w, withStand(newStand(w)))
	got := s.call(t, "GET", "/v1/data/listings?data_type=defi&max_price=100&minPrice=0.5&limit=10&offset=3", "", as(bobToken))
	require.JSONEq(t, `{"listings":[{"id":"lst_abc123","seller_id":"usr_seller123","title":"Nature Photography Collection",
		"description":"50 photos","data_type":"defi","price_priv":25,"price_priv_wei":"25000000000000000000",
		"sample_data":{"preview":true,"fields":["timestamp","event_type"]},"total_records":10000,"is_active":true,
		"dataset_id":"defi-trades","tags":[],"file_size_bytes":125000000,
		"created_at":"2024-01-15T10:30:00.000Z","updated_at":"2024-01-15T10:30:00.000Z"}],
		"pagination":{"total":150,"limit":10,"offset":3,"has_more":true}}`, encoded(t, got.data(t)))
	low, high := amount("0.5"), amount("100")
	require.Equal(t, catalog.Query{OnlyData: true, DataType: "defi", MinPrice: &low, MaxPrice: &high, Sort: catalog.Newest, Limit: 10, Offset: 3}, asked)

	for offset, more := range map[int]bool{0: true, 129: true, 130: false, 500: false} {
		got := s.call(t, "GET", fmt.Sprintf("/api/v1/data/listings?offset=%d", offset), "", as(bobToken))
		require.Equal(t, more, got.data(t)["pagination"].(map[string]any)["has_more"], offset)
	}
	got = s.call(t, "GET", "/api/v1/data/listings?limit=1000", "", as(bobToken))
	require.Equal(t, json.Number("100"), got.data(t)["pagination"].(map[string]any)["limit"])
}

// TestPurchaseData: the documented answer, messages and repetition.
func TestPurchaseData(t *testing.T) {
	t.Parallel()
	w := newWorld()
	m := sampleManifest()
	m.Listing, m.Category, m.DataType, m.Entries[0].Kind = "lst_abc123", "mixed", "defi", listing.KindDataset
	m.DatasetID, m.TotalRecords, m.Columns = "swaps", 1, []listing.Column{{Name: "pair", Type: "string"}}
	manifest, err := m.Encode()
	require.NoError(t, err)
	calls := 0
	next := func() (purchase.Purchase, error) {
		p := samplePurchase().Purchase
		p.ID, p.AccessToken, p.Manifest = "pur_xyz789", "dat_AbCdEfGhIjKlMnOpQrStUvWxYz012345", manifest
		return p, nil
	}
	w.buy = func(_ context.Context, _ market.UserID, id market.ListingID, days uint32) (purchase.Purchase, error) {
		calls++
		require.EqualValues(t, 30, days)
		p, err := next()
		p.Listing = id
		return p, err
	}
	s := serve(t, w, withStand(newStand(w)))
	buy := func(id string) reply {
		return s.call(t, "POST", "/api/v1/data/purchase", `{"listing_id":"`+id+`"}`, as(bobToken))
	}
	for range 3 {
		require.JSONEq(t, `{"purchase_id":"pur_xyz789","listing_id":"lst_abc123","listing_title":"Nature Photography Collection",
			"price_paid":25,"price_paid_wei":"25000000000000000000","access_token":"dat_AbCdEfGhIjKlMnOpQrStUvWxYz012345",
			"expires_at":"2024-02-14T10:30:00.000Z","status":"completed","next_retry_at":null,
			"message":"Purchase successful! Use the access token to retrieve data."}`, encoded(t, buy("lst_abc123").data(t)))
	}
	require.Equal(t, 1, calls, "the same request within 30 s happens once")

	paid := next
	next = func() (purchase.Purchase, error) {
		p, err := paid()
		p.State, p.ExpiresAt = purchase.Sealing, time.Time{}
		return p, err
	}
	pending := buy("lst_pending").data(t)
	require.Equal(t, "pending", pending["status"])
	require.Nil(t, pending["expires_at"])
	require.Contains(t, pending["message"], "waiting for the seller's seal")

	for i, err := range []error{
		market.Fail(market.NotFound, "Data listing not found"),
		market.Fail(market.Invalid, "Cannot purchase your own data listing"),
		market.Fail(market.Invalid, "You already have active access"),
		market.Fail(market.Invalid, "Insufficient PRIV balance"),
	} {
		next = func() (purchase.Purchase, error) { return purchase.Purchase{}, err }
		got := buy(fmt.Sprintf("lst_%d", i))
		_, message, _ := got.failure(t)
		require.Equal(t, err.Error(), message)
		require.Equal(t, errors.Is(err, market.ErrNotFound), got.StatusCode == http.StatusNotFound)
	}
	next = func() (purchase.Purchase, error) {
		p, err := paid()
		p.State, p.Reason = purchase.Failed, "the seller is away"
		return p, err
	}
	require.Equal(t, 400, buy("lst_failed").StatusCode)
}

// TestMyDatasets: an owner sees, prices and removes what is his.
func TestMyDatasets(t *testing.T) {
	t.Parallel()
	w := newWorld()
	market := newStand(w)
	s := serve(t, w, withStand(market))
	require.Equal(t, 200, s.sell(t, dataForm...).StatusCode)
	mine := s.call(t, "GET", "/api/v1/data/datasets", "", as(aliceToken)).data(t)
	require.Len(t, mine["datasets"], 1)
	require.Empty(t, s.call(t, "GET", "/api/v1/data/datasets", "", as(bobToken)).data(t)["datasets"])
	one := s.call(t, "GET", "/api/v1/data/datasets/defi-trades", "", as(aliceToken)).data(t)
	require.Equal(t, json.Number("0.25"), one["price_usdc"])
	require.Equal(t, "250000", one["price_usdc_wei"])
	require.Equal(t, 404, s.call(t, "GET", "/api/v1/data/datasets/defi-trades", "", as(bobToken)).StatusCode)

	one = s.call(t, "PATCH", "/api/v1/data/datasets/defi-trades", `{"price_usdc":7.5}`, as(aliceToken)).data(t)
	require.Equal(t, json.Number("7.5"), one["price_usdc"])
	require.Equal(t, task.Announce, market.tasks[0].Kind)
	require.Equal(t, 400, s.call(t, "PATCH", "/api/v1/data/datasets/defi-trades", `{"price_usdc":0}`, as(aliceToken)).StatusCode)
	require.Equal(t, 404, s.call(t, "PATCH", "/api/v1/data/datasets/defi-trades", `{"price_usdc":1}`, as(bobToken)).StatusCode)

	own := s.call(t, "GET", "/api/v1/data/listings/lst_abc123", "", as(aliceToken)).data(t)
	require.Equal(t, "defi", own["data_type"])
	require.Equal(t, 404, s.call(t, "GET", "/api/v1/data/listings/lst_abc123", "", as(bobToken)).StatusCode)

	require.Equal(t, 404, s.call(t, "DELETE", "/api/v1/data/datasets/defi-trades", "", as(bobToken)).StatusCode)
	require.Equal(t, 200, s.call(t, "DELETE", "/api/v1/data/datasets/defi-trades", "", as(aliceToken)).StatusCode)
	require.Equal(t, 404, s.call(t, "DELETE", "/api/v1/data/datasets/defi-trades", "", as(aliceToken)).StatusCode)
}

// TestBrokenDatasetUpload: a body that ends early leaves nothing.
func TestBrokenDatasetUpload(t *testing.T) {
	t.Parallel()
	w := newWorld()
	market := newStand(w)
	s := serve(t, w, withStand(market))
	body, kind := form(t, dataForm...)
	for _, end := range []int{len(body) / 4, len(body) / 2, len(body) - 5} {
		got := s.call(t, "POST", "/api/v1/data/listings", string(bytes.Clone(body[:end])), as(aliceToken), header("Content-Type", kind))
		require.Equal(t, 400, got.StatusCode, "%s", got.body)
		require.Empty(t, market.stored)
	}
}
