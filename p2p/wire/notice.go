package wire

import (
	"errors"

	"privd/market"
	"privd/market/listing"
	"privd/market/rating"
	"privd/market/report"
	"privd/market/seal"
	"privd/p2p/wire/pb"
)

// MaxNotice is the largest notice in bytes: an announcement with an inline
// manifest, and the order around it.
const MaxNotice = listing.MaxInline + 512

// Notice is what nodes tell each other about a listing: exactly one of them is set.
type Notice struct {
	Announcement *listing.Announcement
	Withdrawal   *listing.Withdrawal
	Rating       *rating.Signed
	Erasure      *listing.Erasure
	Report       *report.Signed
}

// Key returns what notices are ordered by when a peer catches up: the listing they
// are about, the purchase where they rate or report one.
func (n Notice) Key() market.Hash {
	if n.Rating != nil {
		return n.Rating.Purchase
	}
	if n.Report != nil {
		return n.Report.Purchase
	}
	return n.Listing()
}

// Listing returns the hash of the listing the notice is about; zero for a rating,
// which does not say.
func (n Notice) Listing() market.Hash {
	if n.Announcement != nil {
		return n.Announcement.Order.Listing
	}
	if n.Withdrawal != nil {
		return n.Withdrawal.Listing
	}
	if n.Erasure != nil {
		return n.Erasure.Order.Listing
	}
	if n.Report != nil {
		return n.Report.Order.Listing
	}
	return market.Hash{}
}

// Seller returns whose listing the notice says it is about; zero for a rating, and for
// a report: a seller has no say in how many of those there are.
func (n Notice) Seller() market.Address {
	if n.Announcement != nil {
		return n.Announcement.Order.Seller
	}
	if n.Withdrawal != nil {
		return n.Withdrawal.Seller
	}
	if n.Erasure != nil {
		return n.Erasure.Order.Seller
	}
	return market.Address{}
}

// EncodeNotice returns the notice as the topic carries it. A manifest above
// listing.MaxInline is an error: it must be fetched by its CID.
func EncodeNotice(n Notice) ([]byte, error) {
	m, err := noticeMessage(n)
	if err != nil {
		return nil, err
	}
	return encode(m), nil
}

// DecodeNotice reads a message of the topic.
func DecodeNotice(b []byte) (Notice, error) {
	var m pb.Notice
	if err := decode(b, MaxNotice, &m); err != nil {
		return Notice{}, err
	}
	var r reader
	n := r.notice(&m)
	return n, r.err
}

// bodies counts what is set.
func (n Notice) bodies() (set int) {
	for _, is := range []bool{n.Announcement != nil, n.Withdrawal != nil, n.Rating != nil, n.Erasure != nil, n.Report != nil} {
		if is {
			set++
		}
	}
	return set
}

func noticeMessage(n Notice) (*pb.Notice, error) {
	if n.bodies() != 1 {
		return nil, errors.New("notice holds nothing, or more than one thing")
	}
	switch {
	case n.Announcement != nil:
		a := n.Announcement
		if len(a.Manifest) > listing.MaxInline {
			return nil, market.Fail(market.TooLarge, "manifest is too large to travel with its order")
		}
		order, err := orderMessage(a.Order)
		if err != nil {
			return nil, err
		}
		return &pb.Notice{Body: &pb.Notice_Announcement{Announcement: &pb.Announcement{
			Order: order, Signature: a.Signature[:], Manifest: a.Manifest}}}, nil
	case n.Withdrawal != nil:
		w := n.Withdrawal
		return &pb.Notice{Body: &pb.Notice_Withdrawal{Withdrawal: &pb.Withdrawal{
			Seller: w.Seller[:], Listing: w.Listing[:], Version: w.Version, Signature: w.Signature[:]}}}, nil
	case n.Erasure != nil:
		return erasureMessage(*n.Erasure)
	case n.Report != nil:
		return reportMessage(*n.Report)
	}
	return ratingMessage(*n.Rating)
}

func (r *reader) notice(m *pb.Notice) (n Notice) {
	if !r.known(m, "notice") {
		return n
	}
	switch body := m.Body.(type) {
	case *pb.Notice_Announcement:
		n.Announcement = r.announcement(body.Announcement)
	case *pb.Notice_Withdrawal:
		n.Withdrawal = r.withdrawal(body.Withdrawal)
	case *pb.Notice_Rating:
		n.Rating = r.rating(body.Rating)
	case *pb.Notice_Erasure:
		n.Erasure = r.erasure(body.Erasure)
	case *pb.Notice_Report:
		n.Report = r.report(body.Report)
	default:
		r.fail("notice is empty")
	}
	return n
}

func (r *reader) announcement(m *pb.Announcement) *listing.Announcement {
	if !r.known(m, "announcement") {
		return nil
	}
	a := &listing.Announcement{
		Order:     r.order(m.Order),
		Signature: r.signature(m.Signature, "signature"),
	}
	if manifest := r.bounded(m.Manifest, listing.MaxInline, "manifest"); len(manifest) > 0 {
		a.Manifest = manifest
	}
	return a
}

func (r *reader) withdrawal(m *pb.Withdrawal) *listing.Withdrawal {
	if !r.known(m, "withdrawal") {
		return nil
	}
	return &listing.Withdrawal{
		Seller:    r.address(m.Seller, "seller"),
		Listing:   r.hash(m.Listing, "listing"),
		Version:   m.Version,
		Signature: r.signature(m.Signature, "signature"),
	}
}

func orderMessage(o seal.Order) (*pb.Order, error) {
	price, err := o.Price.MarshalBinary()
	if err != nil || len(price) > 16 {
		return nil, market.Fail(market.Invalid, "order price out of range")
	}
	return &pb.Order{Seller: o.Seller[:], Sealer: o.Sealer[:], Listing: o.Listing[:], Manifest: o.Manifest[:],
		KeyCommitment: o.KeyCommitment[:], Price: price, Version: o.Version, Expiry: o.Expiry}, nil
}

func (r *reader) order(m *pb.Order) (o seal.Order) {
	if !r.known(m, "order") {
		return o
	}
	return seal.Order{
		Seller:        r.address(m.Seller, "seller"),
		Sealer:        r.address(m.Sealer, "sealer"),
		Listing:       r.hash(m.Listing, "listing"),
		Manifest:      r.hash(m.Manifest, "manifest hash"),
		KeyCommitment: r.hash(m.KeyCommitment, "key commitment"),
		Price:         r.amount(m.Price, "price"),
		Version:       m.Version,
		Expiry:        m.Expiry,
	}
}
