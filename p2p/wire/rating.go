package wire

import (
	"math"
	"unicode/utf8"

	"privd/market"
	"privd/market/rating"
	"privd/p2p/wire/pb"
)

// maxCommentBytes is what the longest comment takes.
const maxCommentBytes = rating.MaxComment * utf8.UTFMax

func ratingMessage(s rating.Signed) (*pb.Notice, error) {
	if len(s.Comment) > maxCommentBytes || !utf8.ValidString(s.Comment) {
		return nil, market.Fail(market.Invalid, "rating has no comment that can travel")
	}
	return &pb.Notice{Body: &pb.Notice_Rating{Rating: &pb.Rating{
		Purchase: s.Purchase[:], Stars: uint32(s.Stars), Comment: s.Comment, Signature: s.Signature[:]}}}, nil
}

func (r *reader) rating(m *pb.Rating) *rating.Signed {
	if !r.known(m, "rating") {
		return nil
	}
	if m.Stars > math.MaxUint8 {
		r.fail("stars are no byte")
	}
	if len(m.Comment) > maxCommentBytes {
		r.fail("comment is too long")
	}
	return &rating.Signed{
		Purchase:  r.hash(m.Purchase, "purchase"),
		Stars:     uint8(m.Stars),
		Comment:   m.Comment,
		Signature: r.signature(m.Signature, "signature"),
	}
}
