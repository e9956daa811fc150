package api

import (
	"context"
	"io"

	"privd/api/oas"
	"privd/market"
	"privd/market/dataset"
)

// Datasets takes and shows datasets; dataset.Service is one.
type Datasets interface {
	Receive(ctx context.Context, user market.UserID, file dataset.File, r io.Reader) (*dataset.Received, error)
	Drop(received *dataset.Received) error
	Mine(ctx context.Context, user market.UserID, id market.DatasetID) (dataset.Dataset, error)
	List(ctx context.Context, user market.UserID, limit, offset int) ([]dataset.Dataset, int, error)
	SetPrice(ctx context.Context, user market.UserID, id market.DatasetID, price *market.Amount) (dataset.Dataset, error)
}

// ListMyDatasets implements oas.StrictServerInterface.
func (h *handlers) ListMyDatasets(ctx context.Context, r oas.ListMyDatasetsRequestObject) (oas.ListMyDatasetsResponseObject, error) {
	limit := limitOf(r.Params.Limit)
	list, total, err := h.Datasets.List(ctx, user(ctx), limit, offsetOf(r.Params.Offset))
	if err != nil {
		return nil, err
	}
	items := make([]oas.MyDataset, len(list))
	for i, d := range list {
		if items[i], err = h.myDataset(ctx, d); err != nil {
			return nil, err
		}
	}
	return oas.ListMyDatasets200JSONResponse{Success: true, Data: oas.MyDatasetPage{
		Datasets: items, Pagination: offsetPagination(total, limit, askedOffset(r.Params.Offset)),
	}}, nil
}

// GetMyDataset implements oas.StrictServerInterface.
func (h *handlers) GetMyDataset(ctx context.Context, r oas.GetMyDatasetRequestObject) (oas.GetMyDatasetResponseObject, error) {
	d, err := h.Datasets.Mine(ctx, user(ctx), market.DatasetID(r.ID))
	if err != nil {
		return nil, err
	}
	item, err := h.myDataset(ctx, d)
	return oas.GetMyDataset200JSONResponse{Success: true, Data: item}, err
}

// PriceMyDataset implements oas.StrictServerInterface.
func (h *handlers) PriceMyDataset(ctx context.Context, r oas.PriceMyDatasetRequestObject) (oas.PriceMyDatasetResponseObject, error) {
	var price *market.Amount
	if asked := r.Body.PriceUsdc; asked != nil {
		units, err := parseUnits("price_usdc", *asked, market.USDCDecimals)
		if err != nil {
			return nil, err
		}
		price = &units
	}
	d, err := h.Datasets.SetPrice(ctx, user(ctx), market.DatasetID(r.ID), price)
	if err != nil {
		return nil, err
	}
	item, err := h.myDataset(ctx, d)
	return oas.PriceMyDataset200JSONResponse{Success: true, Data: item}, err
}

// RemoveMyDataset implements oas.StrictServerInterface.
func (h *handlers) RemoveMyDataset(ctx context.Context, r oas.RemoveMyDatasetRequestObject) (oas.RemoveMyDatasetResponseObject, error) {
	if err := h.DataListings.RemoveDataset(ctx, user(ctx), market.DatasetID(r.ID)); err != nil {
		return nil, err
	}
	return oas.RemoveMyDataset200JSONResponse{Success: true, Data: oas.RemovedDataset{DatasetID: r.ID, Removed: true}}, nil
}

// myDataset shows a dataset to its owner.
func (h *handlers) myDataset(ctx context.Context, d dataset.Dataset) (oas.MyDataset, error) {
	l, err := h.Listings.Mine(ctx, d.User, d.Listing)
	if err != nil {
		return oas.MyDataset{}, err
	}
	price, wei := priv(l.Price)
	out := oas.MyDataset{
		ID: string(d.ID), ListingID: string(d.Listing), Status: oas.ListingStatus(l.Status), Reason: present(l.Reason),
		Name: d.Name, Description: d.Description, Provider: d.Provider, DataType: oas.DataType(d.DataType), Tags: whole(d.Tags),
		Format: string(d.Format), Schema: datasetSchema(d), TotalRecords: d.Records, FileSizeBytes: d.Object.Size,
		FileHash: d.FileHash.Hex(), StoragePath: "ipfs/" + d.Object.Root.String(), PricePriv: price, PricePrivWei: wei,
		Preview: d.Preview, CreatedAt: millis(d.CreatedAt), UpdatedAt: millis(d.UpdatedAt),
	}
	if !d.PriceUSDC.IsZero() {
		price, units := usdc(d.PriceUSDC)
		out.PriceUsdc, out.PriceUsdcWei = &price, &units
	}
	return out, nil
}

func datasetSchema(d dataset.Dataset) oas.DatasetSchema {
	columns := make([]oas.DatasetColumn, len(d.Columns))
	for i, c := range d.Columns {
		columns[i] = oas.DatasetColumn{Name: c.Name, Type: c.Type, Format: present(c.Format)}
	}
	out := oas.DatasetSchema{Type: d.MIME, Columns: columns, Delimiter: present(d.Dialect.Delimiter)}
	if out.Delimiter != nil {
		out.Header = &d.Dialect.Header
	}
	return out
}
