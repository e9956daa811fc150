package migrate_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/storage/migrate"
)

var quiet = slog.New(slog.DiscardHandler)

// Steps are numbered from 1 without a gap: each is the way from the one before.
func TestStepsAreNumbered(t *testing.T) {
	t.Parallel()
	for i, s := range migrate.Steps() {
		require.Equal(t, i+1, s.Number)
		require.NotEmpty(t, s.Name)
	}
}

// Only what is missing runs, in order; what failed runs again the next time, and
// nothing after it did.
func TestRun(t *testing.T) {
	t.Parallel()
	dir, ctx := t.TempDir(), context.Background()
	file := filepath.Join(dir, "version")
	require.NoError(t, migrate.WriteVersion(file, 1))
	var ran []int
	fail := errors.New("disk full")
	broken := true
	step := func(n int) migrate.Step {
		return migrate.Step{Number: n, Name: "step", Apply: func(_ context.Context, d string) error {
			require.Equal(t, dir, d)
			ran = append(ran, n)
			if n == 3 && broken {
				return fail
			}
			return nil
		}}
	}
	steps := []migrate.Step{step(1), step(2), step(3), step(4)}
	require.ErrorIs(t, migrate.Run(ctx, dir, file, steps, quiet), fail)
	requireVersion(t, file, 2)
	broken = false
	require.NoError(t, migrate.Run(ctx, dir, file, steps, quiet))
	requireVersion(t, file, 4)
	require.Equal(t, []int{2, 3, 3, 4}, ran)
	require.NoError(t, migrate.Run(ctx, dir, file, steps, quiet))
	require.Len(t, ran, 4, "nothing is left to do")
	require.ErrorIs(t, migrate.Run(ctx, dir, file, steps[:3], quiet), market.ErrInvalid, "newer than the program")
	ended, cancel := context.WithCancel(ctx)
	cancel()
	require.ErrorIs(t, migrate.Run(ended, dir, file, append(steps, step(5)), quiet), context.Canceled)
}

func requireVersion(t *testing.T, file string, want int) {
	t.Helper()
	got, err := migrate.ReadVersion(file)
	require.NoError(t, err)
	require.Equal(t, want, got)
}
