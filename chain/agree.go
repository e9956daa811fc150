package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"

	"privd/market"
	"privd/market/deal"
)

// agreement is what a second server has confirmed of what was read. One server that
// lies could invent a purchase, and have the seller's key handed out for nothing, or
// hide one; so what lies deep enough to be relied on is asked of two servers again,
// and counts once both tell exactly what is stored: the same block, the same events.
//
// Two that tell something else win against what is stored, which is then read again.
// When two servers disagree and there is no third, the receipts of the blocks in
// question decide, since a block's hash vouches for them. Otherwise nobody is believed.
type agreement struct {
	f    *Follower
	wake chan struct{}

	// place is held while the stored chain is rewound, and while a mark is agreed on, so
	// that nothing is agreed on that was just taken back.
	place sync.Mutex

	mu       sync.Mutex
	loaded   bool
	agreed   deal.Mark // up to here two servers told what is stored
	at       uint64    // agreed.Number, or further within a long stretch without marks
	kept     uint64    // the number that is stored
	epoch    int       // counts rewinds
	seconded time.Time // when a second server last told anything
	unsure   time.Time // since when something waits to be confirmed; zero when nothing does
	alone    bool      // no other server can be asked, and one is believed
	conflict error     // servers disagree, and nothing decides
	waits    error     // why nothing was confirmed
	again    bool      // what lies above agreed is to be read again
	reread   time.Time // when that was asked last
	page     uint64
	reach    uint64 // the head of a server that is behind; 0 for none

	complained time.Time
}

func (a *agreement) init(f *Follower) {
	a.f, a.wake, a.page = f, make(chan struct{}, 1), f.cfg.PageBlocks
}

// wanted reports whether a second server is asked at all.
func (a *agreement) wanted() bool { return a.f.client.pool.several() && a.f.cfg.Agree != AgreeNever }

// load reads how far an earlier run got. What was read before there was a second
// server is checked from the beginning.
func (a *agreement) load(ctx context.Context, first deal.Mark) error {
	if !a.wanted() {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.loaded {
		return nil
	}
	agreed, err := a.f.deps.Store.Agreed(ctx)
	if err != nil {
		return storeError{fmt.Errorf("read agreed mark: %w", err)}
	}
	if agreed.Number < first.Number {
		agreed = first
	}
	a.agreed, a.at, a.kept, a.loaded = agreed, agreed.Number, agreed.Number, true
	return nil
}

// upTo returns the mark up to which two servers agreed.
func (a *agreement) upTo() deal.Mark {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.agreed
}

// look makes it look at what the follower has read now.
func (a *agreement) look() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// redo returns the mark to go back to when what lies above has to be read again.
func (a *agreement) redo(marks []deal.Mark) (deal.Mark, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.again {
		return deal.Mark{}, false
	}
	a.again = false
	for _, m := range slices.Backward(marks) {
		if m.Number <= a.agreed.Number {
			return m, true
		}
	}
	return marks[0], true
}

// rewind runs undo, with nothing agreed on meanwhile. What was agreed on above to goes
// first: were it the other way round, a crash in between would leave an agreement on
// blocks that have not been read.
func (a *agreement) rewind(ctx context.Context, to deal.Mark, undo func() error) error {
	a.place.Lock()
	defer a.place.Unlock()
	a.mu.Lock()
	a.epoch++
	a.at = min(a.at, to.Number)
	back := to.Number < a.agreed.Number
	if back {
		a.agreed, a.kept = to, to.Number
	}
	a.mu.Unlock()
	if back && a.wanted() {
		if err := a.f.deps.Store.Agree(ctx, to); err != nil {
			return err
		}
	}
	return undo()
}

// run confirms until ctx ends.
func (a *agreement) run(ctx context.Context) {
	if !a.wanted() {
		return
	}
	failures := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.wake:
		case <-time.After(backoff(a.f.cfg.Poll, failures)):
		}
		for more := true; more && ctx.Err() == nil; {
			var err error
			more, err = a.confirm(ctx)
			failures++
			if err == nil {
				failures = 0
			}
			a.report(ctx, err)
		}
	}
}

// report keeps why nothing was confirmed, and says so when that lasts: a server that
// is a block behind is nothing to speak of.
func (a *agreement) report(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waits = err
	now := time.Now()
	lasts := a.conflict != nil || !a.unsure.IsZero() && now.Sub(a.unsure) > a.f.client.pool.patience()
	if err != nil && lasts && now.Sub(a.complained) > time.Minute {
		a.complained = now
		a.f.deps.Log.Warn("what was read of the chain is not confirmed by a second RPC server", "error", err)
	}
}

