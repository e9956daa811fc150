package wire

import (
	"errors"
	"math"
	"time"

	"privd/market/delivery"
	"privd/market/seal"
	"privd/p2p/wire/pb"
)

// Sizes of the messages of the delivery protocol, in bytes.
const (
	MaxDeliveryRequest = 8 << 10
	MaxDeliveryAnswer  = 8 << 10
)

// maxRetryAfter bounds how long a stranger can make a node wait.
const maxRetryAfter = 24 * time.Hour

// DeliveryRequest is one request to a seller: exactly one is set.
type DeliveryRequest struct {
	Seal    *delivery.SealRequest
	Opener  *delivery.OpenerRequest
	Receipt *delivery.Receipt
}

// DeliveryAnswer is a seller's answer: exactly one is set.
type DeliveryAnswer struct {
	Sealed  *delivery.Sealed
	Opener  *seal.Key
	Noted   bool
	Refusal *delivery.Refusal
}

// EncodeDeliveryRequest returns the request as it travels.
func EncodeDeliveryRequest(q DeliveryRequest) ([]byte, error) {
	m := &pb.DeliveryRequest{}
	switch {
	case q.Seal != nil:
		s := q.Seal
		order, err := orderMessage(s.Order)
		if err != nil {
			return nil, err
		}
		t := s.Terms
		m.Body = &pb.DeliveryRequest_Seal{Seal: &pb.SealRequest{
			Order: order, OrderSignature: s.OrderSignature[:], Recipient: s.Recipient,
			Terms: &pb.Terms{Buyer: t.Buyer[:], Delegate: t.Delegate[:], Recipient: t.Recipient[:], AccessDays: t.AccessDays,
				DeliveryWindow: t.DeliveryWindow, PayBy: t.PayBy, Salt: t.Salt[:]},
		}}
	case q.Opener != nil:
		m.Body = &pb.DeliveryRequest_Opener{Opener: &pb.OpenerRequest{Purchase: q.Opener.Purchase[:], Signature: q.Opener.Signature[:]}}
	case q.Receipt != nil:
		m.Body = &pb.DeliveryRequest_Receipt{Receipt: &pb.Receipt{
			Purchase: q.Receipt.Purchase[:], OpenedAt: q.Receipt.OpenedAt, Signature: q.Receipt.Signature[:]}}
	default:
		return nil, errors.New("delivery request is empty")
	}
	b, err := marshal(m)
	if err != nil {
		return nil, err
	}
	if len(b) > MaxDeliveryRequest {
		return nil, errors.New("delivery request is too large")
	}
	return b, nil
}

// DecodeDeliveryRequest reads a request from a stranger.
func DecodeDeliveryRequest(b []byte) (q DeliveryRequest, err error) {
	var m pb.DeliveryRequest
	if err := decode(b, MaxDeliveryRequest, &m); err != nil {
		return q, err
	}
	var r reader
	if !r.known(&m, "request") {
		return q, r.err
	}
	switch body := m.Body.(type) {
	case *pb.DeliveryRequest_Seal:
		if s := body.Seal; r.known(s, "seal request") {
			q.Seal = &delivery.SealRequest{
				Order:          r.order(s.Order),
				OrderSignature: r.signature(s.OrderSignature, "order signature"),
				Terms:          r.terms(s.Terms),
				Recipient:      string(r.bounded([]byte(s.Recipient), delivery.MaxRecipient, "recipient")),
			}
		}
	case *pb.DeliveryRequest_Opener:
		if o := body.Opener; r.known(o, "opener request") {
			q.Opener = &delivery.OpenerRequest{Purchase: r.hash(o.Purchase, "purchase"), Signature: r.signature(o.Signature, "signature")}
		}
	case *pb.DeliveryRequest_Receipt:
		if x := body.Receipt; r.known(x, "receipt") {
			q.Receipt = &delivery.Receipt{Purchase: r.hash(x.Purchase, "purchase"), OpenedAt: x.OpenedAt, Signature: r.signature(x.Signature, "signature")}
		}
	default:
		r.fail("request is empty")
	}
	return q, r.err
}

func (r *reader) terms(m *pb.Terms) (t seal.Terms) {
	if !r.known(m, "terms") {
		return t
	}
	return seal.Terms{
		Buyer:          r.address(m.Buyer, "buyer"),
		Delegate:       r.address(m.Delegate, "delegate"),
		Recipient:      r.hash(m.Recipient, "recipient hash"),
		AccessDays:     m.AccessDays,
		DeliveryWindow: m.DeliveryWindow,
		PayBy:          m.PayBy,
		Salt:           r.hash(m.Salt, "salt"),
	}
}

