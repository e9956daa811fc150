package chain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"privd/market"
)

// maxAnswer bounds one answer of an RPC server, in bytes: it is not trusted with the
// node's memory. A page of logs that is larger is asked for in smaller parts.
const maxAnswer = 16 << 20

// mostRest is the longest Retry-After that is believed.
const mostRest = 5 * time.Minute

// server is one RPC server: its connection, and what is known of its health. It is
// verified before it is used, and again whenever it may have become another one:
// after a failure, and after its connection was made anew.
type server struct {
	name    string // host and port; the URL itself may carry an access key
	url     string
	scrub   *strings.Replacer // takes the secret parts of the URL out of a text
	timeout time.Duration
	pool    *pool
	http    *http.Transport

	mu         sync.Mutex
	eth        *ethclient.Client
	closed     bool
	verified   bool
	verifiedAt time.Time

	wrong   error     // why it must not be used; nil when it is right or was not asked
	err     error     // the last failure; nil once it answered again
	failed  int       // failures in a row
	rest    time.Time // not to be asked before, if another can be
	limited time.Time // not to be asked before: it said so
	shunned time.Time // not to be followed before: what it said was not true
	left    int       // how often it was left lately; makes the way back longer
	good    time.Time // since when every answer was good; zero while they are not
	head    sight     // the newest block it told
	moved   time.Time // when head last was another block
	behind  time.Time // since when it is behind others; zero when it is not
}

// sight is a head as a server told it.
type sight struct {
	number, time uint64
	at           time.Time // when it was told; zero for never
}

func newServer(p *pool, raw string, name string, timeout time.Duration) *server {
	s := &server{name: name, url: raw, timeout: timeout, pool: p, scrub: scrubber(raw)}
	dial := (&net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}).DialContext
	s.http = http.DefaultTransport.(*http.Transport).Clone()
	s.http.MaxIdleConnsPerHost = 8
	s.http.MaxResponseHeaderBytes = 64 << 10
	s.http.DisableCompression = onThisMachine(raw)
	s.http.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		s.reconnected()
		return dial(ctx, network, address)
	}
	return s
}

// onThisMachine reports whether a server is one of this machine: to pack what it
// answers takes longer than to read it.
func onThisMachine(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || (err == nil && ip.IsLoopback())
}

// hostOf is what a server is called in logs and reports: never more of the URL, since
// paths, queries and user parts carry access keys.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "?"
	}
	return u.Host
}

// scrubber takes the parts of a URL that may be secret out of what a server says:
// some quote the key they refuse.
func scrubber(raw string) *strings.Replacer {
	var pairs []string
	hide := func(secret string) {
		if len(secret) >= 6 {
			pairs = append(pairs, secret, "…")
		}
	}
	if u, err := url.Parse(raw); err == nil {
		hide(raw)
		hide(u.RequestURI())
		for _, part := range strings.Split(u.Path, "/") {
			hide(part)
		}
		for _, values := range u.Query() {
			for _, v := range values {
				hide(v)
			}
		}
		if password, set := u.User.Password(); set {
			hide(password)
		}
		hide(u.User.Username())
	}
	return strings.NewReplacer(pairs...)
}

// scrubbed is an error without the secret parts of a URL; its kind stays.
type scrubbed struct {
	error
	text string
}

func (e scrubbed) Error() string { return e.text }
func (e scrubbed) Unwrap() error { return e.error }

func (s *server) clean(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if hidden := s.scrub.Replace(text); hidden != text {
		return scrubbed{err, hidden}
	}
	return err
}

// reconnected notes that a connection is made anew: another chain may answer at the
// same address. A server under load makes many; once in a while is enough.
func (s *server) reconnected() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.verifiedAt) > s.timeout/4 {
		s.verified = false
	}
}

// run calls fn with a verified connection, within the timeout, and translates and
// notes what goes wrong.
func (s *server) run(ctx context.Context, op string, fn func(context.Context, *ethclient.Client) error) error {
	within, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	err := s.ready()
	if err != nil {
		return faultOf(s.name, op, err)
	}
	eth, err := s.connect(within)
	if err == nil {
		err = fn(within, eth)
	}
	err = faultOf(s.name, op, s.clean(err))
	if ctx.Err() == nil { // else the caller left; that is not the server's fault
		s.note(err)
	}
	return err
}

