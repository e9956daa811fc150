package api

import (
	"encoding/binary"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"privd/market"
	"privd/market/catalog"
)

// listingPage is a page of the catalog on its way out. Browsing is the one call
// that others wait for at every keystroke, so its answer is appended field by
// field; a test holds it to the generated type.
type listingPage struct {
	hits  []catalog.Hit
	shown shown
	total int
	page  int64
	limit int
}

// pageBuffers hold a page of listings.
var pageBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}

// VisitBrowseListingsResponse implements oas.BrowseListingsResponseObject.
func (p listingPage) VisitBrowseListingsResponse(w http.ResponseWriter) error {
	buffer := pageBuffers.Get().(*[]byte)
	defer pageBuffers.Put(buffer)
	var err error
	if *buffer, err = p.append((*buffer)[:0]); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(*buffer)))
	w.WriteHeader(http.StatusOK)
	_, err = w.Write(*buffer)
	return err
}

func (p listingPage) append(b []byte) (_ []byte, err error) {
	b = append(b, `{"success":true,"data":{"listings":[`...)
	for i := range p.hits {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = p.shown.append(b, &p.hits[i]); err != nil {
			return b, err
		}
	}
	shown := pagination(p.total, p.page, p.limit)
	b = appendInt(append(b, `],"pagination":{`...), `"total":`, int64(shown.Total))
	b = appendInt(b, `,"page":`, shown.Page)
	b = appendInt(b, `,"limit":`, int64(shown.Limit))
	b = appendInt(b, `,"total_pages":`, int64(shown.TotalPages))
	return append(b, "}}}\n"...), nil
}

func appendListing(b []byte, e *catalog.Entry) []byte {
	wei := e.Price.String()
	b = appendText(b, `{"id":`, string(e.ID), e.Plain)
	b = appendText(b, `,"title":`, e.Title, e.Plain)
	b = appendText(b, `,"description":`, e.Description, e.Plain)
	b = appendText(b, `,"category":`, string(e.Category), e.Plain)
	if e.DataType != "" {
		b = appendText(b, `,"data_type":`, e.DataType, e.Plain)
	}
	b = append(b, `,"tags":[`...)
	for i, tag := range e.Tags {
		b = appendText(b, comma(i), tag, e.Plain)
	}
	b = appendPRIV(append(b, `],"price_priv":`...), wei)
	b = append(append(append(b, `,"price_priv_wei":"`...), wei...), `","status":"active"`...)
	b = appendInt(b, `,"contribution_count":`, int64(e.Files))
	b = appendInt(b, `,"total_file_size_bytes":`, e.TotalSize)
	b = append(b, `,"preview_samples":[`...)
	for i, s := range e.Samples {
		b = appendText(append(b, comma(i)...), `{"contribution_type":`, s.Kind, e.Plain)
		b = appendPreview(append(b, `,"preview_url":`...), s.Contribution, e.Plain)
		b = append(b, `,"metadata_preview":{}}`...)
	}
	b = appendText(b, `],"seller":{"id":`, string(e.SellerID), e.Plain)
	b = appendText(b, `,"display_name":`, e.SellerName, e.Plain)
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

// appendPreview is appendText of a previewURL.
func appendPreview(b []byte, contribution string, known bool) []byte {
	if !known && !plain(contribution) {
		return appendText(b, "", previewURL(contribution), false)
	}
	b = append(append(append(b, '"'), prefixes[0]...), "/contributions/"...)
	return append(append(b, contribution...), `/preview"`...)
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
	t := milliseconds(unixMillis)
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	b = append(appendTwo(appendTwo(b, year/100), year%100), '-')
	b = append(appendTwo(b, int(month)), '-')
	b = append(appendTwo(b, day), 'T')
	b = append(appendTwo(b, hour), ':')
	b = append(appendTwo(b, minute), ':')
	return append(appendTwo(b, second), `Z"`...)
}

// appendTwo writes a number below a hundred as two digits.
func appendTwo(b []byte, n int) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }

// appendPRIV writes wei, in decimal digits, as whole PRIV: the shortest exact
// number.
func appendPRIV(b []byte, wei string) []byte {
	point := len(wei) - market.PRIVDecimals
	if point <= 0 {
		b = append(b, '0')
	} else {
		b = append(b, wei[:point]...)
	}
	fraction := strings.TrimRight(wei[max(point, 0):], "0")
	if fraction == "" {
		return b
	}
	b = append(b, '.')
	for range -point {
		b = append(b, '0')
	}
	return append(b, fraction...)
}

// appendText writes a string, perhaps known to be plain; what needs care is left to
// encoding/json.
func appendText(b []byte, name, text string, known bool) []byte {
	b = append(b, name...)
	if known || plain(text) {
		return append(append(append(b, '"'), text...), '"')
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		panic("api: a string always encodes: " + err.Error())
	}
	return append(b, quoted...)
}

// plain reports whether JSON has a text as it is. It looks at eight bytes at a time,
// since the texts of listings are most of a page.
func plain(text string) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	// has tells whether a byte of x is zero; it may see more after the first.
	has := func(x uint64) uint64 { return (x - ones) & ^x & tops }
	rest := []byte(text)
	for ; len(rest) >= 8; rest = rest[8:] {
		x := binary.LittleEndian.Uint64(rest)
		if bad := x&tops | (x-ones*' ')&^x&tops | has(x^ones*'"') | has(x^ones*'\\') | has(x^ones*'<') | has(x^ones*'>') | has(x^ones*'&'); bad != 0 {
			return false
		}
	}
	for _, c := range rest {
		if c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}
