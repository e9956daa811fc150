package purchase

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ipfs/go-cid"

	"privd/market"
	"privd/market/listing"
	"privd/market/task"
)

// Gone is a file of a purchase that its owner had erased.
type Gone struct {
	Entry int // of the manifest
	// At is when it was handed out last, or could have been: when this node learned of
	// the erasure, or the one download after that.
	At time.Time
	// Destroyed is when the copy was unlinked; zero until then.
	Destroyed time.Time
}

// urlsLast is how long the URLs that a download gives out work.
const urlsLast = time.Hour

// copyPoll is how often an erasure looks at a purchase that is still under way.
const copyPoll = 10 * time.Second

// Erased takes a file that its owner had erased out of reach of the buyers of this
// node. What was paid for is handed out once: a purchase that is under way goes on,
// and one that was never downloaded may be, with the file in it. There is no other
// download of it, and its copy is destroyed when the last URL or the access has run
// out. The notice has been checked.
func (e *Engine) Erased(ctx context.Context, notice listing.Erasure) error {
	now := e.Clock().UTC().Truncate(time.Millisecond)
	return e.Store.Update(ctx, func(tx Tx) error {
		var found []Purchase
		err := tx.PurchasesOfListing(notice.Listing, func(p Purchase) bool {
			if p.Order.Seller == notice.Order.Seller {
				found = append(found, p)
			}
			return ctx.Err() == nil
		})
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		for _, p := range found {
			changed, err := p.lose(notice.Content, now)
			if err != nil {
				return err
			}
			if !changed {
				continue
			}
			if err := errors.Join(tx.PutPurchase(p), tx.PutTask(task.Task{Kind: task.EraseCopy, Key: string(p.ID), Due: now})); err != nil {
				return err
			}
		}
		return nil
	})
}

// lose notes that a file is gone, once.
func (p *Purchase) lose(root cid.Cid, now time.Time) (changed bool, err error) {
	if p.State == Failed || p.State == Revoked {
		return false, nil // they keep nothing
	}
	m, err := listing.DecodeManifest(p.Manifest)
	if err != nil {
		return false, err
	}
	for i, entry := range m.Entries {
		if entry.Root.Equals(root) && p.gone(i) == nil {
			p.Gone = append(p.Gone, Gone{Entry: i, At: now})
			changed = true
		}
	}
	return changed, nil
}

func (p *Purchase) gone(entry int) *Gone {
	for i := range p.Gone {
		if p.Gone[i].Entry == entry {
			return &p.Gone[i]
		}
	}
	return nil
}

// serves reports whether a download hands out a file now: it is not erased, or it is
// and nothing was downloaded yet.
func (p Purchase) serves(entry int) bool {
	g := p.gone(entry)
	return g == nil || (p.Downloads == 0 && g.Destroyed.IsZero())
}

// errErased refuses a download of which nothing is left.
var errErased = &market.Error{Code: market.Denied, Reason: "CONTENT_ERASED",
	Message: "The owner of this content had it erased; it cannot be downloaded any more"}

// handOut counts a download and returns which files it leaves out.
func (p *Purchase) handOut(now time.Time) (withheld []int, err error) {
	if len(p.Gone) > 0 {
		m, err := listing.DecodeManifest(p.Manifest)
		if err != nil {
			return nil, err
		}
		for i := range m.Entries {
			if !p.serves(i) {
				withheld = append(withheld, i)
			}
		}
		if len(withheld) == len(m.Entries) {
			return nil, errErased
		}
	}
	for i := range p.Gone {
		if g := &p.Gone[i]; !slices.Contains(withheld, g.Entry) {
			g.At = now
		}
	}
	p.Downloads++
	return withheld, nil
}

// destroyAt returns when the copy of a file is to be destroyed.
func (p Purchase) destroyAt(g Gone) time.Time {
	at := p.ExpiresAt
	if last := g.At.Add(urlsLast); p.Downloads > 0 && last.Before(at) {
		at = last
	}
	return at
}

