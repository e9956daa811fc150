package api

import (
	"time"

	"privd/api/oas"
)

// handlers implement the operations of the document, one file per resource. A
// handler decodes, calls one use case, encodes, and returns the error it got.
type handlers struct {
	Deps
	urls  gateway
	shown shown
	stall time.Duration
	// closing is closed when the server begins to stop: what waits for something new
	// ends then.
	closing <-chan struct{}
}

var _ oas.StrictServerInterface = (*handlers)(nil)

func (s *Server) handlers() *handlers {
	return &handlers{Deps: s.deps, urls: gateway{key: s.deps.GatewayKey, base: s.cfg.PublicURL}, shown: s.shown, stall: s.cfg.StallTimeout, closing: s.closing}
}
