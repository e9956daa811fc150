package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"privd/api/oas"
	"privd/market"
)

// Limits of what is read before a handler decides.
const (
	readHeaderTimeout = 10 * time.Second
	bodyTimeout       = 30 * time.Second
	writeTimeout      = time.Minute
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
	maxBody           = 1 << 20   // bytes of a JSON body
	maxUpload         = 502 << 20 // bytes of a multipart body: the largest file and its fields
)

// Server is the REST API of a node on its own listener.
type Server struct {
	cfg      Config
	deps     Deps
	listener net.Listener
	http     *http.Server
	mux      *http.ServeMux
	routes   map[string]*route
	ids      *requestIDs
	origins  origins
	hosts    hosts
	anon     *limiter
	logins   *limiter
	replays  *replayer
	shown    shown
	metrics  *metrics
	// base ends, by stop, the requests that outlast the grace.
	base    context.Context
	stop    context.CancelFunc
	serving atomic.Int64
	// closing is closed when the server begins to stop.
	closing chan struct{}
	ending  sync.Once
}

// New builds the API and starts to listen, so that Addr is known; Run serves.
// Close a server that is never run.
func New(cfg Config, deps Deps) (*Server, error) {
	if err := errors.Join(cfg.Validate(), deps.validate()); err != nil {
		return nil, err
	}
	s := &Server{
		cfg: cfg, deps: deps, mux: http.NewServeMux(), ids: newRequestIDs(),
		origins: newOrigins(cfg.Origins), hosts: newHosts(cfg.Hosts),
		anon:    newLimiter(cfg.AnonymousRate, cfg.AnonymousBurst),
		logins:  newLimiter(cfg.LoginRate, cfg.LoginBurst),
		replays: newReplayer(deps.Answers, deps.Clock),
		shown:   newShown(),
		closing: make(chan struct{}),
	}
	var err error
	if s.metrics, err = newMetrics(deps.Metrics); err != nil {
		return nil, err
	}
	if err := s.register(); err != nil {
		return nil, err
	}
	if s.listener, err = net.Listen("tcp", cfg.Address); err != nil {
		return nil, fmt.Errorf("listen for the API: %w", err)
	}
	s.base, s.stop = context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: readHeaderTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		BaseContext:       func(net.Listener) context.Context { return s.base },
		ErrorLog:          slog.NewLogLogger(deps.Log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

func (d Deps) validate() error {
	for name, missing := range map[string]bool{
		"Log": d.Log == nil, "Clock": d.Clock == nil, "Metrics": d.Metrics == nil, "Accounts": d.Accounts == nil,
		"Contributions": d.Contributions == nil, "Listings": d.Listings == nil, "HeldListings": d.HeldListings == nil,
		"Datasets": d.Datasets == nil, "DataListings": d.DataListings == nil, "Catalog": d.Catalog == nil,
		"Purchases": d.Purchases == nil, "Ratings": d.Ratings == nil, "Reports": d.Reports == nil, "Events": d.Events == nil, "Balances": d.Balances == nil, "Preferences": d.Preferences == nil, "Earnings": d.Earnings == nil, "Claims": d.Claims == nil, "Sales": d.Sales == nil, "X402Sales": d.X402Sales == nil, "Reputations": d.Reputations == nil, "Stakes": d.Stakes == nil, "Funds": d.Funds == nil, "Audits": d.Audits == nil, "Labeling": d.Labeling == nil, "Signatures": d.Signatures == nil, "Erasures": d.Erasures == nil, "Consents": d.Consents == nil, "Previews": d.Previews == nil,
		"Node": d.Node == nil, "Transactions": d.Transactions == nil, "Answers": d.Answers == nil,
	} {
		if missing {
			return fmt.Errorf("api.Deps.%s is required", name)
		}
	}
	if len(d.GatewayKey) < 32 {
		return errors.New("api.Deps.GatewayKey needs at least 32 bytes")
	}
	return nil
}

// register joins the document, the generated server and the pages beside it.
func (s *Server) register() error {
	doc, err := Document()
	if err != nil {
		return err
	}
	if s.routes, err = routes(doc); err != nil {
		return err
	}
	strict := oas.NewStrictHandlerWithOptions(s.handlers(), nil, oas.StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  s.malformed,
		ResponseErrorHandlerFunc: s.fail,
	})
	for _, prefix := range prefixes {
		oas.HandlerWithOptions(strict, oas.StdHTTPServerOptions{
			BaseURL: prefix, BaseRouter: guarded{s}, ErrorHandlerFunc: s.malformed,
		})
	}
	s.registerPages()
	s.mux.HandleFunc("/", s.unknown)
	return nil
}

// guarded registers generated handlers behind the checks their route asks for.
type guarded struct{ s *Server }

// HandleFunc implements oas.ServeMux.
func (g guarded) HandleFunc(pattern string, next func(http.ResponseWriter, *http.Request)) {
	rt := g.s.routes[pattern]
	if rt == nil {
		panic("api: the generated server has a route that the document lacks: " + pattern)
	}
	if rt.operation == "browseListings" {
		next = g.s.browseQuickly(next)
	}
	g.s.mux.HandleFunc(pattern, g.s.guard(rt, next))
}

// ServeHTTP implements oas.ServeMux.
func (g guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.s.mux.ServeHTTP(w, r) }

// Addr returns the address that is listened on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Run serves until the context ends, then lets requests finish for the grace and
// cuts off what is left. It returns nil after a stop that was asked for.
func (s *Server) Run(ctx context.Context) error {
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(s.listener) }()
	select {
	case err := <-served:
		s.stop()
		return fmt.Errorf("serve the API: %w", err)
	case <-ctx.Done():
	}
	s.end()
	grace, cancel := context.WithTimeout(context.Background(), s.cfg.ShutdownGrace)
	defer cancel()
	err := s.http.Shutdown(grace)
	s.stop()
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	<-served
	return errors.Join(err, s.drain())
}

