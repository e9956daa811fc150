package call

import (
	"context"
	"io"
	"strconv"

	"privd/api/oas"
)

// Dataset is a table to sell. What is empty is left out.
type Dataset struct {
	Name    string    // of the file; only its extension is looked at
	Content io.Reader // read to its end
	Size    int64     // of Content in bytes

	ID, Title, Description, Provider, DataType string
	Tags                                       string // with commas
	PricePRIV, PriceUSDC                       string // exact decimals of whole tokens
	PreviewRows                                int    // below 0 leaves it to the node
}

// SellDataset sends a table and lists it. It may take as long as the file needs.
func (n Node) SellDataset(ctx context.Context, d Dataset) (out oas.CreatedDataListing, err error) {
	var fields [][2]string
	for _, field := range [][2]string{
		{"title", d.Title}, {"description", d.Description}, {"data_type", d.DataType}, {"price_priv", d.PricePRIV}, {"tags", d.Tags},
		{"dataset_id", d.ID}, {"provider", d.Provider}, {"price_usdc", d.PriceUSDC},
	} {
		if field[1] != "" {
			fields = append(fields, field)
		}
	}
	if d.PreviewRows >= 0 {
		fields = append(fields, [2]string{"preview_rows", strconv.Itoa(d.PreviewRows)})
	}
	return out, n.sendFile(ctx, "/data/listings", file{name: d.Name, content: d.Content, size: d.Size}, fields, &out)
}
