package catalog_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/market"
	"privd/market/catalog"
	"privd/market/ledger"
	"privd/market/listing"
	"privd/market/rating"
	"privd/market/seal"
)

// shelf is records of offers in memory.
type shelf struct {
	mu      sync.Mutex
	offers  map[market.ListingID]listing.Offer
	cards   map[market.ListingID]catalog.Card
	sold    map[market.Hash]ledger.Stats
	sellers map[market.Address]ledger.Stats
	rated   map[market.Hash]rating.Stats
}

func newShelf() *shelf {
	return &shelf{
		offers: map[market.ListingID]listing.Offer{}, cards: map[market.ListingID]catalog.Card{}, sold: map[market.Hash]ledger.Stats{},
		sellers: map[market.Address]ledger.Stats{}, rated: map[market.Hash]rating.Stats{},
	}
}

func (s *shelf) put(t require.TestingT, o listing.Offer) {
	card, err := catalog.CardOf(o)
	require.NoError(t, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offers[o.ID], s.cards[o.ID] = o, card
}

func (s *shelf) remove(id market.ListingID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.offers, id)
	delete(s.cards, id)
}

func (s *shelf) View(_ context.Context, fn func(catalog.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fn(s)
}
func (s *shelf) Update(ctx context.Context, fn func(catalog.Tx) error) error { return s.View(ctx, fn) }

func (s *shelf) Offer(id market.ListingID) (listing.Offer, error) {
	o, ok := s.offers[id]
	if !ok {
		return o, market.ErrNotFound
	}
	return o, nil
}
func (s *shelf) OfferByHash(h market.Hash) (listing.Offer, error) {
	for id, o := range s.offers {
		if seal.ListingHash(id) == h {
			return o, nil
		}
	}
	return listing.Offer{}, market.ErrNotFound
}
func (s *shelf) Offers(each func(listing.Offer) bool) error {
	for _, o := range s.offers {
		if !each(o) {
			break
		}
	}
	return nil
}
func (s *shelf) Card(id market.ListingID) (catalog.Card, error) {
	c, ok := s.cards[id]
	if !ok {
		return nil, market.ErrNotFound
	}
	return c, nil
}
func (s *shelf) Cards(each func(catalog.Card) bool) error {
	for _, c := range s.cards {
		if !each(c) {
			break
		}
	}
	return nil
}
func (s *shelf) PutCard(id market.ListingID, c catalog.Card) error {
	s.cards[id] = c
	return nil
}
func (s *shelf) ListingStats(h market.Hash) (ledger.Stats, error) { return s.sold[h], nil }
func (s *shelf) EachListingStats(each func(market.Hash, ledger.Stats)) error {
	for h, stats := range s.sold {
		each(h, stats)
	}
	return nil
}
func (s *shelf) EachListingRatings(each func(market.Hash, rating.Stats)) error {
	for h, stats := range s.rated {
		each(h, stats)
	}
	return nil
}
func (s *shelf) SellerStats(a market.Address) (ledger.Stats, error) { return s.sellers[a], nil }
func (s *shelf) SellerRatings(market.Address) (rating.Stats, error) { return rating.Stats{}, nil }
func (s *shelf) ListingRatings(h market.Hash) (rating.Stats, error) { return s.rated[h], nil }

// item is what an offer of the tests is made of.
type item struct {
	id          string
	seller      byte
	category    listing.Category
	dataType    string
	description string
	price       market.Amount
	created     int64
}

func (i item) offer(t require.TestingT) listing.Offer {
	mh, err := multihash.Sum([]byte(i.id), multihash.SHA2_256, -1)
	require.NoError(t, err)
	seller := market.Address{i.seller}
	m := listing.Manifest{
		Format: 1, Listing: i.id, Seller: seller[:], SellerID: "usr_a", DisplayName: "A", MemberSince: 5, Title: "T", Description: i.description,
		Category: string(i.category), DataType: i.dataType, Tags: []string{"one", "two"}, KeyBundle: cid.NewCidV1(cid.Raw, mh),
		Peers: []string{"p"}, CreatedAt: i.created, UpdatedAt: i.created + 1, Columns: []listing.Column{},
		Entries: []listing.Entry{{Contribution: "c", Kind: "photo", MIME: "image/png", Size: 10, PayloadSize: 42, Root: cid.NewCidV1(cid.Raw, mh),
			SHA256: make([]byte, 32), FileKeyHash: make([]byte, 32)}},
	}
	if i.dataType != "" {
		m.DatasetID, m.TotalRecords, m.Entries[0].Kind = "set", 7, listing.KindDataset
		m.Columns = []listing.Column{{Name: "at", Type: "string"}, {Name: "price", Type: "number"}}
	}
	block, err := m.Encode()
	require.NoError(t, err)
	_, err = listing.DecodeManifest(block)
	require.NoError(t, err)
	return listing.Offer{ID: market.ListingID(i.id), Manifest: block,
		Order: seal.Order{Seller: seller, Price: i.price, Listing: seal.ListingHash(market.ListingID(i.id))}}
}

// reference answers a query by looking at everything.
func (s *shelf) reference(t require.TestingT, q catalog.Query) (page []catalog.Entry, total int) {
	var all []catalog.Entry
	for id, o := range s.offers {
		m, err := o.Decode()
		require.NoError(t, err)
		e := catalog.Entry{
			ID: id, Seller: o.Order.Seller, SellerID: market.UserID(m.SellerID), SellerName: m.DisplayName, MemberSince: m.MemberSince,
			Title: m.Title, Description: m.Description, Category: listing.Category(m.Category), DataType: m.DataType, Tags: m.Tags,
			Price: o.Order.Price, Files: 1, TotalSize: 10, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt,
		}
		e.Plain = true
		hash := seal.ListingHash(id)
		e.Sales, e.RatingSum, e.RatingCount = s.sold[hash].Sales(), s.rated[hash].Sum, s.rated[hash].Count
		e.SellerSales, e.SellerVerified = s.sellers[e.Seller].Sales(), s.sellers[e.Seller].Settled > 0
		if e.DataType == "" {
			e.Samples = []catalog.Sample{{Contribution: "c", Kind: "photo"}}
		} else {
			e.Dataset, e.Records, e.Columns = "set", 7, []string{"at", "price"}
		}
		data := e.DataType != ""
		switch {
		case data && !q.Data && !q.OnlyData, !data && q.OnlyData:
		case q.Category != "" && e.Category != q.Category, q.DataType != "" && e.DataType != q.DataType:
		case q.MinPrice != nil && e.Price.Cmp(*q.MinPrice) < 0, q.MaxPrice != nil && e.Price.Cmp(*q.MaxPrice) > 0:
		default:
			all = append(all, e)
		}
	}
	mean := func(a, b *catalog.Entry) int {
		if a.RatingCount*b.RatingCount == 0 {
			return cmp.Compare(b.RatingCount, a.RatingCount)
		}
		return cmp.Compare(b.RatingSum*a.RatingCount, a.RatingSum*b.RatingCount)
	}
	slices.SortFunc(all, func(a, b catalog.Entry) int {
		return cmp.Or(map[catalog.Sort]int{
			catalog.Newest: cmp.Compare(b.CreatedAt, a.CreatedAt), catalog.Oldest: cmp.Compare(a.CreatedAt, b.CreatedAt),
			catalog.PriceLow: a.Price.Cmp(b.Price), catalog.PriceHigh: b.Price.Cmp(a.Price),
			catalog.MostSales: cmp.Compare(b.Sales, a.Sales), catalog.HighestRated: mean(&a, &b),
		}[q.Sort], strings.Compare(string(a.ID), string(b.ID)))
	})
	from := min(q.Offset, len(all))
	return all[from:min(from+q.Limit, len(all))], len(all)
}

var sorts = []catalog.Sort{catalog.Newest, catalog.Oldest, catalog.PriceLow, catalog.PriceHigh, catalog.MostSales, catalog.HighestRated}

// TestBrowse compares pages with looking at everything, after listings came,
// changed, were sold and rated, and went, some before the catalog was loaded.
func TestBrowse(t *testing.T) {
	t.Parallel()
	categories := []listing.Category{listing.Photo, listing.Video, listing.Voice, listing.Text, listing.Mixed}
	dataTypes := []string{"browsing", "defi", "nft", "social", "location"}
	amounts := []market.Amount{market.Wei(1), market.Wei(2), market.Wei(3), price(t, "1000000000000000000000000000000000000000000"), price(t, "340282366920938463463374607431768211455")}
	bounds := append(amounts, market.Wei(0), price(t, "340282366920938463463374607431768211456"))
	amounts = slices.Delete(amounts, 3, 4)
	rapid.Check(t, func(t *rapid.T) {
		s := newShelf()
		c := catalog.New(s)
		change := func(id string, changed func(string)) {
			o := item{
				id: id, seller: rapid.Byte().Draw(t, "seller") % 3, category: rapid.SampledFrom(categories).Draw(t, "category"),
				price: rapid.SampledFrom(amounts).Draw(t, "price"), created: rapid.Int64Range(0, 5).Draw(t, "created"),
				description: strings.Repeat("long ", rapid.SampledFrom([]int{0, 10, 300}).Draw(t, "long")),
			}
			if o.category == listing.Mixed && rapid.Bool().Draw(t, "data") {
				o.dataType = rapid.SampledFrom(dataTypes).Draw(t, "type")
			}
			hash := seal.ListingHash(market.ListingID(id))
			switch rapid.IntRange(0, 5).Draw(t, "change") {
			case 0:
				s.remove(market.ListingID(id))
			case 1:
				seller := market.Address{o.seller}
				if held, ok := s.offers[market.ListingID(id)]; ok {
					seller = held.Order.Seller
				}
				s.sold[hash] = ledger.Stats{Sold: rapid.Int64Range(0, 3).Draw(t, "sold")}
				s.sellers[seller] = ledger.Stats{Sold: s.sellers[seller].Sold + 1, Settled: rapid.Int64Range(0, 1).Draw(t, "settled")}
				count := rapid.Int64Range(0, 3).Draw(t, "ratings")
				s.rated[hash] = rating.Stats{Sum: rapid.Int64Range(count, 5*count).Draw(t, "sum"), Count: count}
				if changed != nil {
					require.NoError(t, c.Stood(context.Background(), hash, seller))
				}
				return
			default:
				s.put(t, o.offer(t))
			}
			if changed != nil {
				changed(id)
			}
		}
		ids := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return fmt.Sprintf("listing_%02d", rapid.IntRange(0, 30).Draw(t, "id")) }), 0, 60).Draw(t, "ids")
		before := rapid.IntRange(0, len(ids)).Draw(t, "before")
		for _, id := range ids[:before] {
			change(id, nil)
		}
		require.NoError(t, c.Load(context.Background()))
		for _, id := range ids[before:] {
			change(id, func(id string) { require.NoError(t, c.Refresh(context.Background(), market.ListingID(id))) })
		}
		require.Equal(t, len(s.offers), c.Len())
		for range 10 {
			q := catalog.Query{
				Category: rapid.SampledFrom(append(categories, "")).Draw(t, "filter"),
				DataType: rapid.SampledFrom(append(dataTypes, "", "", "", "unheard of")).Draw(t, "data filter"),
				Data:     rapid.Bool().Draw(t, "include data"), OnlyData: rapid.Bool().Draw(t, "only data"),
				Sort:   rapid.SampledFrom(sorts).Draw(t, "sort"),
				Offset: rapid.IntRange(0, 20).Draw(t, "offset"), Limit: rapid.IntRange(1, 10).Draw(t, "limit"),
			}
			if rapid.Bool().Draw(t, "least") {
				q.MinPrice = &bounds[rapid.IntRange(0, len(bounds)-1).Draw(t, "min")]
			}
			if rapid.Bool().Draw(t, "most") {
				q.MaxPrice = &bounds[rapid.IntRange(0, len(bounds)-1).Draw(t, "max")]
			}
			page, total, err := c.Browse(context.Background(), q)
			require.NoError(t, err)
			want, wantTotal := s.reference(t, q)
			require.Equal(t, wantTotal, total)
			require.Len(t, page, len(want))
			for i := range want {
				require.Equal(t, want[i], page[i])
			}
		}
	})
}

