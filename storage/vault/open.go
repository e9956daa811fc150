package vault

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"

	"privd/market"
	"privd/market/content"
	"privd/market/seal"
)

// Open implements content.Vault. ctx bounds the life of the reader.
func (v *Vault) Open(ctx context.Context, id string, object content.Object) (content.Reader, error) {
	key, err := v.keys.FileKey(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", id, err)
	}
	r, err := v.OpenWith(ctx, object, key)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", id, err)
	}
	return r, nil
}

// OpenWith implements content.Vault. ctx bounds the life of the reader.
func (v *Vault) OpenWith(ctx context.Context, object content.Object, key seal.FileKey) (content.Reader, error) {
	if object.Size <= 0 || object.PayloadSize <= object.Size {
		return nil, market.Fail(market.Invalid, "object has no size")
	}
	header, err := headerFor(key)
	if err != nil {
		return nil, err
	}
	dag, err := v.openDAG(ctx, object)
	if err != nil {
		return nil, err
	}
	file := joined{header, payload{dag}}
	// It decrypts the last chunk at once, which authenticates the size.
	plain, size, err := age.DecryptReaderAt(file, int64(len(header))+object.PayloadSize, age.NewInjectedFileKeyIdentity(key[:]))
	if err == nil && size != object.Size {
		err = market.Fail(market.Invalid, fmt.Sprintf("content has %d bytes where %d were promised", size, object.Size))
	}
	if err != nil {
		return nil, errors.Join(refused(err), dag.Close())
	}
	return &reader{dag: dag, plain: plain, size: size, pool: v.plain}, nil
}

// headerFor returns the header of an age file for nobody: a stanza that wraps no
// key, and the MAC that the file key calls for. age reads no payload without a
// header, and the real one stays with the node that made it.
func headerFor(key seal.FileKey) ([]byte, error) {
	// The format asks for a stanza; an empty one of our own type says nothing.
	const body = "age-encryption.org/v1\n-> privd\n\n---"
	macKey, err := hkdf.Key(sha256.New, key[:], nil, "header", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("make header: %w", err)
	}
	mac := hmac.New(sha256.New, macKey)
	mac.Write([]byte(body))
	return []byte(body + " " + base64.RawStdEncoding.EncodeToString(mac.Sum(nil)) + "\n"), nil
}

// joined is a header with the payload of a DAG behind it.
type joined struct {
	header  []byte
	payload io.ReaderAt
}

func (j joined) ReadAt(p []byte, off int64) (n int, err error) {
	if off < int64(len(j.header)) {
		n = copy(p, j.header[off:])
		if n == len(p) {
			return n, nil
		}
		off += int64(n)
	}
	m, err := j.payload.ReadAt(p[n:], off-int64(len(j.header)))
	return n + m, err
}

// payload tells the errors of reading ciphertext from those of decrypting it.
type payload struct{ dag *dag }

// ReadAt implements io.ReaderAt.
func (p payload) ReadAt(b []byte, off int64) (int, error) {
	n, err := p.dag.ReadAt(b, off)
	if err != nil && err != io.EOF {
		err = &readError{err}
	}
	return n, err
}

// readError is ciphertext that could not be read.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// refused gives an error of opening content its code. What was read, and hashed to
// its name, but does not authenticate under the key is Invalid: it was made so, and
// no other copy is better.
func refused(err error) error {
	var read *readError
	if errors.As(err, &read) || market.CodeOf(err) != market.Internal {
		return absent(err)
	}
	return &market.Error{Code: market.Invalid, Message: "content does not open under its key", Err: err}
}

// reader is a content.Reader. Read decrypts plainSize bytes at once.
type reader struct {
	dag   *dag
	plain io.ReaderAt
	size  int64
	pool  pool

	at     int64 // of the next Read
	ahead  *buffer
	from   int64  // position of the decrypted bytes
	bytes  []byte // decrypted, in ahead
	closed bool
}

var errClosed = errors.New("reader is closed")

// Size returns the bytes of plaintext.
func (r *reader) Size() int64 { return r.size }

// ReadAt implements io.ReaderAt. It may be called concurrently.
func (r *reader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, market.Fail(market.Invalid, "read at a negative position")
	}
	if off >= r.size {
		return 0, io.EOF
	}
	n, err := r.plain.ReadAt(p, off)
	if err != nil && err != io.EOF {
		err = refused(err)
	}
	if n < len(p) && err == nil {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := r.next()
	if err != nil {
		return 0, err
	}
	n := copy(p, b)
	r.at += int64(n)
	return n, nil
}

// WriteTo implements io.WriterTo.
func (r *reader) WriteTo(w io.Writer) (total int64, err error) {
	for {
		b, err := r.next()
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
		n, err := w.Write(b)
		r.at += int64(n)
		total += int64(n)
		if err != nil {
			return total, err
		}
	}
}

// next returns the plaintext from the position on that is decrypted, after
// decrypting more when there is none.
func (r *reader) next() ([]byte, error) {
	if r.closed {
		return nil, errClosed
	}
	if r.at >= r.size {
		return nil, io.EOF
	}
	if skip := r.at - r.from; skip >= 0 && skip < int64(len(r.bytes)) {
		return r.bytes[skip:], nil
	}
	if r.ahead == nil {
		r.ahead = r.pool.get()
	}
	// From the beginning of a chunk, so that none is decrypted twice.
	from := r.at - r.at%chunk
	r.bytes = nil
	n, err := r.ReadAt(r.ahead.b[:min(r.size-from, plainSize)], from)
	if err != nil && err != io.EOF {
		return nil, err
	}
	r.from, r.bytes = from, r.ahead.b[:n]
	return r.bytes[r.at-from:], nil
}

// chunk is how much plaintext age seals at once.
const chunk = 64 << 10

// Seek implements io.Seeker.
func (r *reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	default:
		return 0, market.Fail(market.Invalid, "seek from nowhere")
	}
	if offset < 0 {
		return 0, market.Fail(market.Invalid, "seek to a negative position")
	}
	r.at = offset
	return offset, nil
}

// Close ends reading ahead. ReadAt must not run any more.
func (r *reader) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	if r.ahead != nil {
		clear(r.ahead.b) // plaintext does not wait around in a pool
		r.pool.put(r.ahead)
		r.ahead, r.bytes = nil, nil
	}
	return r.dag.Close()
}
