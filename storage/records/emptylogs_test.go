package records

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market/task"
)

// A crash at the moment when a log is made, or done away with, leaves an empty file. The
// database opens all the same, with all that was stored.
func TestEmptyLogs(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"00001.mem", "00099.mem", "000002.vlog", "000099.vlog"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := open(t, dir, nil)
			kept := task.Task{Kind: "kind", Key: "key"}
			update1(t, s, func(tx *Tx) error { return tx.PutTask(kept) })
			require.NoError(t, s.Close())
			path := filepath.Join(dir, name)
			require.NoError(t, os.RemoveAll(path))
			require.NoError(t, os.WriteFile(path, nil, 0o600))
			s = open(t, dir, nil)
			update1(t, s, func(tx *Tx) error { _, err := tx.Task("kind", "key"); return err })
			require.NoError(t, s.Close())
		})
	}
}
