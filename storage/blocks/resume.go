package blocks

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/ipfs/go-cid"

	"privd/market"
)

func (s *Store) partialPath(id string) string { return filepath.Join(s.dir, id+partial) }

// Resume begins a pack as Create does, or takes up one that Suspend or a crash left
// behind: its whole sections are kept, each verified.
func (s *Store) Resume(id string, roots int) (*Writer, error) {
	if err := checkID(id); err != nil {
		return nil, err
	}
	if _, err := os.Stat(s.path(id)); err == nil {
		return nil, market.Fail(market.Conflict, "a pack "+id+" exists already")
	}
	w, err := s.begin(id, roots, s.partialPath(id))
	if err != nil {
		return nil, err
	}
	w.file, err = os.OpenFile(w.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("resume pack: %w", err)
	}
	if err := w.reload(); err != nil {
		return nil, errors.Join(fmt.Errorf("resume pack: %w", err), w.file.Close())
	}
	return w, nil
}

// Suspend closes an unfinished pack of Resume so that it can be taken up again.
func (w *Writer) Suspend() error { return w.file.Close() }

// reload takes the sections of the file into the list, up to the first that is cut
// short or damaged, and cuts the file there.
func (w *Writer) reload() error {
	info, err := w.file.Stat()
	if err != nil {
		return err
	}
	var buf []byte
	for w.end < info.Size() {
		c, header, length, err := readSection(io.NewSectionReader(w.file, w.end, info.Size()-w.end))
		if err != nil || w.Has(c) {
			break
		}
		if buf, err = readVerified(w.file, c.Hash(), w.end+header, int32(length), buf); err != nil {
			break
		}
		w.note(c, w.end, header, length)
	}
	return w.file.Truncate(w.end)
}

var errSection = errors.New("malformed section")

// readSection reads what stands before a block's bytes. header is its length,
// length that of the bytes behind it.
func readSection(r io.Reader) (c cid.Cid, header int64, length int, err error) {
	// 128 bytes hold any CID privd writes and the varint before it.
	b := bufio.NewReaderSize(r, 128)
	total, err := binary.ReadUvarint(b)
	if err != nil || total > MaxBlock+128 {
		return cid.Undef, 0, 0, errSection
	}
	n, c, err := cid.CidFromReader(b)
	if err != nil || n > 120 || uint64(n) > total {
		return cid.Undef, 0, 0, errSection
	}
	if rest := int(total) - n; rest <= MaxBlock {
		return c, int64(uvarintLength(total) + n), rest, nil
	}
	return cid.Undef, 0, 0, errSection
}

func uvarintLength(n uint64) int { return len(binary.AppendUvarint(nil, n)) }
