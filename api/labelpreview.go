package api

import (
	"context"
	"net/http"

	"privd/api/oas"
	"privd/market"
	"privd/market/labeling"
)

// PreviewLabelingTask implements oas.StrictServerInterface.
func (h *handlers) PreviewLabelingTask(ctx context.Context, r oas.PreviewLabelingTaskRequestObject) (oas.PreviewLabelingTaskResponseObject, error) {
	p, err := h.Labeling.Preview(ctx, user(ctx), labeling.TaskID(r.ID))
	if err != nil {
		return nil, err
	}
	return labelPreview{shownPreview(p)}, nil
}

// PreviewLabelingItem implements oas.StrictServerInterface.
func (h *handlers) PreviewLabelingItem(ctx context.Context, r oas.PreviewLabelingItemRequestObject) (oas.PreviewLabelingItemResponseObject, error) {
	p, err := h.Labeling.ItemPreview(ctx, market.ContributionID(r.ID))
	if err != nil {
		return nil, err
	}
	return labelPreview{shownPreview(p)}, nil
}

type labelPreview struct{ shownPreview }

// VisitPreviewLabelingTaskResponse implements oas.PreviewLabelingTaskResponseObject.
func (p labelPreview) VisitPreviewLabelingTaskResponse(w http.ResponseWriter) error {
	return p.VisitPreviewContributionResponse(w)
}

// VisitPreviewLabelingItemResponse implements oas.PreviewLabelingItemResponseObject.
func (p labelPreview) VisitPreviewLabelingItemResponse(w http.ResponseWriter) error {
	return p.VisitPreviewContributionResponse(w)
}