// stretch is what is confirmed next: the blocks above..to, and what is stored of them.
type stretch struct {
	above, to uint64
	mark      deal.Mark // the mark at to, or one above it
	stored    answer
	epoch     int
}

// answer is what is told of a stretch: the hash of its last block, zero when nothing
// is known of it, and the events.
type answer struct {
	server *server
	hash   market.Hash
	events []deal.Event
}

// same reports whether two answers tell the same.
func (x answer) same(y answer) bool {
	if x.hash != y.hash && x.hash != (market.Hash{}) && y.hash != (market.Hash{}) {
		return false
	}
	return slices.EqualFunc(x.events, y.events, func(d, e deal.Event) bool {
		d.BlockTime, e.BlockTime = 0, 0 // the blocks' hashes vouch for their times
		return d == e
	})
}

// next returns the next stretch that is deep enough; false when there is none.
func (a *agreement) next(ctx context.Context) (s stretch, found bool, err error) {
	f := a.f
	f.mu.Lock()
	head, trail := f.head, slices.Clone(f.trail)
	f.mu.Unlock()
	a.mu.Lock()
	loaded, agreed, page := a.loaded, a.agreed, a.page
	s.above, s.epoch = max(a.at, agreed.Number), a.epoch
	deep := f.deepest(head.Number)
	if a.reach > s.above {
		deep = min(deep, a.reach) // so much a server that is behind can tell, and whether it is on the same branch
	}
	a.reach = 0
	a.mu.Unlock()
	for _, m := range trail {
		if m.Number <= s.above || m.Number > deep || m.Hash == (market.Hash{}) {
			continue
		}
		if found && m.Number > s.above+page {
			break
		}
		s.mark, found = m, loaded
	}
	if !found {
		return s, false, nil
	}
	a.mu.Lock()
	if a.unsure.IsZero() {
		a.unsure = time.Now()
	}
	a.mu.Unlock()
	s.to = min(s.mark.Number, s.above+page)
	if s.to == s.mark.Number {
		s.stored.hash = s.mark.Hash
	}
	s.stored.events, err = f.deps.Store.Events(ctx, s.above, s.to)
	return s, true, err
}

// confirm asks for one stretch. It returns whether there may be more at once.
func (a *agreement) confirm(ctx context.Context) (more bool, err error) {
	s, found, err := a.next(ctx)
	if err != nil || !found {
		return false, err
	}
	answers, failures := a.collect(ctx, s)
	var with, against []answer
	for _, x := range answers {
		if x.same(s.stored) {
			with = append(with, x)
		} else {
			against = append(against, x)
		}
	}
	if len(answers) >= 2 {
		a.mu.Lock()
		a.seconded = time.Now()
		a.mu.Unlock()
	}
	switch {
	case len(with) >= 2:
		for _, x := range against {
			a.f.client.pool.complain(x.server, lie("confirm the chain", "two others tell otherwise of blocks %d to %d", s.above+1, s.to))
		}
		return true, a.advance(ctx, s)
	case len(against) >= 1 && a.twoTell(against, with, s):
		return false, nil
	case len(answers) >= 2:
		return a.decide(ctx, s, answers)
	}
	a.mu.Lock()
	more = a.reach > s.above && a.reach < s.to
	a.mu.Unlock()
	return more, a.believe(s, failures, len(against) > 0)
}

// collect asks the servers, the one in use first, until two tell what is stored.
func (a *agreement) collect(ctx context.Context, s stretch) (answers []answer, failures error) {
	pool := a.f.client.pool
	with := 0
	for _, server := range pool.candidates() {
		if with == 2 || ctx.Err() != nil {
			break
		}
		if server.tired(time.Now()) {
			failures = errors.Join(failures, server.lastError())
			continue
		}
		x, err := a.ask(ctx, server, s.above, s.to)
		if err != nil {
			failures = errors.Join(failures, err)
			continue
		}
		answers = append(answers, x)
		if x.same(s.stored) {
			with++
		}
	}
	return answers, failures
}

