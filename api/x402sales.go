package api

import (
	"context"
	"time"

	"privd/api/oas"
	"privd/market"
	"privd/market/x402"
)

// X402Sales shows what users of this node sold over x402; x402.Ledger is one.
type X402Sales interface {
	// List returns a page of an owner's sales, newest first, and how many there are.
	List(ctx context.Context, owner market.UserID, limit, offset int) ([]x402.Sale, int, error)
}

// ListX402Sales implements oas.StrictServerInterface.
func (h *handlers) ListX402Sales(ctx context.Context, r oas.ListX402SalesRequestObject) (oas.ListX402SalesResponseObject, error) {
	limit := limitOf(r.Params.Limit)
	page, total, err := h.X402Sales.List(ctx, user(ctx), limit, offsetOf(r.Params.Offset))
	if err != nil {
		return nil, err
	}
	list := make([]oas.X402Sale, len(page))
	for i, s := range page {
		list[i] = x402SaleOf(s)
	}
	return oas.ListX402Sales200JSONResponse{Success: true, Data: oas.X402SalePage{
		Sales: list, Pagination: oas.EarningPagination{Total: total, Limit: limit, Offset: askedOffset(r.Params.Offset)},
	}}, nil
}

// x402SaleOf leaves out what opens the goods: tokens, identifiers and signatures.
func x402SaleOf(s x402.Sale) oas.X402Sale {
	out := oas.X402Sale{
		ID: s.ID.String(), DatasetID: string(s.Dataset), Name: s.Name, Good: oas.X402SaleGood(s.Good), Payer: s.Authorization.From.Hex(),
		PayTo: s.Till.PayTo.Hex(), State: oas.X402SaleState(s.State.String()), Reason: present(string(s.Reason)), Transaction: hashOf(s.Transaction),
		CreatedAt: s.CreatedAt.UTC().Truncate(time.Millisecond), SettledAt: optionalInstant(s.SettledAt), DeliveredAt: optionalInstant(s.HandedAt),
	}
	out.AmountUsdc, out.AmountUsdcWei = usdc(s.Authorization.Value)
	if s.Block != 0 {
		block := int64(s.Block)
		out.Block = &block
	}
	return out
}

// optionalInstant is a time to the millisecond, null where there is none.
func optionalInstant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}
