package chain

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"

	"privd/market"
	"privd/market/deal"
)

// pool is the configured RPC servers, in order of preference. One of them is in use:
// everybody asks it, so that what the follower, the sender and the contracts' faces
// see fits together as far as it can. It is left when it fails, when it says what is
// not so, and when it falls behind another; the way back to a preferred one is slow.
type pool struct {
	cfg     Config
	chain   *identity
	servers []*server

	mu      sync.Mutex
	current *server
	since   time.Time     // when current was chosen
	changed chan struct{} // closed and replaced when current changes
	log     *slog.Logger  // nil until there is one
}

func newPool(cfg Config) *pool {
	p := &pool{cfg: cfg, chain: &identity{cfg: &cfg, genesis: cfg.Genesis}, since: time.Now(), changed: make(chan struct{})}
	hosts := map[string]int{}
	for _, raw := range append([]string{cfg.RPC}, cfg.MoreRPC...) {
		name := hostOf(raw)
		if hosts[name]++; hosts[name] > 1 {
			name = fmt.Sprintf("%s (%d)", name, hosts[name])
		}
		p.servers = append(p.servers, newServer(p, raw, name, cfg.Timeout))
	}
	p.current = p.servers[0]
	return p
}

// Pauses. They follow from how patient the node is meant to be, so that one setting
// makes all of them short.

// patience is how long a server may be behind others before it is left, how long a
// better one has to be good before it is used again, and how long the others must be
// out of reach before one is believed alone.
func (p *pool) patience() time.Duration { return max(5*p.cfg.Poll, p.cfg.StallAfter/8) }

func (p *pool) firstRest() time.Duration { return min(time.Second, p.cfg.StallAfter/10+1) }

func (p *pool) longRest() time.Duration { return min(time.Minute, p.cfg.StallAfter/2+1) }

// tell has the pool say what it does. The first logger stays.
func (p *pool) tell(log *slog.Logger) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.log == nil {
		p.log = log
	}
}

// anchor sets the block that every server of this chain has to know.
func (p *pool) anchor(base deal.Mark) {
	if !p.chain.anchor(base) {
		return
	}
	for _, s := range p.servers {
		s.mu.Lock()
		s.verified = false
		s.mu.Unlock()
	}
}

// several reports whether there is more than one server.
func (p *pool) several() bool { return len(p.servers) > 1 }

func (p *pool) close() {
	for _, s := range p.servers {
		s.close()
	}
}

// inUse returns the server everybody asks, and a channel that is closed when that
// changes.
func (p *pool) inUse() (*server, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.current, p.changed
}

// candidates returns the servers that may be asked, best first. Those that failed
// lately come last; those that are wrong, or asked to be left alone, do not come.
func (p *pool) candidates() []*server {
	current, _ := p.inUse()
	if !p.several() {
		return p.servers
	}
	now := time.Now()
	var out, resting []*server
	for _, s := range append([]*server{current}, p.servers...) {
		switch {
		case s.ready() != nil || slices.Contains(out, s) || slices.Contains(resting, s):
		case s.tired(now):
			resting = append(resting, s)
		default:
			out = append(out, s)
		}
	}
	return append(out, resting...)
}

// try calls fn with the best server, and with the next one when that does not answer
// properly. fn may run several times, and must not mind.
func (p *pool) try(ctx context.Context, op string, fn func(context.Context, *ethclient.Client) error) error {
	within, cancel := context.WithTimeout(ctx, 2*p.cfg.Timeout)
	defer cancel()
	var failed error
	for _, s := range p.candidates() {
		err := p.run(within, s, op, fn)
		if market.CodeOf(err) != market.Unavailable || ctx.Err() != nil {
			return err
		}
		if failed == nil {
			failed = err // the best server's error tells most
		}
		if within.Err() != nil {
			break
		}
	}
	if failed == nil {
		failed = p.nobody(op)
	}
	return failed
}

