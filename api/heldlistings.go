package api

import (
	"context"

	"privd/api/oas"
	"privd/market"
	"privd/market/listing"
)

// HeldListings has the operator decide what the policy on listings holds;
// listing.Service does.
type HeldListings interface {
	Held(ctx context.Context, limit, offset int) (page []listing.Listing, total int, err error)
	Decide(ctx context.Context, id market.ListingID, approve bool, reason string) (listing.Listing, error)
}

// ListHeldListings implements oas.StrictServerInterface.
func (h *handlers) ListHeldListings(ctx context.Context, r oas.ListHeldListingsRequestObject) (oas.ListHeldListingsResponseObject, error) {
	limit := limitOf(r.Params.Limit)
	page, total, err := h.HeldListings.Held(ctx, limit, offsetOf(r.Params.Offset))
	if err != nil {
		return nil, err
	}
	list := make([]oas.SubmittedListing, len(page))
	for i, l := range page {
		list[i] = submittedListing(l)
	}
	return oas.ListHeldListings200JSONResponse{Success: true, Data: oas.SubmittedListingPage{
		Listings: list, Total: total, Limit: limit, Offset: askedOffset(r.Params.Offset),
	}}, nil
}

// DecideListing implements oas.StrictServerInterface.
func (h *handlers) DecideListing(ctx context.Context, r oas.DecideListingRequestObject) (oas.DecideListingResponseObject, error) {
	reason := ""
	if r.Body.Reason != nil {
		reason = *r.Body.Reason
	}
	l, err := h.HeldListings.Decide(ctx, market.ListingID(r.ID), r.Body.Approve, reason)
	if err != nil {
		return nil, err
	}
	return oas.DecideListing200JSONResponse{Success: true, Data: submittedListing(l)}, nil
}

func submittedListing(l listing.Listing) oas.SubmittedListing {
	out := oas.SubmittedListing{
		ListingID: string(l.ID), UserID: string(l.Owner), Title: l.Title, Description: l.Description, Category: oas.Category(l.Category),
		Tags: whole(l.Tags), Status: oas.ListingStatus(l.Status), Reason: present(l.Reason), ContributionIds: make([]string, len(l.Contributions)),
		DatasetID: present(string(l.Dataset)), ContributionCount: l.Files, TotalFileSizeBytes: l.TotalSize,
		PendingSignature: present(pendingSignature(l)), HeldAt: optional(l.HeldAt), CreatedAt: seconds(l.CreatedAt), UpdatedAt: seconds(l.UpdatedAt),
	}
	if l.DataType != "" {
		dataType := oas.DataType(l.DataType)
		out.DataType = &dataType
	}
	out.PricePriv, out.PricePrivWei = priv(l.Price)
	for i, id := range l.Contributions {
		out.ContributionIds[i] = string(id)
	}
	return out
}
