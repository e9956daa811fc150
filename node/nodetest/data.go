package nodetest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"testing"
)

// Dataset is a table for sale.
type Dataset struct {
	ID, Filename, Title, DataType string
	Price                         string // PRIV
	Content                       io.Reader
	// More are further fields of the form.
	More map[string]string
}

// ListedDataset is the answer to a new data listing.
type ListedDataset struct {
	Listing string `json:"listing_id"`
	ID      string `json:"dataset_id"`
	Status  string `json:"status"`
	Records int64  `json:"total_records"`
	Schema  struct {
		Type    string
		Columns []struct{ Name, Type, Format string }
	}
}

// SellDataset lists a table; the status is in code. The content is streamed.
func (c *Client) SellDataset(t testing.TB, d Dataset) (made ListedDataset, code int) {
	t.Helper()
	out, in := io.Pipe()
	defer out.Close()
	w := multipart.NewWriter(in)
	go func() { in.CloseWithError(d.write(w)) }()
	code, e := c.send(t, http.MethodPost, "/data/listings", w.FormDataContentType(), out)
	if code != http.StatusOK {
		t.Logf("sell dataset %s: %d %s", d.ID, code, e.Error.Message)
		return made, code
	}
	must(t, json.Unmarshal(e.Data, &made))
	return made, code
}

// Table sells a small CSV file at a price in PRIV and waits until it is listed.
func (c *Client) Table(t testing.TB, id, price, csv string) ListedDataset {
	t.Helper()
	made, code := c.SellDataset(t, Dataset{
		ID: id, Filename: "table.csv", Title: "About " + id, DataType: "defi", Price: price, Content: bytes.NewReader([]byte(csv)),
	})
	if code != http.StatusOK {
		t.Fatalf("sell dataset %s: %d", id, code)
	}
	c.WaitListed(t, made.Listing)
	return made
}

func (d Dataset) write(w *multipart.Writer) error {
	fields := map[string]string{"title": d.Title, "description": "About it", "data_type": d.DataType, "price_priv": d.Price}
	if d.ID != "" {
		fields["dataset_id"] = d.ID
	}
	for name, value := range d.More {
		fields[name] = value
	}
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			return err
		}
	}
	part, err := w.CreateFormFile("file", d.Filename)
	if err != nil {
		return err
	}
	if _, err := io.Copy(part, d.Content); err != nil {
		return err
	}
	return w.Close()
}

// BoughtData is the answer to a purchase of data.
type BoughtData struct {
	ID      string      `json:"purchase_id"`
	Listing string      `json:"listing_id"`
	Title   string      `json:"listing_title"`
	Token   string      `json:"access_token"`
	Paid    json.Number `json:"price_paid"`
	Expires string      `json:"expires_at"`
	Status  string      `json:"status"`
	Message string      `json:"message"`
}

// BuyData buys a data listing; the status is in code.
func (c *Client) BuyData(t testing.TB, listing string) (b BoughtData, code int) {
	t.Helper()
	code = c.Post(t, "/data/purchase", map[string]string{"listing_id": listing}, &b)
	return b, code
}

// RemoveDataset removes a dataset and returns the status.
func (c *Client) RemoveDataset(t testing.TB, id string) int {
	t.Helper()
	return c.decode(t, http.MethodDelete, "/data/datasets/"+id, nil, nil)
}
