// Package storage is what survives a restart: blocks, keys and records of one node,
// opened and closed together.
//
// Blocks and records live in separate directories, because blocks can be fetched
// again; keys have one of their own, because destroying them is what erases.
// Order of writing: data, then key, then the record that makes both visible; what
// a crash leaves without a record is swept away at the next start.
package storage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"filippo.io/age"

	"privd/market"
	"privd/market/task"
	"privd/storage/blocks"
	"privd/storage/keys"
	"privd/storage/records"
	"privd/storage/repo"
	"privd/storage/vault"
)

// Options are how to open the storage of a repo.
type Options struct {
	Dir      repo.Dir            // of a repo whose lock is held
	Identity *age.HybridIdentity // the node's, whom all secrets are encrypted to
	Log      *slog.Logger
	// OnTasks is told, after a commit, which tasks it stored; may be nil. It must
	// not block and must not use the records.
	OnTasks func([]task.Task)
	// OnEvents is told, after a commit, for which users it journaled events; may be
	// nil. It must not block and must not use the records.
	OnEvents func([]market.UserID)
	// Clock tells when events happen; time.Now when nil.
	Clock market.Clock
	// Now is the time at which to sweep; time.Now() when zero.
	Now time.Time
}

// Storage is the open storage of a repo.
type Storage struct {
	Records *records.Store
	Blocks  *blocks.Store
	Keys    *keys.Ring
	Vault   *vault.Vault
}

// Open opens the storage and sweeps away what a crash left. Packs whose file is
// missing are logged; Verify names them.
func Open(ctx context.Context, o Options) (*Storage, error) {
	db, err := records.Open(records.Options{Dir: o.Dir.Records(), Log: o.Log.With("component", "records"), OnTasks: o.OnTasks, OnEvents: o.OnEvents, Clock: o.Clock})
	if err != nil {
		return nil, err
	}
	s := &Storage{Records: db}
	if err := s.open(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Storage) open(ctx context.Context, o Options) (err error) {
	log := o.Log.With("component", "blocks")
	if s.Keys, err = keys.Open(o.Dir.Keys(), o.Identity); err != nil {
		return err
	}
	if s.Blocks, err = blocks.Open(blocks.Options{Dir: o.Dir.Blocks(), Records: s.Records, Log: log}); err != nil {
		return err
	}
	s.Vault = vault.New(vault.Options{Blocks: s.Blocks, Keys: s.Keys, Records: s.Records, Identity: o.Identity})
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	swept, err := s.Blocks.Sweep(ctx, o.Now)
	if err != nil {
		return err
	}
	for _, id := range swept.Removed {
		// Its key, if it had one, was never told of either.
		if err := s.Keys.Destroy(ctx, id); err != nil {
			return fmt.Errorf("sweep keys: %w", err)
		}
		log.Info("removed an unfinished pack", "pack", id)
	}
	for _, id := range swept.Missing {
		log.Error("a pack is missing", "pack", id)
	}
	return nil
}

// Close closes everything that is open, records last.
func (s *Storage) Close() error {
	var err error
	if s.Blocks != nil {
		err = s.Blocks.Close()
	}
	return errors.Join(err, s.Records.Close())
}