// EraseCopy destroys the copies of a purchase's erased files whose time has come:
// the handler of erase-copy tasks.
func (e *Engine) EraseCopy(ctx context.Context, id market.PurchaseID) (task.Next, error) {
	var p Purchase
	err := e.Store.View(ctx, func(tx Tx) (err error) { p, err = tx.Purchase(id); return err })
	switch {
	case errors.Is(err, market.ErrNotFound), err == nil && (p.State == Failed || p.State == Revoked):
		return task.Done(), nil
	case err != nil:
		return task.Next{}, err
	case p.State != Opened || !p.Stored:
		return task.In(copyPoll), nil
	}
	now := e.Clock()
	var due []int
	var next time.Time
	for _, g := range p.Gone {
		at := p.destroyAt(g)
		switch {
		case !g.Destroyed.IsZero():
		case !now.Before(at):
			due = append(due, g.Entry)
		case next.IsZero() || at.Before(next):
			next = at
		}
	}
	if len(due) > 0 {
		if err := e.destroy(ctx, p, due, !now.Before(p.ExpiresAt)); err != nil {
			return task.Next{}, err
		}
	}
	if next.IsZero() {
		return task.Done(), nil
	}
	// A first download brings the time forward.
	return task.In(min(next.Sub(now), urlsLast)), nil
}

// destroy unlinks the copies of some files. With over, the access has ended and
// everything goes.
func (e *Engine) destroy(ctx context.Context, p Purchase, due []int, over bool) error {
	m, err := listing.DecodeManifest(p.Manifest)
	if err != nil {
		return err
	}
	left := []cid.Cid{m.KeyBundle}
	for i, entry := range m.Entries {
		if g := p.gone(i); !slices.Contains(due, i) && (g == nil || g.Destroyed.IsZero()) {
			left = append(left, entry.Root)
		}
	}
	if over || len(left) == 1 {
		err = e.unlink(ctx, p, m)
	} else {
		err = e.repack(ctx, p, m, left, due)
	}
	if err != nil {
		return err
	}
	return e.Store.Update(ctx, func(tx Tx) error {
		held, err := tx.Purchase(p.ID)
		if err != nil {
			return err
		}
		for _, i := range due {
			if g := held.gone(i); g != nil {
				g.Destroyed = e.Clock().UTC().Truncate(time.Millisecond)
			}
		}
		return tx.PutPurchase(held)
	})
}

// unlink destroys the key of a purchase and everything it opens.
func (e *Engine) unlink(ctx context.Context, p Purchase, m *listing.Manifest) error {
	err := errors.Join(e.Keyring.Destroy(ctx, keyName(p)), e.Vault.Erase(ctx, string(p.ID)))
	for i := range m.Entries {
		err = errors.Join(err, e.Vault.Erase(ctx, restName(p, i)), e.Vault.Erase(ctx, keptName(p, i)))
	}
	return err
}

// repack copies what is left of a purchase into a pack of its own, whose blocks are
// all here, and unlinks the packs that hold more than that.
func (e *Engine) repack(ctx context.Context, p Purchase, m *listing.Manifest, left []cid.Cid, due []int) error {
	var limit int64 = 1 << 20 // the bundle
	for _, entry := range m.Entries {
		limit += dagLimit(entry)
	}
	kept := keptName(p, due[0])
	pack, err := e.Vault.Fetch(ctx, kept, left, e.Source(m.Peers), limit, func(int64) {})
	if err != nil {
		return err
	}
	if err := e.Store.Update(ctx, func(tx Tx) error { return tx.PutPack(pack) }); err != nil {
		return err
	}
	err = e.Vault.Erase(ctx, string(p.ID))
	for i := range m.Entries {
		err = errors.Join(err, e.Vault.Erase(ctx, restName(p, i)))
		if name := keptName(p, i); name != kept {
			err = errors.Join(err, e.Vault.Erase(ctx, name))
		}
	}
	return err
}

// keptName names the pack of what was left after a file was destroyed.
func keptName(p Purchase, destroyed int) string { return fmt.Sprintf("%s.kept.%d", p.ID, destroyed) }
