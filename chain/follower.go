package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/core/types"

	"privd/market"
	"privd/market/deal"
)

// FollowerDeps is what a Follower works with. The callbacks are optional; they run
// on the follower's goroutine, after the store has what they tell, and must not
// block.
type FollowerDeps struct {
	Client *Client
	Store  deal.Store
	Log    *slog.Logger
	Now    func() time.Time
	// OnHead is told the newest block that was read, when it changes.
	OnHead func(deal.Mark)
	// OnEvents is told the events of blocks that were read for the first time since
	// the last rewind. They may be undone by a rewind later.
	OnEvents func([]deal.Event)
}

// Follower reads the contracts' logs up to the head, in order, each once. Its place
// is stored together with the effects, so a restart continues and never skips; when
// the chain is reorganised it goes back to the newest mark that still stands. While
// no server answers, or they say what cannot be true, it waits and says so. With
// several servers it has what money depends on confirmed by a second one: see Relied.
type Follower struct {
	deps     FollowerDeps
	client   *Client
	cfg      Config
	decoders decoders

	wake chan struct{}

	mu       sync.Mutex
	head     deal.Mark
	reached  time.Time // when the head was last known to be read
	lastErr  error
	progress Progress
	trail    []deal.Mark // the newest blocks that were read, and marks of older ones

	second agreement // what a second server has confirmed

	// Run's own.
	page       uint64 // blocks to ask for at once; shrinks when the server minds
	behind     int    // looks at a chain that ends below our newest mark
	failed     int    // looks in a row that failed
	doubts     map[market.Hash]int
	complained time.Time
}

// Progress is how far the follower is with reading what it missed: blocks From to To,
// of which At was read last. It is zero when there is nothing to catch up with.
type Progress struct{ From, At, To uint64 }

// NewFollower returns a follower. Nothing is read before Run or Step.
func NewFollower(deps FollowerDeps) *Follower {
	cfg := deps.Client.Config()
	f := &Follower{
		deps: deps, client: deps.Client, cfg: cfg, decoders: newDecoders(cfg.Contracts),
		wake: make(chan struct{}, 1), page: cfg.PageBlocks, doubts: make(map[market.Hash]int),
	}
	f.second.init(f)
	deps.Client.pool.tell(deps.Log)
	return f
}

// Head returns the newest block that was read, and whether that was the head of the
// chain within the configured time. When it was not, err says why, as far as known.
func (f *Follower) Head() (head deal.Mark, synced bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.reached.IsZero() {
		err = f.lastErr
		if err == nil {
			err = market.Fail(market.Unavailable, "the chain was not read yet")
		}
		return f.head, false, err
	}
	if idle := f.deps.Now().Sub(f.reached); idle > f.cfg.StallAfter {
		return f.head, false, &market.Error{Op: "follow the chain", Code: market.Unavailable,
			Message: fmt.Sprintf("no progress for %s", idle.Round(time.Second)), Err: f.lastErr}
	}
	return f.head, true, nil
}

// Progress returns how far the follower is with what it missed.
func (f *Follower) Progress() Progress {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.progress
}

// Wake makes the follower look at the chain now.
func (f *Follower) Wake() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Run follows the chain until the context ends; then it returns nil. It returns an
// error only when the store fails.
func (f *Follower) Run(ctx context.Context) error {
	stop := f.beside(ctx, f.watchHeads, f.client.pool.watch, f.second.run)
	defer stop()
	failures := 0
	for {
		advanced, err := f.Step(ctx)
		if ctx.Err() != nil {
			return nil
		}
		var disk storeError
		if errors.As(err, &disk) {
			return disk
		}
		f.report(err)
		pause := f.cfg.Poll
		switch {
		case err != nil:
			failures++
			pause = backoff(f.cfg.Poll, failures)
		case advanced:
			failures, pause = 0, 0
		default:
			failures = 0
		}
		if !f.sleep(ctx, pause) {
			return nil
		}
	}
}

