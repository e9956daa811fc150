package records

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// sweep removes the empty write-ahead logs that a process leaves when it dies between
// making such a file and giving it its size, or between emptying and unlinking one
// whose records are in a table. They hold nothing, and Badger takes the first one it
// meets for a reason not to open. Nothing else may have the database open.
func sweep(dir string) error {
	logs, err := filepath.Glob(filepath.Join(dir, "*.mem"))
	if err != nil {
		return fmt.Errorf("look for write-ahead logs: %w", err)
	}
	for _, path := range logs {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() > 0 {
			continue
		}
		if err == nil {
			err = os.Remove(path)
		}
		if err != nil {
			return fmt.Errorf("remove an empty write-ahead log: %w", err)
		}
	}
	return nil
}
