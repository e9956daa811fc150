// Package durable writes, replaces and destroys small files so that what it
// reported done is still done after a power cut: contents and directory entry
// are both on the disk when a call returns. A reader sees the old file or the new
// one, never a part of one. Leftovers of an interrupted write carry TempSuffix.
package durable

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"privd/storage/crash"
)

// TempSuffix ends the name of a file that is being written. One found at start is
// litter of a crash.
const TempSuffix = ".tmp"

// WriteFile replaces the file at path with data and syncs file and directory.
func WriteFile(path string, data []byte, mode fs.FileMode) error {
	crash.Before(crash.File(path, "write"))
	temp, err := writeTemp(path, data, mode)
	if err != nil {
		return err
	}
	crash.After(crash.File(path, "write"))
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if err := SyncDir(filepath.Dir(path)); err != nil {
		return err
	}
	crash.After(crash.File(path, "rename"))
	return nil
}

func writeTemp(path string, data []byte, mode fs.FileMode) (string, error) {
	var tag [8]byte
	if _, err := rand.Read(tag[:]); err != nil {
		return "", err
	}
	temp := path + "." + hex.EncodeToString(tag[:]) + TempSuffix
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(temp))
	}
	return temp, nil
}

// SyncDir makes the entries of a directory durable.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // a directory cannot be synced there; NTFS journals its entries
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync directory %s: %w", dir, err)
	}
	return nil
}

// Remove unlinks a file and syncs its directory. Removing what is gone is fine.
func Remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := SyncDir(filepath.Dir(path)); err != nil {
		return err
	}
	crash.After(crash.File(path, "unlink"))
	return nil
}

// Shred overwrites a file with random bytes, syncs it and unlinks it. On a disk
// that writes elsewhere what is overwritten (SSD, copy-on-write) the old bytes
// may linger below the file system; nothing above it can read them. Shredding
// what is gone is fine.
func Shred(path string) error {
	crash.Before(crash.File(path, "shred"))
	if err := overwrite(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("overwrite %s: %w", filepath.Base(path), err)
	}
	crash.After(crash.File(path, "shred"))
	return Remove(path)
}

func overwrite(path string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	noise := make([]byte, info.Size())
	if _, err := rand.Read(noise); err != nil {
		return err
	}
	if _, err := f.WriteAt(noise, 0); err != nil {
		return err
	}
	return f.Sync()
}