func price(t require.TestingT, wei string) market.Amount {
	a, err := market.ParseWei(wei)
	require.NoError(t, err)
	return a
}

// TestRefresh shows a new listing, and hides one that is gone, at once.
func TestRefresh(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newShelf()
	c := catalog.New(s)
	require.NoError(t, c.Load(ctx))
	for _, description := range []string{"short", strings.Repeat("long ", 300)} {
		s.put(t, item{id: "listing_a", category: listing.Photo, price: market.Wei(3), description: description}.offer(t))
		require.NoError(t, c.Refresh(ctx, "listing_a"))
		e, err := c.Get(ctx, "listing_a")
		require.NoError(t, err)
		require.Equal(t, market.Wei(3), e.Price)
		require.Equal(t, description, e.Description)
		page, total, err := c.Browse(ctx, catalog.Query{Sort: catalog.Newest, Limit: 20})
		require.NoError(t, err)
		require.Equal(t, 1, total)
		require.Equal(t, []catalog.Entry{e}, page)
	}
	// What the records do not have any more is not shown, whether or not the catalog
	// heard of it.
	s.remove("listing_a")
	page, total, err := c.Browse(ctx, catalog.Query{Sort: catalog.Newest, Limit: 20})
	require.NoError(t, err)
	require.Zero(t, total)
	require.Empty(t, page)
	require.NoError(t, c.Refresh(ctx, "listing_a"))
	require.Zero(t, c.Len())
	_, err = c.Get(ctx, "listing_a")
	require.ErrorIs(t, err, market.ErrNotFound)
}

