// Package keys keeps the secrets that erasing content destroys: file keys and
// listing keys, one small file each, encrypted with age to the node's post-quantum
// hybrid identity.
//
// They are files of their own because a database keeps old versions. A secret is
// durable when Put returns, and gone when Destroy returns: overwritten, synced,
// unlinked. Nothing here prints, logs or returns a secret in an error.
package keys

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"

	"filippo.io/age"

	"privd/market"
	"privd/market/content"
	"privd/storage/durable"
)

// Ring is a directory of secrets. It is safe for concurrent use.
type Ring struct {
	dir      string
	identity *age.HybridIdentity
	cache    *cache
}

var _ content.Keyring = (*Ring)(nil)

const (
	suffix = ".age"
	// maxFile bounds what is read of one file; a header takes 2 KiB, a secret has
	// at most MaxSecret bytes.
	maxFile = 128 << 10
	// MaxSecret is the most bytes a secret may have.
	MaxSecret = 64 << 10
)

// Open opens the ring in dir, which is made when it does not exist, and removes
// what interrupted writes left there.
func Open(dir string, identity *age.HybridIdentity) (*Ring, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open keys: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open keys: %w", err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() && strings.HasSuffix(e.Name(), durable.TempSuffix) {
			if err := durable.Shred(filepath.Join(dir, e.Name())); err != nil {
				return nil, fmt.Errorf("open keys: %w", err)
			}
		}
	}
	return &Ring{dir: dir, identity: identity, cache: newCache()}, nil
}

// namePattern keeps names to one path element that means the same on every file
// system. The slash is for grouping and becomes part of the file's name.
var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*([./][A-Za-z0-9][A-Za-z0-9_-]*)*$`)

func (r *Ring) path(name string) (string, error) {
	if len(name) > 160 || !namePattern.MatchString(name) {
		return "", market.Fail(market.Invalid, fmt.Sprintf("%.170q cannot name a secret", name))
	}
	return filepath.Join(r.dir, strings.ReplaceAll(name, "/", "+")+suffix), nil
}

// Put implements content.Keyring.
func (r *Ring) Put(ctx context.Context, name string, secret []byte) error {
	path, err := r.path(name)
	if err != nil {
		return err
	}
	if len(secret) > MaxSecret {
		return market.Fail(market.TooLarge, fmt.Sprintf("secret %s is larger than %d bytes", name, MaxSecret))
	}
	var file bytes.Buffer
	w, err := age.Encrypt(&file, r.identity.Recipient())
	if err == nil {
		_, err = w.Write(secret)
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("put secret %s: %w", name, err)
	}
	return r.write(name, path, file.Bytes())
}

func (r *Ring) write(name, path string, file []byte) error {
	r.cache.drop(name)
	if err := durable.WriteFile(path, file, 0o600); err != nil {
		return fmt.Errorf("put secret %s: %w", name, err)
	}
	return nil
}

// Get implements content.Keyring.
func (r *Ring) Get(ctx context.Context, name string) ([]byte, error) {
	file, err := r.read(ctx, name)
	if err != nil {
		return nil, err
	}
	secret, err := r.open(file)
	if err != nil {
		return nil, fmt.Errorf("open secret %s: %w", name, err)
	}
	return secret, nil
}

func (r *Ring) open(file []byte) ([]byte, error) {
	plain, err := age.Decrypt(bytes.NewReader(file), r.identity)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(plain, MaxSecret))
}

func (r *Ring) read(ctx context.Context, name string) ([]byte, error) {
	path, err := r.path(name)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, market.Fail(market.NotFound, "no secret "+name)
	}
	if err != nil {
		return nil, fmt.Errorf("read secret %s: %w", name, err)
	}
	file, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read secret %s: %w", name, err)
	}
	return file, nil
}

// Destroy implements content.Keyring. It destroys file keys too.
func (r *Ring) Destroy(_ context.Context, name string) error {
	path, err := r.path(name)
	if err != nil {
		return err
	}
	// After the file: a reader that found it a moment ago must not put it back.
	defer r.cache.drop(name)
	r.cache.drop(name)
	if err := durable.Shred(path); err != nil {
		return fmt.Errorf("destroy secret %s: %w", name, err)
	}
	return nil
}

// Names returns the name of every secret, in order.
func (r *Ring) Names() ([]string, error) {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return nil, fmt.Errorf("list secrets: %w", err)
	}
	var names []string
	for _, e := range entries {
		if name, is := strings.CutSuffix(e.Name(), suffix); is && e.Type().IsRegular() {
			names = append(names, strings.ReplaceAll(name, "+", "/"))
		}
	}
	sort.Strings(names)
	return names, nil
}

// Check opens the file of a secret, whichever kind it is, and reports what is
// wrong with it.
func (r *Ring) Check(ctx context.Context, name string) error {
	file, err := r.read(ctx, name)
	if err != nil {
		return err
	}
	if header, payload := split(file); payload == 0 && header != nil {
		_, err = age.DecryptHeader(file, r.identity)
	} else {
		_, err = r.open(file)
	}
	if err != nil {
		return fmt.Errorf("secret %s is damaged: %w", name, err)
	}
	return nil
}
