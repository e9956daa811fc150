package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"privd/market"
	"privd/market/account"
)

// guard puts the checks in front of a handler, in the order in which a client
// learns of them: who are you, are you allowed, is it well-formed.
func (s *Server) guard(rt *route, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		callOf(r.Context()).operation = rt.operation
		if err := s.admit(rt, r); err != nil {
			if rt.stream {
				hangUp(w)
			}
			s.fail(w, r, err)
			return
		}
		control := http.NewResponseController(w)
		if rt.slow {
			_ = control.SetWriteDeadline(time.Time{})
		}
		if rt.stream {
			if r.ContentLength > maxUpload {
				// Said before a client that waits for "100 Continue" sends anything.
				hangUp(w)
				s.fail(w, r, brokenUpload(&http.MaxBytesError{Limit: maxUpload}))
				return
			}
			r.Body = http.MaxBytesReader(w, &steady{body: r.Body, control: control, stall: s.cfg.StallTimeout}, maxUpload)
			next(w, r)
			return
		}
		body, err := readBody(w, r)
		if err == nil {
			err = s.check(rt, r, body)
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if rt.replay == replaySame || (rt.replay == replayKey && r.Header.Get("Idempotency-Key") != "") {
			s.replay(w, r, body, rt.replay, next)
			return
		}
		next(w, r)
	}
}

// admit authenticates the caller and applies the limits.
func (s *Server) admit(rt *route, r *http.Request) error {
	caller, err := s.authenticate(r)
	// A bad credential is as good as none, so that guessing is limited too.
	nobody := market.CodeOf(err) == market.Unauthenticated || (err == nil && caller.Anonymous())
	if nobody && !rt.unlimited && !s.anon.allow(r) {
		return market.Fail(market.Limited, "too many anonymous requests; send a credential or slow down")
	}
	if err != nil {
		return err
	}
	if rt.login && !s.logins.allow(r) {
		return market.Fail(market.Limited, "too many login attempts; try again later")
	}
	callOf(r.Context()).caller = caller
	return rt.permit(caller)
}

// permit decides whether a caller may call the operation at all.
func (rt *route) permit(c account.Caller) error {
	switch {
	case rt.access == anyone:
		return nil
	case c.Anonymous():
		return market.Fail(market.Unauthenticated, "a credential is required")
	case rt.access == operator && !c.Operator:
		return market.Fail(market.Denied, "only the operator of the node may do this")
	case rt.access == service && !c.Service:
		return market.Fail(market.Denied, "this needs a service key")
	case rt.access == asUser && c.User == "":
		return market.Fail(market.Denied, "this needs a user's credential; a service key acts for nobody")
	}
	return nil
}

// authenticate tells who calls. The operator may act as another local user.
func (s *Server) authenticate(r *http.Request) (account.Caller, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return account.Caller{}, nil
	}
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" || len(token) > 8<<10 {
		return account.Caller{}, market.Fail(market.Unauthenticated, "the Authorization header must be: Bearer <token>")
	}
	caller, err := s.deps.Accounts.Authenticate(r.Context(), token)
	if err != nil {
		return account.Caller{}, err
	}
	if name := r.Header.Get("X-Privd-User"); name != "" && caller.Operator {
		u, err := s.actedAs(r.Context(), name)
		if err != nil {
			return account.Caller{}, err
		}
		caller.User = u.ID
	}
	return caller, nil
}

// actedAs finds a local user by name, or by id: who came by wallet login has no
// name.
func (s *Server) actedAs(ctx context.Context, name string) (account.User, error) {
	u, err := s.deps.Accounts.Named(ctx, name)
	if errors.Is(err, market.ErrNotFound) && strings.HasPrefix(name, market.PrefixUser) {
		return s.deps.Accounts.User(ctx, market.UserID(name))
	}
	return u, err
}

// readBody takes in a small body whole, within its time, and leaves it readable.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength == 0 {
		return nil, nil
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTimeout))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	// A deadline left behind would cancel the request while its handler works.
	_ = control.SetReadDeadline(time.Time{})
	if err != nil {
		if classify(err).Code == market.Internal {
			err = &market.Error{Code: market.Invalid, Message: "the body ended early", Err: err}
		}
		return nil, err
	}
	// Decoding would put replacement characters where the bytes are no UTF-8.
	if len(body) > 0 && !(json.Valid(body) && utf8.Valid(body)) {
		return nil, notJSON(body)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// steady ends an upload that stops making progress; one that goes on may take as
// long as it needs.
type steady struct {
	body    io.ReadCloser
	control *http.ResponseController
	stall   time.Duration
	set     time.Time
}

// Read implements io.Reader.
func (s *steady) Read(p []byte) (int, error) {
	// Setting a deadline costs more than reading a few bytes.
	if now := time.Now(); now.Sub(s.set) > s.stall/10 {
		s.set = now
		_ = s.control.SetReadDeadline(now.Add(s.stall))
		_ = s.control.SetWriteDeadline(now.Add(s.stall + 2*writeTimeout))
	}
	n, err := s.body.Read(p)
	if err != nil {
		_ = s.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// Close implements io.Closer.
func (s *steady) Close() error { return s.body.Close() }

// hangUp has the connection closed after the answer, so that the rest of a body
// nobody wants is not read.
func hangUp(w http.ResponseWriter) { w.Header().Set("Connection", "close") }
