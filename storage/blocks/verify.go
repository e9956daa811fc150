package blocks

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/ipfs/go-cid"
	car "github.com/ipld/go-car/v2"

	"privd/market/content"
)

// VerifyPack hashes every block of a recorded pack again, straight from its file,
// and calls each with what it found. The error it returns is about the pack as a
// whole: missing, of another size, not a CAR.
func (s *Store) VerifyPack(ctx context.Context, p content.Pack, each func(b content.Block, err error)) error {
	file, err := os.Open(s.path(p.ID))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("pack file is missing: %w", fs.ErrNotExist)
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // read-only
	var buf []byte
	for _, b := range p.Blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, err := readVerified(file, b.Multihash, b.Offset, b.Length, buf)
		if err != nil {
			err = fmt.Errorf("block %s: %w", cid.NewCidV1(cid.Raw, b.Multihash), err)
		} else {
			buf = data[:0]
		}
		each(b, err)
	}
	return checkFrame(file, p.Size)
}

// checkFrame checks what is around the blocks: the size and the CAR headers.
func checkFrame(file *os.File, size int64) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Size() != size {
		return fmt.Errorf("%w: pack has %d bytes where %d were written", ErrDamaged, info.Size(), size)
	}
	r, err := car.NewReader(file)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if _, err := r.Roots(); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}
