package blocks

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"privd/market"
	"privd/storage/durable"
	"privd/storage/records"
)

// Swept is what Sweep found.
type Swept struct {
	Removed []string // ids of packs that were never recorded, now gone
	Missing []string // ids of recorded packs that have no file
}

const (
	// maxSweep bounds how many finished packs one sweep takes for writes that a
	// crash cut off. More than this at once means that the records were lost or are
	// older than the packs, and then nothing may be removed.
	maxSweep = 64
	// partialLife is how long an unfinished fetch may be taken up again.
	partialLife = 14 * 24 * time.Hour
)

// Sweep removes what a crash left: packs that were never recorded, temporary
// files, fetches nobody took up again. It runs before anything is written. Packs
// that are recorded but have no file are reported and left as they are.
func (s *Store) Sweep(ctx context.Context, now time.Time) (Swept, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return Swept{}, fmt.Errorf("sweep blocks: %w", err)
	}
	here := make(map[string]bool)
	for _, e := range entries {
		id, isPack := strings.CutSuffix(e.Name(), suffix)
		switch {
		case !e.Type().IsRegular():
		case isPack && checkID(id) == nil:
			here[id] = true
		case strings.HasSuffix(e.Name(), durable.TempSuffix), strings.HasSuffix(e.Name(), partial) && stale(e, now):
			if err := os.Remove(filepath.Join(s.dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return Swept{}, fmt.Errorf("sweep blocks: %w", err)
			}
		}
	}
	var swept Swept
	err = s.records.View(ctx, func(tx *records.Tx) error {
		return tx.EachPackID(func(id string) bool {
			if !here[id] {
				swept.Missing = append(swept.Missing, id)
			}
			delete(here, id)
			return true
		})
	})
	if err != nil {
		return Swept{}, fmt.Errorf("sweep blocks: %w", err)
	}
	for id := range here {
		swept.Removed = append(swept.Removed, id)
	}
	if len(swept.Removed) > maxSweep {
		return Swept{Missing: swept.Missing}, market.Fail(market.Conflict, fmt.Sprintf(
			"%d packs in %s are not in the records: the records do not belong to these blocks, nothing was removed",
			len(swept.Removed), s.dir))
	}
	for _, id := range swept.Removed {
		if err := s.Unlink(id); err != nil {
			return swept, err
		}
	}
	return swept, durable.SyncDir(s.dir)
}

func stale(e fs.DirEntry, now time.Time) bool {
	info, err := e.Info()
	return err == nil && now.Sub(info.ModTime()) > partialLife
}
