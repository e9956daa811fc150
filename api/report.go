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
