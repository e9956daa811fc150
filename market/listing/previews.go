package listing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"privd/market"
	"privd/market/contribution"
	"privd/market/preview"
)

// Previewer makes previews; preview.Maker is one.
type Previewer interface {
	// Make returns Invalid when there is nothing to be made of the content.
	Make(ctx context.Context, in preview.Input) (preview.Preview, error)
}

const (
	// maxPreviews is how many files of a listing get a preview, the first ones: a page
	// shows a few, and a listing may hold thousands.
	maxPreviews = 12
	// previewTime bounds how long making the previews of one listing takes; what is
	// left is made when the listing is put on sale.
	previewTime = 20 * time.Second
)

// makePreviews sees that the first files of a listing have previews, and returns how
// many do. A listing sells without as well: what cannot be made is left out.
func (s *Service) makePreviews(ctx context.Context, ids []market.ContributionID) (made int) {
	ctx, cancel := context.WithTimeout(ctx, previewTime)
	defer cancel()
	for _, id := range ids[:min(len(ids), maxPreviews)] {
		if has, err := s.makePreview(ctx, id); err == nil && has {
			made++
		}
	}
	return made
}

// makePreview makes the preview of a contribution once and remembers it. It is a
// block of its own, in the open: it is made for being seen.
func (s *Service) makePreview(ctx context.Context, id market.ContributionID) (bool, error) {
	defer s.previewing.Lock(id)()
	var c contribution.Contribution
	err := s.Store.View(ctx, func(tx Tx) (err error) { c, err = tx.Contribution(id); return err })
	if err != nil || c.Preview != nil {
		return err == nil, err
	}
	made, err := s.preview(ctx, c)
	if err != nil {
		return false, err
	}
	block, name, err := made.Block()
	if err != nil {
		return false, err
	}
	pack, err := s.Vault.StoreBlock(ctx, contribution.PreviewName(id), name, block)
	if err != nil {
		return false, err
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		now, err := tx.Contribution(id)
		if err != nil {
			return err
		}
		now.Preview = &name
		return errors.Join(tx.PutPack(pack), tx.PutContribution(now))
	})
	if errors.Is(err, market.ErrNotFound) {
		// Deleted meanwhile: the preview goes with it.
		err = errors.Join(s.Vault.Discard(contribution.PreviewName(id)), err)
	}
	return err == nil, err
}

func (s *Service) preview(ctx context.Context, c contribution.Contribution) (p preview.Preview, err error) {
	r, err := s.Vault.Open(ctx, string(c.ID), c.Object)
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	p, err = s.Previews.Make(ctx, preview.Input{Kind: c.Kind, MIME: c.MIME, FileHash: c.FileHash, Content: r})
	if err != nil {
		return p, fmt.Errorf("preview of %s: %w", c.ID, err)
	}
	return p, nil
}
