package api

import (
	"context"
	"time"

	"privd/api/oas"
	"privd/market"
	"privd/market/sale"
)

// Sales shows what users of this node sold; sale.Desk is one.
type Sales interface {
	// List returns a page of a user's sales, newest first, and how many there are.
	List(ctx context.Context, user market.UserID, limit, offset int) ([]sale.View, int, error)
	// Get returns NotFound for a sale of somebody else.
	Get(ctx context.Context, user market.UserID, id string) (sale.View, error)
}

// ListSales implements oas.StrictServerInterface.
func (h *handlers) ListSales(ctx context.Context, r oas.ListSalesRequestObject) (oas.ListSalesResponseObject, error) {
	limit := limitOf(r.Params.Limit)
	page, total, err := h.Sales.List(ctx, user(ctx), limit, offsetOf(r.Params.Offset))
	if err != nil {
		return nil, err
	}
	list := make([]oas.Sale, len(page))
	for i, v := range page {
		list[i] = saleOf(v)
	}
	return oas.ListSales200JSONResponse{Success: true, Data: oas.SalePage{
		Sales: list, Pagination: oas.EarningPagination{Total: total, Limit: limit, Offset: askedOffset(r.Params.Offset)},
	}}, nil
}

// GetSaleTimeline implements oas.StrictServerInterface.
func (h *handlers) GetSaleTimeline(ctx context.Context, r oas.GetSaleTimelineRequestObject) (oas.GetSaleTimelineResponseObject, error) {
	v, err := h.Sales.Get(ctx, user(ctx), r.ID)
	if err != nil {
		return nil, err
	}
	out := oas.SaleTimeline{
		Sale: saleOf(v), State: oas.SaleState(v.State), Reason: present(v.Why), NextRetryAt: optional(v.NextAt),
		LastCallAt: optional(v.Windows.LastCall), PushBy: optional(v.Windows.PushBy), Deadline: optional(v.Windows.Deadline),
		Steps: make([]oas.SaleStep, len(v.Steps)),
	}
	for i, s := range v.Steps {
		out.Steps[i] = oas.SaleStep{At: s.At.UTC().Truncate(time.Millisecond), State: oas.SaleState(s.State), What: s.What, TxHash: hashOf(s.TxHash)}
	}
	return oas.GetSaleTimeline200JSONResponse{Success: true, Data: out}, nil
}

func saleOf(v sale.View) oas.Sale {
	out := oas.Sale{
		SaleID: v.Purchase.String(), ReferenceID: v.Reference, ListingID: string(v.Listing), ListingTitle: v.Title, Version: int64(v.Version),
		BuyerAddress: v.Buyer.Hex(), State: oas.SaleState(v.State), Final: v.Closed, Reason: present(v.Why), Alarm: present(v.Alarm),
		TxHash: hashOf(v.TxHash), SoldAt: seconds(v.CreatedAt),
	}
	out.PricePriv, out.PricePrivWei = priv(v.Price)
	out.SharePriv, out.SharePrivWei = priv(v.Share)
	return out
}

// hashOf writes a transaction's hash, null where there is none.
func hashOf(h market.Hash) *string {
	if h.IsZero() {
		return nil
	}
	return present(h.String())
}
