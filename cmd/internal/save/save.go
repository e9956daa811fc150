package save

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"privd/market"
)

// File is a file to save.
type File struct {
	Path   string   // where it goes; its directory exists
	Size   int64    // in bytes
	SHA256 [32]byte // of the whole

	// Open returns the content from an offset on; start is 0 where the source cannot
	// begin in the middle.
	Open func(ctx context.Context, offset int64) (content io.ReadCloser, start int64, err error)
	// Progress is told how many bytes are there; it may be nil.
	Progress func(bytes int64)
	// Overwrite replaces another file at Path.
	Overwrite bool
}

// Outcome is how a file came to be there.
type Outcome int

// The outcomes.
const (
	Fetched Outcome = iota // fetched
	Resumed                // the rest of it was fetched
	Present                // it was there already, whole
)

// ParseHash reads a SHA-256 in hexadecimal.
func ParseHash(text string) (sum [32]byte, err error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(sum) {
		return sum, market.Fail(market.Internal, "not a SHA-256")
	}
	return [32]byte(raw), nil
}

// Save puts the file in place. Another file at Path is a Conflict. When it fails
// midway, what arrived stays beside Path for the next try; bytes that turn out
// wrong are removed.
func (f File) Save(ctx context.Context) (Outcome, error) {
	same, err := f.present()
	if err != nil || same {
		return Present, err
	}
	part := f.part()
	lock := flock.New(part, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	held, err := lock.TryLock()
	if err != nil {
		return 0, fmt.Errorf("lock %s: %w", part, err)
	}
	if !held {
		return 0, market.Fail(market.Conflict, "another download is saving "+f.Path)
	}
	defer lock.Close()
	outcome, err := f.fetch(ctx, part)
	if info, statErr := os.Stat(part); err != nil && statErr == nil && info.Size() == 0 {
		err = errors.Join(err, os.Remove(part)) // there is nothing to continue
	}
	return outcome, err
}

// part is where the bytes gather. It is named for them, so that a later try knows
// what it continues.
func (f File) part() string {
	return filepath.Join(filepath.Dir(f.Path), fmt.Sprintf(".privd-%x.part", f.SHA256[:16]))
}

// present reports whether the file is there already.
func (f File) present() (bool, error) {
	info, err := os.Lstat(f.Path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if info.Mode().IsRegular() && info.Size() == f.Size {
		there, err := os.Open(f.Path)
		if err != nil {
			return false, err
		}
		defer there.Close()
		sum := sha256.New()
		if _, err := io.Copy(sum, there); err != nil {
			return false, err
		}
		if bytes.Equal(sum.Sum(nil), f.SHA256[:]) {
			return true, nil
		}
	}
	if f.Overwrite && info.Mode().IsRegular() {
		return false, nil
	}
	return false, f.taken()
}

func (f File) taken() error {
	return market.Fail(market.Conflict, f.Path+" exists and is another file; move it away or choose another directory")
}

// fetch gets what is missing and puts the whole in place.
func (f File) fetch(ctx context.Context, part string) (Outcome, error) {
	out, err := os.OpenFile(part, os.O_RDWR, 0o600)
	if err != nil {
		return 0, err
	}
	defer out.Close()
	sum := sha256.New()
	have, err := f.continued(out, sum)
	if err != nil {
		return 0, err
	}
	outcome := Fetched
	if have > 0 {
		outcome = Resumed
	}
	if have < f.Size || f.Size == 0 {
		if have, err = f.receive(ctx, out, sum, have); err != nil {
			return 0, err
		}
	}
	if have != f.Size || !bytes.Equal(sum.Sum(nil), f.SHA256[:]) {
		return 0, errors.Join(wrong(f.Path), out.Truncate(0))
	}
	if err := out.Sync(); err != nil {
		return 0, err
	}
	return outcome, f.place(part)
}

func wrong(path string) error {
	return market.Fail(market.Internal, path+": the bytes that arrived are not those that were sold; nothing was kept")
}

// continued hashes what an earlier try left and returns how much that is.
func (f File) continued(out *os.File, sum hash.Hash) (int64, error) {
	have, err := io.Copy(sum, out)
	if err != nil {
		return 0, err
	}
	if have <= f.Size {
		return have, nil
	}
	sum.Reset()
	return 0, out.Truncate(0)
}

// receive appends what is missing; never more than the file has, whatever the
// source sends.
func (f File) receive(ctx context.Context, out *os.File, sum hash.Hash, have int64) (int64, error) {
	content, start, err := f.Open(ctx, have)
	if err != nil {
		return have, err
	}
	defer content.Close()
	if start != have {
		have = 0
		sum.Reset()
		if err := out.Truncate(0); err != nil {
			return 0, err
		}
	}
	if _, err := out.Seek(have, io.SeekStart); err != nil {
		return have, err
	}
	progress := f.Progress
	if progress == nil {
		progress = func(int64) {}
	}
	n, err := io.Copy(io.MultiWriter(out, sum, &ticker{have, progress}), io.LimitReader(content, f.Size-have+1))
	have += n
	if err == nil && have < f.Size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return have, fmt.Errorf("%s: the transfer broke off after %d of %d bytes; try again to continue: %w", f.Path, have, f.Size, err)
	}
	return have, nil
}

// ticker reports how much was written.
type ticker struct {
	n      int64
	report func(int64)
}

// Write implements io.Writer.
func (t *ticker) Write(p []byte) (int, error) {
	t.n += int64(len(p))
	t.report(t.n)
	return len(p), nil
}

// place gives the whole file its name, but not over a file that has come meanwhile.
func (f File) place(part string) error {
	if err := os.Chmod(part, 0o644); err != nil {
		return err
	}
	if f.Overwrite {
		return os.Rename(part, f.Path)
	}
	switch err := os.Link(part, f.Path); {
	case err == nil:
		return os.Remove(part)
	case errors.Is(err, os.ErrExist):
		return f.taken()
	}
	// A file system without links: the check and the rename are two steps.
	if _, err := os.Lstat(f.Path); !errors.Is(err, os.ErrNotExist) {
		return f.taken()
	}
	return os.Rename(part, f.Path)
}
