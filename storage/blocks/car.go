package blocks

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/ipfs/go-cid"
	car "github.com/ipld/go-car/v2"
	"github.com/ipld/go-car/v2/index"
	"github.com/ipld/go-car/v2/storage"
	"github.com/multiformats/go-multihash"

	"privd/market/content"
)

// dataOffset is where the CARv1 part begins: behind the CARv2 pragma and header.
const dataOffset = car.PragmaSize + car.HeaderSize

// rootHeader returns the CARv1 header that names roots.
func rootHeader(roots []cid.Cid) ([]byte, error) {
	var out bytes.Buffer
	if _, err := storage.NewWritable(&out, roots, car.WriteAsCarV1(true)); err != nil {
		return nil, fmt.Errorf("make pack header: %w", err)
	}
	return out.Bytes(), nil
}

// placeholder has the length of every CID privd makes: version 1, a one-byte
// codec, SHA-256.
var placeholder = cid.NewCidV1(cid.Raw, multihash.Multihash(append([]byte{multihash.SHA2_256, 32}, make([]byte, 32)...)))

// headerLength returns how many bytes the CARv1 header takes for n roots.
func headerLength(n int) (int64, error) {
	roots := make([]cid.Cid, n)
	for i := range roots {
		roots[i] = placeholder
	}
	h, err := rootHeader(roots)
	return int64(len(h)), err
}

// sectionHeader returns what stands before a block's bytes: the length of CID and
// bytes as a varint, and the CID.
func sectionHeader(c cid.Cid, length int) []byte {
	raw := c.Bytes()
	h := binary.AppendUvarint(make([]byte, 0, len(raw)+binary.MaxVarintLen64), uint64(len(raw)+length))
	return append(h, raw...)
}

// writeIndex writes the CARv2 index of a pack, by which other tools find blocks
// without reading all of it.
func writeIndex(w io.Writer, list []content.Block, sections []int64) (int64, error) {
	entries := make([]index.Record, len(list))
	for i, b := range list {
		entries[i] = index.Record{Cid: cid.NewCidV1(cid.Raw, b.Multihash), Offset: uint64(sections[i] - dataOffset)}
	}
	sorted := index.NewMultihashSorted()
	if err := sorted.Load(entries); err != nil {
		return 0, fmt.Errorf("make pack index: %w", err)
	}
	n, err := index.WriteTo(sorted, w)
	return int64(n), err
}
