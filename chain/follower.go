package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
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
// the server is down, or says what cannot be true, it waits and says so.
type Follower struct {
	deps     FollowerDeps
	client   *Client
	cfg      Config
	decoders decoders

	wake chan struct{}

	mu      sync.Mutex
	head    deal.Mark
	reached time.Time // when the head was last known to be read
	lastErr error

	// Run's own.
	page       uint64 // blocks to ask for at once; shrinks when the server minds
	behind     int    // looks at a chain that ends below our newest mark
	complained time.Time
}

// NewFollower returns a follower. Nothing is read before Run or Step.
func NewFollower(deps FollowerDeps) *Follower {
	cfg := deps.Client.Config()
	return &Follower{
		deps: deps, client: deps.Client, cfg: cfg, decoders: newDecoders(cfg.Contracts),
		wake: make(chan struct{}, 1), page: cfg.PageBlocks,
	}
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
	stop := f.watchHeads(ctx)
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

// Step reads one page. It returns whether there may be more to read at once.
func (f *Follower) Step(ctx context.Context) (advanced bool, err error) {
	marks, err := f.marks(ctx)
	if err != nil {
		return false, err
	}
	head, err := f.client.header(ctx, nil)
	if err != nil {
		return false, err
	}
	last, err := f.standing(ctx, marks, head)
	if err != nil {
		return false, err
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
	mark, events, err := f.read(ctx, last, from, to)
	if err != nil {
		f.shrink(err)
		return false, err
	}
	err = f.deps.Store.Apply(ctx, mark, events)
	if market.CodeOf(err) == market.TooLarge && to > from {
		f.page = (to - from + 1) / 2 // a busy stretch of the chain: in smaller steps
		return true, nil
	}
	if err != nil {
		return false, storeError{fmt.Errorf("store chain events: %w", err)}
	}
	f.page = min(f.cfg.PageBlocks, f.page*2)
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

// marks returns where the follower has been; on the first run that is the block
// below the deployment, whose hash tells this chain from any other.
func (f *Follower) marks(ctx context.Context) ([]deal.Mark, error) {
	marks, err := f.deps.Store.Marks(ctx)
	if err != nil {
		return nil, storeError{fmt.Errorf("read chain marks: %w", err)}
	}
	if len(marks) > 0 {
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
	return []deal.Mark{first}, nil
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

func (f *Follower) rewind(ctx context.Context, from, to deal.Mark) error {
	f.deps.Log.Warn("the chain was reorganised", "from_block", from.Number, "to_block", to.Number)
	if err := f.deps.Store.Rewind(ctx, to); err != nil {
		return storeError{fmt.Errorf("rewind chain events: %w", err)}
	}
	f.behind = 0
	f.move(to)
	return nil
}

// read returns the events of blocks from..to, which follow on last, as one
// consistent view: the blocks at both ends are read again afterwards.
func (f *Follower) read(ctx context.Context, last deal.Mark, from, to uint64) (deal.Mark, []deal.Event, error) {
	end, err := f.client.header(ctx, new(big.Int).SetUint64(to))
	if err != nil {
		return deal.Mark{}, nil, missing(err)
	}
	if from == to && market.Hash(end.ParentHash) != last.Hash {
		return deal.Mark{}, nil, errMoved
	}
	mark := markOf(end)
	logs, err := f.client.logs(ctx, from, to, slices.Collect(maps.Keys(f.decoders)))
	if err != nil {
		return deal.Mark{}, nil, err
	}
	events, err := f.events(logs, from, mark)
	if err != nil {
		return deal.Mark{}, nil, err
	}
	if err := f.date(ctx, events, last, mark); err != nil {
		return deal.Mark{}, nil, err
	}
	for _, m := range []deal.Mark{last, mark} {
		again, err := f.client.header(ctx, new(big.Int).SetUint64(m.Number))
		if err != nil {
			return deal.Mark{}, nil, missing(err)
		}
		if market.Hash(again.Hash()) != m.Hash {
			return deal.Mark{}, nil, errMoved
		}
	}
	return mark, events, nil
}

// missing turns the absence of a block that was there a moment ago into errMoved.
func missing(err error) error {
	if errors.Is(err, ethereum.NotFound) {
		return errMoved
	}
	return err
}

// events decodes the logs of blocks from..to. It refuses logs that were not asked
// for, are out of order, or disagree about a block.
func (f *Follower) events(logs []types.Log, from uint64, to deal.Mark) ([]deal.Event, error) {
	var events []deal.Event
	for i := range logs {
		log := &logs[i]
		if _, ours := f.decoders[log.Address]; !ours || log.Removed {
			return nil, lie("read logs", "log of %s, removed %t", log.Address, log.Removed)
		}
		if log.BlockNumber < from || log.BlockNumber > to.Number {
			return nil, lie("read logs", "log of block %d, asked for %d to %d", log.BlockNumber, from, to.Number)
		}
		if log.BlockNumber == to.Number && market.Hash(log.BlockHash) != to.Hash {
			return nil, errMoved
		}
		if i > 0 {
			if err := follows(&logs[i-1], log); err != nil {
				return nil, err
			}
		}
		event, known, err := f.decoders.decode(log)
		if err != nil {
			return nil, lie("read logs", "transaction %s: %v", log.TxHash, err)
		}
		if known {
			events = append(events, event)
		}
	}
	return events, nil
}

// follows checks that one log comes after another.
func follows(before, log *types.Log) error {
	switch {
	case log.BlockNumber > before.BlockNumber:
		return nil
	case log.BlockNumber < before.BlockNumber, log.Index <= before.Index:
		return lie("read logs", "log %d of block %d after log %d of block %d", log.Index, log.BlockNumber, before.Index, before.BlockNumber)
	case log.BlockHash != before.BlockHash:
		return lie("read logs", "two blocks %d", log.BlockNumber)
	}
	return nil
}

// date gives the events the times of their blocks, and checks that the blocks are
// what the logs call them.
func (f *Follower) date(ctx context.Context, events []deal.Event, last, to deal.Mark) error {
	times := map[market.Hash]uint64{to.Hash: to.Time}
	numbers := map[market.Hash]uint64{to.Hash: to.Number}
	var unknown []market.Hash
	for _, e := range events {
		number, have := numbers[e.BlockHash]
		if !have {
			numbers[e.BlockHash] = e.Block
			unknown = append(unknown, e.BlockHash)
		} else if number != e.Block {
			return lie("read logs", "block %s is both %d and %d", e.BlockHash, number, e.Block)
		}
	}
	headers, err := f.client.headersByHash(ctx, unknown)
	if err != nil {
		return err
	}
	for i, header := range headers {
		hash := unknown[i]
		if header == nil {
			return errMoved
		}
		if market.Hash(header.Hash()) != hash || header.Number.Cmp(new(big.Int).SetUint64(numbers[hash])) != 0 ||
			header.Time < last.Time || header.Time > to.Time {
			return lie("read logs", "block %s of the logs is not block %d", hash, numbers[hash])
		}
		times[hash] = header.Time
	}
	for i := range events {
		events[i].BlockTime = times[events[i].BlockHash]
	}
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
	f.reached = f.deps.Now()
	f.mu.Unlock()
	f.move(at)
}

// move notes the newest block that was read.
func (f *Follower) move(to deal.Mark) {
	f.mu.Lock()
	changed := f.head != to
	f.head = to
	f.mu.Unlock()
	if changed && f.deps.OnHead != nil {
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
