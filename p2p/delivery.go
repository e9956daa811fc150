package p2p

import (
	"context"
	"errors"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"privd/market"
	"privd/market/delivery"
	"privd/p2p/wire"
)

// serveDelivery answers /delivery/1: one request, one answer.
func (h *Host) serveDelivery(ctx context.Context, s network.Stream) error {
	b, err := readRequest(s, wire.MaxDeliveryRequest)
	if err != nil {
		return err
	}
	q, err := wire.DecodeDeliveryRequest(b)
	if err != nil {
		return err
	}
	kind := requestKind(q)
	a := h.answer(ctx, s.Conn().RemotePeer(), q)
	outcome := "answered"
	if a.Refusal != nil {
		outcome = a.Refusal.Code.String()
	}
	h.metrics.delivery.WithLabelValues(kind, outcome).Inc()
	if b, err = wire.EncodeDeliveryAnswer(a); err != nil {
		return err
	}
	return wire.WriteFrame(s, b)
}

func requestKind(q wire.DeliveryRequest) string {
	switch {
	case q.Seal != nil:
		return "seal"
	case q.Opener != nil:
		return "opener"
	}
	return "receipt"
}

func (h *Host) answer(ctx context.Context, from peer.ID, q wire.DeliveryRequest) wire.DeliveryAnswer {
	if wait, ok := h.admit(from, q.Seal != nil); !ok {
		return wire.DeliveryAnswer{Refusal: &delivery.Refusal{Code: delivery.Busy, RetryAfter: wait}}
	}
	if h.deps.Seller == nil {
		return wire.DeliveryAnswer{Refusal: &delivery.Refusal{Code: delivery.UnknownOrder}}
	}
	switch {
	case q.Seal != nil:
		sealed, err := h.deps.Seller.Seal(ctx, *q.Seal)
		if err == nil {
			return wire.DeliveryAnswer{Sealed: &sealed}
		}
		return h.refuse("seal", err)
	case q.Opener != nil:
		k, err := h.deps.Seller.Opener(ctx, *q.Opener)
		if err == nil {
			return wire.DeliveryAnswer{Opener: &k}
		}
		return h.refuse("opener", err)
	}
	if err := h.deps.Seller.Note(ctx, *q.Receipt); err != nil {
		return h.refuse("receipt", err)
	}
	return wire.DeliveryAnswer{Noted: true}
}

// admit applies the rate limits: the peer's before the node's, so that one peer
// alone cannot use up what all share.
func (h *Host) admit(from peer.ID, seals bool) (wait time.Duration, ok bool) {
	perPeer, perNode := h.limits.deliveryPeer, h.limits.deliveryNode
	if seals {
		perPeer, perNode = h.limits.sealPeer, h.limits.sealNode
	}
	if wait, ok = perPeer.take(from); !ok {
		h.offend(from, nuisance, "crowding")
		return wait, false
	}
	return perNode.take(struct{}{})
}

// refuse turns a failure into what a stranger may know of it.
func (h *Host) refuse(request string, err error) wire.DeliveryAnswer {
	if r := delivery.RefusalOf(err); r != nil {
		return wire.DeliveryAnswer{Refusal: r}
	}
	r := &delivery.Refusal{Code: delivery.Refused}
	switch code := market.CodeOf(err); code {
	case market.Unavailable, market.Limited, market.Internal, market.Conflict:
		r.Code, r.RetryAfter = delivery.Busy, 30*time.Second
		if code == market.Internal && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
			h.log.Error("delivery request failed", "request", request, "error", err)
		}
	case market.Expired:
		r.Code = delivery.Expired
	case market.NotFound:
		r.Code = delivery.UnknownOrder
	}
	return wire.DeliveryAnswer{Refusal: r}
}

// Seller returns the seller whose nodes have the given peer ids, to be tried in
// that order; when one of them is this node it is asked directly. Its methods
// return the seller's *delivery.Refusal, or Unavailable when no node answers.
func (h *Host) Seller(peerIDs []string) delivery.Seller {
	return remoteSeller{h: h, ids: decodeIDs(peerIDs)}
}

// decodeIDs leaves out what is not a peer id: a manifest may say anything.
func decodeIDs(peerIDs []string) []peer.ID {
	ids := make([]peer.ID, 0, len(peerIDs))
	for _, s := range peerIDs {
		if id, err := peer.Decode(s); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}
