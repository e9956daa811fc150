package api_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/ipfs/go-cid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"privd/api"
	"privd/market"
	"privd/market/account"
	"privd/market/catalog"
	"privd/market/content"
	"privd/market/contribution"
	"privd/market/event"
	"privd/market/listing"
	"privd/market/media"
	"privd/market/purchase"
	"privd/market/replay"
	"privd/market/seal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2024, 1, 15, 10, 30, 0, 0, time.UTC)

// The credentials the fake accounts know.
const (
	aliceToken    = "jwt-alice"
	bobToken      = "jwt-bob"
	serviceToken  = "sk_live_service"
	operatorToken = "operator-token"
)

// world is the fakes behind one server; tests replace the functions they need.
type world struct {
	mu    sync.Mutex
	now   time.Time
	log   bytes.Buffer
	users map[string]account.User

	receive  func(ctx context.Context, user market.UserID, f contribution.File, r io.Reader) (*contribution.Received, error)
	accept   func(ctx context.Context, form contribution.Form) (contribution.Contribution, error)
	dropped  int
	get      func(user market.UserID, id market.ContributionID) (contribution.Contribution, error)
	list     func(f contribution.Filter, limit, offset int) ([]contribution.Contribution, int, error)
	create   func(user market.UserID, in listing.Input) (listing.Listing, error)
	mine     func(user market.UserID, id market.ListingID) (listing.Listing, error)
	update   func(user market.UserID, id market.ListingID, p listing.Patch) (listing.Listing, []string, error)
	browse   func(q catalog.Query) ([]catalog.Entry, int)
	hits     []catalog.Hit // found instead of what browse returns
	buy      func(ctx context.Context, user market.UserID, id market.ListingID, days uint32) (purchase.Purchase, error)
	purchase func(user market.UserID, id market.PurchaseID) (purchase.View, error)
	download func(user market.UserID, id market.PurchaseID, token string) (purchase.View, error)
	open     func(id market.PurchaseID, index int) (content.Reader, listing.Entry, error)
	balance  func(c account.Caller, who api.Selector) (api.Balance, error)
	verify   func(ctx context.Context, tell func(api.Verified) error) error
	login    func(message, signature string) (account.Token, error)
	answers  map[market.Hash]replay.Answer
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

func (w *world) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

func newWorld() *world {
	w := &world{now: start, users: map[string]account.User{}, answers: map[market.Hash]replay.Answer{}}
	for _, name := range []string{"operator", "alice", "bob"} {
		w.users[name] = account.User{
			ID: market.UserID("usr_" + name), Name: name, DisplayName: "DataProvider_a7x2", Wallet: market.Address{1, 2, 3},
			Managed: true, Operator: name == "operator", AnonymousID: "anon_" + name, CreatedAt: start,
		}
	}
	w.receive = func(_ context.Context, _ market.UserID, _ contribution.File, r io.Reader) (*contribution.Received, error) {
		if _, err := io.Copy(io.Discard, r); err != nil {
			return nil, err
		}
		return &contribution.Received{}, nil
	}
	w.accept = func(_ context.Context, form contribution.Form) (contribution.Contribution, error) {
		c := sampleContribution()
		c.Kind, c.Consent, c.Status, c.Quality, c.Earned = form.Kind, form.Consent, contribution.Pending, nil, market.Amount{}
		return c, nil
	}
	w.get = func(user market.UserID, id market.ContributionID) (contribution.Contribution, error) {
		if c := sampleContribution(); c.User == user && c.ID == id {
			return c, nil
		}
		return contribution.Contribution{}, market.Fail(market.NotFound, "Contribution not found")
	}
	w.list = func(contribution.Filter, int, int) ([]contribution.Contribution, int, error) {
		return []contribution.Contribution{sampleContribution()}, 25, nil
	}
	w.create = func(user market.UserID, in listing.Input) (listing.Listing, error) {
		l := sampleListing()
		l.Owner, l.Title, l.Price, l.Tags, l.Files = user, in.Title, in.Price, in.Tags, len(in.Contributions)
		return l, nil
	}
	w.mine = func(user market.UserID, id market.ListingID) (listing.Listing, error) {
		if l := sampleListing(); l.Owner == user && l.ID == id {
			return l, nil
		}
		return listing.Listing{}, market.Fail(market.NotFound, "Listing not found")
	}
	w.update = func(user market.UserID, id market.ListingID, p listing.Patch) (listing.Listing, []string, error) {
		l, err := w.mine(user, id)
		if err != nil {
			return l, nil, err
		}
		l.Status = listing.PendingReview
		return l, []string{"title", "status"}, nil
	}
	w.browse = func(catalog.Query) ([]catalog.Entry, int) { return []catalog.Entry{sampleEntry()}, 150 }
	w.buy = func(_ context.Context, user market.UserID, id market.ListingID, days uint32) (purchase.Purchase, error) {
		p := samplePurchase().Purchase
		p.Buyer, p.Listing, p.AccessDays = user, id, days
		return p, nil
	}
	w.purchase = func(user market.UserID, id market.PurchaseID) (purchase.View, error) {
		if v := samplePurchase(); user == v.Buyer && id == v.ID {
			return v, nil
		}
		return purchase.View{}, market.Fail(market.NotFound, "Purchase not found")
	}
	w.download = func(user market.UserID, id market.PurchaseID, token string) (purchase.View, error) {
		v, err := w.purchase(user, id)
		if err == nil && token != v.AccessToken {
			err = market.Fail(market.Denied, "Invalid access token")
		}
		v.Downloads = 3
		return v, err
	}
	w.open = func(market.PurchaseID, int) (content.Reader, listing.Entry, error) {
		return bytesReader(sampleBytes), sampleFile(), nil
	}
	w.balance = func(c account.Caller, _ api.Selector) (api.Balance, error) {
		return api.Balance{User: w.users["alice"], PRIV: amount("1250.5"), Earned: amount("2500"), Pending: amount("150.25"), DataSharing: true}, nil
	}
	w.verify = func(_ context.Context, tell func(api.Verified) error) error {
		for i := range int64(3) {
			if err := tell(api.Verified{Checked: i + 1, Total: 3, Bytes: 100 * i}); err != nil {
				return err
			}
		}
		return nil
	}
	w.login = func(string, string) (account.Token, error) {
		return account.Token{Value: "eyJ.x.y", User: "usr_alice", ExpiresAt: start.Add(24 * time.Hour)}, nil
	}
	return w
}

func amount(s string) market.Amount {
	a, err := market.ParsePRIV(s)
	if err != nil {
		panic(err)
	}
	return a
}

func sampleContribution() contribution.Contribution {
	return contribution.Contribution{
		ID: "contrib_abc123", User: "usr_alice", Kind: media.Photo, FileHash: market.Hash{0xa1, 0xb2},
		Object: content.Object{Root: sampleRoot, Size: 2048576},
		MIME:   "image/jpeg", Filename: "beach_photo.jpg", Metadata: []byte(`{"subject":"nature"}`),
		Consent: contribution.Consent{AI: true, Research: true, Commercial: true, Version: "1.0", GivenAt: start},
		Status:  contribution.Approved, Quality: &contribution.Quality{Version: 1, Score: 850}, Earned: amount("1.6"),
		ReviewedAt: start.Add(time.Hour), CreatedAt: start, UpdatedAt: start,
	}
}

func sampleListing() listing.Listing {
	return listing.Listing{
		ID: "listing_abc123", Owner: "usr_alice", Title: "Nature", Description: "photos", Category: listing.Photo, Price: amount("25"),
		Contributions: []market.ContributionID{"contrib_abc123", "contrib_gone"}, Status: listing.Draft, Files: 2, TotalSize: 100, CreatedAt: start, UpdatedAt: start,
	}
}

func sampleEntry() catalog.Entry {
	return catalog.Entry{
		ID: "listing_sold", SellerID: "usr_seller123", SellerName: "DataProvider_a7x2", MemberSince: start.UnixMilli(), SellerSales: 15,
		Title: "Nature Photography Collection", Description: "50 photos", Category: listing.Photo, Price: amount("25"), Files: 50,
		TotalSize: 125000000, Sales: 12, Samples: []catalog.Sample{{Contribution: "contrib_xyz", Kind: "photo"}},
		CreatedAt: start.UnixMilli(), UpdatedAt: start.UnixMilli(),
	}
}

func samplePurchase() purchase.View {
	return purchase.View{
		Purchase: purchase.Purchase{
			ID: "purchase_xyz789", Buyer: "usr_bob", Listing: "listing_abc123", AccessDays: 30, Order: seal.Order{Price: amount("25")},
			State: purchase.Opened, OnChain: market.Hash{7}, AccessToken: "at_abc123", ExpiresAt: start.Add(720 * time.Hour), CreatedAt: start,
			Steps: []purchase.Step{{At: start, What: "purchase asked for"}, {At: start, What: "paid", TxHash: market.Hash{1}}},
		},
		Manifest: sampleManifest(),
	}
}

var sampleBytes = []byte(strings.Repeat("what was sold. ", 1000))

var sampleRoot = cid.MustParse("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy")

func sampleFile() listing.Entry {
	sum := sha256.Sum256(sampleBytes)
	return listing.Entry{
		Contribution: "contrib_xyz", Kind: "photo", Filename: "nature_001.jpg", MIME: "image/jpeg", Size: int64(len(sampleBytes)),
		PayloadSize: int64(len(sampleBytes)) + 40, Root: sampleRoot, SHA256: sum[:], FileKeyHash: make([]byte, 32), AI: true, Commercial: true,
	}
}

func sampleManifest() *listing.Manifest {
	return &listing.Manifest{
		Format: 1, Listing: "listing_sold", Seller: make([]byte, 20), SellerID: "usr_seller123", DisplayName: "DataProvider_a7x2",
		Title: "Nature Photography Collection", Description: "50 photos", Category: "photo", Tags: []string{},
		Peers: []string{"12D3KooW"}, Columns: []listing.Column{}, KeyBundle: sampleRoot, Entries: []listing.Entry{sampleFile()},
	}
}

type memoryReader struct{ *bytes.Reader }

func (memoryReader) Close() error { return nil }

func bytesReader(b []byte) content.Reader { return memoryReader{bytes.NewReader(b)} }

// What follows joins the functions to the interfaces of the API.

func (w *world) Authenticate(_ context.Context, bearer string) (account.Caller, error) {
	switch bearer {
	case aliceToken:
		return account.Caller{User: "usr_alice"}, nil
	case bobToken:
		return account.Caller{User: "usr_bob"}, nil
	case serviceToken:
		return account.Caller{Service: true}, nil
	case operatorToken:
		return account.Caller{User: "usr_operator", Operator: true}, nil
	}
	return account.Caller{}, market.Fail(market.Unauthenticated, "invalid or expired credential")
}

func (w *world) Nonce(_ context.Context, wallet string) (account.Challenge, error) {
	if len(wallet) != 42 {
		return account.Challenge{}, market.BadField("wallet_address", "wallet_address must be 0x and 40 hexadecimal digits")
	}
	return account.Challenge{Nonce: "n0nce", Message: "sign me", ExpiresAt: start.Add(10 * time.Minute)}, nil
}

func (w *world) LoginReferred(_ context.Context, message, signature string, _ market.UserID) (account.Token, error) {
	return w.login(message, signature)
}

func (w *world) Keys(context.Context, market.UserID) ([]account.Key, error) {
	return []account.Key{{ID: "key_1", Kind: account.UserKey, Name: "laptop", Hint: "pk_live_abcd", CreatedAt: start}}, nil
}

func (w *world) IssueKey(_ context.Context, user market.UserID, name string, kind account.KeyKind) (account.Key, string, error) {
	return account.Key{ID: "key_2", User: user, Kind: kind, Name: name, CreatedAt: start}, "pk_live_secret", nil
}

func (w *world) RevokeKey(_ context.Context, _ market.UserID, id string) error {
	if id != "key_1" {
		return market.Fail(market.NotFound, "API key not found")
	}
	return nil
}

func (w *world) CreateReferred(_ context.Context, name string, _ market.UserID) (account.User, error) {
	if _, taken := w.users[name]; taken {
		return account.User{}, &market.Error{Code: market.Conflict, Field: "name", Message: "a user named " + name + " exists already"}
	}
	return account.User{ID: "usr_new", Name: name}, nil
}

func (w *world) CreateExternal(_ context.Context, name, wallet string, _ market.UserID) (account.User, error) {
	return account.User{ID: "usr_new", Name: name, Wallet: common.HexToAddress(wallet)}, nil
}

func (w *world) Named(_ context.Context, name string) (account.User, error) {
	if u, ok := w.users[name]; ok {
		return u, nil
	}
	return account.User{}, market.Fail(market.NotFound, "no user named "+name+" on this node")
}

func (w *world) User(_ context.Context, id market.UserID) (account.User, error) {
	return w.Named(context.Background(), strings.TrimPrefix(string(id), market.PrefixUser))
}

func (w *world) Users(context.Context) ([]account.User, error) {
	return []account.User{w.users["operator"], w.users["alice"]}, nil
}

func (w *world) IssueToken(_ context.Context, user market.UserID) (account.Token, error) {
	return account.Token{Value: "eyJ.x.y", User: user, ExpiresAt: start.Add(24 * time.Hour)}, nil
}

type contributions struct{ w *world }

func (c contributions) Receive(ctx context.Context, user market.UserID, f contribution.File, r io.Reader) (*contribution.Received, error) {
	return c.w.receive(ctx, user, f, r)
}

func (c contributions) Accept(ctx context.Context, _ *contribution.Received, form contribution.Form) (contribution.Contribution, error) {
	return c.w.accept(ctx, form)
}

func (c contributions) Drop(*contribution.Received) error {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	c.w.dropped++
	return nil
}

func (c contributions) Get(_ context.Context, user market.UserID, id market.ContributionID) (contribution.Contribution, error) {
	return c.w.get(user, id)
}

func (c contributions) List(_ context.Context, _ market.UserID, f contribution.Filter, limit, offset int) ([]contribution.Contribution, int, error) {
	return c.w.list(f, limit, offset)
}

type listings struct{ w *world }

func (l listings) Create(_ context.Context, user market.UserID, in listing.Input) (listing.Listing, error) {
	return l.w.create(user, in)
}

func (l listings) Mine(_ context.Context, user market.UserID, id market.ListingID) (listing.Listing, error) {
	return l.w.mine(user, id)
}

func (l listings) Update(_ context.Context, user market.UserID, id market.ListingID, p listing.Patch) (listing.Listing, []string, error) {
	return l.w.update(user, id, p)
}

type catalogue struct{ w *world }

func (c catalogue) Browse(_ context.Context, q catalog.Query) ([]catalog.Entry, int, error) {
	page, total := c.w.browse(q)
	return page, total, nil
}

func (c catalogue) Find(_ context.Context, q catalog.Query) ([]catalog.Hit, int, error) {
	page, total := c.w.browse(q)
	if c.w.hits != nil {
		return slices.Clone(c.w.hits), total, nil
	}
	hits := make([]catalog.Hit, len(page))
	for i, e := range page {
		hits[i] = catalog.HitOf(e, 0)
	}
	return hits, total, nil
}

func (c catalogue) Get(_ context.Context, id market.ListingID) (catalog.Entry, error) {
	if e := sampleEntry(); e.ID == id {
		return e, nil
	}
	return catalog.Entry{}, market.Fail(market.NotFound, "Listing not found")
}

func (c catalogue) Offer(context.Context, market.ListingID) (listing.Offer, error) {
	block, err := sampleManifest().Encode()
	return listing.Offer{ID: "listing_sold", Manifest: block}, err
}

type purchases struct{ w *world }

func (p purchases) Buy(ctx context.Context, user market.UserID, id market.ListingID, days uint32, _ purchase.Prefixes) (purchase.Purchase, error) {
	return p.w.buy(ctx, user, id, days)
}

func (p purchases) Bought(context.Context, market.UserID, market.ListingID) (bool, error) {
	return true, nil
}

func (p purchases) Get(_ context.Context, user market.UserID, id market.PurchaseID) (purchase.View, error) {
	return p.w.purchase(user, id)
}

func (p purchases) Record(context.Context, market.Address) (purchase.Record, error) {
	return purchase.Record{Ended: 3, Refunded: 1}, nil
}

func (p purchases) Story(ctx context.Context, user market.UserID, id market.PurchaseID) (purchase.Story, error) {
	v, err := p.Get(ctx, user, id)
	return purchase.Story{Purchase: v.Purchase}, err
}

func (p purchases) List(context.Context, market.UserID, bool, int, int) ([]purchase.View, int, error) {
	return []purchase.View{samplePurchase()}, 5, nil
}

func (p purchases) Download(_ context.Context, user market.UserID, id market.PurchaseID, token string) (purchase.View, error) {
	return p.w.download(user, id, token)
}

func (p purchases) Open(_ context.Context, id market.PurchaseID, index int) (content.Reader, listing.Entry, error) {
	return p.w.open(id, index)
}

func (w *world) Balance(_ context.Context, c account.Caller, who api.Selector) (api.Balance, error) {
	return w.balance(c, who)
}

type nodeFake struct{ w *world }

func (n nodeFake) Health(context.Context) api.Health {
	return api.Health{Peers: 2, Head: 42, Synced: true}
}

func (n nodeFake) Status(context.Context) (api.Status, error) {
	return api.Status{Version: "v0", Repo: "/repo", PeerID: "12D3KooW", StartedAt: time.Now(), Now: start, Chain: api.ChainStatus{ChainID: 31337, Balance: amount("1.5")}}, nil
}

func (n nodeFake) Peers(context.Context) ([]api.Peer, error) {
	return []api.Peer{{ID: "12D3KooW", Address: "/ip4/127.0.0.1/tcp/1", Latency: time.Millisecond}}, nil
}

func (n nodeFake) Doctor(context.Context) ([]api.Check, error) {
	return []api.Check{{Name: "chain", OK: true, Message: "synced"}, {Name: "gas", Message: "no ETH", Remedy: "send some"}}, nil
}

func (n nodeFake) Verify(ctx context.Context, tell func(api.Verified) error) error {
	return n.w.verify(ctx, tell)
}

// answerStore keeps answers as the records do: one writer at a time.
type answerStore struct{ w *world }

func (s answerStore) View(_ context.Context, fn func(replay.Tx) error) error {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	return fn(s)
}

func (s answerStore) Update(ctx context.Context, fn func(replay.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.View(ctx, fn)
}

func (s answerStore) Answer(key market.Hash) (replay.Answer, error) {
	if a, ok := s.w.answers[key]; ok {
		return a, nil
	}
	return replay.Answer{}, market.ErrNotFound
}

func (s answerStore) PutAnswer(a replay.Answer) error {
	s.w.answers[a.Key] = a
	return nil
}

func (s answerStore) DropAnswers(now time.Time) error {
	maps.DeleteFunc(s.w.answers, func(_ market.Hash, a replay.Answer) bool { return now.After(a.ExpiresAt) })
	return nil
}

type devFake struct{ w *world }

func (d devFake) Faucet(context.Context, api.Faucet) ([]string, error) {
	return []string{"0x01"}, nil
}

func (d devFake) Seed(_ context.Context, f api.Fixtures) ([]api.Fixture, error) {
	return []api.Fixture{{ID: "listing_abc123", What: "a listing", User: "alice"}}, nil
}

func (d devFake) Advance(_ context.Context, by time.Duration) (time.Time, error) {
	d.w.advance(by)
	return d.w.clock(), nil
}

// testServer is a running server and a client that checks every answer against
// the document.
type testServer struct {
	*world
	url    string
	router routers.Router
	client *http.Client
	stop   func() error
}

func serve(t testing.TB, w *world, change ...func(*api.Config, *api.Deps)) *testServer {
	t.Helper()
	cfg := api.DefaultConfig()
	cfg.Address = "127.0.0.1:0"
	cfg.Origins = []string{"https://app.example", "http://localhost:*"}
	deps := api.Deps{
		Log: slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})), Clock: w.clock, Metrics: prometheus.NewRegistry(),
		Accounts: w, Contributions: contributions{w}, Listings: listings{w}, HeldListings: submissions{}, Datasets: newStand(w), DataListings: newStand(w), Catalog: catalogue{w}, Purchases: purchases{w}, Ratings: ratings{}, Reports: reports{}, Events: &event.Journal{Store: nothing{}},
		Balances: w, Reputations: people{}, Stakes: people{}, Funds: fundFake{}, Audits: auditFake{}, Labeling: people{}, Preferences: userPreferences{}, Earnings: earnings{}, Claims: claims{}, Sales: salesFake{}, X402Sales: x402SalesFake{}, Erasures: erasures{}, Consents: consents{}, Previews: previews{}, Signatures: signatures{}, Node: nodeFake{w}, Transactions: transactions{}, Answers: answerStore{w}, GatewayKey: bytes.Repeat([]byte{9}, 32),
	}
	for _, c := range change {
		c(&cfg, &deps)
	}
	server, err := api.New(cfg, deps)
	require.NoError(t, err)
	doc, err := api.Document()
	require.NoError(t, err)
	router, err := gorillamux.NewRouter(doc)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	transport := &http.Transport{}
	stop := sync.OnceValue(func() error {
		cancel()
		err := <-done
		transport.CloseIdleConnections()
		return err
	})
	t.Cleanup(func() { require.NoError(t, stop()) })
	return &testServer{world: w, url: "http://" + server.Addr().String(), router: router, client: &http.Client{Transport: transport}, stop: stop}
}