// ask asks a server for the events of blocks above..to and for the last of them.
func (a *agreement) ask(ctx context.Context, s *server, above, to uint64) (answer, error) {
	f := a.f
	ctx = f.client.with(ctx, s)
	var end *types.Header
	var logs []types.Log
	elems := []rpc.BatchElem{
		{Method: "eth_getBlockByNumber", Args: []any{hexutil.EncodeUint64(to), false}, Result: &end},
		{Method: "eth_getLogs", Args: []any{map[string]any{
			"fromBlock": hexutil.EncodeUint64(above + 1), "toBlock": hexutil.EncodeUint64(to), "address": f.contracts(),
		}}, Result: &logs},
	}
	err := f.client.batch(ctx, "confirm the chain", elems)
	if err == nil && elems[0].Error == nil && end == nil {
		return answer{}, a.short(ctx, s, to)
	}
	for _, elem := range elems {
		if err == nil && elem.Error != nil {
			err = faultOf(s.name, "confirm the chain", s.clean(elem.Error))
		}
	}
	if err == nil && (end.Number == nil || !end.Number.IsUint64() || end.Number.Uint64() != to) {
		err = lie("confirm the chain", "asked %s for block %d, got %v", s.name, to, end.Number)
	}
	var events []deal.Event
	if err == nil {
		events, err = f.events(logs, above+1, markOf(end))
	}
	if err != nil {
		var known *market.Error
		if errors.As(err, &known) && known.Reason == "RPC_INCONSISTENT" {
			f.client.pool.complain(s, err)
		}
		a.mu.Lock()
		a.page = max(1, a.page/2) // the server may mind the size
		a.mu.Unlock()
		return answer{}, err
	}
	return answer{s, market.Hash(end.Hash()), events}, nil
}

// short notes how far a server is that has not come to a block yet.
func (a *agreement) short(ctx context.Context, s *server, to uint64) error {
	if _, err := a.f.client.header(ctx, nil); err != nil {
		return err
	}
	s.mu.Lock()
	head := s.head.number
	s.mu.Unlock()
	a.mu.Lock()
	a.reach = max(a.reach, head)
	a.mu.Unlock()
	return &market.Error{Op: "confirm the chain", Code: market.Unavailable, Reason: "RPC_BEHIND",
		Message: fmt.Sprintf("the RPC server %s is at block %d, and block %d is asked for", s.name, head, to)}
}

// twoTell finds two servers that tell the same and not what is stored. They are right;
// one of them is followed from here on.
func (a *agreement) twoTell(against, with []answer, s stretch) bool {
	pool := a.f.client.pool
	for i, x := range against {
		for _, y := range against[:i] {
			if !x.same(y) {
				continue
			}
			for _, z := range append(with, against...) {
				if !z.same(x) {
					pool.complain(z.server, lie("confirm the chain", "two others tell otherwise of blocks %d to %d", s.above+1, s.to))
				}
			}
			if current, _ := pool.inUse(); current != x.server && current != y.server {
				pool.choose(current, y.server, "two servers tell otherwise")
			}
			a.mu.Lock()
			a.alone = false
			a.readAgain()
			a.mu.Unlock()
			return true
		}
	}
	return false
}

// decide settles a disagreement of two servers by what the blocks' hashes vouch for.
func (a *agreement) decide(ctx context.Context, s stretch, answers []answer) (more bool, err error) {
	x, y := answers[0], answers[1]
	right, err := a.f.prove(ctx, x, y)
	if err != nil {
		conflict := &market.Error{Op: "confirm the chain", Code: market.Unavailable, Reason: "RPC_DISAGREE", Err: err,
			Message: fmt.Sprintf("the RPC servers %s and %s tell differently of blocks %d to %d", x.server.name, y.server.name, s.above+1, s.to)}
		a.mu.Lock()
		a.conflict = conflict
		a.mu.Unlock()
		return false, conflict
	}
	wrong := x
	if right.server == x.server {
		wrong = y
	}
	pool := a.f.client.pool
	pool.complain(wrong.server, lie("confirm the chain", "it leaves out or makes up logs of blocks %d to %d", s.above+1, s.to))
	if right.same(s.stored) {
		return true, a.advance(ctx, s)
	}
	if current, _ := pool.inUse(); current != right.server {
		pool.choose(current, right.server, "another one tells what is not so")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.alone = false
	a.readAgain()
	return false, nil
}

// readAgain has the follower read again what is not agreed on, now and then: what is
// undone and done again wakes everything that depends on it.
// The caller holds mu.
func (a *agreement) readAgain() {
	if time.Since(a.reread) > a.f.client.pool.patience() {
		a.again, a.reread = true, time.Now()
		a.f.Wake()
	}
}

func (a *agreement) isAlone() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.alone
}

