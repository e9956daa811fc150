package records

import (
	"context"
	"fmt"
	"sync"

	"github.com/dgraph-io/badger/v4"
)

// scrubPrefix begins the one key that a scrub writes and drops. Nothing else uses it.
const scrubPrefix = 0x0F

// upkeep keeps those who rewrite files from meeting: one at a time.
type upkeep struct{ sync.Mutex }

// Scrub makes what was deleted or replaced before it was called disappear from the
// disk. Badger keeps old versions in its files until it happens to rewrite them, which
// on a quiet node is never. It reads and writes the whole database, so it is for when
// somebody was promised that something is gone; while it begins, reads and writes wait.
func (s *Store) Scrub(ctx context.Context) error {
	s.upkeep.Lock()
	defer s.upkeep.Unlock()
	if err := s.rotate(ctx); err != nil {
		return fmt.Errorf("scrub: %w", err)
	}
	if err := s.db.Flatten(1); err != nil {
		return fmt.Errorf("scrub: %w", err)
	}
	return ctx.Err()
}

// rotate moves everything from memory, and from the log that stands for it, into
// tables, where versions that nobody reads any more are left behind. Badger does so
// only when it drops something, and refuses writes meanwhile, so no update runs.
func (s *Store) rotate(ctx context.Context) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.unlock()
	if s.batch != nil {
		s.commit()
	}
	err := s.db.Update(func(txn *badger.Txn) error { return txn.Set([]byte{scrubPrefix}, nil) })
	if err != nil {
		return err
	}
	return s.db.DropPrefix([]byte{scrubPrefix})
}
