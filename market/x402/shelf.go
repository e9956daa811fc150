package x402

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"privd/market"
	"privd/market/content"
	"privd/market/dataset"
	"privd/market/listing"
)

// Product is a dataset as it is sold to strangers.
type Product struct {
	dataset.Dataset
	PayTo market.Address // the owner's wallet
}

// ShelfTx is the part of a transaction that a shelf reads.
type ShelfTx interface {
	// Dataset returns NotFound when there is none.
	Dataset(market.DatasetID) (dataset.Dataset, error)
	// Datasets calls each with every dataset of this node, in order of id, until it
	// returns false.
	Datasets(each func(dataset.Dataset) bool) error
	// Listing returns NotFound when there is none.
	Listing(market.ListingID) (listing.Listing, error)
}

// Shelf is what this node sells over x402: datasets with a price in dollars whose
// listing is on sale. Its fields are required.
type Shelf struct {
	Store market.Store[ShelfTx]
	Vault Vault
}

// Vault opens what is stored.
type Vault interface {
	Open(ctx context.Context, id string, object content.Object) (content.Reader, error)
}

// MaxProducts is how many products are listed at most.
const MaxProducts = 10_000

// Products lists what is for sale, in order of id.
func (s *Shelf) Products(ctx context.Context) (all []Product, err error) {
	err = s.Store.View(ctx, func(tx ShelfTx) error {
		all = nil
		var failed error
		err := tx.Datasets(func(d dataset.Dataset) bool {
			var p Product
			switch p, failed = product(tx, d); {
			case failed == nil:
				all = append(all, p)
			case errors.Is(failed, market.ErrNotFound):
				failed = nil
			}
			return failed == nil && len(all) < MaxProducts && ctx.Err() == nil
		})
		return errors.Join(err, failed)
	})
	return all, errors.Join(err, ctx.Err())
}

// Product returns one product; NotFound when it is not for sale.
func (s *Shelf) Product(ctx context.Context, id market.DatasetID) (p Product, err error) {
	err = s.Store.View(ctx, func(tx ShelfTx) error {
		d, err := tx.Dataset(id)
		if errors.Is(err, market.ErrNotFound) {
			return errNoProduct
		}
		if err != nil {
			return err
		}
		p, err = product(tx, d)
		return err
	})
	return p, err
}

var errNoProduct = market.Fail(market.NotFound, "Dataset not found")

func product(tx ShelfTx, d dataset.Dataset) (Product, error) {
	if d.PriceUSDC.IsZero() {
		return Product{}, errNoProduct
	}
	l, err := tx.Listing(d.Listing)
	if errors.Is(err, market.ErrNotFound) || (err == nil && l.Status != listing.Active) {
		return Product{}, errNoProduct
	}
	return Product{Dataset: d, PayTo: l.Wallet}, err
}

// Open opens what a product is, for reading at any position. It reads the first
// byte, so that what cannot be served is known before anybody pays for it.
func (s *Shelf) Open(ctx context.Context, p Product) (content.Reader, error) {
	return s.open(ctx, p.ID, p.Content, p.Object)
}

// OpenSold opens what a sale sold, on sale or not.
func (s *Shelf) OpenSold(ctx context.Context, sold Sale) (content.Reader, error) {
	return s.open(ctx, sold.Dataset, sold.Content, sold.Goods.Object)
}

// Described returns what a sale sold as it is described now, on sale or not; of what
// is gone, or was replaced since, only what the sale remembers.
func (s *Shelf) Described(ctx context.Context, sold Sale) (p Product, err error) {
	err = s.Store.View(ctx, func(tx ShelfTx) error {
		d, err := tx.Dataset(sold.Dataset)
		if err != nil && !errors.Is(err, market.ErrNotFound) {
			return err
		}
		if err != nil || d.Content != sold.Content {
			d = dataset.Dataset{
				ID: sold.Dataset, Name: sold.Name, Format: dataset.JSON, MIME: sold.Goods.MIME, Object: sold.Goods.Object, FileHash: sold.Goods.Hash,
				PriceUSDC: sold.Authorization.Value, UpdatedAt: sold.CreatedAt,
			}
			if strings.HasPrefix(d.MIME, "text/csv") {
				d.Format = dataset.CSV
			}
		}
		p = Product{Dataset: d, PayTo: sold.Till.PayTo}
		return nil
	})
	return p, err
}

func (s *Shelf) open(ctx context.Context, id market.DatasetID, name string, object content.Object) (content.Reader, error) {
	r, err := s.Vault.Open(ctx, name, object)
	if err != nil {
		return nil, fmt.Errorf("open dataset %s: %w", id, err)
	}
	if _, err := r.ReadAt(make([]byte, 1), 0); err != nil {
		return nil, errors.Join(fmt.Errorf("read dataset %s: %w", id, err), r.Close())
	}
	return r, nil
}

// Goods returns what is remembered of the file with a sale.
func (p Product) Goods() Goods {
	return Goods{Object: p.Object, MIME: p.MIME, Filename: p.Filename(), Hash: p.FileHash}
}
