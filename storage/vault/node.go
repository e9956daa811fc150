package vault

import (
	"fmt"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"privd/market"
)

// inner is a dag-pb node of a UnixFS file: a list of children, or data.
type inner struct {
	links []cid.Cid
	ends  []int64 // where in the node's bytes each child ends
	data  []byte  // of a leaf
}

func (n *inner) size() int64 {
	if len(n.links) == 0 {
		return int64(len(n.data))
	}
	return n.ends[len(n.ends)-1]
}

const (
	// maxFanOut bounds the children of a node made elsewhere.
	maxFanOut = 8192
	// maxFile bounds the size a node may claim.
	maxFile = 1 << 50
)

func malformed(format string, a ...any) error {
	return market.Fail(market.Invalid, "not a UnixFS file: "+fmt.Sprintf(format, a...))
}

// parseNode reads a dag-pb block from anywhere.
func parseNode(block []byte) (*inner, error) {
	pb, err := merkledag.DecodeProtobuf(block)
	if err != nil {
		return nil, malformed("%v", err)
	}
	file, err := unixfs.FSNodeFromBytes(pb.Data())
	if err != nil {
		return nil, malformed("%v", err)
	}
	if t := file.Type(); t != unixfs.TFile && t != unixfs.TRaw {
		return nil, malformed("it is a %s", t)
	}
	links := pb.Links()
	sizes := file.BlockSizes()
	switch {
	case len(links) > maxFanOut:
		return nil, malformed("%d children", len(links))
	case len(links) != len(sizes):
		return nil, malformed("%d children with %d sizes", len(links), len(sizes))
	case len(links) > 0 && len(file.Data()) > 0:
		return nil, malformed("data beside children")
	}
	n := &inner{data: file.Data()}
	var end int64
	for i, l := range links {
		if err := checkCID(l.Cid); err != nil {
			return nil, err
		}
		if sizes[i] == 0 || sizes[i] > maxFile || end+int64(sizes[i]) > maxFile {
			return nil, malformed("a child of %d bytes", sizes[i])
		}
		end += int64(sizes[i])
		n.links, n.ends = append(n.links, l.Cid), append(n.ends, end)
	}
	if file.FileSize() != uint64(n.size()) {
		return nil, malformed("size %d of %d", n.size(), file.FileSize())
	}
	return n, nil
}

// leafData returns the data of a dag-pb leaf.
func leafData(block []byte) ([]byte, error) {
	n, err := parseNode(block)
	if err != nil {
		return nil, err
	}
	return n.data, nil
}

// checkCID refuses what privd does not deal in: anything but a CIDv1 of a SHA-256
// over raw bytes, dag-pb or dag-cbor.
func checkCID(c cid.Cid) error {
	if !c.Defined() {
		return market.Fail(market.Invalid, "no CID")
	}
	p := c.Prefix()
	codec := p.Codec == cid.Raw || p.Codec == cid.DagProtobuf || p.Codec == cid.DagCBOR
	if p.Version != 1 || !codec || p.MhType != multihash.SHA2_256 || p.MhLength != 32 {
		return market.Fail(market.Invalid, "unsupported CID "+c.String())
	}
	return nil
}
