package wire

import (
	"privd/market"
	"privd/p2p/wire/pb"
)

// Sizes of the messages of the offers protocol, in bytes.
const (
	MaxOffersRequest = 64
	MaxOffersItem    = MaxNotice + 16
)

// EncodeOffersRequest asks for the notices after a listing; the zero hash asks
// for all.
func EncodeOffersRequest(after market.Hash) []byte {
	m := &pb.OffersRequest{}
	if !after.IsZero() {
		m.After = after[:]
	}
	return encode(m)
}

// DecodeOffersRequest returns after which listing the notices are wanted.
func DecodeOffersRequest(b []byte) (after market.Hash, err error) {
	var m pb.OffersRequest
	if err := decode(b, MaxOffersRequest, &m); err != nil {
		return after, err
	}
	var r reader
	if r.known(&m, "request") && len(m.After) > 0 {
		after = r.hash(m.After, "listing")
		if after.IsZero() {
			r.fail("listing is zero")
		}
	}
	return after, r.err
}

// OffersItem is one message of an answer: a notice, or the end of the page.
type OffersItem struct {
	Notice *Notice
	More   bool // at the end: there is another page
}

// EncodeOffersItem returns the item as it travels; an item without a notice is
// the end.
func EncodeOffersItem(item OffersItem) ([]byte, error) {
	if item.Notice == nil {
		return encode(&pb.OffersItem{Body: &pb.OffersItem_End{End: &pb.OffersEnd{More: item.More}}}), nil
	}
	m, err := noticeMessage(*item.Notice)
	if err != nil {
		return nil, err
	}
	return encode(&pb.OffersItem{Body: &pb.OffersItem_Notice{Notice: m}}), nil
}

// DecodeOffersItem reads one message of an answer.
func DecodeOffersItem(b []byte) (item OffersItem, err error) {
	var m pb.OffersItem
	if err := decode(b, MaxOffersItem, &m); err != nil {
		return item, err
	}
	var r reader
	if !r.known(&m, "item") {
		return item, r.err
	}
	switch body := m.Body.(type) {
	case *pb.OffersItem_Notice:
		n := r.notice(body.Notice)
		item.Notice = &n
	case *pb.OffersItem_End:
		if r.known(body.End, "end") {
			item.More = body.End.More
		}
	default:
		r.fail("item is empty")
	}
	return item, r.err
}
