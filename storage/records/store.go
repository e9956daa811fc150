package records

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"privd/market"
	"privd/market/task"
)

// Options are how to open the database.
type Options struct {
	Dir string       // made when it does not exist; nobody else may have it open
	Log *slog.Logger // required
	// OnTasks is told, after a commit, which tasks it stored; may be nil. It must
	// not block and must not use the store.
	OnTasks func([]task.Task)
	// OnEvents is told, after a commit, for which users it journaled events; may be
	// nil. It must not block and must not use the store.
	OnEvents func([]market.UserID)
	// Clock tells when events happen; time.Now when nil.
	Clock market.Clock
}

// Store is the open database. It is safe for concurrent use.
type Store struct {
	db       *badger.DB
	codec    codec
	onTasks  func([]task.Task)
	onEvents func([]market.UserID)
	clock    market.Clock
	// writing holds a token while an update runs or a batch is committed; batch and seq
	// are for whoever put it there.
	writing chan struct{}
	batch   *batch
	upkeep  upkeep
	// seq is the newest number of the journal. Updates are serial, so that numbers rise
	// in the order of commits; one that fails leaves a gap.
	seq uint64
}

const (
	// memTableSize bounds both the memory of unflushed writes and, at 15 %, the size
	// of one transaction.
	memTableSize = 16 << 20
)

// Open opens the database in o.Dir.
func Open(o Options) (*Store, error) {
	settings := badger.DefaultOptions(o.Dir).
		WithLogger(quietLogger{o.Log}).
		WithSyncWrites(true).
		WithNumVersionsToKeep(1).
		WithMemTableSize(memTableSize).
		WithNumMemtables(2).
		WithNumLevelZeroTables(2).
		WithNumLevelZeroTablesStall(8).
		WithNumCompactors(2).
		WithCompactL0OnClose(true).
		WithCompression(options.None). // so that no block cache is needed
		WithBlockCacheSize(0).
		WithValueLogFileSize(64 << 20).
		// Values above this go to the value log, which gives space back reluctantly:
		// records are small, so nothing does in practice.
		WithValueThreshold(1 << 20).
		WithMetricsEnabled(false)
	if err := sweep(o.Dir); err != nil {
		return nil, fmt.Errorf("open records: %w", err)
	}
	db, err := badger.Open(settings)
	if err != nil {
		return nil, fmt.Errorf("open records: %w", err)
	}
	s := &Store{db: db, codec: newCodec(), onTasks: o.OnTasks, onEvents: o.OnEvents, clock: o.Clock, writing: make(chan struct{}, 1)}
	if s.clock == nil {
		s.clock = time.Now
	}
	err = s.View(context.Background(), func(tx *Tx) (err error) { _, s.seq, err = tx.JournalBounds(); return err })
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read journal: %w", err), db.Close())
	}
	return s, nil
}

// Close writes what is in memory and closes the database. Nothing may use it
// afterwards.
func (s *Store) Close() error {
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close records: %w", err)
	}
	return nil
}

// View runs fn on one consistent snapshot, read-only.
func (s *Store) View(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	txn := s.db.NewTransaction(false)
	defer txn.Discard()
	return fn(&Tx{ctx: ctx, txn: txn, codec: s.codec})
}

// Update runs fn and commits durably what it wrote, all of it or nothing. fn must
// have no effect outside the transaction: it may run more than once. TooLarge when
// it wrote more than one transaction holds.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	tx, err := s.together(ctx, fn)
	if errors.Is(err, errAlone) {
		tx, err = s.alone(ctx, fn)
	}
	if err != nil {
		return err
	}
	if s.onTasks != nil && len(tx.tasks) > 0 {
		s.onTasks(tx.tasks)
	}
	if s.onEvents != nil && len(tx.told) > 0 {
		s.onEvents(tx.told)
	}
	return nil
}

// CollectGarbage gives space of deleted values back. The node calls it now and
// then; it returns when there is nothing left to do or ctx ends.
func (s *Store) CollectGarbage(ctx context.Context) error {
	s.upkeep.Lock()
	defer s.upkeep.Unlock()
	for ctx.Err() == nil {
		switch err := s.db.RunValueLogGC(0.5); {
		case errors.Is(err, badger.ErrNoRewrite), errors.Is(err, badger.ErrRejected):
			return nil
		case err != nil:
			return fmt.Errorf("collect garbage: %w", err)
		}
	}
	return ctx.Err()
}

// RunGarbageCollector calls CollectGarbage every interval until ctx ends.
func (s *Store) RunGarbageCollector(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := s.CollectGarbage(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// Size returns the bytes the database takes on disk.
func (s *Store) Size() int64 {
	tables, log := s.db.Size()
	return tables + log
}

// As returns the store seen through the transaction interface T of a use case. It
// panics when *Tx does not implement T, which is known when the node is built.
func As[T any](s *Store) market.Store[T] {
	if _, fits := any((*Tx)(nil)).(T); !fits {
		panic(fmt.Sprintf("records: *Tx does not implement %T", (*T)(nil)))
	}
	return as[T]{s}
}

type as[T any] struct{ store *Store }

func (a as[T]) View(ctx context.Context, fn func(T) error) error {
	return a.store.View(ctx, func(tx *Tx) error { return fn(any(tx).(T)) })
}

func (a as[T]) Update(ctx context.Context, fn func(T) error) error {
	return a.store.Update(ctx, func(tx *Tx) error { return fn(any(tx).(T)) })
}

// quietLogger hands Badger's log on. What Badger calls information is for those
// who debug it.
type quietLogger struct{ log *slog.Logger }

func (l quietLogger) Errorf(format string, a ...any)   { l.log.Error(fmt.Sprintf(format, a...)) }
func (l quietLogger) Warningf(format string, a ...any) { l.log.Warn(fmt.Sprintf(format, a...)) }
func (l quietLogger) Infof(format string, a ...any)    { l.log.Debug(fmt.Sprintf(format, a...)) }
func (l quietLogger) Debugf(string, ...any)            {}
