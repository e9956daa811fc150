package api

import (
	"context"

	"privd/api/oas"
	"privd/market"
	"privd/market/erasure"
)

// Erasures deletes contributions; erasure.Service is one.
type Erasures interface {
	Delete(ctx context.Context, user market.UserID, id market.ContributionID, r erasure.Request) (erasure.Deletion, error)
	List(ctx context.Context, user market.UserID, limit, offset int) ([]erasure.Deletion, int, error)
}

// The documented messages.
const (
	deletedHard = "Contribution permanently deleted"
	deletedSoft = "Contribution marked for deletion. Data will be permanently removed within 30 days per GDPR requirements."
)

// DeleteContribution implements oas.StrictServerInterface.
func (h *handlers) DeleteContribution(ctx context.Context, r oas.DeleteContributionRequestObject) (oas.DeleteContributionResponseObject, error) {
	var asked erasure.Request
	if r.Body != nil {
		if r.Body.Reason != nil {
			asked.Reason = *r.Body.Reason
		}
		asked.GDPR = r.Body.ForceGdpr != nil && *r.Body.ForceGdpr
	}
	d, err := h.Erasures.Delete(ctx, user(ctx), market.ContributionID(r.ID), asked)
	if err != nil {
		return nil, err
	}
	answer := oas.DeletionAnswer{ContributionID: string(d.Contribution), Deleted: true, DeletionType: oas.DeletionType(d.Type), Message: deletedHard}
	if d.Type == erasure.GDPR {
		answer.Message, answer.GdprDeadline = deletedSoft, optional(d.Deadline)
	}
	return oas.DeleteContribution200JSONResponse{Success: true, Data: answer}, nil
}

// ListDeletions implements oas.StrictServerInterface.
func (h *handlers) ListDeletions(ctx context.Context, r oas.ListDeletionsRequestObject) (oas.ListDeletionsResponseObject, error) {
	limit, offset := limitOf(r.Params.Limit), offsetOf(r.Params.Offset)
	page, total, err := h.Erasures.List(ctx, user(ctx), limit, offset)
	if err != nil {
		return nil, err
	}
	list := make([]oas.Deletion, len(page))
	for i, d := range page {
		list[i] = oas.Deletion{
			ContributionID: string(d.Contribution), ContributionType: oas.ContributionType(d.Kind), DeletionType: oas.DeletionType(d.Type),
			Reason: present(d.Reason), RequestedAt: seconds(d.RequestedAt), GdprDeadline: optional(d.Deadline),
			Erased: !d.ErasedAt.IsZero(), ErasedAt: optional(d.ErasedAt),
		}
	}
	return oas.ListDeletions200JSONResponse{Success: true, Data: oas.DeletionPage{
		Deletions: list, Total: total, Limit: limit, Offset: askedOffset(r.Params.Offset),
	}}, nil
}
