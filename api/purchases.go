package api

import (
	"context"

	"privd/api/oas"
	"privd/market"
)

// defaultDays is how long access lasts when the buyer does not say.
const defaultDays = 30

// PurchaseListing implements oas.StrictServerInterface.
func (h *handlers) PurchaseListing(ctx context.Context, r oas.PurchaseListingRequestObject) (oas.PurchaseListingResponseObject, error) {
	days := defaultDays
	if r.Body != nil && r.Body.AccessDurationDays != nil {
		days = *r.Body.AccessDurationDays
	}
	p, err := h.Purchases.Buy(ctx, callOf(ctx).caller, market.ListingID(r.ID), days)
	if err != nil {
		return nil, err
	}
	paid, wei := priv(p.Price)
	return oas.PurchaseListing200JSONResponse{Success: true, Data: oas.PurchasedListing{
		PurchaseID: string(p.ID), ListingID: string(p.Listing), AccessToken: p.Token, AmountPaidPriv: paid, AmountPaidPrivWei: wei,
		ExpiresAt: optional(p.ExpiresAt), DownloadCount: p.Downloads, MaxDownloads: p.MaxDownloads,
		Status: oas.PurchaseOutcome(p.Outcome), NextRetryAt: optional(p.NextRetry), Message: purchaseMessage(p),
	}}, nil
}

func purchaseMessage(p Purchase) string {
	switch oas.PurchaseOutcome(p.Outcome) {
	case oas.PurchaseOutcomeCompleted:
		return "Purchase successful. Use the access token to download the data."
	case oas.PurchaseOutcomePending:
		return "Purchase pending: " + p.Reason + ". It completes by itself."
	}
	return "Purchase failed: " + p.Reason + "."
}

// ListPurchases implements oas.StrictServerInterface.
func (h *handlers) ListPurchases(ctx context.Context, r oas.ListPurchasesRequestObject) (oas.ListPurchasesResponseObject, error) {
	limit := limitOf(r.Params.Limit)
	page, offset := pageOf(r.Params.Page, limit)
	pending := r.Params.Include != nil && *r.Params.Include == "pending"
	list, total, err := h.Purchases.List(ctx, user(ctx), pending, limit, offset)
	if err != nil {
		return nil, err
	}
	items := make([]oas.Purchase, len(list))
	for i, p := range list {
		items[i] = purchaseOf(p)
	}
	return oas.ListPurchases200JSONResponse{Success: true, Data: oas.PurchasePage{
		Purchases: items, Pagination: pagination(total, page, limit),
	}}, nil
}

// GetPurchase implements oas.StrictServerInterface.
func (h *handlers) GetPurchase(ctx context.Context, r oas.GetPurchaseRequestObject) (oas.GetPurchaseResponseObject, error) {
	p, err := h.Purchases.Get(ctx, user(ctx), market.PurchaseID(r.ID))
	if err != nil {
		return nil, err
	}
	return oas.GetPurchase200JSONResponse{Success: true, Data: purchaseOf(p)}, nil
}

func purchaseOf(p Purchase) oas.Purchase {
	paid, wei := priv(p.Price)
	return oas.Purchase{
		ID: string(p.ID), ListingID: string(p.Listing), ListingTitle: p.Title, ListingCategory: oas.Category(p.Category),
		SellerDisplayName: p.Seller, AmountPaidPriv: paid, AmountPaidPrivWei: wei, AccessToken: p.Token,
		PurchasedAt: seconds(p.PurchasedAt), ExpiresAt: optional(p.ExpiresAt), DownloadCount: p.Downloads, MaxDownloads: p.MaxDownloads,
		Status: oas.PurchaseStatus(p.Status),
	}
}

// GetPurchaseTimeline implements oas.StrictServerInterface.
func (h *handlers) GetPurchaseTimeline(ctx context.Context, r oas.GetPurchaseTimelineRequestObject) (oas.GetPurchaseTimelineResponseObject, error) {
	t, err := h.Purchases.Timeline(ctx, user(ctx), market.PurchaseID(r.ID))
	if err != nil {
		return nil, err
	}
	steps := make([]oas.TimelineStep, len(t.Steps))
	for i, s := range t.Steps {
		steps[i] = oas.TimelineStep{At: seconds(s.At), What: s.What, TxHash: present(s.TxHash)}
	}
	return oas.GetPurchaseTimeline200JSONResponse{Success: true, Data: oas.Timeline{
		PurchaseID: string(t.Purchase), State: t.State, Reason: present(t.Reason), NextRetryAt: optional(t.NextRetry),
		MoneyMoved: t.MoneyMoved, Steps: steps,
	}}, nil
}