// TestCardsOfBefore makes the cards of offers that were stored without.
func TestCardsOfBefore(t *testing.T) {
	t.Parallel()
	s := newShelf()
	for i := range 1200 {
		o := item{id: fmt.Sprintf("listing_%d", i), category: listing.Text, price: market.Wei(1)}.offer(t)
		s.offers[o.ID] = o
	}
	c := catalog.New(s)
	require.NoError(t, c.Load(context.Background()))
	require.Equal(t, 1200, c.Len())
	require.Len(t, s.cards, 1200)

	// Those of another form are made anew.
	s.cards["listing_7"] = append(catalog.Card{0}, s.cards["listing_7"]...)
	require.NoError(t, c.Load(context.Background()))
	require.Equal(t, 1200, c.Len())
	_, err := c.Get(context.Background(), "listing_7")
	require.NoError(t, err)
}

// TestPlain tells texts that JSON has as they are from all others.
func TestPlain(t *testing.T) {
	t.Parallel()
	for text, plain := range map[string]bool{
		"": true, "50 photos, all of them (mine)!~": true, `a "quote"`: false, `a \ b`: false, "<b>": false, "a&b": false, "caf\u00e9": false,
	} {
		s := newShelf()
		s.put(t, item{id: "listing_a", category: listing.Text, price: market.Wei(1), description: text}.offer(t))
		c := catalog.New(s)
		require.NoError(t, c.Load(context.Background()))
		e, err := c.Get(context.Background(), "listing_a")
		require.NoError(t, err)
		require.Equal(t, plain, e.Plain, text)
	}
}

