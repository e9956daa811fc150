package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"

	"privd/market"
	"privd/market/content"
	"privd/storage/blocks"
	"privd/storage/records"
)

const (
	maxRoots = 8192
	// fetchBatch and fetchParallel bound how many blocks are asked for and not
	// written yet: 48 MiB of full leaves.
	fetchBatch    = 16
	fetchParallel = 3
	// stall is how long a fetch waits for any block before it gives up.
	stall = 2 * time.Minute
)

// Fetch implements content.Vault. The pack gets every block it needs, copied from
// other packs where they are here, since those may be erased. A fetch that failed or
// was killed goes on where it stopped when it is called again with the same id; one
// that is complete and recorded is not repeated. Invalid when a DAG is malformed,
// TooLarge when it exceeds limit, Unavailable when source does not have it all,
// Conflict when a fetch of that id runs. progress may be nil.
func (v *Vault) Fetch(ctx context.Context, id string, roots []cid.Cid, source content.Source, limit int64, progress func(bytes int64)) (content.Pack, error) {
	if len(roots) == 0 || len(roots) > maxRoots {
		return content.Pack{}, market.Fail(market.Invalid, fmt.Sprintf("cannot fetch %d roots", len(roots)))
	}
	for _, c := range roots {
		if err := checkCID(c); err != nil {
			return content.Pack{}, err
		}
	}
	if !v.claim(id) {
		return content.Pack{}, market.Fail(market.Conflict, "a fetch "+id+" is running")
	}
	defer v.unclaim(id)
	recorded, err := v.recorded(ctx, id)
	if err != nil {
		return content.Pack{}, fmt.Errorf("fetch: %w", err)
	}
	if recorded != nil {
		return *recorded, v.covers(ctx, *recorded, roots)
	}
	if progress == nil {
		progress = func(int64) {}
	}
	return v.fetch(ctx, id, roots, source, limit, progress)
}

func (v *Vault) fetch(ctx context.Context, id string, roots []cid.Cid, source content.Source, limit int64, progress func(int64)) (content.Pack, error) {
	pack, err := v.blocks.Resume(id, len(roots))
	if market.CodeOf(err) == market.Conflict {
		// Finished once and never recorded: the process died in between.
		if err := v.blocks.Unlink(id); err != nil {
			return content.Pack{}, fmt.Errorf("fetch: %w", err)
		}
		pack, err = v.blocks.Resume(id, len(roots))
	}
	if err != nil {
		return content.Pack{}, fmt.Errorf("fetch: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	f := &fetch{vault: v, pack: pack, source: source, limit: limit, progress: progress,
		expected: make(map[string]want), arrived: make(chan arrival)}
	err = f.run(ctx, roots)
	cancel()
	f.drain()
	if err == nil {
		return pack.Commit(roots)
	}
	err = fmt.Errorf("fetch: %w", err)
	switch code := market.CodeOf(err); {
	case code == market.Invalid, code == market.TooLarge, f.bytes == 0:
		return content.Pack{}, errors.Join(err, pack.Abort())
	}
	return content.Pack{}, errors.Join(err, pack.Suspend())
}

func (v *Vault) claim(id string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.fetching[id] {
		return false
	}
	v.fetching[id] = true
	return true
}

func (v *Vault) unclaim(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.fetching, id)
}

// covers reports Conflict when a recorded pack lacks something below roots.
func (v *Vault) covers(ctx context.Context, pack content.Pack, roots []cid.Cid) error {
	has := make(map[string]bool, len(pack.Blocks))
	for _, b := range pack.Blocks {
		has[string(b.Multihash)] = true
	}
	todo, seen := append([]cid.Cid{}, roots...), make(map[string]bool)
	for len(todo) > 0 {
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !has[string(c.Hash())] {
			return market.Fail(market.Conflict, "pack "+pack.ID+" holds something else")
		}
		if seen[string(c.Hash())] || c.Type() != cid.DagProtobuf {
			continue
		}
		seen[string(c.Hash())] = true
		data, err := v.blocks.Read(ctx, c, nil)
		if err != nil {
			return fmt.Errorf("fetch: %w", err)
		}
		n, err := parseNode(data)
		if err != nil {
			return fmt.Errorf("fetch: node %s: %w", c, err)
		}
		todo = append(todo, n.links...)
	}
	return nil
}

