package listing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"privd/market"
	"privd/market/dataset"
	"privd/market/seal"
	"privd/market/task"
)

// DataInput is what an owner gives to sell a dataset, besides the file.
type DataInput struct {
	Title       string
	Description string // the title where empty
	Tags        []string
	Price       market.Amount // wei of PRIV
	Terms       dataset.Terms
	// ID is given to fixtures, whose ids are known beforehand; drawn where empty.
	ID market.ListingID
}

// SellDataset makes a received file a dataset and a listing that offers it, and has
// it reviewed: under an automatic policy it is on sale when SellDataset returns. When
// it refuses, the file is gone. A dataset id that is in use is a Conflict.
func (s *Service) SellDataset(ctx context.Context, received *dataset.Received, in DataInput) (Listing, dataset.Dataset, error) {
	if in.Description == "" {
		in.Description = in.Title
	}
	l, d, err := s.addDataset(ctx, received, in)
	if err != nil {
		if market.CodeOf(err) != market.Internal {
			// An internal error may hide a commit that happened; what really belongs to
			// nothing is swept away at the next start.
			err = errors.Join(err, s.Vault.Discard(received.Content()))
		}
		return Listing{}, dataset.Dataset{}, err
	}
	// The stored task does the same; a buyer's first look shall find it there. What
	// fails here, the task tries again.
	_, _ = s.Approve(ctx, l.ID)
	l, err = s.Mine(ctx, received.User(), l.ID)
	return l, d, err
}

func (in DataInput) check() error {
	return errors.Join(checkTitle(in.Title), checkDescription(in.Description), checkTags(in.Tags), CheckPrice(in.Price), in.Terms.Check())
}

// addDataset stores dataset, listing and the task to review it, all of it or
// nothing.
func (s *Service) addDataset(ctx context.Context, received *dataset.Received, in DataInput) (l Listing, d dataset.Dataset, err error) {
	if err := in.check(); err != nil {
		return l, d, err
	}
	if in.ID == "" {
		in.ID = market.NewID[market.ListingID](market.PrefixDataListing)
	}
	now := s.Clock().UTC().Truncate(time.Millisecond)
	err = s.Store.Update(ctx, func(tx Tx) error {
		user, err := tx.User(received.User())
		if err != nil {
			return err
		}
		d = dataset.New(received, in.Terms, now)
		d.Listing, d.Name, d.Description, d.Tags = in.ID, in.Title, in.Description, in.Tags
		if d.Provider == "" {
			d.Provider = user.DisplayName
		}
		if d, err = dataset.Add(tx, d); err != nil {
			return err
		}
		l = Listing{
			ID: in.ID, Owner: user.ID, Wallet: user.Wallet, Title: in.Title, Description: in.Description,
			Category: Mixed, Tags: in.Tags, Price: in.Price, Dataset: d.ID, DataType: d.DataType,
			Status: Draft, Files: 1, TotalSize: d.Object.Size, CreatedAt: now, UpdatedAt: now,
		}
		if err := l.move(PendingReview, owner); err != nil {
			return err
		}
		return errors.Join(tx.PutListing(l), tx.PutPack(received.Pack()),
			tx.PutTask(task.Task{Kind: task.ReviewOffer, Key: string(l.ID), Due: now}))
	})
	return l, d, err
}

// relabel brings a dataset's name, description and tags in line with its listing:
// they are the same on both markets.
func relabel(tx Tx, l Listing) error {
	if l.Dataset == "" {
		return nil
	}
	d, err := tx.Dataset(l.Dataset)
	if errors.Is(err, market.ErrNotFound) || (err == nil && d.Listing != l.ID) {
		return nil
	}
	if err != nil {
		return err
	}
	d.Name, d.Description, d.Tags, d.UpdatedAt = l.Title, l.Description, l.Tags, l.UpdatedAt
	return tx.PutDataset(d)
}

// dataGoods is goods of a data listing.
func (s *Service) dataGoods(ctx context.Context, l Listing) (*goods, error) {
	g := &goods{}
	err := s.Store.View(ctx, func(tx Tx) (err error) {
		if g.owner, err = tx.User(l.Owner); err != nil {
			return err
		}
		d, err := dataset.Mine(tx, l.Owner, l.Dataset)
		g.dataset, g.payable = &d, s.payable(d)
		return err
	})
	if err != nil {
		return nil, err
	}
	key, err := s.Vault.FileKey(ctx, g.dataset.Content)
	if err != nil {
		return nil, fmt.Errorf("read file key of dataset %s: %w", l.Dataset, err)
	}
	g.keys = []seal.FileKey{key}
	return g, nil
}

// describeData adds to a manifest what a data listing sells: the whole file, for any
// use.
func (g *goods) describeData(m *Manifest) {
	d, hash := g.dataset, g.keys[0].Hash()
	m.X402 = g.payable
	m.DataType, m.DatasetID, m.TotalRecords = string(d.DataType), string(d.ID), d.Records
	for _, c := range d.Columns {
		m.Columns = append(m.Columns, Column{Name: c.Name, Type: c.Type})
	}
	m.Entries = append(m.Entries, Entry{
		Contribution: string(d.ID), Kind: KindDataset, Filename: d.Filename(), MIME: d.MIME,
		Size: d.Object.Size, PayloadSize: d.Object.PayloadSize, Root: d.Object.Root,
		SHA256: d.FileHash[:], FileKeyHash: hash[:], AI: true, Research: true, Commercial: true,
	})
}