// EncodeDeliveryAnswer returns the answer as it travels.
func EncodeDeliveryAnswer(a DeliveryAnswer) ([]byte, error) {
	m := &pb.DeliveryAnswer{}
	switch {
	case a.Sealed != nil:
		if len(a.Sealed.SealedKey) > delivery.MaxSealedKey {
			return nil, errors.New("sealed key is too large")
		}
		m.Body = &pb.DeliveryAnswer_Seal{Seal: &pb.Seal{SealedHash: a.Sealed.SealedHash[:], Lock: a.Sealed.Lock[:],
			SealedKey: a.Sealed.SealedKey, SealSig: a.Sealed.Signature[:]}}
	case a.Opener != nil:
		m.Body = &pb.DeliveryAnswer_Opener{Opener: &pb.Opener{K: a.Opener[:]}}
	case a.Noted:
		m.Body = &pb.DeliveryAnswer_Noted{Noted: &pb.Noted{}}
	case a.Refusal != nil:
		return encodeRefusal(a.Refusal)
	default:
		return nil, errors.New("delivery answer is empty")
	}
	return encode(m), nil
}

func encodeRefusal(r *delivery.Refusal) ([]byte, error) {
	seconds := retrySeconds(r.RetryAfter)
	if r.Code == delivery.NotConfirmed {
		return encode(&pb.DeliveryAnswer{Body: &pb.DeliveryAnswer_NotYet{
			NotYet: &pb.NotYet{ConfirmationsLeft: r.Confirmations, RetryAfterS: seconds}}}), nil
	}
	m := &pb.Refusal{Code: uint32(r.Code), RetryAfterS: seconds}
	if r.Code == delivery.NewVersion && r.Order != nil {
		order, err := orderMessage(*r.Order)
		if err != nil {
			return nil, err
		}
		m.Order, m.OrderSig = order, r.OrderSignature[:]
	}
	return encode(&pb.DeliveryAnswer{Body: &pb.DeliveryAnswer_Refusal{Refusal: m}}), nil
}

// retrySeconds rounds up, so that a client that waits as told is never early.
func retrySeconds(d time.Duration) uint32 {
	d = min(max(d, 0), maxRetryAfter)
	return uint32(math.Ceil(d.Seconds()))
}

// DecodeDeliveryAnswer reads an answer from a stranger. A wait of more than a day
// is read as a day.
func DecodeDeliveryAnswer(b []byte) (a DeliveryAnswer, err error) {
	var m pb.DeliveryAnswer
	if err := decode(b, MaxDeliveryAnswer, &m); err != nil {
		return a, err
	}
	var r reader
	if !r.known(&m, "answer") {
		return a, r.err
	}
	switch body := m.Body.(type) {
	case *pb.DeliveryAnswer_Seal:
		if s := body.Seal; r.known(s, "seal") {
			a.Sealed = &delivery.Sealed{
				SealedHash: r.hash(s.SealedHash, "sealed hash"),
				Lock:       r.hash(s.Lock, "lock"),
				SealedKey:  r.bounded(s.SealedKey, delivery.MaxSealedKey, "sealed key"),
				Signature:  r.signature(s.SealSig, "seal signature"),
			}
		}
	case *pb.DeliveryAnswer_Opener:
		if o := body.Opener; r.known(o, "opener") {
			a.Opener = (*seal.Key)(new([32]byte))
			r.fixed(a.Opener[:], o.K, "opener")
		}
	case *pb.DeliveryAnswer_Noted:
		a.Noted = r.known(body.Noted, "noted")
	case *pb.DeliveryAnswer_Refusal:
		a.Refusal = r.refusal(body.Refusal)
	case *pb.DeliveryAnswer_NotYet:
		if n := body.NotYet; r.known(n, "not yet") {
			a.Refusal = &delivery.Refusal{Code: delivery.NotConfirmed, RetryAfter: retryAfter(n.RetryAfterS), Confirmations: n.ConfirmationsLeft}
		}
	default:
		r.fail("answer is empty")
	}
	return a, r.err
}

func (r *reader) refusal(m *pb.Refusal) *delivery.Refusal {
	if !r.known(m, "refusal") {
		return nil
	}
	out := &delivery.Refusal{RetryAfter: retryAfter(m.RetryAfterS)}
	// A code of a later version is a plain no. NotConfirmed has its own message.
	if m.Code <= uint32(delivery.BadSignature) && m.Code != uint32(delivery.NotConfirmed) {
		out.Code = delivery.RefusalCode(m.Code)
	}
	if m.Order != nil || len(m.OrderSig) > 0 {
		order := r.order(m.Order)
		out.Order, out.OrderSignature = &order, r.signature(m.OrderSig, "order signature")
	}
	return out
}

func retryAfter(seconds uint32) time.Duration {
	return min(time.Duration(seconds)*time.Second, maxRetryAfter)
}
