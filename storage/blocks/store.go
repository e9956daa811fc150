package blocks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/ipfs/boxo/blockstore"
	block "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
	"github.com/multiformats/go-multihash"

	"privd/market"
	"privd/storage/crash"
	"privd/storage/durable"
	"privd/storage/records"
)

const (
	suffix  = ".car"     // of a pack
	partial = ".partial" // of a fetch that can be taken up again
)

// Options are how to open the store. All fields but MaxOpen are required.
type Options struct {
	Dir     string // made when it does not exist
	Records *records.Store
	Log     *slog.Logger
	MaxOpen int // packs kept open for reading; 64 when zero
}

// Store is every pack of the node. It is safe for concurrent use.
type Store struct {
	dir     string
	records *records.Store
	log     *slog.Logger
	files   *files
}

var (
	_ blockstore.Blockstore           = (*Store)(nil)
	_ blockstore.Viewer               = (*Store)(nil)
	_ blockstore.AllKeysChanWithErrer = (*Store)(nil)
)

// ErrDamaged is returned for a block whose bytes do not hash to its name.
var ErrDamaged = errors.New("block is damaged")

// Open opens the store.
func Open(o Options) (*Store, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open blocks: %w", err)
	}
	if o.MaxOpen <= 0 {
		o.MaxOpen = 64
	}
	return &Store{dir: o.Dir, records: o.Records, log: o.Log, files: newFiles(o.MaxOpen)}, nil
}

// Close closes the files. The records stay open.
func (s *Store) Close() error { return s.files.close() }

var idPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$`)

func checkID(id string) error {
	if !idPattern.MatchString(id) {
		return market.Fail(market.Invalid, fmt.Sprintf("%.140q cannot name a pack", id))
	}
	return nil
}

func (s *Store) path(id string) string { return filepath.Join(s.dir, id+suffix) }

// Remove forgets a pack and unlinks its file. Its blocks stay visible where
// another pack has them. Removing what is gone is fine.
func (s *Store) Remove(ctx context.Context, id string) error {
	if err := checkID(id); err != nil {
		return err
	}
	err := s.records.Update(ctx, func(tx *records.Tx) error { return tx.DeletePack(id) })
	if err != nil {
		return fmt.Errorf("remove pack: %w", err)
	}
	return s.Unlink(id)
}

// Unlink removes the files of a pack that is not recorded, finished or not.
func (s *Store) Unlink(id string) error {
	if err := checkID(id); err != nil {
		return err
	}
	s.files.forget(id)
	crash.Before(crash.File(s.path(id), "unlink"))
	for _, path := range []string{s.path(id), s.partialPath(id)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove pack: %w", err)
		}
	}
	if err := durable.SyncDir(s.dir); err != nil {
		return err
	}
	crash.After(crash.File(s.path(id), "unlink"))
	return nil
}

// Read returns the verified bytes of a block, in the memory of buf when it is
// large enough. Of several copies it takes the first that is whole. Its errors are
// ipld.ErrNotFound when the block is not here, and ErrDamaged.
func (s *Store) Read(ctx context.Context, c cid.Cid, buf []byte) ([]byte, error) {
	data, err := s.read(ctx, c, buf)
	if errors.Is(err, fs.ErrNotExist) {
		// Removed between the look-up and the reading, or really lost.
		data, err = s.read(ctx, c, buf)
	}
	return data, err
}

func (s *Store) read(ctx context.Context, c cid.Cid, buf []byte) ([]byte, error) {
	places, err := s.places(ctx, c)
	if err != nil {
		return nil, err
	}
	if len(places) == 0 {
		return nil, ipld.ErrNotFound{Cid: c}
	}
	var all error
	for _, p := range places {
		data, err := s.readAt(c.Hash(), p, buf)
		if err == nil {
			return data, nil
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%w: pack file is missing: %w", ErrDamaged, err)
		}
		all = errors.Join(all, fmt.Errorf("pack %s: block %s: %w", p.Pack, c, err))
	}
	return nil, all
}

func (s *Store) readAt(hash multihash.Multihash, p records.Place, buf []byte) ([]byte, error) {
	file, done, err := s.files.use(p.Pack, s.path(p.Pack))
	if err != nil {
		return nil, err
	}
	defer done()
	return readVerified(file, hash, p.Offset, p.Length, buf)
}

func readVerified(r io.ReaderAt, hash multihash.Multihash, offset int64, length int32, buf []byte) ([]byte, error) {
	if length < 0 || length > MaxBlock {
		return nil, fmt.Errorf("%w: length %d", ErrDamaged, length)
	}
	buf = slices.Grow(buf[:0], int(length))[:length]
	if n, err := r.ReadAt(buf, offset); n < len(buf) {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%w: pack is cut short", ErrDamaged)
		}
		return nil, err
	}
	return buf, check(hash, buf)
}

func (s *Store) places(ctx context.Context, c cid.Cid) (places []records.Place, err error) {
	if !c.Defined() {
		return nil, ipld.ErrNotFound{}
	}
	err = s.records.View(ctx, func(tx *records.Tx) error {
		places, err = tx.Places(c.Hash())
		return err
	})
	return places, err
}

// Has implements blockstore.Blockstore.
func (s *Store) Has(ctx context.Context, c cid.Cid) (bool, error) {
	places, err := s.places(ctx, c)
	if ipld.IsNotFound(err) {
		return false, nil
	}
	return len(places) > 0, err
}

// GetSize implements blockstore.Blockstore.
func (s *Store) GetSize(ctx context.Context, c cid.Cid) (int, error) {
	places, err := s.places(ctx, c)
	if err != nil {
		return -1, err
	}
	if len(places) == 0 {
		return -1, ipld.ErrNotFound{Cid: c}
	}
	return int(places[0].Length), nil
}

// Get implements blockstore.Blockstore. The bytes are verified.
func (s *Store) Get(ctx context.Context, c cid.Cid) (block.Block, error) {
	data, err := s.Read(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	return block.NewBlockWithCid(data, c)
}

// View implements blockstore.Viewer.
func (s *Store) View(ctx context.Context, c cid.Cid, fn func([]byte) error) error {
	data, err := s.Read(ctx, c, nil)
	if err != nil {
		return err
	}
	return fn(data)
}

// Put implements blockstore.Blockstore: the block becomes a pack of its own,
// durable and visible. What comes in numbers belongs into one pack, by PutMany or
// Create.
func (s *Store) Put(ctx context.Context, b block.Block) error {
	return s.PutMany(ctx, []block.Block{b})
}

// PutMany implements blockstore.Blockstore: the blocks that are not here yet
// become one pack, durable and visible.
func (s *Store) PutMany(ctx context.Context, all []block.Block) error {
	w, err := s.Create("put_"+market.RandomText(20), 0)
	if err != nil {
		return err
	}
	for _, b := range all {
		if err := s.appendNew(ctx, w, b); err != nil {
			return errors.Join(err, w.Abort())
		}
	}
	if len(w.list) == 0 {
		return w.Abort()
	}
	pack, err := w.Commit(nil)
	if err != nil {
		return err
	}
	err = s.records.Update(ctx, func(tx *records.Tx) error { return tx.PutPack(pack) })
	if err != nil {
		return errors.Join(err, s.Unlink(pack.ID))
	}
	return nil
}

func (s *Store) appendNew(ctx context.Context, w *Writer, b block.Block) error {
	if has, err := s.Has(ctx, b.Cid()); err != nil || has {
		return err
	}
	if err := check(b.Cid().Hash(), b.RawData()); err != nil {
		return fmt.Errorf("block %s: %w", b.Cid(), err)
	}
	return w.Append(b.Cid(), b.RawData())
}

// DeleteBlock implements blockstore.Blockstore: the block disappears from every
// pack, and packs that held nothing else disappear with it. Bytes in other packs
// stay until those are removed.
func (s *Store) DeleteBlock(ctx context.Context, c cid.Cid) error {
	if !c.Defined() {
		return nil
	}
	var empty []string
	err := s.records.Update(ctx, func(tx *records.Tx) (err error) {
		empty, err = tx.ForgetBlock(c.Hash())
		return err
	})
	for _, id := range empty {
		if err == nil {
			err = s.Unlink(id)
		}
	}
	return err
}

// AllKeysChan implements blockstore.Blockstore.
func (s *Store) AllKeysChan(ctx context.Context) (<-chan cid.Cid, error) {
	keys, _, err := s.AllKeysChanWithErr(ctx)
	return keys, err
}

// AllKeysChanWithErr implements blockstore.AllKeysChanWithErrer.
func (s *Store) AllKeysChanWithErr(ctx context.Context) (<-chan cid.Cid, func() error, error) {
	keys, result := make(chan cid.Cid), make(chan error, 1)
	go func() {
		defer close(keys)
		result <- s.sendKeys(ctx, keys)
	}()
	return keys, func() error { return <-result }, ctx.Err()
}

// keyBatch is how many keys are read in one transaction: a slow receiver must not
// hold one open.
const keyBatch = 1024

func (s *Store) sendKeys(ctx context.Context, keys chan<- cid.Cid) error {
	var after []byte
	for {
		var batch [][]byte
		err := s.records.View(ctx, func(tx *records.Tx) error {
			return tx.EachBlock(after, func(multihash []byte) bool {
				batch = append(batch, multihash)
				return len(batch) < keyBatch
			})
		})
		if err != nil || len(batch) == 0 {
			return err
		}
		for _, hash := range batch {
			select {
			case keys <- cid.NewCidV1(cid.Raw, hash):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		after = batch[len(batch)-1]
	}
}
