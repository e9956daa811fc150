package main

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// yardsticks are what the machine can do, in megabytes a second: the best of a few
// tries, since noise only ever slows.
type yardsticks struct{ sha, write float64 }

func measureYardsticks() (y yardsticks, err error) {
	data := make([]byte, 100*mb)
	if _, err := rand.Read(data); err != nil {
		return y, err
	}
	dir, err := os.MkdirTemp("", "privd-bench-")
	if err != nil {
		return y, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for range 3 {
		began := time.Now()
		sha256.Sum256(data)
		y.sha = max(y.sha, rate(len(data), time.Since(began)))
		began = time.Now()
		if err := writeSynced(filepath.Join(dir, "file"), data); err != nil {
			return y, err
		}
		y.write = max(y.write, rate(len(data), time.Since(began)))
	}
	return y, nil
}

func writeSynced(path string, data []byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}
