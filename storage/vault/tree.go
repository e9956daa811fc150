package vault

import (
	"fmt"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
	"github.com/multiformats/go-multihash"
)

// maxLinks is how many children a node has in the DAGs privd makes.
const maxLinks = 1024

// link is a child of a node.
type link struct {
	cid   cid.Cid
	size  uint64 // bytes of the file below it
	total uint64 // bytes of all blocks below it
}

// tree builds the balanced UnixFS layout of boxo's importer while leaves arrive.
// The leaves wait in the lowest level, full nodes move up one.
type tree struct {
	levels [][]link
	width  int // children of a node; maxLinks when zero
}

type appendFunc func(c cid.Cid, data []byte) error

// add takes the next leaf.
func (t *tree) add(leaf link, put appendFunc) error {
	if t.width == 0 {
		t.width = maxLinks
	}
	return t.insert(0, leaf, put)
}

// insert puts a link into a level. A full node moves up only when something comes
// after it, so that a file that just fills one gets no needless level above.
func (t *tree) insert(level int, l link, put appendFunc) error {
	for ; ; level++ {
		if level == len(t.levels) {
			t.levels = append(t.levels, nil)
		}
		if len(t.levels[level]) < t.width {
			t.levels[level] = append(t.levels[level], l)
			return nil
		}
		full, err := node(t.levels[level], put)
		if err != nil {
			return err
		}
		t.levels[level] = append(t.levels[level][:0], l)
		l = full
	}
}

// finish makes the nodes that are not full and returns the root.
func (t *tree) finish(put appendFunc) (link, error) {
	for level := 0; ; level++ {
		top := level == len(t.levels)-1
		if top && len(t.levels[level]) == 1 {
			return t.levels[level][0], nil
		}
		parent, err := node(t.levels[level], put)
		if err != nil || top {
			return parent, err
		}
		if err := t.insert(level+1, parent, put); err != nil {
			return link{}, err
		}
	}
}

// node makes the UnixFS node over children.
func node(children []link, put appendFunc) (link, error) {
	file := unixfs.NewFSNode(unixfs.TFile)
	var pb merkledag.ProtoNode
	if err := pb.SetCidBuilder(cid.V1Builder{Codec: cid.DagProtobuf, MhType: multihash.SHA2_256}); err != nil {
		return link{}, fmt.Errorf("make node: %w", err)
	}
	var l link
	for _, c := range children {
		file.AddBlockSize(c.size)
		if err := pb.AddRawLink("", &ipld.Link{Size: c.total, Cid: c.cid}); err != nil {
			return link{}, fmt.Errorf("make node: %w", err)
		}
		l.size += c.size
		l.total += c.total
	}
	data, err := file.GetBytes()
	if err != nil {
		return link{}, fmt.Errorf("make node: %w", err)
	}
	pb.SetData(data)
	raw := pb.RawData()
	l.cid = pb.Cid()
	l.total += uint64(len(raw))
	return l, put(l.cid, raw)
}