// fetch is one run of Fetch. Everything but the requests happens in one goroutine.
type fetch struct {
	vault    *Vault
	pack     *blocks.Writer
	source   content.Source
	limit    int64
	progress func(int64)

	expected map[string]want // by multihash: every block met so far
	missing  []cid.Cid       // to be asked for
	running  int             // requests
	arrived  chan arrival
	bytes    int64 // in the pack
	buf      []byte
}

// want is what is known of a block before it is here.
type want struct {
	size  int64 // bytes of the file below it; -1 when nothing says so
	depth int   // nodes above it
	done  bool
}

// arrival is a block that came and is verified, or the end of a request.
type arrival struct {
	block content.RawBlock
	end   bool
	lost  []cid.Cid // asked for and not sent
	err   error
}

func (f *fetch) run(ctx context.Context, roots []cid.Cid) error {
	for _, c := range roots {
		if err := f.meet(ctx, c, want{size: -1}); err != nil {
			return err
		}
	}
	patience := time.NewTimer(stall)
	defer patience.Stop()
	for len(f.missing) > 0 || f.running > 0 {
		f.request(ctx)
		select {
		case a := <-f.arrived:
			if err := f.take(ctx, a); err != nil {
				return err
			}
			patience.Reset(stall)
		case <-patience.C:
			return market.Fail(market.Unavailable, fmt.Sprintf("no block came for %s", stall))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// drain waits for the requests, which the end of their context ends.
func (f *fetch) drain() {
	for f.running > 0 {
		if a := <-f.arrived; a.end {
			f.running--
		}
	}
}

// request asks for what is missing, as far as the bounds allow.
func (f *fetch) request(ctx context.Context) {
	for f.running < fetchParallel && len(f.missing) > 0 {
		n := min(fetchBatch, len(f.missing))
		batch := append([]cid.Cid{}, f.missing[:n]...)
		f.missing = f.missing[n:]
		f.running++
		go f.ask(ctx, batch)
	}
}

// ask runs one request and ends with an arrival that says so.
func (f *fetch) ask(ctx context.Context, batch []cid.Cid) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	left := make(map[cid.Cid]bool, len(batch))
	for _, c := range batch {
		left[c] = true
	}
	sent, err := f.source.Blocks(ctx, batch)
	if err != nil {
		f.arrived <- arrival{end: true, err: err}
		return
	}
	for b := range sent {
		// After a failure the channel is still emptied, or its sender would hang.
		if err != nil || !left[b.CID] {
			continue
		}
		if err = verify(b.CID, b.Data); err != nil {
			err = fmt.Errorf("block %s: %w", b.CID, err)
			cancel()
			continue
		}
		delete(left, b.CID)
		select {
		case f.arrived <- arrival{block: b}:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	end := arrival{end: true, err: err}
	for _, c := range batch {
		if left[c] {
			end.lost = append(end.lost, c)
		}
	}
	end.err = errors.Join(err, f.unfinished(end.lost, len(batch)))
	f.arrived <- end
}

// unfinished is the error of a request that brought nothing at all; what else it
// lost is asked for again.
func (f *fetch) unfinished(lost []cid.Cid, asked int) error {
	if len(lost) < asked {
		return nil
	}
	return market.Fail(market.Unavailable, fmt.Sprintf("block %s and %d more were not found", lost[0], len(lost)-1))
}

// take handles one arrival.
func (f *fetch) take(ctx context.Context, a arrival) error {
	if a.end {
		f.running--
		f.missing = append(f.missing, a.lost...)
		return a.err
	}
	return f.accept(ctx, a.block.CID, a.block.Data)
}

// meet takes note of a block that is needed, and gets it from this node when it is
// here.
func (f *fetch) meet(ctx context.Context, c cid.Cid, w want) error {
	old, known := f.expected[string(c.Hash())]
	if known {
		return agree(c, old, w)
	}
	if len(f.expected) >= records.MaxPackBlocks {
		return market.Fail(market.TooLarge, fmt.Sprintf("more than %d blocks", records.MaxPackBlocks))
	}
	f.expected[string(c.Hash())] = w
	data, has, err := f.local(ctx, c)
	switch {
	case err != nil:
		return err
	case !has:
		f.missing = append(f.missing, c)
		return nil
	}
	return f.accept(ctx, c, data)
}

// agree refuses a block that two parents describe differently.
func agree(c cid.Cid, old, new want) error {
	if old.size >= 0 && new.size >= 0 && old.size != new.size {
		return malformed("%s has two sizes", c)
	}
	return nil
}

// local reads a block from this pack or another one. Damage counts as absence: the
// block comes from elsewhere then. Raw blocks of this pack come without bytes: they
// were verified when the pack was taken up.
func (f *fetch) local(ctx context.Context, c cid.Cid) (data []byte, has bool, err error) {
	switch {
	case !f.pack.Has(c):
		data, err = f.vault.blocks.Read(ctx, c, f.buf)
	case c.Type() == cid.Raw:
		return nil, true, nil
	default:
		data, err = f.pack.Read(c, f.buf)
	}
	switch {
	case err == nil:
		f.buf = data[:0]
		return data, true, nil
	case ipld.IsNotFound(err), errors.Is(err, blocks.ErrDamaged):
		return nil, false, nil
	}
	return nil, false, err
}

// accept checks a block against what its parents say, writes it, and meets its
// children.
func (f *fetch) accept(ctx context.Context, c cid.Cid, data []byte) error {
	w := f.expected[string(c.Hash())]
	if w.done {
		return nil
	}
	w.done = true
	f.expected[string(c.Hash())] = w
	var children *inner
	switch c.Type() {
	case cid.Raw:
		if n := f.size(c, data); w.size >= 0 && w.size != n {
			return malformed("%s has %d bytes where %d were promised", c, n, w.size)
		}
	case cid.DagProtobuf:
		n, err := parseNode(data)
		if err != nil {
			return fmt.Errorf("node %s: %w", c, err)
		}
		if w.size >= 0 && w.size != n.size() {
			return malformed("%s has %d bytes where %d were promised", c, n.size(), w.size)
		}
		children = n
	case cid.DagCBOR:
		if w.depth > 0 {
			return malformed("%s is dag-cbor", c)
		}
	}
	if err := f.add(c, data); err != nil {
		return err
	}
	return f.meetChildren(ctx, children, w)
}

// add writes a block into the pack unless it is there, and counts it.
func (f *fetch) add(c cid.Cid, data []byte) error {
	if f.bytes += f.size(c, data); f.bytes > f.limit {
		return market.Fail(market.TooLarge, fmt.Sprintf("content exceeds %d bytes", f.limit))
	}
	if err := f.pack.Append(c, data); err != nil {
		return err
	}
	f.progress(f.bytes)
	return nil
}

func (f *fetch) size(c cid.Cid, data []byte) int64 {
	if n, has := f.pack.Length(c); has {
		return n
	}
	return int64(len(data))
}

func (f *fetch) meetChildren(ctx context.Context, n *inner, above want) error {
	if n == nil || len(n.links) == 0 {
		return nil
	}
	if above.depth+1 >= maxDepth {
		return malformed("nested too deep")
	}
	begin := int64(0)
	for i, c := range n.links {
		if err := f.meet(ctx, c, want{size: n.ends[i] - begin, depth: above.depth + 1}); err != nil {
			return err
		}
		begin = n.ends[i]
	}
	return nil
}