// beside runs workers of the follower until the returned function is called.
func (f *Follower) beside(ctx context.Context, workers ...func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	for _, work := range workers {
		all.Go(func() { work(ctx) })
	}
	return func() { cancel(); all.Wait() }
}

// sleep waits until it is time for the next look; false when the context ended.
func (f *Follower) sleep(ctx context.Context, pause time.Duration) bool {
	if pause == 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
	case <-f.wake:
	}
	return true
}

func (f *Follower) report(err error) {
	f.mu.Lock()
	before := f.lastErr
	f.lastErr = err
	f.mu.Unlock()
	if err == nil {
		if before != nil {
			f.deps.Log.Info("following the chain again")
		}
		return
	}
	now := f.deps.Now()
	if before == nil || before.Error() != err.Error() || now.Sub(f.complained) > time.Minute {
		f.complained = now
		f.deps.Log.Warn("cannot follow the chain", "error", err)
	}
}

// errMoved is the answer to a chain that changed while it was read.
var errMoved = &market.Error{Op: "follow the chain", Code: market.Unavailable, Reason: "CHAIN_MOVED", Message: "the chain changed while it was read"}

// errBehind is the answer to a server that ends below what was read already.
var errBehind = &market.Error{Op: "follow the chain", Code: market.Unavailable, Reason: "RPC_BEHIND", Message: "the RPC server is behind"}

// behindLimit is how many looks a chain may end below our newest mark before that
// counts as a reorganisation: behind a load balancer, some servers lag.
const behindLimit = 5

// Step reads one page, all of it from one server. It returns whether there may be more
// to read at once.
func (f *Follower) Step(ctx context.Context) (advanced bool, err error) {
	ctx = f.client.together(ctx)
	advanced, err = f.step(ctx)
	f.judge(ctx, err)
	return advanced, err
}

// failedLimit is how many looks in a row may fail with a server that answers before
// another one is asked: it may mind the size of a page, which shrinks each time, or
// the chain may be moving.
const failedLimit = 3

// judge lets a server go that says what cannot be true, or with which nothing works.
// One that does not answer was left already.
func (f *Follower) judge(ctx context.Context, err error) {
	s := f.client.server(ctx)
	var known *market.Error
	var disk storeError
	if err == nil {
		f.failed = 0
	}
	if err == nil || s == nil || ctx.Err() != nil || errors.As(err, &disk) {
		return
	}
	f.failed++
	lied := errors.As(err, &known) && (known.Reason == "RPC_INCONSISTENT" || known.Reason == "RPC_INCOMPLETE")
	if lied || f.failed >= failedLimit {
		f.failed = 0
		f.client.pool.complain(s, err)
	}
}

func (f *Follower) step(ctx context.Context) (advanced bool, err error) {
	marks, err := f.marks(ctx)
	if err != nil {
		return false, err
	}
	head, err := f.client.header(ctx, nil)
	if err != nil {
		return false, err
	}
	if err := f.second.load(ctx, marks[0]); err != nil {
		return false, err
	}
	last, err := f.standing(ctx, marks, head)
	if err != nil {
		return false, err
	}
	if last != marks[len(marks)-1] {
		if err := f.undoable(ctx, last); err != nil {
			return false, err
		}
	}
	if to, wanted := f.second.redo(marks); wanted && to.Number < last.Number {
		last = to // what was read above it is not what the chain holds
	}
	if last != marks[len(marks)-1] {
		if err := f.rewind(ctx, marks[len(marks)-1], last); err != nil {
			return false, err
		}
	}
	from, tip := last.Number+1, head.Number.Uint64()
	if from > tip {
		f.arrive(last)
		return false, nil
	}
	to := min(tip, last.Number+f.page)
	if deep := f.deepest(tip); from <= deep && deep < to {
		to = deep // so that there is a mark where the confirmations begin
	}
	passed, events, err := f.read(ctx, last, from, to, head)
	if err != nil {
		f.shrink(err)
		return false, err
	}
	mark := passed[len(passed)-1]
	err = f.deps.Store.Apply(ctx, mark, events)
	if market.CodeOf(err) == market.TooLarge && to > from {
		f.page = (to - from + 1) / 2 // a busy stretch of the chain: in smaller steps
		return true, nil
	}
	if err != nil {
		return false, storeError{fmt.Errorf("store chain events: %w", err)}
	}
	f.page = min(f.cfg.PageBlocks, f.page*2)
	f.pass(passed, tip)
	if len(events) > 0 && f.deps.OnEvents != nil {
		f.deps.OnEvents(events)
	}
	if to == tip {
		f.arrive(mark)
		return false, nil
	}
	f.move(mark)
	return true, nil
}

