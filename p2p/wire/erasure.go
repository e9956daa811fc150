package wire

import (
	"math"
	"unicode/utf8"

	"github.com/ipfs/go-cid"

	"privd/market"
	"privd/market/listing"
	"privd/p2p/wire/pb"
)

// What an erasure notice may hold, in bytes.
const (
	maxListingID = 64
	maxCID       = 64
)

func erasureMessage(e listing.Erasure) (*pb.Notice, error) {
	order, err := orderMessage(e.Order)
	if err != nil {
		return nil, err
	}
	content := e.Content.Bytes()
	if len(e.Listing) > maxListingID || !utf8.ValidString(string(e.Listing)) || len(content) == 0 || len(content) > maxCID || e.At < 0 {
		return nil, market.Fail(market.Invalid, "erasure notice names nothing that can travel")
	}
	return &pb.Notice{Body: &pb.Notice_Erasure{Erasure: &pb.Erasure{
		Order: order, OrderSignature: e.OrderSignature[:], Listing: string(e.Listing), Content: content, At: uint64(e.At), Signature: e.Signature[:]}}}, nil
}

func (r *reader) erasure(m *pb.Erasure) *listing.Erasure {
	if !r.known(m, "erasure") {
		return nil
	}
	if len(m.Listing) > maxListingID {
		r.fail("listing id is too long")
	}
	if m.At > math.MaxInt64 {
		r.fail("time is out of range")
	}
	content, err := cid.Cast(r.bounded(m.Content, maxCID, "content"))
	if err != nil || string(content.Bytes()) != string(m.Content) {
		r.fail("content is no CID")
	}
	return &listing.Erasure{
		Order:          r.order(m.Order),
		OrderSignature: r.signature(m.OrderSignature, "order signature"),
		Listing:        market.ListingID(m.Listing),
		Content:        content,
		At:             int64(m.At),
		Signature:      r.signature(m.Signature, "signature"),
	}
}
