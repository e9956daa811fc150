package p2p

import (
	"context"
	"errors"

	"github.com/libp2p/go-libp2p/core/peer"

	"privd/market"
	"privd/market/delivery"
	"privd/market/seal"
	"privd/p2p/wire"
)

// remoteSeller is a seller at the end of streams.
type remoteSeller struct {
	h   *Host
	ids []peer.ID
}

var _ delivery.Seller = remoteSeller{}

// Seal asks for a sealed key.
func (r remoteSeller) Seal(ctx context.Context, q delivery.SealRequest) (out delivery.Sealed, err error) {
	err = r.each(func(id peer.ID) error {
		if local := r.local(id); local != nil {
			out, err = local.Seal(ctx, q)
			return err
		}
		a, err := r.ask(ctx, id, wire.DeliveryRequest{Seal: &q})
		if err == nil && a.Sealed == nil {
			return r.wrongAnswer(id)
		}
		if err == nil {
			out = *a.Sealed
		}
		return err
	})
	return out, err
}

// Opener asks for the opener of a purchase.
func (r remoteSeller) Opener(ctx context.Context, q delivery.OpenerRequest) (out seal.Key, err error) {
	err = r.each(func(id peer.ID) error {
		if local := r.local(id); local != nil {
			out, err = local.Opener(ctx, q)
			return err
		}
		a, err := r.ask(ctx, id, wire.DeliveryRequest{Opener: &q})
		if err == nil && a.Opener == nil {
			return r.wrongAnswer(id)
		}
		if err == nil {
			out = *a.Opener
		}
		return err
	})
	return out, err
}

// Note hands over a receipt.
func (r remoteSeller) Note(ctx context.Context, q delivery.Receipt) error {
	return r.each(func(id peer.ID) error {
		if local := r.local(id); local != nil {
			return local.Note(ctx, q)
		}
		a, err := r.ask(ctx, id, wire.DeliveryRequest{Receipt: &q})
		if err == nil && !a.Noted {
			return r.wrongAnswer(id)
		}
		return err
	})
}

// each tries the seller's nodes in order until one gives an answer that another
// could not better: a yes, or a refusal for a reason that is not that node's own.
func (r remoteSeller) each(try func(peer.ID) error) error {
	var refused, failed error
	for _, id := range r.ids {
		err := try(id)
		if err == nil {
			return nil
		}
		switch refusal := delivery.RefusalOf(err); {
		case refusal == nil:
			failed = errors.Join(failed, err)
		case refusal.Code != delivery.Busy && refusal.Code != delivery.UnknownOrder:
			return err
		default:
			refused = err
		}
	}
	if refused != nil {
		return refused
	}
	return &market.Error{Code: market.Unavailable, Message: "seller offline", Err: failed}
}

func (r remoteSeller) local(id peer.ID) delivery.Seller {
	if id != r.h.host.ID() {
		return nil
	}
	return r.h.deps.Seller
}

func (r remoteSeller) ask(ctx context.Context, id peer.ID, q wire.DeliveryRequest) (a wire.DeliveryAnswer, err error) {
	b, err := wire.EncodeDeliveryRequest(q)
	if err != nil {
		return a, &market.Error{Code: market.Invalid, Message: "request cannot be sent", Err: err}
	}
	if err := r.h.reach(ctx, id); err != nil {
		return a, err
	}
	if b, err = r.h.ask(ctx, id, r.h.names.delivery, b, wire.MaxDeliveryAnswer); err != nil {
		return a, err
	}
	if a, err = wire.DecodeDeliveryAnswer(b); err != nil {
		r.h.blame(id, err)
		return a, &market.Error{Code: market.Unavailable, Message: "seller answers nonsense", Err: err}
	}
	if a.Refusal != nil {
		return a, a.Refusal
	}
	return a, nil
}

func (r remoteSeller) wrongAnswer(id peer.ID) error {
	r.h.offend(id, lie, "wrong answer")
	return market.Fail(market.Unavailable, "seller answered another question")
}
