package p2p

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"privd/market"
	"privd/p2p/wire"
)

// errCrowded ends a stream of a peer that asks too often.
var errCrowded = errors.New("too many requests")

// handler runs serve on each incoming stream, under the stream timeout, and drops
// what fails: the peer is told nothing and may be blamed.
func (h *Host) handler(serve func(context.Context, network.Stream) error) network.StreamHandler {
	return func(s network.Stream) {
		if !h.begin() {
			_ = s.Reset()
			return
		}
		defer h.work.Done()
		ctx, cancel := context.WithTimeout(h.ctx, h.cfg.StreamTimeout)
		defer cancel()
		if err := s.SetDeadline(time.Now().Add(h.cfg.StreamTimeout)); err != nil {
			_ = s.Reset()
			return
		}
		if err := serve(ctx, s); err != nil {
			_ = s.Reset()
			h.blame(s.Conn().RemotePeer(), err)
			h.log.Debug("stream dropped", "peer_id", s.Conn().RemotePeer().String(), "protocol", string(s.Protocol()), "error", err)
			return
		}
		_ = s.Close()
	}
}

// blame counts what in a failed exchange was the peer's fault.
func (h *Host) blame(p peer.ID, err error) {
	var timeout net.Error
	switch {
	case h.ctx.Err() != nil:
	case errors.Is(err, wire.ErrMalformed):
		h.offend(p, lie, "malformed")
	case errors.Is(err, errCrowded):
		h.offend(p, nuisance, "crowding")
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		h.offend(p, slowness, "slow")
	}
}

// openStream opens a stream to a peer whose addresses are known, with the stream
// timeout on it. Unavailable when the peer does not answer or does not speak the
// protocol.
func (h *Host) openStream(ctx context.Context, p peer.ID, name protocol.ID) (network.Stream, error) {
	dial, cancel := context.WithTimeout(ctx, h.cfg.StreamTimeout)
	defer cancel()
	s, err := h.host.NewStream(dial, p, name)
	if err != nil {
		return nil, &market.Error{Code: market.Unavailable, Message: "peer does not answer", Err: err}
	}
	deadline := time.Now().Add(h.cfg.StreamTimeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	if err := s.SetDeadline(deadline); err != nil {
		_ = s.Reset()
		return nil, &market.Error{Code: market.Unavailable, Message: "peer does not answer", Err: err}
	}
	return s, nil
}

// ask sends one request and reads one answer of at most limit bytes.
func (h *Host) ask(ctx context.Context, p peer.ID, name protocol.ID, request []byte, limit int) ([]byte, error) {
	s, err := h.openStream(ctx, p, name)
	if err != nil {
		return nil, err
	}
	// Reset after a clean end does nothing; before it, it wakes the reads below.
	defer s.Reset()
	defer context.AfterFunc(ctx, func() { _ = s.Reset() })()
	answer, err := roundTrip(s, request, limit)
	if err != nil {
		h.blame(p, err)
		return nil, &market.Error{Code: market.Unavailable, Message: "peer does not answer", Err: err}
	}
	return answer, nil
}

func roundTrip(s network.Stream, request []byte, limit int) ([]byte, error) {
	if err := wire.WriteFrame(s, request); err != nil {
		return nil, fmt.Errorf("send request: %w", err)
	}
	if err := s.CloseWrite(); err != nil {
		return nil, fmt.Errorf("send request: %w", err)
	}
	return wire.ReadFrame(bufio.NewReaderSize(s, 512), limit)
}

// readRequest reads the one request of an incoming stream.
func readRequest(s network.Stream, limit int) ([]byte, error) {
	return wire.ReadFrame(bufio.NewReaderSize(s, 512), limit)
}