// deepest returns the newest block that has the confirmations, under a head.
func (f *Follower) deepest(head uint64) uint64 {
	return head - min(head, f.cfg.Confirmations-1)
}

// pass notes which blocks were read.
func (f *Follower) pass(marks []deal.Mark, tip uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.progress.From == 0 && len(f.trail) > 0 {
		f.progress.From = f.trail[len(f.trail)-1].Number + 1
	}
	f.progress.At, f.progress.To = marks[len(marks)-1].Number, tip
	f.trail = append(f.trail, marks...)
	if len(f.trail) > 2*trailMarks {
		f.anchor()
		f.trail = slices.Clone(f.trail[len(f.trail)-trailMarks:])
	}
}

// trailMarks is how many blocks are kept in memory, at least.
const trailMarks = 256

// marks returns where the follower has been; on the first run that is the block
// below the deployment, whose hash tells this chain from any other.
func (f *Follower) marks(ctx context.Context) ([]deal.Mark, error) {
	marks, err := f.deps.Store.Marks(ctx)
	if err != nil {
		return nil, storeError{fmt.Errorf("read chain marks: %w", err)}
	}
	if len(marks) > 0 {
		f.know(marks)
		return marks, nil
	}
	base, err := f.client.header(ctx, new(big.Int).SetUint64(max(f.cfg.DeployBlock, 1)-1))
	if errors.Is(err, ethereum.NotFound) {
		return nil, &market.Error{Op: "follow the chain", Code: market.Unavailable, Reason: "RPC_BEHIND",
			Message: fmt.Sprintf("the RPC server has no block %d, where the contracts are", f.cfg.DeployBlock)}
	}
	if err != nil {
		return nil, err
	}
	first := markOf(base)
	if err := f.deps.Store.Apply(ctx, first, nil); err != nil {
		return nil, storeError{fmt.Errorf("store first mark: %w", err)}
	}
	f.know([]deal.Mark{first})
	return []deal.Mark{first}, nil
}

// know takes over the marks of an earlier run. The first one tells the chain from
// others for every server, whichever it was read from.
func (f *Follower) know(marks []deal.Mark) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.trail) == 0 {
		f.trail = slices.Clone(marks)
		f.anchor()
	}
}

// forkDepth is how far below the confirmations a block must lie before a server that
// has another one in its place counts as being on another chain: following it would
// undo all that this node has done since.
const forkDepth = 1024

// anchor tells every server's verification what the chain is known by: the first mark,
// and with several servers a newer one. One server alone may go back as far as it
// likes, as a development chain does that starts anew. The caller holds mu.
func (f *Follower) anchor() {
	at := f.trail[0]
	if f.client.pool.several() {
		for _, m := range f.trail {
			if m.Number+f.cfg.Confirmations+forkDepth <= f.trail[len(f.trail)-1].Number && m.Hash != (market.Hash{}) {
				at = m
			}
		}
	}
	f.client.pool.anchor(at)
}

func markOf(h *types.Header) deal.Mark {
	return deal.Mark{Number: h.Number.Uint64(), Hash: market.Hash(h.Hash()), Time: h.Time}
}

