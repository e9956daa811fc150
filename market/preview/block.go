package preview

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
)

// Block returns the preview as it is stored and fetched, a raw block, with its CID.
// Texts are compressed: whoever looks for words of what is sold on a disk, or on the
// wire, finds none.
func (p Preview) Block() ([]byte, cid.Cid, error) {
	block := p.Data
	if p.Type == plainText {
		var out bytes.Buffer
		w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
		if err == nil {
			_, err = w.Write(p.Data)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			return nil, cid.Undef, fmt.Errorf("compress preview: %w", err)
		}
		block = out.Bytes()
	}
	mh, err := multihash.Sum(block, multihash.SHA2_256, -1)
	if err != nil {
		return nil, cid.Undef, fmt.Errorf("hash preview: %w", err)
	}
	return block, cid.NewCidV1(cid.Raw, mh), nil
}

// gzipMagic begins what gzip made.
var gzipMagic = []byte("\x1f\x8b\x08")

// unpack returns what a compressed block holds; false for anything but text of a
// bounded size.
func unpack(block []byte) ([]byte, bool) {
	r, err := gzip.NewReader(bytes.NewReader(block))
	if err != nil {
		return nil, false
	}
	text, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil || len(text) > MaxSize || sniff(text) != plainText {
		return nil, false
	}
	return text, true
}
