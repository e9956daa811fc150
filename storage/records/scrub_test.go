package records

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/contribution"
)

// found lists the files of a database that hold a text.
func found(t *testing.T, dir, text string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		if bytes.Contains(data, []byte(text)) {
			names = append(names, e.Name())
		}
	}
	return names
}

// What was deleted, and what was replaced, is on no disk any more after a scrub,
// wherever it stood: in the log of what is in memory, or in old tables below newer
// ones. What is there stays, also what is written meanwhile.
func TestScrub(t *testing.T) {
	t.Parallel()
	dir, ctx := t.TempDir(), t.Context()
	open := func() *Store {
		s, err := Open(Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		return s
	}
	id := func(i int) market.ContributionID { return market.ContributionID(fmt.Sprint("contrib_", i)) }
	put := func(s *Store, i int, name string) {
		random := rand.New(rand.NewPCG(uint64(i), 1))
		filler := make([]byte, 512<<10)
		for j := range filler {
			filler[j] = byte('a' + random.IntN(26))
		}
		update1(t, s, func(tx *Tx) error {
			c := contribution.Contribution{ID: id(i), User: "usr_a", FileHash: market.Hash{byte(i >> 8), byte(i)}, Filename: name, Metadata: filler}
			return tx.PutContribution(c)
		})
	}
	s := open()
	put(s, 0, "old-secret.jpg")
	put(s, 1, "replaced-secret.jpg")
	for i := 2; i < 50; i++ { // more than memory holds
		put(s, i, "kept.jpg")
	}
	require.NoError(t, s.Close())
	s = open()
	put(s, 60, "new-secret.jpg")
	put(s, 1, "other.jpg")
	update1(t, s, func(tx *Tx) error { return tx.DeleteContribution(id(0)) })
	update1(t, s, func(tx *Tx) error { return tx.DeleteContribution(id(60)) })
	for _, secret := range []string{"old-secret", "new-secret", "replaced-secret"} {
		require.NotEmpty(t, found(t, dir, secret), secret)
	}

	ctx, cancel := context.WithCancel(ctx)
	var busy sync.WaitGroup
	written := 0
	busy.Go(func() {
		for ; ctx.Err() == nil; written++ {
			put(s, 100+written%5, "meanwhile.jpg")
		}
	})
	busy.Go(func() {
		for i := 2; ctx.Err() == nil; i++ {
			require.NoError(t, s.View(t.Context(), func(tx *Tx) error { _, err := tx.Contribution(id(2 + i%48)); return err }))
		}
	})
	require.NoError(t, s.Scrub(t.Context()))
	require.NoError(t, s.CollectGarbage(t.Context()))
	require.NoError(t, s.Scrub(t.Context()), "again")
	cancel()
	busy.Wait()
	for _, secret := range []string{"old-secret", "new-secret", "replaced-secret"} {
		require.Empty(t, found(t, dir, secret), secret)
	}
	require.NoError(t, s.Close())
	s = open()
	defer func() { require.NoError(t, s.Close()) }()
	require.NotZero(t, written)
	n := 0
	require.NoError(t, s.View(t.Context(), func(tx *Tx) error {
		return tx.EachContribution(func(c contribution.Contribution) bool { n++; return true })
	}))
	require.Equal(t, 1+48+min(written, 5), n)
}
