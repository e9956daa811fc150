package listing

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"privd/market"
	"privd/market/content"
	"privd/market/contribution"
	"privd/market/media"
	"privd/market/media/strip"
)

// goodsOf returns what of a contribution is sold: the file as it was uploaded, or
// for a photo that tells where and with what it was taken, a copy that does not.
// The copy is made once and remembered.
func (s *Service) goodsOf(ctx context.Context, l Listing, c contribution.Contribution) (contribution.Variant, error) {
	original := contribution.Variant{ID: string(c.ID), Object: c.Object, FileHash: c.FileHash}
	if l.KeepMetadata || c.Kind != media.Photo || !strip.Supported(c.MIME) {
		return original, nil
	}
	if c.Sold != nil {
		return *c.Sold, nil
	}
	sold, pack, err := s.withoutMetadata(ctx, c, original)
	if err != nil {
		return original, fmt.Errorf("remove metadata of %s: %w", c.ID, err)
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		now, err := tx.Contribution(c.ID)
		if err != nil {
			return err
		}
		now.Sold = &sold
		if pack != nil {
			err = tx.PutPack(*pack)
		}
		return errors.Join(err, tx.PutContribution(now))
	})
	if errors.Is(err, market.ErrNotFound) && pack != nil {
		// Deleted meanwhile: the copy goes with it.
		err = errors.Join(s.Vault.Discard(sold.ID), err)
	}
	return sold, err
}

// withoutMetadata stores a copy of a photo without its metadata; the original
// itself when there is nothing to remove.
func (s *Service) withoutMetadata(ctx context.Context, c contribution.Contribution, original contribution.Variant) (contribution.Variant, *content.Pack, error) {
	r, err := s.Vault.Open(ctx, string(c.ID), c.Object)
	if err != nil {
		return original, nil, err
	}
	defer r.Close()
	has, err := strip.Has(r, c.MIME)
	if err != nil || !has {
		return original, nil, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return original, nil, err
	}
	out, in := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		// A file that makes the parser panic must not take the node down with it.
		defer func() {
			if p := recover(); p != nil {
				_ = in.CloseWithError(fmt.Errorf("panic: %v", p))
			}
		}()
		_, err := strip.Strip(in, r, c.MIME)
		_ = in.CloseWithError(err) // the reader's side gets the error
	}()
	hash := sha256.New()
	id := contribution.SoldName(c.ID)
	stored, err := s.Vault.Store(ctx, id, io.TeeReader(out, hash))
	_ = out.Close() // ends a Strip whose output nobody reads any more
	<-done
	if market.CodeOf(err) == market.Conflict {
		// A copy of an earlier try that was never recorded.
		err = errors.Join(s.Vault.Discard(id), err)
	}
	if err != nil {
		return original, nil, err
	}
	return contribution.Variant{ID: id, Object: stored.Object, FileHash: market.Hash(hash.Sum(nil))}, &stored.Pack, nil
}
