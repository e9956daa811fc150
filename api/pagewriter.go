package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"

	"privd/market/catalog"
)

// listingPage is a page of the catalog on its way out. Browsing is the one call
// that others wait for at every keystroke, so its answer is appended field by
// field; a test holds it to the generated type.
type listingPage struct {
	entries []catalog.Entry
	total   int
	page    int64
	limit   int
}

// pageBuffers hold a page of listings.
var pageBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}

// VisitBrowseListingsResponse implements oas.BrowseListingsResponseObject.
func (p listingPage) VisitBrowseListingsResponse(w http.ResponseWriter) error {
	buffer := pageBuffers.Get().(*[]byte)
	defer pageBuffers.Put(buffer)
	*buffer = p.append((*buffer)[:0])
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(*buffer)))
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(*buffer)
	return err
}

func (p listingPage) append(b []byte) []byte {
	b = append(b, `{"success":true,"data":{"listings":[`...)
	for i := range p.entries {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendListing(b, &p.entries[i])
	}
	shown := pagination(p.total, p.page, p.limit)
	b = appendInt(append(b, `],"pagination":{`...), `"total":`, int64(shown.Total))
	b = appendInt(b, `,"page":`, shown.Page)
	b = appendInt(b, `,"limit":`, int64(shown.Limit))
	b = appendInt(b, `,"total_pages":`, int64(shown.TotalPages))
	return append(b, "}}}\n"...)
}

func appendListing(b []byte, e *catalog.Entry) []byte {
	price, wei := priv(e.Price)
	b = appendText(b, `{"id":`, string(e.ID))
	b = appendText(b, `,"title":`, e.Title)
	b = appendText(b, `,"description":`, e.Description)
	b = appendText(b, `,"category":`, string(e.Category))
	if e.DataType != "" {
		b = appendText(b, `,"data_type":`, e.DataType)
	}
	b = append(b, `,"tags":[`...)
	for i, tag := range e.Tags {
		b = appendText(b, comma(i), tag)
	}
	b = append(append(b, `],"price_priv":`...), price...)
	b = append(append(append(b, `,"price_priv_wei":"`...), wei...), `","status":"active"`...)
	b = appendInt(b, `,"contribution_count":`, int64(e.Files))
	b = appendInt(b, `,"total_file_size_bytes":`, e.TotalSize)
	b = append(b, `,"preview_samples":[`...)
	for i, s := range e.Samples {
		b = appendText(append(b, comma(i)...), `{"contribution_type":`, s.Kind)
		b = appendText(b, `,"preview_url":`, previewURL(s.Contribution))
		b = append(b, `,"metadata_preview":{}}`...)
	}
	b = appendText(b, `],"seller":{"id":`, string(e.SellerID))
	b = appendText(b, `,"display_name":`, e.SellerName)
	b = append(append(b, `,"rating":`...), mean(e.SellerRatingSum, e.SellerRatingCount)...)
	b = appendInt(b, `,"total_sales":`, e.SellerSales)
	b = appendTime(b, `,"member_since":`, e.MemberSince)
	b = strconv.AppendBool(append(b, `,"verified":`...), e.SellerVerified)
	b = appendInt(b, `},"total_sales":`, e.Sales)
	b = append(append(b, `,"average_rating":`...), mean(e.RatingSum, e.RatingCount)...)
	b = appendTime(b, `,"created_at":`, e.CreatedAt)
	b = appendTime(b, `,"updated_at":`, e.UpdatedAt)
	return append(b, '}')
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

func appendInt(b []byte, name string, n int64) []byte {
	return strconv.AppendInt(append(b, name...), n, 10)
}

func appendTime(b []byte, name string, unixMillis int64) []byte {
	b = append(append(b, name...), '"')
	return append(milliseconds(unixMillis).AppendFormat(b, time.RFC3339), '"')
}

// appendText writes a string; what needs care is left to encoding/json.
func appendText(b []byte, name, text string) []byte {
	b = append(b, name...)
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, err := json.Marshal(text)
			if err != nil {
				panic("api: a string always encodes: " + err.Error())
			}
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}
