package repo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"

	"privd/market"
	"privd/storage/durable"
	"privd/storage/migrate"
)

// Repo is a repo this process holds the lock of.
type Repo struct {
	Dir
	lock *flock.Flock
}

// Init makes a repo at dir, whose parents are made as needed, and opens it.
// Conflict when there is one already.
func Init(dir string) (*Repo, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	d := Dir(abs)
	if d.Exists() {
		return nil, market.Fail(market.Conflict, fmt.Sprintf("%s is a privd repo already", d))
	}
	for _, p := range []string{string(d), d.Keystore(), d.Blocks(), d.Keys(), d.Records()} {
		if err := os.MkdirAll(p, 0o700); err != nil {
			return nil, fmt.Errorf("init repo: %w", err)
		}
		if err := os.Chmod(p, 0o700); err != nil {
			return nil, fmt.Errorf("init repo: %w", err)
		}
	}
	r, err := lock(d)
	if err != nil {
		return nil, err
	}
	// The version comes last: its presence is what makes the directory a repo.
	if err := migrate.WriteVersion(d.Version(), migrate.Latest()); err != nil {
		return nil, errors.Join(fmt.Errorf("init repo: %w", err), r.Close())
	}
	return r, nil
}

// Open takes the lock of the repo at dir and brings its layout up to date.
// NotFound when there is none, Conflict when another process uses it, Invalid when
// a newer program wrote it.
func Open(ctx context.Context, dir string, log *slog.Logger) (*Repo, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	d := Dir(abs)
	if !d.Exists() {
		return nil, market.Fail(market.NotFound, fmt.Sprintf("no privd repo at %s; make one with: privd init", d))
	}
	r, err := lock(d)
	if err != nil {
		return nil, err
	}
	if err := migrate.Run(ctx, string(d), d.Version(), migrate.Steps(), log); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	if err := sweepTemp(string(d)); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// lock takes the lock file and writes this process into it.
func lock(d Dir) (*Repo, error) {
	l := flock.New(d.Lock(), flock.SetPermissions(0o600))
	held, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock repo: %w", err)
	}
	if !held {
		return nil, market.Fail(market.Conflict, fmt.Sprintf("%s is in use%s", d, holder(d)))
	}
	// In place, not by rename: the lock belongs to this very file.
	if err := os.WriteFile(d.Lock(), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("lock repo: %w", err), l.Close())
	}
	return &Repo{Dir: d, lock: l}, nil
}

func holder(d Dir) string {
	b, err := os.ReadFile(d.Lock())
	pid, perr := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || perr != nil || pid <= 0 {
		return " by another process"
	}
	return fmt.Sprintf(" by process %d", pid)
}

// Close gives the lock back. The file stays: unlinking it would let two processes
// lock two files of the same name.
func (r *Repo) Close() error {
	err := os.Truncate(r.Lock(), 0)
	return errors.Join(err, r.lock.Close())
}

// sweepTemp removes what interrupted writes left at the top of the repo.
func sweepTemp(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Type().IsRegular() && strings.HasSuffix(e.Name(), durable.TempSuffix) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