// run calls fn with one server, which is left when it does not answer properly.
func (p *pool) run(ctx context.Context, s *server, op string, fn func(context.Context, *ethclient.Client) error) error {
	err := s.run(ctx, op, fn)
	if market.CodeOf(err) == market.Unavailable && ctx.Err() == nil {
		p.leave(s, err)
	}
	return err
}

// nobody is the error when no server may be asked.
func (p *pool) nobody(op string) error {
	e := &market.Error{Op: op, Code: market.Unavailable, Reason: "NO_RPC", Message: "no RPC server can be used"}
	for _, s := range p.servers {
		if err := s.ready(); err != nil {
			e.Err = err
			break
		}
	}
	return e
}

// leave gives the use of a server up for the best other one, if there is one that
// can be asked.
func (p *pool) leave(s *server, why error) {
	for _, other := range p.candidates() {
		if other == s {
			continue
		}
		if !other.tired(time.Now()) {
			p.choose(s, other, why.Error())
			return
		}
	}
}

// choose puts another server into use in the place of one.
func (p *pool) choose(from, to *server, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current != from || from == to {
		return
	}
	p.current, p.since = to, time.Now()
	close(p.changed)
	p.changed = make(chan struct{})
	if slices.Index(p.servers, to) > slices.Index(p.servers, from) {
		from.mu.Lock()
		from.left++
		from.mu.Unlock()
	}
	if p.log != nil {
		p.log.Warn("another RPC server is used", "from", from.name, "to", to.name, "reason", why)
	}
}

// complain takes note that what a server said is not true, or not all of it.
func (p *pool) complain(s *server, why error) {
	s.shun(why)
	p.leave(s, why)
}

// watch looks at every server that is not in use, now and then, so that it is known
// which one to turn to and when to return; it ends with ctx.
func (p *pool) watch(ctx context.Context) {
	if !p.several() {
		return
	}
	var all sync.WaitGroup
	for _, s := range p.servers {
		all.Go(func() {
			every := max(5*p.cfg.Poll, 10*time.Millisecond)
			for sleepFor(ctx, every/2+rand.N(every)) {
				p.look(ctx, s)
				p.review()
			}
		})
	}
	all.Wait()
}

// look asks a server for its newest block, unless the follower has just done so, or
// the server needs rest.
func (p *pool) look(ctx context.Context, s *server) {
	s.mu.Lock()
	now := time.Now()
	spare := now.Before(s.rest) || now.Before(s.limited) || now.Sub(s.head.at) < 2*p.cfg.Poll
	s.mu.Unlock()
	if current, _ := p.inUse(); spare || (s != current && !p.chain.known()) {
		return // the preferred server tells first which chain it is
	}
	s.look(ctx)
}

// look asks the server for its newest block.
func (s *server) look(ctx context.Context) {
	var header *types.Header
	err := s.run(ctx, "look at the chain", func(ctx context.Context, eth *ethclient.Client) (err error) {
		header, err = eth.HeaderByNumber(ctx, nil)
		return err
	})
	if err == nil && header.Number != nil && header.Number.IsUint64() {
		s.saw(header)
	}
}

// review leaves a server that is behind, and returns to a preferred one that has been
// good for a while.
func (p *pool) review() {
	now := time.Now()
	most := p.highest(now)
	for _, s := range p.servers {
		s.compare(most, p.cfg.Confirmations/2, p.patience(), now)
	}
	current, _ := p.inUse()
	lags, why := current.lags(most, p.patience(), now)
	for i, s := range p.servers {
		if s == current {
			if !lags {
				return
			}
			continue
		}
		if slow, _ := s.lags(most, p.patience(), now); slow || !s.usable(now) {
			continue
		}
		switch {
		case lags:
			p.choose(current, s, why)
			return
		case i < slices.Index(p.servers, current) && s.proven(p.patience(), now):
			p.choose(current, s, "it is preferred, and good again")
			return
		}
	}
}

// highest returns the newest block that a usable server told.
func (p *pool) highest(now time.Time) (most uint64) {
	for _, s := range p.servers {
		if s.usable(now) {
			s.mu.Lock()
			most = max(most, s.head.number)
			s.mu.Unlock()
		}
	}
	return most
}