// drain waits for handlers whose connection was cut and whose context has ended.
func (s *Server) drain() error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for give := time.After(s.cfg.ShutdownGrace); s.serving.Load() > 0; {
		select {
		case <-tick.C:
		case <-give:
			return fmt.Errorf("%d API requests did not end", s.serving.Load())
		}
	}
	return nil
}

// end ends the streams that would go on for ever.
func (s *Server) end() { s.ending.Do(func() { close(s.closing) }) }

// Close frees the listener of a server that was not run.
func (s *Server) Close() error {
	s.end()
	s.stop()
	return s.http.Close()
}

// ServeHTTP is the outermost layer: every request gets an id, is counted, and is
// answered in JSON whatever happens.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.serving.Add(1)
	defer s.serving.Add(-1)
	began := time.Now()
	a := &answer{ResponseWriter: w}
	c := &call{id: s.ids.next(), answer: a}
	r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	c.request = r
	header := w.Header()
	header.Set("X-Request-Id", c.id)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	defer func() {
		s.recovered(a, r, recover())
		s.metrics.observe(c.operation, a.status, time.Since(began))
	}()
	if err := s.hosts.check(r); err != nil {
		s.fail(a, r, err)
		return
	}
	s.origins.allow(header, r)
	// The mux would answer an unclean path with a redirect, which loses bodies and
	// credentials.
	if p := r.URL.EscapedPath(); !strings.HasPrefix(p, "/") || (path.Clean(p) != p && path.Clean(p)+"/" != p) {
		s.fail(a, r, errNoEndpoint)
		return
	}
	if s.deps.Storefront.serves(r) {
		c.operation = "datasets"
		s.deps.Storefront.ServeHTTP(a, r)
		return
	}
	if r.Method == http.MethodOptions {
		s.options(a, r)
		return
	}
	s.mux.ServeHTTP(a, r)
}

// recovered turns a panic into an internal error. http.ErrAbortHandler goes on:
// it is how a broken transfer is cut off.
func (s *Server) recovered(a *answer, r *http.Request, cause any) {
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler {
		panic(cause)
	}
	s.fail(a, r, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
}

// malformed answers for what the generated server could not read.
func (s *Server) malformed(w http.ResponseWriter, r *http.Request, err error) {
	s.fail(w, r, malformed(err))
}

var errNoEndpoint = market.Fail(market.NotFound, "no such endpoint")

// unknown answers for paths and methods that nobody serves.
func (s *Server) unknown(w http.ResponseWriter, r *http.Request) {
	allowed := s.allowed(r)
	if len(allowed) == 0 {
		s.fail(w, r, errNoEndpoint)
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	writeJSON(w, http.StatusMethodNotAllowed, oas.Failure{Error: oas.FailureDetails{
		Code: "METHOD_NOT_ALLOWED", Message: r.Method + " is not served here; allowed: " + strings.Join(allowed, ", "), RequestID: &callOf(r.Context()).id,
	}})
}

// allowed lists the methods that the path of r is served with.
func (s *Server) allowed(r *http.Request) (found []string) {
	probe := *r
	for _, method := range methods {
		probe.Method = method
		if _, pattern := s.mux.Handler(&probe); pattern != "" && pattern != "/" {
			found = append(found, method)
		}
	}
	if len(found) > 0 {
		found = append(found, http.MethodOptions)
	}
	return found
}
