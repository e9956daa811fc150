package blocks

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ipfs/go-cid"
	car "github.com/ipld/go-car/v2"
	"github.com/multiformats/go-multihash"
	"golang.org/x/sync/errgroup"

	"privd/market"
	"privd/market/content"
	"privd/storage/crash"
	"privd/storage/durable"
	"privd/storage/records"
)

// MaxBlock is the largest block there is: what bitswap carries.
const MaxBlock = 2 << 20

// Writer writes one pack. It is for one goroutine; Commit or Abort ends it.
type Writer struct {
	id       string
	path     string // while it is written
	final    string
	file     *os.File
	roots    int
	end      int64 // where the next section goes
	list     []content.Block
	sections []int64
	seen     map[string]int // multihash to its place in list
}

// Create begins a pack with the given number of roots. Conflict when there is a
// pack of that id.
func (s *Store) Create(id string, roots int) (*Writer, error) {
	if err := checkID(id); err != nil {
		return nil, err
	}
	w, err := s.begin(id, roots, s.path(id))
	if err != nil {
		return nil, err
	}
	w.file, err = os.OpenFile(w.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, market.Fail(market.Conflict, "a pack "+id+" exists already")
	}
	if err != nil {
		return nil, fmt.Errorf("create pack: %w", err)
	}
	return w, nil
}

func (s *Store) begin(id string, roots int, path string) (*Writer, error) {
	header, err := headerLength(roots)
	if err != nil {
		return nil, err
	}
	return &Writer{id: id, path: path, final: s.path(id), roots: roots,
		end: dataOffset + header, seen: make(map[string]int)}, nil
}

// Has reports whether the pack has a block already.
func (w *Writer) Has(c cid.Cid) bool {
	_, has := w.seen[string(c.Hash())]
	return has
}

// Length returns the bytes of a block the pack has already.
func (w *Writer) Length(c cid.Cid) (int64, bool) {
	i, has := w.seen[string(c.Hash())]
	if !has {
		return 0, false
	}
	return int64(w.list[i].Length), true
}

// Append adds a block; one the pack has already is skipped. The caller vouches
// that data hashes to c; data is not kept. TooLarge when block or pack are.
func (w *Writer) Append(c cid.Cid, data []byte) error {
	if w.Has(c) {
		return nil
	}
	if err := w.room(len(data)); err != nil {
		return fmt.Errorf("block %s: %w", c, err)
	}
	header := sectionHeader(c, len(data))
	if _, err := w.file.WriteAt(data, w.end+int64(len(header))); err != nil {
		return fmt.Errorf("write pack: %w", err)
	}
	return w.head(c, header, len(data))
}

// AppendLeaf adds data as a raw leaf and returns its CID. It hashes and writes at
// the same time, which halves how long a leaf takes.
func (w *Writer) AppendLeaf(data []byte) (cid.Cid, error) {
	if err := w.room(len(data)); err != nil {
		return cid.Undef, err
	}
	sum := make(chan cid.Cid, 1)
	go func() { sum <- leafCID(data) }()
	// What stands before a leaf has a length that does not depend on its hash.
	before := int64(len(sectionHeader(placeholder, len(data))))
	_, err := w.file.WriteAt(data, w.end+before)
	c := <-sum
	switch {
	case err != nil:
		return cid.Undef, fmt.Errorf("write pack: %w", err)
	case w.Has(c):
		return c, nil // the next section overwrites it
	}
	return c, w.head(c, sectionHeader(c, len(data)), len(data))
}

func leafCID(data []byte) cid.Cid {
	sum := sha256.Sum256(data)
	return cid.NewCidV1(cid.Raw, append(multihash.Multihash{multihash.SHA2_256, sha256.Size}, sum[:]...))
}

// room reports TooLarge when a block of n bytes does not fit.
func (w *Writer) room(n int) error {
	switch {
	case n > MaxBlock:
		return market.Fail(market.TooLarge, fmt.Sprintf("a block of %d bytes, more than %d", n, MaxBlock))
	case len(w.list) >= records.MaxPackBlocks:
		return market.Fail(market.TooLarge, fmt.Sprintf("a pack holds at most %d blocks", records.MaxPackBlocks))
	}
	return nil
}

