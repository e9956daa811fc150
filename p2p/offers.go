package p2p

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"privd/market"
	"privd/p2p/wire"
)

const (
	// A page of held listings ends after so many notices or bytes.
	pageNotices = 2000
	pageBytes   = 8 << 20
	// pageTime bounds how long a page may keep the provider's iterator open.
	pageTime = time.Minute
)

// serveOffers answers /offers/1: one page of what this node holds.
func (h *Host) serveOffers(_ context.Context, s network.Stream) error {
	from := s.Conn().RemotePeer()
	b, err := readRequest(s, wire.MaxOffersRequest)
	if err != nil {
		return err
	}
	after, err := wire.DecodeOffersRequest(b)
	if err != nil {
		return err
	}
	if _, ok := h.limits.offersPeer.take(from); !ok {
		return errCrowded
	}
	if _, ok := h.limits.offersNode.take(struct{}{}); !ok {
		return errors.New("too many pages asked of this node")
	}
	ctx, cancel := context.WithTimeout(h.ctx, pageTime)
	defer cancel()
	w := bufio.NewWriterSize(deadlineWriter{s, h.cfg.StreamTimeout}, 64<<10)
	more, err := h.writePage(ctx, w, after)
	if err != nil {
		return err
	}
	end, err := wire.EncodeOffersItem(wire.OffersItem{More: more})
	if err != nil {
		return err
	}
	if err := wire.WriteFrame(w, end); err != nil {
		return err
	}
	return w.Flush()
}

func (h *Host) writePage(ctx context.Context, w *bufio.Writer, after market.Hash) (more bool, err error) {
	if h.deps.Offers == nil {
		return false, nil
	}
	count, size := 0, 0
	for n, err := range h.deps.Offers(ctx, after) {
		if err != nil {
			return false, fmt.Errorf("read offers: %w", err)
		}
		if count == pageNotices || size >= pageBytes {
			return true, nil
		}
		b, err := wire.EncodeOffersItem(wire.OffersItem{Notice: &n})
		if err != nil {
			return false, fmt.Errorf("encode offer: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if err := wire.WriteFrame(w, b); err != nil {
			return false, fmt.Errorf("write offer: %w", err)
		}
		count, size = count+1, size+len(b)
	}
	return false, ctx.Err()
}

// deadlineWriter gives each write its own deadline, so that a page may take long
// while it moves, and no longer.
type deadlineWriter struct {
	s       network.Stream
	timeout time.Duration
}

func (w deadlineWriter) Write(b []byte) (int, error) {
	if err := w.s.SetWriteDeadline(time.Now().Add(w.timeout)); err != nil {
		return 0, err
	}
	return w.s.Write(b)
}

// readPage asks a peer for one page and gives each notice to take, which returns
// false to stop. last is the key the page ended at.
func (h *Host) readPage(ctx context.Context, p peer.ID, after market.Hash, take func(Notice) bool) (last market.Hash, more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, pageTime+h.cfg.StreamTimeout)
	defer cancel()
	s, err := h.openStream(ctx, p, h.names.offers)
	if err != nil {
		return after, false, err
	}
	defer s.Reset()
	defer context.AfterFunc(ctx, func() { _ = s.Reset() })()
	if err := wire.WriteFrame(s, wire.EncodeOffersRequest(after)); err != nil {
		return after, false, fmt.Errorf("send request: %w", err)
	}
	if err := s.CloseWrite(); err != nil {
		return after, false, fmt.Errorf("send request: %w", err)
	}
	r := bufio.NewReaderSize(s, 64<<10)
	for count := 0; ; count++ {
		if err := s.SetReadDeadline(time.Now().Add(h.cfg.StreamTimeout)); err != nil {
			return after, false, err
		}
		b, err := wire.ReadFrame(r, wire.MaxOffersItem)
		if err != nil {
			return after, false, err
		}
		item, err := wire.DecodeOffersItem(b)
		if err != nil {
			return after, false, err
		}
		if item.Notice == nil {
			// A page that says there is more but did not move on would never end.
			if item.More && count == 0 {
				return after, false, fmt.Errorf("%w: an empty page is not the last", wire.ErrMalformed)
			}
			return after, item.More, nil
		}
		key := item.Notice.Key()
		// An announcement and the withdrawal of an older version share a listing.
		if string(key[:]) < string(after[:]) || count >= 2*pageNotices {
			return after, false, fmt.Errorf("%w: offers out of order, or too many", wire.ErrMalformed)
		}
		after = key
		if !take(*item.Notice) {
			return after, false, nil
		}
	}
}
