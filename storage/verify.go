package storage

import (
	"context"
	"fmt"

	"privd/market/content"
	"privd/storage/records"
)

// Damage is one thing that Verify found wrong.
type Damage struct {
	Name    string // of the pack or secret
	Problem string // in words, with the block where it is one block's
}

// Report is what Verify found.
type Report struct {
	Packs, Blocks, Secrets int
	Bytes                  int64 // of blocks
	Damages                []Damage
}

// Progress is how far a Verify is.
type Progress struct {
	Packs, TotalPacks int
	Bytes             int64 // of blocks, hashed so far
}

// maxDamages bounds a report: a disk that lost everything is known after a few.
const maxDamages = 10_000

// Verify hashes every block of every pack again, opens every secret, and looks for
// those that contributions and listings need and that are gone. It goes on
// after damage and reports all of it by name; its error means that it could not go
// on. progress may be nil.
func (s *Storage) Verify(ctx context.Context, progress func(Progress)) (Report, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	v := &verification{storage: s, tell: progress}
	if err := v.packs(ctx); err != nil {
		return v.report, fmt.Errorf("verify: %w", err)
	}
	if err := v.secrets(ctx); err != nil {
		return v.report, fmt.Errorf("verify: %w", err)
	}
	if err := v.lost(ctx); err != nil {
		return v.report, fmt.Errorf("verify: %w", err)
	}
	return v.report, nil
}

type verification struct {
	storage *Storage
	tell    func(Progress)
	done    Progress
	report  Report
}

func (v *verification) packs(ctx context.Context) error {
	err := v.storage.Records.View(ctx, func(tx *records.Tx) error {
		return tx.EachPackID(func(string) bool { v.done.TotalPacks++; return true })
	})
	if err != nil {
		return err
	}
	// Each pack in a transaction of its own: a verification may take hours.
	for after, more := "", true; more; {
		var pack content.Pack
		if pack, more, err = v.next(ctx, after); err != nil {
			return err
		}
		if !more {
			return nil
		}
		if err := v.pack(ctx, pack); err != nil {
			return err
		}
		after = pack.ID
	}
	return nil
}

func (v *verification) next(ctx context.Context, after string) (pack content.Pack, found bool, err error) {
	err = v.storage.Records.View(ctx, func(tx *records.Tx) error {
		return tx.EachPack(after, func(p content.Pack) bool {
			pack, found = p, true
			return false
		})
	})
	return pack, found, err
}

func (v *verification) pack(ctx context.Context, p content.Pack) error {
	err := v.storage.Blocks.VerifyPack(ctx, p, func(b content.Block, err error) {
		v.report.Blocks++
		v.report.Bytes += int64(b.Length)
		v.done.Bytes = v.report.Bytes
		if err != nil {
			v.damage(p.ID, err)
		}
		v.tell(v.done)
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && v.stillThere(ctx, p.ID) {
		v.damage(p.ID, err)
	}
	v.report.Packs++
	v.done.Packs++
	v.tell(v.done)
	return nil
}

// stillThere tells damage from a pack that was erased during the verification.
func (v *verification) stillThere(ctx context.Context, id string) (there bool) {
	err := v.storage.Records.View(ctx, func(tx *records.Tx) (err error) {
		there, err = tx.HasPack(id)
		return err
	})
	return there || err != nil
}

func (v *verification) secrets(ctx context.Context) error {
	names, err := v.storage.Keys.Names()
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		v.report.Secrets++
		err := v.storage.Keys.Check(ctx, name)
		if has, _ := v.storage.Keys.Has(name); err != nil && has {
			v.damage(name, err)
		}
	}
	return nil
}

func (v *verification) damage(name string, err error) {
	if len(v.report.Damages) >= maxDamages {
		return
	}
	v.report.Damages = append(v.report.Damages, Damage{name, err.Error()})
}
