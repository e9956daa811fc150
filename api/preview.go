package api

import (
	"bytes"
	"context"
	"net/http"
	"strconv"

	"privd/api/oas"
	"privd/market"
	"privd/market/preview"
)

// Previews shows previews; gallery.Gallery is one.
type Previews interface {
	Preview(ctx context.Context, user market.UserID, id market.ContributionID, in market.ListingID) (preview.Preview, error)
}

// PreviewContribution implements oas.StrictServerInterface.
func (h *handlers) PreviewContribution(ctx context.Context, r oas.PreviewContributionRequestObject) (oas.PreviewContributionResponseObject, error) {
	var in market.ListingID
	if r.Params.Listing != nil {
		in = market.ListingID(*r.Params.Listing)
	}
	p, err := h.Previews.Preview(ctx, user(ctx), market.ContributionID(r.ID), in)
	if err != nil {
		return nil, err
	}
	return shownPreview(p), nil
}

type shownPreview preview.Preview

// VisitPreviewContributionResponse implements oas.PreviewContributionResponseObject.
func (p shownPreview) VisitPreviewContributionResponse(w http.ResponseWriter) error {
	header := w.Header()
	header.Set("Content-Type", p.Type)
	header.Set("Content-Length", strconv.Itoa(len(p.Data)))
	// The bytes may come from a stranger: nothing in them may run in this origin.
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	_, err := bytes.NewReader(p.Data).WriteTo(w)
	return err
}
