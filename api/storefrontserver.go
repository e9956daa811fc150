package api

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/netutil"
)

// Limits of the listener for strangers. Whoever pays is never turned away by a rate;
// what is bounded is how much one connection and all of them together may hold.
const (
	strangersMost     = 512      // connections at once that are served or may be
	strangersIdleMost = 256      // of them, those that ask for nothing
	strangersHeader   = 32 << 10 // bytes of headers: a payment takes up to 16 KiB
	strangersBody     = 64 << 10 // bytes of a body, which nothing is read from
	strangersBodyIn   = 2 * time.Second
	strangersIdle     = 30 * time.Second
	strangersHeaderIn = 10 * time.Second
	strangersAnswerIn = time.Minute // downloads set their own
	strangersStopIn   = 4 * time.Second
)

// StorefrontServer serves a Storefront on an address of its own, with nothing of the
// REST API beside it.
type StorefrontServer struct {
	listener net.Listener
	http     *http.Server
	closing  sync.Once
	closed   error
}

// NewStorefrontServer begins to listen, so that Addr is known; Run serves. Close a
// server that is never run.
func NewStorefrontServer(address string, s *Storefront, log *slog.Logger) (*StorefrontServer, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for x402: %w", err)
	}
	out := &StorefrontServer{listener: listener}
	out.http = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !emptied(w, r) {
				return
			}
			defer func() {
				if cause := recover(); cause != nil {
					if cause != http.ErrAbortHandler {
						log.Error("datasets request panicked", slog.Any("cause", cause))
					}
					panic(http.ErrAbortHandler)
				}
			}()
			s.ServeHTTP(w, r)
		}),
		ReadHeaderTimeout: strangersHeaderIn, ReadTimeout: strangersAnswerIn, WriteTimeout: strangersAnswerIn, IdleTimeout: strangersIdle,
		MaxHeaderBytes: strangersHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		ConnState: (&idlers{most: strangersIdleMost}).note,
	}
	return out, nil
}

// emptied reads the body of a request, which nothing here needs; false when it does not
// come, or is too long. Who announces one and sends none holds a connection no longer than
// who sends nothing at all.
func emptied(w http.ResponseWriter, r *http.Request) bool {
	if r.ContentLength == 0 {
		return true
	}
	control := http.NewResponseController(w)
	if control.SetReadDeadline(time.Now().Add(strangersBodyIn)) != nil {
		return false
	}
	if _, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, strangersBody)); err != nil {
		w.Header().Set("Connection", "close")
		status, failure := http.StatusRequestTimeout, storeFailure{Error: "the body of the request did not come", Code: "REQUEST_TIMEOUT"}
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			status, failure = http.StatusRequestEntityTooLarge, storeFailure{Error: "the body of the request is too long; none is needed", Code: "PAYLOAD_TOO_LARGE"}
		}
		writeJSON(w, status, failure)
		return false
	}
	return control.SetReadDeadline(time.Time{}) == nil
}

// idlers are the connections that ask for nothing. When there are too many, the one that
// has been silent for longest is closed: whoever only holds connections does not keep
// out those who pay.
type idlers struct {
	most int

	mu     sync.Mutex
	silent list.List // of net.Conn, the longest first
	places map[net.Conn]*list.Element
}

func (i *idlers) note(conn net.Conn, state http.ConnState) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if place, known := i.places[conn]; known {
		i.silent.Remove(place)
		delete(i.places, conn)
	}
	if state != http.StateNew && state != http.StateIdle {
		return
	}
	if i.places == nil {
		i.places = map[net.Conn]*list.Element{}
	}
	i.places[conn] = i.silent.PushBack(conn)
	if i.silent.Len() > i.most {
		longest := i.silent.Remove(i.silent.Front()).(net.Conn)
		delete(i.places, longest)
		_ = longest.Close() // it asks for nothing: whatever closing says, there is nothing to save
	}
}

// Addr returns the address that is listened on.
func (s *StorefrontServer) Addr() net.Addr { return s.listener.Addr() }

// Run serves until ctx ends, then lets running requests finish for a moment.
func (s *StorefrontServer) Run(ctx context.Context) error {
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), strangersStopIn)
		defer cancel()
		err := s.http.Shutdown(grace)
		if errors.Is(err, context.DeadlineExceeded) {
			err = s.http.Close()
		}
		stopped <- err
	})
	err := s.http.Serve(netutil.LimitListener(s.listener, strangersMost))
	if !errors.Is(err, http.ErrServerClosed) {
		stop()
		return err
	}
	return <-stopped
}

// Close stops listening. Closing twice is fine.
func (s *StorefrontServer) Close() error {
	s.closing.Do(func() {
		if err := s.listener.Close(); !errors.Is(err, net.ErrClosed) {
			s.closed = err
		}
	})
	return s.closed
}
