package api

import (
	"context"
	"time"

	"privd/api/oas"
	"privd/market"
	"privd/market/purchase"
)

// PurchaseListing implements oas.StrictServerInterface.
func (h *handlers) PurchaseListing(ctx context.Context, r oas.PurchaseListingRequestObject) (oas.PurchaseListingResponseObject, error) {
	days := purchase.DefaultAccessDays
	if r.Body != nil && r.Body.AccessDurationDays != nil {
		days = *r.Body.AccessDurationDays
	}
	entry := purchase.WalletEntry
	entry.Force = r.Body != nil && r.Body.Force != nil && *r.Body.Force
	p, err := h.Purchases.Buy(ctx, user(ctx), market.ListingID(r.ID), uint32(days), entry)
	if err != nil {
		return nil, err
	}
	outcome, message := outcomeOf(p)
	if p.State == purchase.Failed {
		// It never cost anything; an answer that reads like success would be kept and
		// repeated.
		return nil, &market.Error{Code: market.Invalid, Reason: "PURCHASE_FAILED", Message: message}
	}
	paid, wei := priv(p.Price())
	return oas.PurchaseListing200JSONResponse{Success: true, Data: oas.PurchasedListing{
		PurchaseID: string(p.ID), ListingID: string(p.Listing), AccessToken: p.AccessToken, AmountPaidPriv: paid, AmountPaidPrivWei: wei,
		ExpiresAt: optional(p.ExpiresAt), DownloadCount: p.Downloads, MaxDownloads: purchase.MaxDownloads,
		Status: outcome, NextRetryAt: optional(p.RetryAt), SignatureRequest: present(string(p.Signs())), Message: message,
	}}, nil
}

// outcomeOf says how a purchase call ended, and what the buyer does next.
func outcomeOf(p purchase.Purchase) (oas.PurchaseOutcome, string) {
	switch {
	case p.State == purchase.Opened:
		return oas.PurchaseOutcomeCompleted, "Purchase successful. Use the access token to download the data."
	case p.Asks():
		return oas.PurchaseOutcomePending, "Purchase pending: your wallet has to sign request " + string(p.Signs()) + ". It completes by itself once it has."
	case p.State.Pending():
		return oas.PurchaseOutcomePending, "Purchase pending: " + p.Waiting() + ". It completes by itself."
	}
	return oas.PurchaseOutcomeFailed, "Purchase failed: " + p.Reason
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
	items, err := h.rated(ctx, list...)
	if err != nil {
		return nil, err
	}
	return oas.ListPurchases200JSONResponse{Success: true, Data: oas.PurchasePage{
		Purchases: items, Pagination: pagination(total, page, limit),
	}}, nil
}

// GetPurchase implements oas.StrictServerInterface.
func (h *handlers) GetPurchase(ctx context.Context, r oas.GetPurchaseRequestObject) (oas.GetPurchaseResponseObject, error) {
	v, err := h.Purchases.Get(ctx, user(ctx), market.PurchaseID(r.ID))
	if err != nil {
		return nil, err
	}
	shown, err := h.rated(ctx, v)
	if err != nil {
		return nil, err
	}
	return oas.GetPurchase200JSONResponse{Success: true, Data: shown[0]}, nil
}

func (h *handlers) purchaseOf(v purchase.View) oas.Purchase {
	paid, wei := priv(v.Price())
	return oas.Purchase{
		ID: string(v.ID), ListingID: string(v.Listing), ListingTitle: v.Manifest.Title, ListingCategory: oas.Category(v.Manifest.Category),
		SellerDisplayName: v.Manifest.DisplayName, AmountPaidPriv: paid, AmountPaidPrivWei: wei, AccessToken: v.AccessToken,
		PurchasedAt: seconds(v.CreatedAt), ExpiresAt: optional(v.ExpiresAt), DownloadCount: v.Downloads, MaxDownloads: purchase.MaxDownloads,
		Status: oas.PurchaseStatus(v.Access(h.Clock())),
	}
}

// GetPurchaseTimeline implements oas.StrictServerInterface.
func (h *handlers) GetPurchaseTimeline(ctx context.Context, r oas.GetPurchaseTimelineRequestObject) (oas.GetPurchaseTimelineResponseObject, error) {
	s, err := h.Purchases.Story(ctx, user(ctx), market.PurchaseID(r.ID))
	if err != nil {
		return nil, err
	}
	reason := s.Reason
	if s.State.Pending() {
		reason = s.Waiting()
	}
	steps := make([]oas.TimelineStep, len(s.Lines))
	for i, line := range s.Lines {
		steps[i] = timelineStep(line.At, line.What, line.TxHash, line.Amount)
	}
	onChain := s.Chain.Status.String()
	return oas.GetPurchaseTimeline200JSONResponse{Success: true, Data: oas.Timeline{
		PurchaseID: string(s.ID), State: string(s.State), Reason: present(reason), NextRetryAt: optional(s.RetryAt),
		MoneyMoved: s.MoneyMoved(), OnChain: &onChain, Deadline: optional(s.Deadline), StayReachableBefore: optional(s.ReachableBefore),
		Fault: faultOf(s.Fault), SignatureRequest: present(string(s.Signs())), Steps: steps,
	}}, nil
}

func faultOf(f *purchase.Fault) *oas.PurchaseFault {
	if f == nil {
		return nil
	}
	out := oas.PurchaseFault{Kind: string(f.Kind), Message: f.String(), FoundAt: f.Found.UTC()}
	if f.Kind == purchase.FaultBundle || f.Kind == purchase.FaultContent {
		out.Entry = &f.Entry
	}
	return &out
}

// timelineStep is one line of a timeline. What moved no money has no amount.
func timelineStep(at time.Time, what string, tx market.Hash, amount market.Amount) oas.TimelineStep {
	step := oas.TimelineStep{At: at.UTC().Truncate(time.Millisecond), What: what}
	if !tx.IsZero() {
		step.TxHash = present(tx.String())
	}
	if !amount.IsZero() {
		moved, wei := priv(amount)
		step.AmountPriv, step.AmountPrivWei = &moved, &wei
	}
	return step
}