// believe decides whether one server is believed while no other can be asked: an
// outage of the others must not stop the node, and is nothing a lying server can
// bring about. It waits a little, though, since most outages are short. When even that
// one contradicts what is stored, it is read again first.
func (a *agreement) believe(s stretch, failures error, contradicts bool) error {
	if failures == nil {
		failures = errors.New("no other server can be asked")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if contradicts {
		a.alone = false
	}
	since := a.unsure
	if a.seconded.After(since) {
		since = a.seconded
	}
	patient := a.f.cfg.Agree != AgreeReachable || a.conflict != nil || time.Since(since) <= a.f.client.pool.patience()
	switch {
	case patient || a.alone:
	case contradicts:
		a.readAgain()
	default:
		a.alone = true
		a.f.deps.Log.Warn("one RPC server is believed alone: no other can be asked")
	}
	return &market.Error{Op: "confirm the chain", Code: market.Unavailable, Reason: "RPC_ALONE",
		Message: fmt.Sprintf("blocks %d to %d wait for a second RPC server", s.above+1, s.to), Err: failures}
}

// keepEvery is how many blocks without events may be agreed on before that is stored:
// after a restart they are asked for again.
const keepEvery = 64

// advance notes that two servers told what is stored, unless it was taken back
// meanwhile.
func (a *agreement) advance(ctx context.Context, s stretch) error {
	a.place.Lock()
	defer a.place.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.epoch != s.epoch {
		return nil
	}
	if s.to == s.mark.Number && (len(s.stored.events) > 0 || s.to >= a.kept+keepEvery) {
		if err := a.f.deps.Store.Agree(ctx, s.mark); err != nil {
			return fmt.Errorf("store agreed mark: %w", err)
		}
		a.kept = s.to
	}
	a.at = s.to
	if s.to == s.mark.Number {
		a.agreed = s.mark
	}
	a.conflict, a.unsure = nil, time.Time{}
	a.page = min(a.f.cfg.PageBlocks, a.page*2)
	if a.alone && a.agreed.Number+a.f.cfg.Confirmations >= a.f.newest() {
		a.alone = false
		a.f.deps.Log.Info("two RPC servers agree again")
	}
	return nil
}

func (f *Follower) newest() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.head.Number
}

// Relied returns the newest block that money and keys may be judged by: what lies
// the confirmations deep under it was told alike by two servers, if there are several
// and the configuration asks for it. Unavailable while the chain is not followed, and
// while servers disagree.
func (f *Follower) Relied() (deal.Mark, error) {
	head, synced, err := f.Head()
	if !synced {
		if err == nil {
			err = market.Fail(market.Unavailable, "the chain cannot be reached")
		}
		return head, err
	}
	a := &f.second
	if !a.wanted() {
		return head, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	limit := a.agreed.Number + f.cfg.Confirmations - 1
	switch {
	case a.conflict != nil:
		return head, a.conflict
	case !a.loaded:
		return head, market.Fail(market.Unavailable, "what was read of the chain is not confirmed yet")
	case a.alone, head.Number <= limit:
		return head, nil
	}
	f.mu.Lock()
	best := a.agreed
	for _, m := range f.trail {
		if m.Number > best.Number && m.Number <= limit {
			best = m
		}
	}
	f.mu.Unlock()
	waiting := time.Duration(0)
	if !a.unsure.IsZero() {
		waiting = time.Since(a.unsure)
	}
	if head.Time > best.Time+uint64(f.cfg.StallAfter.Seconds()) || waiting > f.cfg.StallAfter {
		return best, &market.Error{Op: "confirm the chain", Code: market.Unavailable, Reason: "RPC_UNCONFIRMED", Err: a.waits,
			Message: fmt.Sprintf("a second RPC server has confirmed the chain up to block %d of %d", a.agreed.Number, head.Number)}
	}
	return best, nil
}

// Confirmed is how what was read stands with a second server.
type Confirmed struct {
	Wanted bool   // a second server is asked
	Block  uint64 // up to here two servers agreed
	Alone  bool   // one is believed, since no other can be asked
	Reason string // why the rest is not confirmed
}

// Confirmed returns how what was read stands with a second server.
func (f *Follower) Confirmed() Confirmed {
	a := &f.second
	a.mu.Lock()
	defer a.mu.Unlock()
	out := Confirmed{Wanted: a.wanted(), Block: a.agreed.Number, Alone: a.alone}
	switch {
	case a.conflict != nil:
		out.Reason = a.conflict.Error()
	case a.waits != nil:
		out.Reason = a.waits.Error()
	}
	return out
}

// knownElsewhere reports whether a server other than the one a context asks has a block.
func (c *Client) knownElsewhere(ctx context.Context, m deal.Mark) bool {
	return c.others(ctx, func(ctx context.Context) bool {
		header, err := c.header(ctx, new(big.Int).SetUint64(m.Number))
		return err == nil && market.Hash(header.Hash()) == m.Hash
	})
}

// anybodyElse reports whether another server answers.
func (c *Client) anybodyElse(ctx context.Context) bool {
	return c.others(ctx, func(ctx context.Context) bool {
		_, err := c.header(ctx, nil)
		return err == nil
	})
}

// others asks the servers that a context does not ask, until one says yes.
func (c *Client) others(ctx context.Context, ask func(context.Context) bool) bool {
	own := c.server(ctx)
	for _, s := range c.pool.candidates() {
		if s != own && !s.tired(time.Now()) && ask(c.with(ctx, s)) {
			return true
		}
	}
	return false
}