// FuzzCard reads damaged cards.
func FuzzCard(f *testing.F) {
	for _, i := range []item{
		{id: "listing_a", category: listing.Photo, price: market.Wei(3), description: "d"},
		{id: "lst_b", category: listing.Mixed, dataType: "defi", price: market.Wei(1)},
	} {
		card, err := catalog.CardOf(i.offer(f))
		require.NoError(f, err)
		f.Add([]byte(card))
	}
	f.Fuzz(func(t *testing.T, card []byte) {
		s := newShelf()
		s.cards["x"] = card
		c := catalog.New(s)
		if c.Load(context.Background()) != nil {
			return
		}
		_, _, _ = c.Browse(context.Background(), catalog.Query{Data: true, Sort: catalog.Newest, Limit: 20})
		_ = c.Refresh(context.Background(), "x")
	})
}

// TestConcurrently browses while listings come and go in pairs: a page and its total
// belong to one moment.
func TestConcurrently(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newShelf()
	const fixed = 50
	for i := range fixed {
		s.put(t, item{id: fmt.Sprintf("listing_%02d", i), category: listing.Photo, price: market.Wei(5), created: 10}.offer(t))
	}
	c := catalog.New(s)
	require.NoError(t, c.Load(ctx))
	// Cheap ones come one after another, and go in the order in which they came: at
	// each moment those on sale are neighbours.
	const count = 400
	var writer sync.WaitGroup
	done := make(chan struct{})
	writer.Go(func() {
		defer close(done)
		for i := range count {
			o := item{id: fmt.Sprintf("new_%03d", i), category: listing.Photo, price: market.Wei(1), created: int64(100 + i)}.offer(t)
			s.put(t, o)
			require.NoError(t, c.Refresh(ctx, o.ID))
			if _, err := c.Get(ctx, o.ID); err != nil {
				panic(err)
			}
			if i >= 10 {
				id := market.ListingID(fmt.Sprintf("new_%03d", i-10))
				s.remove(id)
				require.NoError(t, c.Refresh(ctx, id))
			}
		}
	})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			one := market.Wei(1)
			for last := int64(0); ; {
				select {
				case <-done:
					return
				default:
				}
				page, total, err := c.Browse(ctx, catalog.Query{Sort: catalog.Newest, MaxPrice: &one, Limit: 20})
				require.NoError(t, err)
				require.Len(t, page, total)
				require.LessOrEqual(t, total, 11)
				for i, e := range page {
					require.Equal(t, page[0].CreatedAt-int64(i), e.CreatedAt)
				}
				if total > 0 {
					require.GreaterOrEqual(t, page[0].CreatedAt, last, "what was seen once stays seen")
					last = page[0].CreatedAt
				}
				everything, all, err := c.Browse(ctx, catalog.Query{Sort: catalog.PriceHigh, Limit: 100})
				require.NoError(t, err)
				require.Len(t, everything, all)
				require.GreaterOrEqual(t, all, fixed)
			}
		})
	}
	readers.Wait()
	writer.Wait()
	require.Equal(t, fixed+10, c.Len())
}
