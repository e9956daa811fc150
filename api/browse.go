package api

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"privd/api/oas"
	"privd/market"
	"privd/market/catalog"
	"privd/market/listing"
)

// BrowseListings implements oas.StrictServerInterface.
func (h *handlers) BrowseListings(ctx context.Context, r oas.BrowseListingsRequestObject) (oas.BrowseListingsResponseObject, error) {
	q, err := queryOf(r.Params)
	if err != nil {
		return nil, err
	}
	var page int64
	q.Limit = limitOf(r.Params.Limit)
	page, q.Offset = pageOf(r.Params.Page, q.Limit)
	hits, total, err := h.Catalog.Find(ctx, q)
	if err != nil {
		return nil, err
	}
	return listingPage{hits: hits, shown: h.shown, total: total, page: page, limit: q.Limit}, nil
}

func queryOf(p oas.BrowseListingsParams) (q catalog.Query, err error) {
	if q.MinPrice, err = eitherPrice("minPrice", p.MinPrice, "min_price", p.MinPriceAlias); err != nil {
		return q, err
	}
	if q.MaxPrice, err = eitherPrice("maxPrice", p.MaxPrice, "max_price", p.MaxPriceAlias); err != nil {
		return q, err
	}
	sort := ""
	if p.Sort != nil {
		sort = string(*p.Sort)
	}
	if q.Sort, err = catalog.ParseSort(sort); err != nil {
		return q, err
	}
	if p.Category != nil {
		q.Category = listing.Category(*p.Category)
	}
	q.Data = p.Include != nil && *p.Include == "data"
	return q, nil
}

// eitherPrice reads a bound that has two spellings.
func eitherPrice(name string, value *json.Number, alias string, aliased *json.Number) (*market.Amount, error) {
	a, err := optionalPRIV(name, value)
	if err != nil {
		return nil, err
	}
	b, err := optionalPRIV(alias, aliased)
	switch {
	case err != nil:
		return nil, err
	case a != nil && b != nil && *a != *b:
		return nil, market.BadField(name, name+" and "+alias+" are the same parameter and differ")
	case a == nil:
		return b, nil
	}
	return a, nil
}

func listingOf(e catalog.Entry) oas.Listing {
	price, wei := priv(e.Price)
	samples := make([]oas.PreviewSample, len(e.Samples))
	for i, s := range e.Samples {
		samples[i] = sampleOf(s.Kind, s.Contribution)
	}
	return oas.Listing{
		ID: string(e.ID), Title: e.Title, Description: e.Description, Category: oas.Category(e.Category), DataType: present(e.DataType),
		Tags: whole(e.Tags), PricePriv: price, PricePrivWei: wei, Status: oas.ListingStatusActive,
		ContributionCount: e.Files, TotalFileSizeBytes: e.TotalSize, PreviewSamples: samples,
		Seller: oas.Seller{
			ID: string(e.SellerID), DisplayName: e.SellerName, Rating: mean(e.SellerRatingSum, e.SellerRatingCount),
			TotalSales: int(e.SellerSales), MemberSince: milliseconds(e.MemberSince), Verified: e.SellerVerified,
		},
		TotalSales: int(e.Sales), AverageRating: mean(e.RatingSum, e.RatingCount), CreatedAt: milliseconds(e.CreatedAt), UpdatedAt: milliseconds(e.UpdatedAt),
	}
}

func sampleOf(kind, contribution string) oas.PreviewSample {
	return oas.PreviewSample{ContributionType: kind, PreviewURL: previewURL(contribution), MetadataPreview: json.RawMessage("{}")}
}

func previewURL(contribution string) string {
	return prefixes[0] + "/contributions/" + contribution + "/preview"
}

// milliseconds reads a time as manifests hold it.
func milliseconds(unix int64) time.Time { return seconds(time.UnixMilli(unix)) }

// GetListing implements oas.StrictServerInterface. What is on sale is shown as
// the order on sale has it; what is not, to its owner alone.
func (h *handlers) GetListing(ctx context.Context, r oas.GetListingRequestObject) (oas.GetListingResponseObject, error) {
	id, me := market.ListingID(r.ID), user(ctx)
	own, err := h.ownListing(ctx, me, id)
	if err != nil {
		return nil, err
	}
	answer := oas.ListingAnswer{IsOwner: own != nil}
	switch e, err := h.Catalog.Get(ctx, id); {
	case err == nil:
		offer, err := h.Catalog.Offer(ctx, id)
		if err != nil {
			return nil, err
		}
		if answer.Listing, err = offerDetails(e, offer); err != nil {
			return nil, err
		}
		if answer.SellerRecord, err = h.sellerRecord(ctx, e.Seller); err != nil {
			return nil, err
		}
		if own != nil {
			answer.Listing.PendingSignature = present(pendingSignature(*own))
		}
	case !errors.Is(err, market.ErrNotFound) || own == nil:
		return nil, err
	default:
		if answer.Listing, err = h.ownDetails(ctx, *own); err != nil {
			return nil, err
		}
	}
	if me != "" && own == nil {
		if answer.AlreadyPurchased, err = h.Purchases.Bought(ctx, me, id); err != nil {
			return nil, err
		}
	}
	return oas.GetListing200JSONResponse{Success: true, Data: answer}, nil
}

func (h *handlers) ownListing(ctx context.Context, me market.UserID, id market.ListingID) (*listing.Listing, error) {
	if me == "" {
		return nil, nil
	}
	l, err := h.Listings.Mine(ctx, me, id)
	if errors.Is(err, market.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &l, nil
}

func offerDetails(e catalog.Entry, o listing.Offer) (oas.ListingDetails, error) {
	m, err := o.Decode()
	if err != nil {
		return oas.ListingDetails{}, err
	}
	d := detailsOf(listingOf(e))
	for _, f := range m.Entries {
		addFile(&d, f.Kind, f.AI, f.Research, f.Commercial)
		if f.Preview != nil {
			d.SampleCids = append(d.SampleCids, f.Preview.String())
		}
	}
	return d, nil
}

func detailsOf(l oas.Listing) oas.ListingDetails {
	return oas.ListingDetails{
		ID: l.ID, Title: l.Title, Description: l.Description, Category: l.Category, DataType: l.DataType, Tags: l.Tags,
		PricePriv: l.PricePriv, PricePrivWei: l.PricePrivWei, Status: l.Status, ContributionCount: l.ContributionCount,
		TotalFileSizeBytes: l.TotalFileSizeBytes, PreviewSamples: l.PreviewSamples, Seller: l.Seller, TotalSales: l.TotalSales,
		AverageRating: l.AverageRating, CreatedAt: l.CreatedAt, UpdatedAt: l.UpdatedAt,
		SampleCids: []string{}, ContributionTypesBreakdown: map[string]int{},
		ConsentInfo: oas.ConsentInfo{AiTraining: true, Research: true, Commercial: true},
	}
}

// addFile counts one file in; a listing has the consents that all its files have.
func addFile(d *oas.ListingDetails, kind string, ai, research, commercial bool) {
	d.ContributionTypesBreakdown[kind]++
	c := &d.ConsentInfo
	c.AiTraining, c.Research, c.Commercial = c.AiTraining && ai, c.Research && research, c.Commercial && commercial
}