// tired reports whether a server failed or lied lately.
func (s *server) tired(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Before(s.rest) || now.Before(s.shunned)
}

// lastError returns why a server is tired.
func (s *server) lastError() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// usable reports whether a server is verified, answers, and is believed.
func (s *server) usable(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.verified && s.wrong == nil && !now.Before(s.rest) && !now.Before(s.limited) && !now.Before(s.shunned) && !s.head.at.IsZero()
}

// compare notes whether a server's head is more than slack blocks below the highest.
func (s *server) compare(most, slack uint64, patience time.Duration, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.head.number+slack >= most:
		s.behind = time.Time{}
	case s.behind.IsZero():
		s.behind = now
	}
	if s.left > 0 && !s.good.IsZero() && now.Sub(s.good) > patience<<min(s.left+3, 12) {
		s.left = 0
	}
}

// lags reports whether a server stands still while another moves, or stays behind.
func (s *server) lags(most uint64, patience time.Duration, now time.Time) (bool, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.head.at.IsZero() || s.head.number >= most:
		return false, ""
	case now.Sub(s.moved) > patience:
		return true, fmt.Sprintf("it stays at block %d while another is at %d", s.head.number, most)
	case !s.behind.IsZero() && now.Sub(s.behind) > patience:
		return true, fmt.Sprintf("it is at block %d while another is at %d", s.head.number, most)
	}
	return false, ""
}

// proven reports whether a server has been good for long enough to be used again:
// longer each time it had to be left.
func (s *server) proven(patience time.Duration, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.good.IsZero() && now.Sub(s.good) > patience<<min(max(s.left, 1)-1, 5)
}

// ServerStatus is how one RPC server does.
type ServerStatus struct {
	Name   string // host and port; never the URL, which may carry an access key
	InUse  bool
	State  string // good, failing, limited, behind, wrong, distrusted or unknown
	Reason string // why it is not good
	Head   uint64 // newest block it told, 0 for none
}

// Servers returns how the configured servers do, in order of preference.
func (c *Client) Servers() []ServerStatus {
	p := c.pool
	current, _ := p.inUse()
	now := time.Now()
	most := p.highest(now)
	out := make([]ServerStatus, len(p.servers))
	for i, s := range p.servers {
		out[i] = s.status(most, p.patience(), now)
		out[i].InUse = s == current
	}
	return out
}

// Inspect asks every server for its chain and its newest block, once, and returns how
// they do.
func (c *Client) Inspect(ctx context.Context) []ServerStatus {
	var all sync.WaitGroup
	for _, s := range c.pool.servers {
		if !c.pool.chain.known() {
			s.look(ctx) // the preferred server tells first which chain it is
			continue
		}
		all.Go(func() { s.look(ctx) })
	}
	all.Wait()
	return c.Servers()
}

func (s *server) status(most uint64, patience time.Duration, now time.Time) ServerStatus {
	slow, lag := s.lags(most, patience, now)
	s.mu.Lock()
	defer s.mu.Unlock()
	out := ServerStatus{Name: s.name, Head: s.head.number}
	if s.err != nil {
		out.Reason = s.err.Error()
	}
	switch {
	case s.wrong != nil:
		out.State, out.Reason = "wrong", s.wrong.Error()
	case now.Before(s.limited):
		out.State = "limited"
	case now.Before(s.shunned):
		out.State = "distrusted"
	case s.err != nil:
		out.State = "failing"
	case slow:
		out.State, out.Reason = "behind", lag
	case s.good.IsZero():
		out.State = "unknown"
	default:
		out.State = "good"
	}
	return out
}

// checkURL says what is wrong with the URL of a server, without quoting it.
func checkURL(field, setting, raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return market.BadField(field, setting+" must be a URL")
	}
	switch u.Scheme {
	case "http", "https", "ws", "wss":
		return nil
	}
	return market.BadField(field, setting+" must be an http, https, ws or wss URL")
}