// standing returns the newest mark that is still on the chain.
func (f *Follower) standing(ctx context.Context, marks []deal.Mark, head *types.Header) (deal.Mark, error) {
	newest := marks[len(marks)-1]
	if newest.Hash == market.Hash(head.Hash()) {
		f.behind = 0
		return newest, nil
	}
	if newest.Number > head.Number.Uint64() {
		if f.behind++; f.behind < behindLimit {
			return deal.Mark{}, errBehind
		}
		if f.client.knownElsewhere(ctx, newest) {
			// Not shorter: only this server's view of it is.
			f.behind = 0
			f.client.pool.complain(f.client.server(ctx), errBehind)
			return deal.Mark{}, errBehind
		}
	} else {
		f.behind = 0
	}
	for i := len(marks) - 1; i >= 0; i-- {
		if marks[i].Number > head.Number.Uint64() {
			continue
		}
		header, err := f.client.header(ctx, new(big.Int).SetUint64(marks[i].Number))
		switch {
		case err == nil && market.Hash(header.Hash()) == marks[i].Hash:
			return marks[i], nil
		case err != nil && !errors.Is(err, ethereum.NotFound):
			return deal.Mark{}, err // a fault of the server is not a reorganisation
		}
	}
	return deal.Mark{}, &market.Error{Op: "follow the chain", Code: market.Unavailable, Reason: "WRONG_CHAIN",
		Message: fmt.Sprintf("block %d is not %s: the RPC server is on another chain than this node was, or that chain was started anew", marks[0].Number, marks[0].Hash)}
}

// undoable refuses to go back below what two servers agreed on because one says so:
// the node has relied on it.
func (f *Follower) undoable(ctx context.Context, to deal.Mark) error {
	agreed := f.second.upTo()
	if to.Number >= agreed.Number || !f.second.wanted() {
		return nil
	}
	here, err := f.client.header(ctx, new(big.Int).SetUint64(agreed.Number))
	switch {
	case err == nil && market.Hash(here.Hash()) == agreed.Hash:
		return nil // it still stands; there is only no older mark that is nearer
	case err != nil && !errors.Is(err, ethereum.NotFound):
		return err
	}
	if f.client.knownElsewhere(ctx, agreed) {
		return lie("follow the chain", "block %d is not %s, which another server still has", agreed.Number, agreed.Hash)
	}
	if !f.second.isAlone() && !f.client.anybodyElse(ctx) { // one that is alone is believed
		return &market.Error{Op: "follow the chain", Code: market.Unavailable, Reason: "RPC_ALONE",
			Message: fmt.Sprintf("block %d was confirmed by two RPC servers and is gone; no other server can be asked", agreed.Number)}
	}
	return nil
}

// rewind goes back to a mark.
func (f *Follower) rewind(ctx context.Context, from, to deal.Mark) error {
	f.deps.Log.Warn("the chain was reorganised, or is read again", "from_block", from.Number, "to_block", to.Number)
	err := f.second.rewind(ctx, to, func() error { return f.deps.Store.Rewind(ctx, to) })
	if err != nil {
		return storeError{fmt.Errorf("rewind chain events: %w", err)}
	}
	f.behind = 0
	f.mu.Lock()
	for len(f.trail) > 0 && f.trail[len(f.trail)-1].Number > to.Number {
		f.trail = f.trail[:len(f.trail)-1]
	}
	if len(f.trail) == 0 {
		f.trail = []deal.Mark{to}
	}
	f.mu.Unlock()
	f.move(to)
	return nil
}

// shrink asks for less next time when the server may have minded the size.
func (f *Follower) shrink(err error) {
	if err != errMoved && f.page > 1 {
		f.page /= 2
	}
}

// arrive notes that the head of the chain was read.
func (f *Follower) arrive(at deal.Mark) {
	f.mu.Lock()
	f.reached, f.progress = f.deps.Now(), Progress{}
	f.mu.Unlock()
	f.move(at)
}

// move notes the newest block that was read.
func (f *Follower) move(to deal.Mark) {
	f.mu.Lock()
	changed := f.head != to
	f.head = to
	f.mu.Unlock()
	if !changed {
		return
	}
	f.second.look()
	if f.deps.OnHead != nil {
		f.deps.OnHead(to)
	}
}

// sleepFor waits; false when the context ended.
func sleepFor(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
