package keys

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"filippo.io/age"

	"privd/market"
	"privd/market/seal"
)

// maxHeader bounds the header of an age file: one hybrid stanza takes 1.7 KiB.
const maxHeader = 16 << 10

// PutHeader stores the header of an age file, by which alone its payload can be
// opened, as the file key of name. Conflict when there is a secret of that name.
func (r *Ring) PutHeader(ctx context.Context, name string, header []byte) error {
	path, err := r.path(name)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	if h, payload := split(header); h == nil || payload != 0 || len(header) > maxHeader {
		return fmt.Errorf("put file key %s: not a header", name)
	}
	if has, err := r.Has(name); err != nil || has {
		if has {
			err = market.Fail(market.Conflict, "a secret "+name+" exists already")
		}
		return err
	}
	return r.write(name, path, header)
}

// FileKey returns the file key that PutHeader stored under name; NotFound when
// there is none.
func (r *Ring) FileKey(ctx context.Context, name string) (seal.FileKey, error) {
	if key, known := r.cache.get(name); known {
		return key, nil
	}
	era := r.cache.era()
	header, err := r.read(ctx, name)
	if err != nil {
		return seal.FileKey{}, err
	}
	if _, payload := split(header); payload != 0 {
		// A secret's own age file opens too, but its key is no content's.
		return seal.FileKey{}, market.Fail(market.NotFound, "no file key "+name)
	}
	key, err := openHeader(header, r.identity)
	if err != nil {
		return key, fmt.Errorf("open file key %s: %w", name, err)
	}
	r.cache.put(name, key, era)
	return key, nil
}

// openHeader returns the file key in the header of an age file.
func openHeader(header []byte, identity age.Identity) (key seal.FileKey, err error) {
	raw, err := age.DecryptHeader(header, identity)
	if err != nil {
		return key, err
	}
	if len(raw) != len(key) {
		return key, fmt.Errorf("file key of %d bytes", len(raw))
	}
	copy(key[:], raw)
	clear(raw)
	return key, nil
}

// split returns the header of an age file, nil when there is none, and how many
// bytes follow it.
func split(file []byte) (header []byte, payload int) {
	n := HeaderLength(file)
	if n < 0 {
		return nil, len(file)
	}
	return file[:n], len(file) - n
}

// HeaderLength returns how many bytes the header at the beginning of an age file
// takes, through the line "--- MAC", and -1 when the end of it is not there.
func HeaderLength(file []byte) int {
	mac := bytes.Index(file, []byte("\n--- "))
	if mac < 0 {
		return -1
	}
	end := bytes.IndexByte(file[mac+1:], '\n')
	if end < 0 {
		return -1
	}
	return mac + 1 + end + 1
}

// Has reports whether there is a secret of that name.
func (r *Ring) Has(name string) (bool, error) {
	path, err := r.path(name)
	if err != nil {
		return false, err
	}
	_, err = os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
