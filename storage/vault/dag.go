package vault

import (
	"context"
	"fmt"
	"io"
	"sort"
	"sync"

	"github.com/ipfs/go-cid"

	"privd/market"
	"privd/market/content"
)

// dag reads the bytes of a UnixFS file at any position, keeps the leaves it used
// last, and loads the next ones while they are read in order. It may be used
// concurrently.
type dag struct {
	ctx    context.Context
	cancel context.CancelFunc
	vault  *Vault
	root   cid.Cid
	size   int64
	ahead  sync.WaitGroup

	mu     sync.Mutex
	closed bool
	nodes  map[string]*inner // by multihash
	leaves map[int64]*leaf   // by position of the first byte
	clock  uint64
	next   int64 // where the leaf after the one used last begins
}

const (
	maxNodes  = 16 // inner nodes kept: 1 MiB with 1024 links each
	maxLeaves = 4  // leaves kept, those being read aside
	readAhead = 2  // leaves loaded before they are asked for
	maxDepth  = 8  // of a DAG: 1024 links a node reach 2^80 bytes
)

// leaf is a leaf that is loaded or being loaded.
type leaf struct {
	loaded chan struct{} // closed when buf or err is there
	buf    *buffer
	err    error
	users  int
	used   uint64 // clock of the last use
	gone   bool   // not kept any more; the last user gives the buffer back
}

func (v *Vault) openDAG(ctx context.Context, object content.Object) (*dag, error) {
	if err := checkCID(object.Root); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	return &dag{ctx: ctx, cancel: cancel, vault: v, root: object.Root, size: object.PayloadSize,
		nodes: make(map[string]*inner), leaves: make(map[int64]*leaf), next: -1}, nil
}

// Close ends reading ahead and gives the buffers back. ReadAt must not run any
// more.
func (d *dag) Close() error {
	d.cancel()
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.ahead.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	for at, l := range d.leaves {
		delete(d.leaves, at)
		d.release(l)
	}
	return nil
}

// ReadAt implements io.ReaderAt.
func (d *dag) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		if off >= d.size {
			return n, io.EOF
		}
		m, err := d.copyLeaf(p[n:], off)
		if err != nil {
			return n, err
		}
		n += m
		off += int64(m)
	}
	return n, nil
}

// copyLeaf copies what one leaf has from off on.
func (d *dag) copyLeaf(p []byte, off int64) (int, error) {
	at, l, err := d.use(off)
	if err != nil {
		return 0, err
	}
	defer d.leave(l)
	select {
	case <-l.loaded:
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
	if l.err != nil {
		return 0, l.err
	}
	return copy(p, l.buf.b[off-at:]), nil
}

// use returns the leaf that has the byte at off, loading it in this goroutine when
// nobody did, and begins to load the ones after it when reading goes in order.
func (d *dag) use(off int64) (at int64, l *leaf, err error) {
	if at, l := d.kept(off); l != nil {
		return at, l, nil
	}
	where, err := d.locate(d.ctx, off)
	if err != nil {
		return 0, nil, err
	}
	l, mine := d.enter(where)
	if mine {
		d.load(d.ctx, l, where)
	}
	return where.at, l, nil
}

// kept returns the leaf with the byte at off when it is there or on its way.
func (d *dag) kept(off int64) (int64, *leaf) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for at, l := range d.leaves {
		select {
		case <-l.loaded:
		default:
			continue // how long it is is not known yet; locate finds it
		}
		if l.err == nil && at <= off && off < at+int64(len(l.buf.b)) {
			l.users++
			d.touch(l)
			d.follow(at, int64(len(l.buf.b)))
			return at, l
		}
	}
	return 0, nil
}

func (d *dag) touch(l *leaf) {
	d.clock++
	l.used = d.clock
}

// enter takes part in a leaf; mine says that the caller has to load it. A leaf
// that could not be loaded is tried again.
func (d *dag) enter(where place) (l *leaf, mine bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l, there := d.leaves[where.at]
	if there && l.failed() {
		delete(d.leaves, where.at)
		d.release(l)
		there = false
	}
	if !there {
		l = &leaf{loaded: make(chan struct{})}
		d.leaves[where.at] = l
	}
	l.users++
	d.touch(l)
	d.follow(where.at, where.length)
	d.shrink()
	return l, !there
}

// follow notes which leaf is used, and looks ahead when it is the next one.
func (d *dag) follow(at, length int64) {
	inOrder := at == d.next || at == 0
	if end := at + length; end != d.next {
		d.next = end
		if inOrder {
			d.lookAhead(end)
		}
	}
}

