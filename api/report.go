package api

import (
	"context"

	"privd/api/oas"
	"privd/market"
	"privd/market/report"
)

// Reports tells the network of garbage; report.Service is one.
type Reports interface {
	// Give returns NotFound for anybody else's purchase, Conflict for one that has no
	// fault to report.
	Give(ctx context.Context, user market.UserID, id market.PurchaseID) (report.Report, error)
	About(ctx context.Context, seller market.Address) (report.Tally, error)
}

// sellerRecord tells how a seller did so far.
func (h *handlers) sellerRecord(ctx context.Context, seller market.Address) (*oas.SellerRecord, error) {
	record, err := h.Purchases.Record(ctx, seller)
	if err != nil {
		return nil, err
	}
	tally, err := h.Reports.About(ctx, seller)
	if err != nil {
		return nil, err
	}
	return &oas.SellerRecord{Ended: record.Ended, Refunded: record.Refunded, Reports: tally.Reports, Proven: tally.Proven}, nil
}

// ReportPurchase implements oas.StrictServerInterface.
func (h *handlers) ReportPurchase(ctx context.Context, r oas.ReportPurchaseRequestObject) (oas.ReportPurchaseResponseObject, error) {
	given, err := h.Reports.Give(ctx, user(ctx), market.PurchaseID(r.ID))
	if err != nil {
		return nil, err
	}
	return oas.ReportPurchase200JSONResponse{Success: true, Data: oas.ReportedPurchase{
		PurchaseID: r.ID, Seller: given.Seller().Hex(), Entry: int(given.Signed.Entry), ReportedAt: given.ReceivedAt,
	}}, nil
}
