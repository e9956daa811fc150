package api

import (
	"context"
	"errors"
	"time"

	"privd/api/oas"
	"privd/market"
	"privd/market/catalog"
	"privd/market/dataset"
	"privd/market/listing"
	"privd/market/purchase"
)

// DataListings sells datasets of this node's users; listing.Service is one.
type DataListings interface {
	SellDataset(ctx context.Context, received *dataset.Received, in listing.DataInput) (listing.Listing, dataset.Dataset, error)
	RemoveDataset(ctx context.Context, user market.UserID, id market.DatasetID) error
}

// BrowseDataListings implements oas.StrictServerInterface.
func (h *handlers) BrowseDataListings(ctx context.Context, r oas.BrowseDataListingsRequestObject) (oas.BrowseDataListingsResponseObject, error) {
	q := catalog.Query{OnlyData: true, Sort: catalog.Newest, Limit: limitOf(r.Params.Limit), Offset: offsetOf(r.Params.Offset)}
	var err error
	if q.MinPrice, err = eitherPrice("min_price", r.Params.MinPrice, "minPrice", r.Params.MinPriceAlias); err != nil {
		return nil, err
	}
	if q.MaxPrice, err = eitherPrice("max_price", r.Params.MaxPrice, "maxPrice", r.Params.MaxPriceAlias); err != nil {
		return nil, err
	}
	if r.Params.DataType != nil {
		q.DataType = string(*r.Params.DataType)
	}
	entries, total, err := h.Catalog.Browse(ctx, q)
	if err != nil {
		return nil, err
	}
	items := make([]oas.DataListing, len(entries))
	for i, e := range entries {
		items[i] = dataListing(e, true)
	}
	return oas.BrowseDataListings200JSONResponse{Success: true, Data: oas.DataListingPage{
		Listings: items, Pagination: offsetPagination(total, q.Limit, askedOffset(r.Params.Offset)),
	}}, nil
}

func offsetPagination(total, limit, offset int) oas.OffsetPagination {
	return oas.OffsetPagination{Total: total, Limit: limit, Offset: offset, HasMore: total-limit > offset}
}

func dataListing(e catalog.Entry, active bool) oas.DataListing {
	price, wei := priv(e.Price)
	out := oas.DataListing{
		ID: string(e.ID), SellerID: string(e.SellerID), Title: e.Title, Description: e.Description, DataType: oas.DataType(e.DataType),
		PricePriv: price, PricePrivWei: wei, SampleData: oas.SampleData{Preview: true, Fields: whole(e.Columns)}, TotalRecords: e.Records,
		IsActive: active, DatasetID: string(e.Dataset), Tags: whole(e.Tags), FileSizeBytes: e.TotalSize,
		CreatedAt: millis(time.UnixMilli(e.CreatedAt)), UpdatedAt: millis(time.UnixMilli(e.UpdatedAt)),
	}
	if e.PayURL != "" {
		dollars, units := usdc(e.PriceUSDC)
		out.X402 = &oas.DataListingX402{URL: e.PayURL, PriceUsdc: dollars, PriceUsdcWei: units}
	}
	return out
}

// millis writes a time as the data marketplace shows it.
func millis(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// optionalMillis returns nil for the zero time.
func optionalMillis(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := millis(t)
	return &s
}

var errNoDataListing = market.Fail(market.NotFound, "Data listing not found")

// GetDataListing implements oas.StrictServerInterface.
func (h *handlers) GetDataListing(ctx context.Context, r oas.GetDataListingRequestObject) (oas.GetDataListingResponseObject, error) {
	id := market.ListingID(r.ID)
	item, err := h.oneDataListing(ctx, id)
	if errors.Is(err, market.ErrNotFound) {
		return nil, errNoDataListing
	}
	return oas.GetDataListing200JSONResponse{Success: true, Data: item}, err
}

func (h *handlers) oneDataListing(ctx context.Context, id market.ListingID) (oas.DataListing, error) {
	switch e, err := h.Catalog.Get(ctx, id); {
	case err == nil && e.DataType == "":
		return oas.DataListing{}, errNoDataListing
	case err == nil:
		return dataListing(e, true), nil
	case !errors.Is(err, market.ErrNotFound):
		return oas.DataListing{}, err
	}
	l, err := h.ownListing(ctx, user(ctx), id)
	if err != nil {
		return oas.DataListing{}, err
	}
	if l == nil || l.Dataset == "" {
		return oas.DataListing{}, errNoDataListing
	}
	d, err := h.Datasets.Mine(ctx, l.Owner, l.Dataset)
	if err != nil {
		return oas.DataListing{}, err
	}
	return dataListing(catalog.Entry{
		ID: l.ID, SellerID: l.Owner, Title: l.Title, Description: l.Description, DataType: string(l.DataType), Price: l.Price,
		Tags: l.Tags, TotalSize: l.TotalSize, CreatedAt: l.CreatedAt.UnixMilli(), UpdatedAt: l.UpdatedAt.UnixMilli(),
		Dataset: d.ID, Columns: columnNames(d.Columns), Records: d.Records,
	}, false), nil
}

func columnNames(columns []dataset.Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}

// PurchaseData implements oas.StrictServerInterface.
func (h *handlers) PurchaseData(ctx context.Context, r oas.PurchaseDataRequestObject) (oas.PurchaseDataResponseObject, error) {
	entry := purchase.DataEntry
	entry.Force = r.Body.Force != nil && *r.Body.Force
	p, err := h.Purchases.Buy(ctx, user(ctx), market.ListingID(r.Body.ListingID), purchase.DefaultAccessDays, entry)
	if err != nil {
		return nil, err
	}
	outcome, message := outcomeOf(p)
	switch {
	case p.State == purchase.Failed:
		// It never cost anything; an answer that reads like success would be kept and
		// repeated.
		return nil, &market.Error{Code: market.Invalid, Reason: "PURCHASE_FAILED", Message: message}
	case outcome == oas.PurchaseOutcomeCompleted:
		message = "Purchase successful! Use the access token to retrieve data."
	}
	m, err := listing.DecodeManifest(p.Manifest)
	if err != nil {
		return nil, err
	}
	paid, wei := priv(p.Price())
	return oas.PurchaseData200JSONResponse{Success: true, Data: oas.PurchasedData{
		PurchaseID: string(p.ID), ListingID: string(p.Listing), ListingTitle: m.Title, PricePaid: paid, PricePaidWei: wei,
		AccessToken: p.AccessToken, ExpiresAt: optionalMillis(p.ExpiresAt), Status: outcome, NextRetryAt: optionalMillis(p.RetryAt),
		SignatureRequest: present(string(p.Signs())), Message: message,
	}}, nil
}
