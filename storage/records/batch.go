package records

import (
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"privd/market"
)

// Updates run one after another, and those that wait for each other share one
// commit, since it is the sync that takes the time. Each runs in the goroutine of
// its caller, on the transaction the one before left open, and then stands in line
// again to commit it: by then everybody who stood before has had a turn. A member
// that fails after it wrote something spoils the batch, and each of its members
// runs again, alone.

// batch is a transaction of several updates.
type batch struct {
	txn     *badger.Txn
	members int           // updates in it that succeeded
	bytes   int           // they wrote
	steps   steps         // of all of them
	done    chan struct{} // closed when err says what became of it
	err     error
}

// errAlone sends the members of a spoilt batch to run alone.
var errAlone = errors.New("batch is spoilt")

const (
	// maxBatch is how many bytes a batch may have for another update to join.
	maxBatch = 256 << 10
	maxTries = 32 // of an update that conflicts
)

func (s *Store) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s.writing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) unlock() { <-s.writing }

// together runs fn as a member of a batch. errAlone when it has to run alone.
func (s *Store) together(ctx context.Context, fn func(*Tx) error) (*Tx, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	b, tx, err := s.join(ctx, fn)
	select {
	case <-b.done:
	case s.writing <- struct{}{}:
		if s.batch == b {
			s.commit()
		}
		s.unlock()
	}
	if b.err != nil {
		return nil, b.err
	}
	return tx, err
}

// join runs fn on the open batch, with the lock held, and gives the lock back. The
// error is fn's; it stands when the batch does.
func (s *Store) join(ctx context.Context, fn func(*Tx) error) (b *batch, tx *Tx, err error) {
	defer s.unlock()
	if s.batch != nil && s.batch.bytes > maxBatch {
		s.commit()
	}
	if s.batch == nil {
		s.batch = &batch{txn: s.db.NewTransaction(true), done: make(chan struct{})}
	}
	b = s.batch
	tx = &Tx{ctx: ctx, txn: b.txn, codec: s.codec, store: s}
	returned := false
	defer func() {
		if !returned { // fn panicked
			s.end(b, errAlone)
		}
	}()
	err = fn(tx)
	returned = true
	if err == nil {
		err = tx.failed
	}
	switch {
	case err == nil:
		b.members++
		b.bytes += tx.bytes
		b.steps.join(tx.steps)
	case b.members == 0:
		s.end(b, nil) // nobody else minds
	case tx.bytes > 0:
		s.end(b, errAlone)
	}
	return b, tx, err
}

// commit commits the open batch. The lock is held.
func (s *Store) commit() {
	b := s.batch
	b.steps.before()
	err := b.txn.Commit()
	switch {
	case errors.Is(err, badger.ErrConflict):
		err = errAlone
	case err != nil:
		err = fmt.Errorf("commit: %w", err)
	default:
		b.steps.after()
	}
	s.end(b, err)
}

// end tells the members of a batch what became of it. The lock is held.
func (s *Store) end(b *batch, err error) {
	b.txn.Discard()
	b.err = err
	s.batch = nil
	close(b.done)
}

// alone runs fn in a transaction of its own.
func (s *Store) alone(ctx context.Context, fn func(*Tx) error) (*Tx, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.unlock()
	if s.batch != nil {
		s.commit()
	}
	for range maxTries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		tx, err := s.try(ctx, fn)
		if !errors.Is(err, badger.ErrConflict) {
			return tx, err
		}
	}
	return nil, market.Fail(market.Unavailable, "records are too busy")
}

func (s *Store) try(ctx context.Context, fn func(*Tx) error) (*Tx, error) {
	txn := s.db.NewTransaction(true)
	defer txn.Discard()
	tx := &Tx{ctx: ctx, txn: txn, codec: s.codec, store: s}
	if err := fn(tx); err != nil {
		return nil, err
	}
	if tx.failed != nil {
		return nil, tx.failed
	}
	tx.steps.before()
	if err := txn.Commit(); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	tx.steps.after()
	return tx, nil
}