func withDev(w *world) func(*api.Config, *api.Deps) {
	return func(_ *api.Config, d *api.Deps) { d.Dev = devFake{w} }
}

// reply is an answer that was read whole and matches the document.
type reply struct {
	*http.Response
	body []byte
}

func (r reply) json(t testing.TB) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(r.body))
	decoder.UseNumber()
	var v map[string]any
	require.NoError(t, decoder.Decode(&v), "%s", r.body)
	return v
}

func (r reply) data(t testing.TB) map[string]any {
	t.Helper()
	v := r.json(t)
	require.Equal(t, true, v["success"], "%s", r.body)
	return v["data"].(map[string]any)
}

func (r reply) failure(t testing.TB) (code, message, field string) {
	t.Helper()
	v := r.json(t)
	require.Equal(t, false, v["success"], "%s", r.body)
	e := v["error"].(map[string]any)
	field, _ = e["field"].(string)
	require.Equal(t, r.Header.Get("X-Request-Id"), e["request_id"])
	return e["code"].(string), e["message"].(string), field
}

type option func(*http.Request)

func as(token string) option {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

func header(name, value string) option { return func(r *http.Request) { r.Header.Set(name, value) } }

// call sends a request and checks that the answer is one the document allows.
func (s *testServer) call(t testing.TB, method, path, body string, options ...option) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, o := range options {
		o(r)
	}
	return s.do(t, r)
}

func (s *testServer) do(t testing.TB, r *http.Request) reply {
	t.Helper()
	res, err := s.client.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	s.matches(t, r, res, got)
	return reply{res, got}
}

func (s *testServer) matches(t testing.TB, r *http.Request, res *http.Response, body []byte) {
	t.Helper()
	probe := r.Clone(context.Background())
	probe.URL.Host, probe.URL.Scheme, probe.Host = "", "", ""
	found, params, err := s.router.FindRoute(probe)
	if err != nil {
		require.False(t, r.Method != http.MethodHead && res.StatusCode == http.StatusOK && strings.Contains(r.URL.Path, "/v1/"), "%s is not in the document", r.URL.Path)
		return
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: probe, PathParams: params, Route: found},
		Status:                 res.StatusCode, Header: res.Header,
		Body: io.NopCloser(bytes.NewReader(body)), Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") || err == nil {
		require.NoError(t, err, "%s %s: %s", r.Method, r.URL.Path, body)
	}
}
