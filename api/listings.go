package api

import (
	"context"

	"privd/api/oas"
	"privd/market"
	"privd/market/listing"
)

// CreateListing implements oas.StrictServerInterface.
func (h *handlers) CreateListing(ctx context.Context, r oas.CreateListingRequestObject) (oas.CreateListingResponseObject, error) {
	price, err := parsePRIV("price_priv", r.Body.PricePriv)
	if err != nil {
		return nil, err
	}
	in := listing.Input{
		Title: r.Body.Title, Description: r.Body.Description, Category: listing.Category(r.Body.Category), Price: price,
		KeepMetadata: r.Body.KeepMetadata != nil && *r.Body.KeepMetadata,
	}
	if r.Body.Tags != nil {
		in.Tags = *r.Body.Tags
	}
	for _, id := range r.Body.ContributionIds {
		in.Contributions = append(in.Contributions, market.ContributionID(id))
	}
	l, err := h.Listings.Create(ctx, user(ctx), in)
	if err != nil {
		return nil, err
	}
	return oas.CreateListing200JSONResponse{Success: true, Data: oas.CreatedListing{
		ListingID: string(l.ID), Status: oas.ListingStatus(l.Status), ContributionCount: l.Files, PreviewGenerated: h.previewed(ctx, l),
		Message: "Listing created as draft. Update status to pending_review when ready to publish.",
	}}, nil
}

// previewed reports whether any file of a new listing has a preview.
func (h *handlers) previewed(ctx context.Context, l listing.Listing) bool {
	for _, id := range l.Contributions {
		if c, err := h.Contributions.Get(ctx, l.Owner, id); err == nil && c.Preview != nil {
			return true
		}
	}
	return false
}

// UpdateListing implements oas.StrictServerInterface.
func (h *handlers) UpdateListing(ctx context.Context, r oas.UpdateListingRequestObject) (oas.UpdateListingResponseObject, error) {
	data, err := h.updateListing(ctx, r.ID, *r.Body)
	return oas.UpdateListing200JSONResponse{ListingUpdatedJSONResponse: data}, err
}

// PatchListing implements oas.StrictServerInterface.
func (h *handlers) PatchListing(ctx context.Context, r oas.PatchListingRequestObject) (oas.PatchListingResponseObject, error) {
	data, err := h.updateListing(ctx, r.ID, *r.Body)
	return oas.PatchListing200JSONResponse{ListingUpdatedJSONResponse: data}, err
}

func (h *handlers) updateListing(ctx context.Context, id string, in oas.ListingUpdate) (oas.ListingUpdatedJSONResponse, error) {
	patch := listing.Patch{Title: in.Title, Description: in.Description, Tags: in.Tags, Status: (*listing.Status)(in.Status)}
	var err error
	if patch.Price, err = optionalPRIV("price_priv", in.PricePriv); err != nil {
		return oas.ListingUpdatedJSONResponse{}, err
	}
	l, changed, err := h.Listings.Update(ctx, user(ctx), market.ListingID(id), patch)
	if err != nil {
		return oas.ListingUpdatedJSONResponse{}, err
	}
	updated := oas.UpdatedListing{ListingID: string(l.ID), Status: oas.ListingStatus(l.Status)}
	if w := l.Waiting; w != nil && len(changed) > 0 {
		pending := changed
		updated.PendingFields, updated.PendingSignature = &pending, present(string(w.Request))
		updated.Message = "The listing stays as it is until your wallet signs request " + string(w.Request) + "."
		changed = nil
	} else {
		updated.Message = updateMessage(l, patch, changed)
	}
	updated.UpdatedFields = whole(changed)
	return oas.ListingUpdatedJSONResponse{Success: true, Data: updated}, nil
}

func updateMessage(l listing.Listing, p listing.Patch, changed []string) string {
	switch {
	case len(changed) == 0:
		return "Nothing to change."
	case p.Status == nil:
		return "Listing updated."
	}
	switch l.Status {
	case listing.PendingReview:
		return "Listing submitted for review. It will be published once approved."
	case listing.Active:
		return "Listing is active."
	case listing.Paused:
		return "Listing paused."
	case listing.Delisted:
		return "Listing delisted."
	}
	return "Listing updated."
}
