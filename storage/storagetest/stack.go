// Package storagetest opens storage in a temporary directory for tests, and holds
// the suites that every implementation of a store has to pass.
package storagetest

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"privd/market/content"
	"privd/storage"
	"privd/storage/records"
	"privd/storage/repo"
)

// Stack is an open storage and the repo it is in.
type Stack struct {
	*storage.Storage
	Repo     *repo.Repo
	Identity *age.HybridIdentity
}

// identity is made once: making one takes a while, and tests have no secrets.
var identity = sync.OnceValues(age.GenerateHybridIdentity)

// New makes a repo and opens its storage; both are closed when the test ends.
func New(tb testing.TB) *Stack {
	tb.Helper()
	r, err := repo.Init(tb.TempDir())
	require.NoError(tb, err)
	id, err := identity()
	require.NoError(tb, err)
	return start(tb, r, id)
}

// Open opens the repo at dir, which is closed when the test ends.
func Open(tb testing.TB, dir string, id *age.HybridIdentity) *Stack {
	tb.Helper()
	r, err := repo.Open(context.Background(), dir, slog.New(slog.DiscardHandler))
	require.NoError(tb, err)
	return start(tb, r, id)
}

func start(tb testing.TB, r *repo.Repo, id *age.HybridIdentity) *Stack {
	tb.Helper()
	s := &Stack{Repo: r, Identity: id}
	s.open(tb)
	tb.Cleanup(func() {
		require.NoError(tb, s.Storage.Close())
		require.NoError(tb, s.Repo.Close())
	})
	return s
}

func (s *Stack) open(tb testing.TB) {
	tb.Helper()
	var err error
	s.Storage, err = storage.Open(context.Background(), storage.Options{
		Dir: s.Repo.Dir, Identity: s.Identity, Log: slog.New(slog.DiscardHandler)})
	require.NoError(tb, err)
}

// Reopen closes the storage and opens it again.
func (s *Stack) Reopen(tb testing.TB) {
	tb.Helper()
	require.NoError(tb, s.Storage.Close())
	s.open(tb)
}

// Record makes a pack visible.
func (s *Stack) Record(tb testing.TB, p content.Pack) {
	tb.Helper()
	err := s.Records.Update(context.Background(), func(tx *records.Tx) error { return tx.PutPack(p) })
	require.NoError(tb, err)
}
