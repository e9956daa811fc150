package wire

import (
	"privd/market/report"
	"privd/market/seal"
	"privd/p2p/wire/pb"
)

func reportMessage(s report.Signed) (*pb.Notice, error) {
	order, err := orderMessage(s.Order)
	if err != nil {
		return nil, err
	}
	return &pb.Notice{Body: &pb.Notice_Report{Report: &pb.Report{
		Order: order, OrderSignature: s.OrderSignature[:], Purchase: s.Purchase[:], Entry: s.Entry, FileKey: s.FileKey[:], Signature: s.Signature[:]}}}, nil
}

func (r *reader) report(m *pb.Report) *report.Signed {
	if !r.known(m, "report") {
		return nil
	}
	out := &report.Signed{
		Order:          r.order(m.Order),
		OrderSignature: r.signature(m.OrderSignature, "order signature"),
		Purchase:       r.hash(m.Purchase, "purchase"),
		Entry:          m.Entry,
		Signature:      r.signature(m.Signature, "signature"),
	}
	if len(m.FileKey) != len(seal.FileKey{}) {
		r.fail("file key has another length")
		return out
	}
	copy(out.FileKey[:], m.FileKey)
	return out
}
