package records

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// sweep removes the empty logs that a process leaves when it dies between making such a
// file and giving it its size, or between emptying and unlinking one whose records are
// elsewhere. They hold nothing, and Badger takes the first one it meets for a reason not
// to open. Nothing else may have the database open.
func sweep(dir string) error {
	for _, kind := range []string{"*.mem", "*.vlog"} { // write-ahead logs, value logs
		logs, err := filepath.Glob(filepath.Join(dir, kind))
		if err != nil {
			return fmt.Errorf("look for logs: %w", err)
		}
		for _, path := range logs {
			info, err := os.Stat(path)
			if err == nil && info.Size() == 0 {
				err = os.Remove(path)
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("remove an empty log: %w", err)
			}
		}
	}
	return nil
}
