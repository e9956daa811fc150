package api

import (
	"context"
	"errors"

	"privd/api/oas"
	"privd/market"
	"privd/market/catalog"
	"privd/market/listing"
)

// maxOwnSamples is how many files of a listing its owner sees as samples, as many
// as the catalog shows to others.
const maxOwnSamples = 3

// ownDetails shows a listing that is not on sale to its owner.
func (h *handlers) ownDetails(ctx context.Context, l listing.Listing) (oas.ListingDetails, error) {
	owner, err := h.Accounts.User(ctx, l.Owner)
	if err != nil {
		return oas.ListingDetails{}, err
	}
	stands, err := h.Catalog.Standing(ctx, l.ID, l.Wallet)
	if err != nil {
		return oas.ListingDetails{}, err
	}
	entry := catalog.Entry{
		ID: l.ID, Title: l.Title, Description: l.Description, Category: l.Category, Tags: l.Tags, Price: l.Price,
		Files: l.Files, TotalSize: l.TotalSize, SellerID: l.Owner, SellerName: owner.DisplayName, MemberSince: owner.CreatedAt.UnixMilli(),
		CreatedAt: l.CreatedAt.UnixMilli(), UpdatedAt: l.UpdatedAt.UnixMilli(),
	}
	entry.Stand(stands)
	entry.DataType = string(l.DataType)
	d := detailsOf(listingOf(entry))
	d.Status, d.Reason, d.PendingSignature = oas.ListingStatus(l.Status), present(l.Reason), present(pendingSignature(l))
	d.HeldAt = optional(l.HeldAt)
	if l.Dataset != "" {
		addFile(&d, listing.KindDataset, true, true, true)
	}
	for _, id := range l.Contributions {
		c, err := h.Contributions.Get(ctx, l.Owner, id)
		if errors.Is(err, market.ErrNotFound) {
			continue // erased since
		}
		if err != nil {
			return d, err
		}
		addFile(&d, string(c.Kind), c.Consent.AI, c.Consent.Research, c.Consent.Commercial)
		if c.Preview != nil {
			d.SampleCids = append(d.SampleCids, c.Preview.String())
		}
		if len(d.PreviewSamples) < maxOwnSamples {
			d.PreviewSamples = append(d.PreviewSamples, sampleOf(string(c.Kind), string(id)))
		}
	}
	return d, nil
}

// pendingSignature names what the owner's external wallet has to sign, the next
// version first; empty when there is nothing.
func pendingSignature(l listing.Listing) string {
	switch {
	case l.Waiting != nil:
		return string(l.Waiting.Request)
	case l.Renewal != nil:
		return string(l.Renewal.Request)
	}
	return ""
}
