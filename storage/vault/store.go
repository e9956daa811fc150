package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"golang.org/x/sync/errgroup"

	"privd/market"
	"privd/market/content"
	"privd/storage/blocks"
	"privd/storage/keys"
)

// Buffers in flight in one upload: 1 MiB of plaintext and 4 MiB of leaves.
const (
	plainRing = 4
	leafRing  = 4
)

// Store implements content.Vault. r is read in the calling goroutine only, while
// two others encrypt, and hash and write. Invalid when r is empty.
func (v *Vault) Store(ctx context.Context, id string, r io.Reader) (content.Stored, error) {
	if has, err := v.keys.Has(id); err != nil || has {
		if has {
			err = market.Fail(market.Conflict, "a secret "+id+" exists already")
		}
		return content.Stored{}, err
	}
	w, err := v.blocks.Create(id, 1)
	if err != nil {
		return content.Stored{}, err
	}
	u := &upload{vault: v, id: id, pack: w,
		plain: newRing(v.plain, plainRing), leaves: newRing(v.leaves, leafRing),
		read: make(chan *buffer, plainRing), sealed: make(chan *buffer, leafRing), header: make(chan []byte, 1)}
	stored, err := u.run(ctx, r)
	if err != nil {
		// The caller's context may be what ended it; the litter goes all the same.
		clean := errors.Join(w.Abort(), v.keys.Destroy(context.WithoutCancel(ctx), id))
		return content.Stored{}, errors.Join(err, clean)
	}
	return stored, nil
}

// upload is one run of Store: read -> encrypt -> hash and write.
type upload struct {
	vault *Vault
	id    string
	pack  *blocks.Writer
	tree  tree

	plain, leaves ring
	read          chan *buffer // plaintext, closed at its end
	sealed        chan *buffer // leaves, closed at their end
	header        chan []byte
	size          int64 // of the plaintext
}

func (u *upload) run(ctx context.Context, r io.Reader) (content.Stored, error) {
	kept := make(chan error, 1)
	go func(ctx context.Context) { kept <- u.keep(ctx) }(ctx)
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return u.encrypt(ctx) })
	work.Go(func() error { return u.write(ctx) })
	readErr := u.fill(ctx, r)
	if readErr != nil {
		// The encrypting side must not take the end of what arrived for the end.
		work.Go(func() error { return readErr })
	}
	err := work.Wait()
	if readErr != nil {
		err = readErr
	}
	var stored content.Stored
	if err == nil {
		stored, err = u.finish()
	}
	if keepErr := <-kept; err == nil {
		err = keepErr
	}
	return stored, err
}

// finish completes the tree and makes the pack durable.
func (u *upload) finish() (content.Stored, error) {
	root, err := u.tree.finish(u.pack.Append)
	if err != nil {
		return content.Stored{}, err
	}
	object := content.Object{Root: root.cid, PayloadSize: int64(root.size), Size: u.size}
	pack, err := u.pack.Commit([]cid.Cid{root.cid})
	return content.Stored{Object: object, Pack: pack}, err
}

