package records_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market/task"
	"privd/storage/records"
)

// A process that dies while Badger makes or gives up a write-ahead log leaves an empty
// one, below or above those that hold something. The database opens, with all that was
// in it.
func TestEmptyLogs(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"00000.mem", "00099.mem"} {
		dir := t.TempDir()
		open := func() *records.Store {
			s, err := records.Open(records.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
			require.NoError(t, err)
			return s
		}
		s := open()
		stored := task.Task{Kind: task.Buy, Key: "pur_1", Due: time.Unix(1, 0).UTC()}
		require.NoError(t, s.Update(t.Context(), func(tx *records.Tx) error { return tx.PutTask(stored) }))
		require.NoError(t, s.Close())
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
		s = open()
		require.NoError(t, s.View(t.Context(), func(tx *records.Tx) error {
			_, err := tx.Task(stored.Kind, stored.Key)
			return err
		}))
		require.NoError(t, s.Close())
	}
}
