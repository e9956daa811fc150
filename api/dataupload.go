package api

import (
	"context"
	"encoding/json"
	"errors"
	"mime/multipart"
	"strconv"
	"strings"

	"privd/api/oas"
	"privd/market"
	"privd/market/dataset"
	"privd/market/listing"
)

// CreateDataListing implements oas.StrictServerInterface. The file goes to the vault
// as it arrives; it is listed once every field is in.
func (h *handlers) CreateDataListing(ctx context.Context, r oas.CreateDataListingRequestObject) (oas.CreateDataListingResponseObject, error) {
	u := dataUpload{h: h, user: user(ctx)}
	u.form = uploadForm{file: u.file, field: u.field, known: []string{
		"title", "description", "data_type", "price_priv", "tags", "dataset_id", "provider", "price_usdc", "preview_rows",
	}}
	l, d, err := u.take(ctx, r.Body)
	if err != nil {
		if !u.form.ended {
			// The rest of the body is not wanted.
			hangUp(callOf(ctx).answer)
		}
		return nil, err
	}
	return oas.CreateDataListing200JSONResponse{Success: true, Data: oas.CreatedDataListing{
		ListingID: string(l.ID), DatasetID: string(d.ID), Status: oas.ListingStatus(l.Status), TotalRecords: d.Records,
		Schema: datasetSchema(d),
	}}, nil
}

// dataUpload is a dataset as its form comes in.
type dataUpload struct {
	h        *handlers
	user     market.UserID
	form     uploadForm
	tags     []string
	received *dataset.Received
}

func (u *dataUpload) take(ctx context.Context, body *multipart.Reader) (listing.Listing, dataset.Dataset, error) {
	err := u.form.read(ctx, body)
	var in listing.DataInput
	if err == nil {
		in, err = u.input()
	}
	if err != nil {
		return listing.Listing{}, dataset.Dataset{}, errors.Join(err, u.drop())
	}
	// From here on what is refused is dropped by SellDataset.
	return u.h.DataListings.SellDataset(ctx, u.received, in)
}

func (u *dataUpload) drop() error {
	if u.received == nil {
		return nil
	}
	return u.h.Datasets.Drop(u.received)
}

func (u *dataUpload) file(ctx context.Context, part *multipart.Part) (err error) {
	if u.received != nil {
		return market.BadField("file", "file was sent more than once")
	}
	// What came before the file may refuse it before it is read.
	if err := u.soFar(); err != nil {
		return err
	}
	u.received, err = u.h.Datasets.Receive(ctx, u.user, dataset.File{
		Filename: part.FileName(), DeclaredType: part.Header.Get("Content-Type"),
	}, uploadReader{part})
	return err
}

func (u *dataUpload) field(name, value string) error {
	if name == "tags" {
		tags, err := tagsOf(value)
		u.tags = append(u.tags, tags...)
		return err
	}
	return u.form.once(name, value)
}

// tagsOf reads one part of tags: a JSON array, or a list with commas.
func tagsOf(value string) (tags []string, err error) {
	if strings.HasPrefix(strings.TrimSpace(value), "[") {
		if json.Unmarshal([]byte(value), &tags) != nil {
			return nil, market.BadField("tags", "tags must be a list with commas, or a JSON array of strings")
		}
		return tags, nil
	}
	for tag := range strings.SplitSeq(value, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags, nil
}

// input checks that everything came.
func (u *dataUpload) input() (in listing.DataInput, err error) {
	if u.received == nil {
		return in, market.BadField("file", "file is required")
	}
	for _, name := range []string{"title", "data_type", "price_priv"} {
		if _, ok := u.form.fields[name]; !ok {
			return in, market.BadField(name, name+" is required")
		}
	}
	return u.parse()
}

// soFar checks the terms among the fields that came.
func (u *dataUpload) soFar() error {
	in, err := u.parse()
	if err != nil {
		return err
	}
	if _, came := u.form.fields["data_type"]; !came {
		in.Terms.DataType = dataset.Browsing
	}
	return in.Terms.Check()
}

// parse reads the fields that came.
func (u *dataUpload) parse() (in listing.DataInput, err error) {
	in = listing.DataInput{Title: u.form.fields["title"], Description: u.form.fields["description"], Tags: u.tags, Terms: dataset.Terms{
		ID: market.DatasetID(strings.TrimSpace(u.form.fields["dataset_id"])), Provider: u.form.fields["provider"],
		DataType: dataset.DataType(strings.TrimSpace(u.form.fields["data_type"])),
	}}
	if _, came := u.form.fields["price_priv"]; came {
		if in.Price, err = parsePRIV("price_priv", u.sum("price_priv")); err != nil {
			return in, err
		}
	}
	if u.sum("price_usdc") != "" {
		usdc, err := parseUnits("price_usdc", u.sum("price_usdc"), market.USDCDecimals)
		if err != nil {
			return in, err
		}
		in.Terms.PriceUSDC = &usdc
	}
	if rows := u.number("preview_rows"); rows != "" {
		n, err := strconv.Atoi(string(rows))
		if err != nil {
			return in, market.BadField("preview_rows", "preview_rows must be an integer from 0 to 10")
		}
		in.Terms.PreviewRows = &n
	}
	return in, nil
}

// sum returns a field that is money as it was written: nothing of it is forgiven.
func (u *dataUpload) sum(name string) json.Number { return json.Number(u.form.fields[name]) }

func (u *dataUpload) number(name string) json.Number {
	return json.Number(strings.TrimSpace(u.form.fields[name]))
}
