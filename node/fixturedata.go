package node

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"math/rand/v2"
	"time"

	"privd/market"
	"privd/market/dataset"
	"privd/market/earning"
	"privd/market/listing"
	"privd/storage/records"
)

//go:embed fixturedata/binance-crypto-prices.csv
var fixturePrices []byte

// fixtureDataset is a dataset that the examples name, by its own id or by that of
// its listing.
type fixtureDataset struct {
	id          market.DatasetID
	listing     market.ListingID // drawn where empty
	title       string
	description string
	provider    string
	tags        []string
	price       string // PRIV
	usdc        string // mUSDC; empty when it is not sold for any
	content     []byte
}

// fixtureDatasets are on sale, the oldest first: what the examples take from a list
// is the newest.
func fixtureDatasets() []fixtureDataset {
	return []fixtureDataset{
		{
			id: "binance-crypto-prices", title: "Cryptocurrency Price Data", provider: "Binance",
			description: "Real-time cryptocurrency prices from Binance exchange",
			tags:        []string{"cryptocurrency", "prices", "real-time", "binance"},
			price:       "120", usdc: "50", content: fixturePrices,
		},
		{
			id: "defi-trading-patterns-q1-2024", listing: "lst_abc123", title: "DeFi Trading Patterns - Q1 2024",
			description: "Anonymized swap data from major DEXs", tags: []string{"defi", "swaps"}, price: "50", content: fixtureSwaps(),
		},
	}
}

// fixtureSwaps makes a table of ten thousand swaps, the same each time.
func fixtureSwaps() []byte {
	r := rand.New(rand.NewPCG(2024, 1))
	pairs := []string{"WETH/USDC", "WBTC/WETH", "DAI/USDC", "UNI/WETH", "LINK/WETH", "ARB/USDC"}
	ranges := []string{"0-100", "100-1000", "1000-10000", "10000-100000"}
	kinds := []string{"swap", "swap", "swap", "add_liquidity", "remove_liquidity"}
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	out := bytes.NewBufferString("timestamp,event_type,token_pair,amount_range\n")
	for range 10_000 {
		at = at.Add(time.Duration(1+r.IntN(1500)) * time.Second)
		fmt.Fprintf(out, "%s,%s,%s,%s\n", at.Format(time.RFC3339), kinds[r.IntN(len(kinds))], pairs[r.IntN(len(pairs))], ranges[r.IntN(len(ranges))])
	}
	return out.Bytes()
}

func (s *seeding) datasets(ctx context.Context) error {
	for _, d := range fixtureDatasets() {
		absent, err := s.missing(ctx, func(tx *records.Tx) error { _, err := tx.Dataset(d.id); return err })
		if err != nil {
			return err
		}
		if absent && d.listing != "" {
			// It may have been removed, and its listing's id is used up.
			if absent, err = s.missing(ctx, func(tx *records.Tx) error { _, err := tx.Listing(d.listing); return err }); err != nil {
				return err
			}
		}
		if absent {
			if err := s.dataset(ctx, d); err != nil {
				return fmt.Errorf("dataset %s: %w", d.id, err)
			}
		}
		if d.listing != "" {
			s.tell(string(d.listing), "a data listing, "+d.price+" PRIV", s.seller)
		}
		if d.usdc != "" {
			s.tell(string(d.id), "a dataset, "+d.usdc+" mUSDC", s.seller)
		}
	}
	return nil
}

func (s *seeding) dataset(ctx context.Context, d fixtureDataset) error {
	price, err := market.ParsePRIV(d.price)
	if err != nil {
		return err
	}
	terms := dataset.Terms{ID: d.id, Provider: d.provider, DataType: dataset.DeFi}
	if d.usdc != "" {
		usdc, err := market.ParseUnits(d.usdc, market.USDCDecimals)
		if err != nil {
			return err
		}
		terms.PriceUSDC = &usdc
	}
	file := dataset.File{Filename: string(d.id) + ".csv", DeclaredType: "text/csv"}
	received, err := s.n.datasets.Receive(ctx, s.seller.ID, file, bytes.NewReader(d.content))
	if err != nil {
		return err
	}
	_, _, err = s.n.listings.SellDataset(ctx, received, listing.DataInput{
		ID: d.listing, Title: d.title, Description: d.description, Tags: d.tags, Price: price, Terms: terms,
	})
	return err
}

// earnings are owed to the seller, as the service endpoint books them; their ids
// alone are known beforehand.
func (s *seeding) earnings(ctx context.Context) error {
	now := s.n.clock.Now().UTC().Truncate(time.Millisecond)
	for _, e := range []struct {
		earning.Earning
		amount string
	}{
		{earning.Earning{ID: "earn_abc123", Source: earning.Labeling, Status: earning.Confirmed, Description: "Image classification task",
			Reference: "task_xyz789", ConfirmedAt: now}, "5.5"},
		{earning.Earning{ID: "earn_def456", Source: earning.Browsing, Status: earning.Pending, Description: "Daily browsing reward"}, "0.25"},
	} {
		amount, err := market.ParsePRIV(e.amount)
		if err != nil {
			return err
		}
		e.User, e.Amount, e.CreatedAt = s.seller.ID, amount, now
		absent, err := s.missing(ctx, func(tx *records.Tx) error { _, err := tx.Earning(e.ID); return err })
		if err == nil && absent {
			err = s.n.records.Update(ctx, func(tx *records.Tx) error { return tx.PutEarning(e.Earning) })
		}
		if err != nil {
			return fmt.Errorf("%s: %w", e.ID, err)
		}
		s.tell(string(e.ID), "an earning, "+e.amount+" PRIV, made as "+string(e.Status), s.seller)
	}
	return nil
}