// fill reads the plaintext. It closes u.read only at the true end.
func (u *upload) fill(ctx context.Context, r io.Reader) error {
	for {
		b := u.plain.get(ctx.Done())
		if b == nil {
			return context.Cause(ctx)
		}
		n, err := readAll(r, b.b)
		u.size += int64(n)
		if err != nil && err != io.EOF {
			u.plain.put(b)
			return err
		}
		b.b = b.b[:n]
		select {
		case u.read <- b:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err != nil {
			close(u.read)
			if u.size == 0 {
				return market.Fail(market.Invalid, "there is nothing to store")
			}
			return nil
		}
	}
}

// readAll fills b. Unlike io.ReadFull it keeps the true end (io.EOF) apart from a
// body that was cut off, which readers report as io.ErrUnexpectedEOF.
func readAll(r io.Reader, b []byte) (n int, err error) {
	for idle := 0; n < len(b) && err == nil; {
		var m int
		m, err = r.Read(b[n:])
		if n += m; m > 0 {
			idle = 0
		} else if idle++; idle > 100 && err == nil {
			err = io.ErrNoProgress
		}
	}
	return n, err
}

// encrypt turns plaintext into leaves.
func (u *upload) encrypt(ctx context.Context) error {
	defer close(u.header)
	source := &arriving{ctx: ctx, from: u.read, ring: u.plain}
	file, err := age.EncryptReader(source, u.vault.recipient)
	if err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	header, payload, err := cutHeader(file)
	if err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	u.header <- header
	for {
		b := u.leaves.get(ctx.Done())
		if b == nil {
			return ctx.Err()
		}
		n, err := readAll(payload, b.b)
		last := err == io.EOF
		if err != nil && !last {
			return fmt.Errorf("encrypt: %w", err)
		}
		if n > 0 {
			b.b = b.b[:n]
			select {
			case u.sealed <- b:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if last {
			close(u.sealed)
			return nil
		}
	}
}

// arriving reads the plaintext buffers of a channel one after another.
type arriving struct {
	ctx  context.Context
	from <-chan *buffer
	ring ring
	now  *buffer
	rest []byte
}

func (a *arriving) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.now != nil {
			a.ring.put(a.now)
			a.now = nil
		}
		select {
		case b, more := <-a.from:
			if !more {
				return 0, io.EOF
			}
			a.now, a.rest = b, b.b
		case <-a.ctx.Done():
			return 0, a.ctx.Err()
		}
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// write hashes leaves and appends them to the pack.
func (u *upload) write(ctx context.Context) error {
	for {
		select {
		case b, more := <-u.sealed:
			if !more {
				return nil
			}
			c, err := u.pack.AppendLeaf(b.b)
			if err != nil {
				return err
			}
			leaf := link{cid: c, size: uint64(len(b.b)), total: uint64(len(b.b))}
			u.leaves.put(b)
			if err := u.tree.add(leaf, u.pack.Append); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// keep makes the key durable, while the content is still being written: the syncs
// of both overlap. The context is that of the upload, not that of the goroutines,
// which ends when the content is written.
func (u *upload) keep(ctx context.Context) error {
	header, made := <-u.header
	if !made {
		return nil // encrypt failed, and says why
	}
	return u.vault.keys.PutHeader(ctx, u.id, header)
}

func sha256Hash(b []byte) multihash.Multihash {
	sum := sha256.Sum256(b)
	return append(multihash.Multihash{multihash.SHA2_256, sha256.Size}, sum[:]...)
}

// verify checks a block that came from outside: a CIDv1 of a SHA-256 that fits.
func verify(c cid.Cid, data []byte) error {
	if err := checkCID(c); err != nil {
		return err
	}
	if len(data) > blocks.MaxBlock {
		return market.Fail(market.TooLarge, fmt.Sprintf("block has %d bytes, more than %d", len(data), blocks.MaxBlock))
	}
	if !bytes.Equal(sha256Hash(data), c.Hash()) {
		return market.Fail(market.Invalid, "block does not match its CID")
	}
	return nil
}

// maxHeader bounds the header of an age file: one hybrid stanza takes 1.7 KiB.
const maxHeader = 16 << 10

var errHeader = errors.New("not an age file")

// cutHeader splits an age file into its header, through the line "--- MAC", and
// the payload behind it.
func cutHeader(r io.Reader) (header []byte, payload io.Reader, err error) {
	buf := make([]byte, 0, 4<<10)
	for len(buf) < maxHeader {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):min(cap(buf), maxHeader)])
		buf = buf[:len(buf)+n]
		if end := keys.HeaderLength(buf); end >= 0 {
			rest := io.MultiReader(bytes.NewReader(buf[end:]), r)
			if err != nil && !errors.Is(err, io.EOF) {
				return nil, nil, err
			}
			return buf[:end:end], rest, nil
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return nil, nil, errHeader
}
