package api

import (
	"context"

	"privd/api/oas"
	"privd/market"
	"privd/market/contribution"
)

// Consents states and shows consent; it is joined to contribution.Service and to
// what follows consent.
type Consents interface {
	UpdateConsent(ctx context.Context, user market.UserID, id market.ContributionID, change contribution.ConsentChange) (contribution.Receipt, error)
	Receipts(ctx context.Context, user market.UserID, id market.ContributionID) ([]contribution.Receipt, error)
}

// UpdateConsent implements oas.StrictServerInterface.
func (h *handlers) UpdateConsent(ctx context.Context, r oas.UpdateConsentRequestObject) (oas.UpdateConsentResponseObject, error) {
	receipt, err := h.Consents.UpdateConsent(ctx, user(ctx), market.ContributionID(r.ID), contribution.ConsentChange{
		AI: r.Body.ConsentAiTraining, Research: r.Body.ConsentResearch, Commercial: r.Body.ConsentCommercial,
	})
	if err != nil {
		return nil, err
	}
	return oas.UpdateConsent200JSONResponse{Success: true, Data: receiptOf(receipt)}, nil
}

// ListConsents implements oas.StrictServerInterface.
func (h *handlers) ListConsents(ctx context.Context, r oas.ListConsentsRequestObject) (oas.ListConsentsResponseObject, error) {
	all, err := h.Consents.Receipts(ctx, user(ctx), market.ContributionID(r.ID))
	if err != nil {
		return nil, err
	}
	list := make([]oas.ConsentReceipt, len(all))
	for i, receipt := range all {
		list[i] = receiptOf(receipt)
	}
	return oas.ListConsents200JSONResponse{Success: true, Data: oas.ConsentReceipts{Receipts: list}}, nil
}

func receiptOf(r contribution.Receipt) oas.ConsentReceipt {
	return oas.ConsentReceipt{
		ContributionID: string(r.Contribution), ReceiptID: r.ID, ConsentVersion: r.Consent.Version, ConsentTimestamp: seconds(r.Consent.GivenAt),
		ConsentAiTraining: r.Consent.AI, ConsentResearch: r.Consent.Research, ConsentCommercial: r.Consent.Commercial,
	}
}
