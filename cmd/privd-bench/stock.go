package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"

	"privd/market"
	"privd/market/ledger"
	"privd/market/listing"
	"privd/market/rating"
	"privd/market/seal"
	"privd/storage/records"
)

// stock is listings made up for the catalog, always the same ones: one in ten is
// data, one in five was sold, one in eight rated, prices from a hundredth to ten
// thousand PRIV, most of them round.
type stock struct {
	r *rand.Rand
	n int
}

func newStock() *stock { return &stock{r: rand.New(rand.NewPCG(2025, 6))} }

// good is one listing.
type good struct {
	id, title, description, category, dataType string
	tags                                       []string
	seller                                     market.Address
	price                                      int64 // in units of priceUnit
	created                                    int64 // unix milliseconds
	files                                      int
	sold, ratingSum, ratingCount               int64
}

// priceUnit is 10^12 wei: prices then fit the integers of SQLite.
const priceUnit = 1_000_000_000_000

func (g *good) wei() market.Amount {
	a, err := market.Wei(uint64(g.price)).MulDiv(priceUnit, 1)
	if err != nil {
		panic(err)
	}
	return a
}

var (
	benchCategories = []string{"photo", "photo", "photo", "photo", "video", "video", "voice", "text", "text", "mixed"}
	benchTypes      = []string{"browsing", "defi", "nft", "social", "location"}
	words           = strings.Fields(`nature street market portrait morning city winter forest recording interview
		conversation accent reading survey sensor weather traffic kitchen garden mountain festival night river workshop notes letters
		diary receipts menu signs birds dogs hands faces voices studio crowd harbour station library`)
)

// privd has released nothing before this time.
var firstListing = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

func (s *stock) next() good {
	r := s.r
	s.n++
	g := good{
		id:       fmt.Sprintf("listing_%016x%08x", r.Uint64(), s.n),
		title:    s.text(3 + r.IntN(5)),
		tags:     strings.Fields(s.text(r.IntN(6))),
		category: benchCategories[r.IntN(len(benchCategories))],
		created:  firstListing + r.Int64N(2*365*24*3600*1000),
		files:    1 + r.IntN(4),
		price:    max(1, int64(10_000*math.Pow(10, 6*r.Float64()))),
	}
	g.description = s.text(10 + r.IntN(40))
	binary.BigEndian.PutUint32(g.seller[:], r.Uint32N(50_000))
	if r.IntN(4) > 0 { // a round price
		g.price = max(1, g.price/100_000) * 100_000
	}
	if r.IntN(10) == 0 {
		g.category, g.dataType, g.id = "mixed", benchTypes[r.IntN(len(benchTypes))], strings.Replace(g.id, "listing", "lst", 1)
	}
	if r.IntN(5) == 0 {
		g.sold = 1 + int64(r.ExpFloat64()*10)
	}
	if r.IntN(8) == 0 {
		g.ratingCount = 1 + r.Int64N(20)
		g.ratingSum = g.ratingCount + r.Int64N(4*g.ratingCount+1)
	}
	return g
}

func (s *stock) text(n int) string {
	var b strings.Builder
	for range n {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(words[s.r.IntN(len(words))])
	}
	return b.String()
}

// offer returns a listing as nodes store it. Its manifest has the fields and the
// size of a real one; the signatures, which nobody checks any more, are zeros.
func (g *good) offer() (listing.Offer, error) {
	type entry struct {
		Contribution, Kind, Filename, MIME string
		Size, PayloadSize                  int64
		Root, SHA256, FileKeyHash          []byte
		AI, Research, Commercial           bool
	}
	type column struct{ Name, Type string }
	m := struct {
		Format                       int64
		Listing                      string
		Seller                       []byte
		SellerID, DisplayName        string
		MemberSince                  int64
		Title, Description, Category string
		Tags                         []string
		Entries                      []entry
		KeyBundle                    []byte
		Peers                        []string
		CreatedAt, UpdatedAt         int64
		DataType, DatasetID          string
		Columns                      []column
		TotalRecords                 int64
	}{
		Format: 1, Listing: g.id, Seller: g.seller[:], SellerID: fmt.Sprintf("usr_%x", g.seller[:12]), DisplayName: fmt.Sprintf("DataProvider_%x", g.seller[:2]),
		MemberSince: firstListing, Title: g.title, Description: g.description, Category: g.category, Tags: g.tags, KeyBundle: make([]byte, 36),
		Peers: []string{strings.Repeat("1", 52)}, CreatedAt: g.created, UpdatedAt: g.created, DataType: g.dataType,
	}
	for i := range g.files {
		m.Entries = append(m.Entries, entry{
			Contribution: fmt.Sprintf("contrib_%s%d", g.id[len(g.id)-22:], i), Kind: "photo", Filename: "photo.jpg", MIME: "image/jpeg", Size: 2_000_000, PayloadSize: 2_000_500,
			Root: make([]byte, 36), SHA256: make([]byte, 32), FileKeyHash: make([]byte, 32), AI: true, Commercial: true,
		})
	}
	if g.dataType != "" {
		m.Entries = m.Entries[:1]
		m.Entries[0].Kind, m.DatasetID, m.TotalRecords = listing.KindDataset, "set-"+g.id, 12_000
		m.Columns = []column{{"timestamp", "datetime"}, {"wallet_address", "string"}, {"amount", "number"}, {"token", "string"}}
	}
	block, err := cbor.Marshal(m)
	return listing.Offer{
		ID: market.ListingID(g.id), Manifest: block, ReceivedAt: time.UnixMilli(g.created).UTC(),
		Order: seal.Order{Seller: g.seller, Listing: seal.ListingHash(market.ListingID(g.id)), Manifest: listing.Hash(block), Price: g.wei(), Version: 1,
			Expiry: uint64(time.Now().Add(30 * 24 * time.Hour).Unix())},
	}, err
}

// store puts listings into the records, with what the chain and the buyers say.
func store(ctx context.Context, to *records.Store, goods []good) error {
	const batch = 400
	for len(goods) > 0 {
		part := goods[:min(batch, len(goods))]
		err := to.Update(ctx, func(tx *records.Tx) error {
			for i := range part {
				if err := part[i].put(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		goods = goods[len(part):]
	}
	return nil
}

func (g *good) put(tx *records.Tx) error {
	o, err := g.offer()
	if err != nil {
		return err
	}
	if err := tx.PutOffer(o); err != nil {
		return err
	}
	if g.sold > 0 {
		s, err := tx.SellerStats(g.seller)
		if err != nil {
			return err
		}
		s.Sold, s.Settled = s.Sold+g.sold, s.Settled+g.sold
		stats := ledger.Stats{Sold: g.sold, Settled: g.sold}
		if err := errors.Join(tx.PutListingStats(o.Order.Listing, stats), tx.PutSellerStats(g.seller, s)); err != nil {
			return err
		}
	}
	if g.ratingCount > 0 {
		return tx.PutListingRatings(o.Order.Listing, rating.Stats{Sum: g.ratingSum, Count: g.ratingCount})
	}
	return nil
}