// ready refuses while the server asked to be left alone, or is known to be wrong.
func (s *server) ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	switch {
	case s.closed:
		return errors.New("client is closed")
	case now.Before(s.limited):
		return &market.Error{Code: market.Unavailable, Reason: "RPC_LIMITED",
			Message: fmt.Sprintf("the RPC server %s asks to be left alone for %s", s.name, s.limited.Sub(now).Round(time.Second))}
	case s.wrong != nil && now.Before(s.rest):
		return s.wrong
	}
	return nil
}

// connect returns the connection, dialling and verifying it when needed.
func (s *server) connect(ctx context.Context) (*ethclient.Client, error) {
	eth, verified, err := s.dialled(ctx)
	if err != nil || verified {
		return eth, err
	}
	if err := s.pool.chain.verify(ctx, s, eth); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.verified, s.verifiedAt, s.wrong = true, time.Now(), nil
	s.mu.Unlock()
	return eth, nil
}

func (s *server) dialled(ctx context.Context) (eth *ethclient.Client, verified bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, false, errors.New("client is closed")
	}
	if s.eth != nil {
		return s.eth, s.verified, nil
	}
	// The dial may take its time; nobody else may need the lock meanwhile.
	s.mu.Unlock()
	conn, err := rpc.DialOptions(ctx, s.url,
		rpc.WithHTTPClient(&http.Client{Transport: boundedTransport{s.http, s}, CheckRedirect: stay}),
		rpc.WithWebsocketMessageSizeLimit(maxAnswer),
		rpc.WithHTTPAuth(func(http.Header) error { // called whenever a WebSocket is opened
			if strings.HasPrefix(s.url, "ws") {
				s.reconnected()
			}
			return nil
		}))
	s.mu.Lock()
	switch {
	case err != nil:
		return nil, false, err
	case s.closed:
		conn.Close()
		return nil, false, errors.New("client is closed")
	case s.eth != nil: // somebody was faster
		conn.Close()
	default:
		s.eth = ethclient.NewClient(conn)
	}
	return s.eth, s.verified, nil
}

// stay follows no redirect: a server must not send the node's requests elsewhere.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func (s *server) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.eth != nil {
		s.eth.Close()
		s.eth = nil
	}
	s.http.CloseIdleConnections()
}

// note keeps how a call went. An answer, be it a refusal, is a sign of life.
func (s *server) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if market.CodeOf(err) != market.Unavailable {
		s.err, s.failed = nil, 0
		if s.wrong == nil {
			s.rest = time.Time{}
		}
		if s.good.IsZero() {
			s.good = now
		}
		return
	}
	s.fail(err, now)
	if isWrong(err) {
		s.wrong, s.rest = err, now.Add(s.pool.longRest()) // looked at again then
	}
}

// fail notes a failure; the caller holds mu. After an outage another chain may answer
// at the same address.
func (s *server) fail(err error, now time.Time) {
	s.err, s.verified, s.good = err, false, time.Time{}
	s.failed++
	pause := min(s.pool.firstRest()<<min(s.failed-1, 10), s.pool.longRest())
	s.rest = now.Add(pause/2 + rand.N(pause)) // not all nodes at once
}

// shun keeps the server from being followed for a while: it did not tell the truth,
// or not all of it.
func (s *server) shun(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.fail(err, now)
	s.shunned = now.Add(s.pool.longRest()/2 + rand.N(s.pool.longRest()))
}

// limit notes that the server asked to be left alone.
func (s *server) limit(pause time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limited = time.Now().Add(min(max(pause, time.Second), mostRest))
}

// saw notes the newest block the server told.
func (s *server) saw(header *types.Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	next := sight{header.Number.Uint64(), header.Time, now}
	if s.head.at.IsZero() || next.number != s.head.number || next.time != s.head.time {
		s.moved = now
	}
	s.head = next
}

// boundedTransport cuts answers off at maxAnswer, and hears when the server asks to
// be left alone.
type boundedTransport struct {
	http.RoundTripper
	server *server
}

func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		if pause, said := retryAfter(resp.Header.Get("Retry-After"), time.Now()); said {
			t.server.limit(pause)
		}
	}
	most := int64(maxAnswer)
	if resp.StatusCode/100 != 2 {
		most = 4 << 10 // go-ethereum keeps the whole text of a refusal
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, most), resp.Body}
	return resp, nil
}

// retryAfter reads the header of that name: seconds, or a date.
func retryAfter(text string, now time.Time) (time.Duration, bool) {
	if text == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return at.Sub(now), true
	}
	return 0, false
}