func (l *leaf) failed() bool {
	select {
	case <-l.loaded:
		return l.err != nil
	default:
		return false
	}
}

// leave ends a use.
func (d *dag) leave(l *leaf) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if l.users--; l.gone && l.users == 0 {
		d.recycle(l)
	}
}

// shrink drops the leaf used longest ago over the bound.
func (d *dag) shrink() {
	for len(d.leaves) > maxLeaves+readAhead {
		oldest := int64(-1)
		for at, l := range d.leaves {
			if l.users == 0 && (oldest < 0 || l.used < d.leaves[oldest].used) {
				oldest = at
			}
		}
		if oldest < 0 {
			return
		}
		l := d.leaves[oldest]
		delete(d.leaves, oldest)
		d.release(l)
	}
}

func (d *dag) release(l *leaf) {
	if l.gone = true; l.users == 0 {
		d.recycle(l)
	}
}

func (d *dag) recycle(l *leaf) {
	if l.buf != nil {
		d.vault.leaves.put(l.buf)
		l.buf = nil
	}
}

// lookAhead loads the leaves from off on in the background.
func (d *dag) lookAhead(off int64) {
	if d.closed || off >= d.size {
		return
	}
	d.ahead.Go(func() {
		for range readAhead {
			if off >= d.size || d.ctx.Err() != nil {
				return
			}
			where, err := d.locate(d.ctx, off)
			if err != nil {
				return // the reader will meet it
			}
			if l := d.reserve(where); l != nil {
				d.load(d.ctx, l, where)
				d.leave(l)
			}
			off = where.at + where.length
		}
	})
}

// reserve enters a leaf nobody asked for yet; nil when it is there.
func (d *dag) reserve(where place) *leaf {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, there := d.leaves[where.at]; there || d.closed {
		return nil
	}
	l := &leaf{loaded: make(chan struct{}), users: 1}
	d.leaves[where.at] = l
	d.touch(l)
	d.shrink()
	return l
}

// load reads a leaf the caller has entered.
func (d *dag) load(ctx context.Context, l *leaf, where place) {
	defer close(l.loaded)
	buf := d.vault.leaves.get()
	data, err := d.vault.blocks.Read(ctx, where.cid, buf.b)
	if err == nil && where.cid.Type() != cid.Raw {
		data, err = leafData(data)
	}
	if err == nil && int64(len(data)) != where.length {
		err = market.Fail(market.Invalid, fmt.Sprintf("block %s has %d bytes where %d were promised", where.cid, len(data), where.length))
	}
	if err != nil {
		l.err = err
		return
	}
	buf.b = data
	l.buf = buf
}

// place is where a leaf is in the file.
type place struct {
	cid    cid.Cid
	at     int64
	length int64
}

// locate goes down from the root to the leaf with the byte at off.
func (d *dag) locate(ctx context.Context, off int64) (place, error) {
	p := place{cid: d.root, length: d.size}
	for range maxDepth {
		if p.cid.Type() == cid.Raw {
			return p, nil
		}
		n, err := d.inner(ctx, p.cid)
		if err != nil {
			return place{}, err
		}
		if n.size() != p.length {
			return place{}, market.Fail(market.Invalid, fmt.Sprintf("node %s has %d bytes where %d were promised", p.cid, n.size(), p.length))
		}
		if len(n.links) == 0 {
			return p, nil // a dag-pb leaf
		}
		i := sort.Search(len(n.links), func(i int) bool { return n.ends[i] > off-p.at })
		if i == len(n.links) {
			return place{}, market.Fail(market.Invalid, "position beyond the end")
		}
		begin := int64(0)
		if i > 0 {
			begin = n.ends[i-1]
		}
		p = place{cid: n.links[i], at: p.at + begin, length: n.ends[i] - begin}
	}
	return place{}, market.Fail(market.Invalid, "content is nested too deep")
}

// inner returns an inner node, from memory when it was used lately.
func (d *dag) inner(ctx context.Context, c cid.Cid) (*inner, error) {
	d.mu.Lock()
	n, there := d.nodes[string(c.Hash())]
	d.mu.Unlock()
	if there {
		return n, nil
	}
	data, err := d.vault.blocks.Read(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	if n, err = parseNode(data); err != nil {
		return nil, fmt.Errorf("node %s: %w", c, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.nodes) >= maxNodes {
		for other := range d.nodes { // any will do: reading is mostly in order
			delete(d.nodes, other)
			break
		}
	}
	d.nodes[string(c.Hash())] = n
	return n, nil
}