// head completes the section whose data is written already.
func (w *Writer) head(c cid.Cid, header []byte, length int) error {
	if _, err := w.file.WriteAt(header, w.end); err != nil {
		return fmt.Errorf("write pack: %w", err)
	}
	w.note(c, w.end, int64(len(header)), length)
	return nil
}

// note takes a section that is in the file into the list.
func (w *Writer) note(c cid.Cid, at, header int64, length int) {
	w.seen[string(c.Hash())] = len(w.list)
	w.list = append(w.list, content.Block{Multihash: bytes.Clone(c.Hash()), Offset: at + header, Length: int32(length)})
	w.sections = append(w.sections, at)
	w.end = at + header + int64(length)
}

// Read returns a block that was appended, in the memory of buf when it is large
// enough. The bytes are verified.
func (w *Writer) Read(c cid.Cid, buf []byte) ([]byte, error) {
	i, has := w.seen[string(c.Hash())]
	if !has {
		return nil, fmt.Errorf("block %s: %w", c, market.ErrNotFound)
	}
	return readVerified(w.file, c.Hash(), w.list[i].Offset, w.list[i].Length, buf)
}

// Commit writes header and index, syncs the pack and its directory and returns
// what to record. The number of roots is that of Create; each is a CIDv1 of a
// SHA-256.
func (w *Writer) Commit(roots []cid.Cid) (content.Pack, error) {
	size, err := w.finish(roots)
	if err != nil {
		return content.Pack{}, errors.Join(err, w.Abort())
	}
	return content.Pack{ID: w.id, Size: size, Blocks: w.list}, nil
}

func (w *Writer) finish(roots []cid.Cid) (int64, error) {
	front, err := w.front(roots)
	if err != nil {
		return 0, err
	}
	if err := w.file.Truncate(w.end); err != nil { // what a leaf that was there already left
		return 0, fmt.Errorf("write pack: %w", err)
	}
	n, err := writeIndex(io.NewOffsetWriter(w.file, w.end), w.list, w.sections)
	if err != nil {
		return 0, fmt.Errorf("write pack index: %w", err)
	}
	if _, err := w.file.WriteAt(front, 0); err != nil {
		return 0, fmt.Errorf("write pack header: %w", err)
	}
	crash.Before(crash.File(w.final, "sync"))
	if err := w.sync(); err != nil {
		return 0, fmt.Errorf("sync pack: %w", err)
	}
	crash.After(crash.File(w.final, "sync"))
	return w.end + n, w.file.Close()
}

// front returns the bytes before the first section.
func (w *Writer) front(roots []cid.Cid) ([]byte, error) {
	if len(roots) != w.roots {
		return nil, fmt.Errorf("pack %s: %d roots where %d were announced", w.id, len(roots), w.roots)
	}
	header, err := rootHeader(roots)
	if err != nil {
		return nil, err
	}
	data := w.end - dataOffset
	var out bytes.Buffer
	out.Write(car.Pragma)
	if _, err := car.NewHeader(uint64(data)).WriteTo(&out); err != nil {
		return nil, err
	}
	out.Write(header)
	room, err := headerLength(w.roots)
	if err != nil {
		return nil, err
	}
	if int64(len(header)) != room {
		return nil, market.Fail(market.Invalid, "a root of pack "+w.id+" is not a CIDv1 of a SHA-256")
	}
	return out.Bytes(), nil
}

// sync makes the file's bytes and its name durable. The two syncs run side by
// side; when a rename is due it comes between them.
func (w *Writer) sync() error {
	dir := filepath.Dir(w.final)
	if w.path != w.final {
		if err := w.file.Sync(); err != nil {
			return err
		}
		if err := os.Rename(w.path, w.final); err != nil {
			return err
		}
		w.path = w.final
		return durable.SyncDir(dir)
	}
	var both errgroup.Group
	both.Go(w.file.Sync)
	both.Go(func() error { return durable.SyncDir(dir) })
	return both.Wait()
}

// Abort closes and removes the pack, finished or not.
func (w *Writer) Abort() error {
	err := w.file.Close()
	if errors.Is(err, fs.ErrClosed) {
		err = nil
	}
	return errors.Join(err, durable.Remove(w.path))
}
