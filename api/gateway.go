package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"privd/api/oas"
	"privd/market"
	"privd/market/content"
	"privd/market/listing"
	"privd/market/x402"
)

// urlLife is how long a URL of bought content works, unless the access ends
// before.
const urlLife = time.Hour

// gateway makes and checks the URLs that open bought content without another
// credential.
type gateway struct {
	key  []byte
	base string // empty: as the client addressed the node
}

// sign returns the URL of one file of a purchase.
func (g gateway) sign(host string, id market.PurchaseID, entry int, now, accessEnds time.Time) string {
	expires := now.Add(urlLife)
	if accessEnds.Before(expires) {
		expires = accessEnds
	}
	base := strings.TrimSuffix(g.base, "/")
	if base == "" {
		base = "http://" + host
	}
	unix := expires.Unix()
	query := url.Values{
		"expires":   {strconv.FormatInt(unix, 10)},
		"signature": {base64.RawURLEncoding.EncodeToString(g.mac(id, entry, unix))},
	}
	return base + prefixes[0] + "/gateway/" + url.PathEscape(string(id)) + "/" + strconv.Itoa(entry) + "?" + query.Encode()
}

// check refuses what was not signed here, or is over.
func (g gateway) check(id market.PurchaseID, entry int, expires int64, signature string, now time.Time) error {
	mac, err := base64.RawURLEncoding.Strict().DecodeString(signature)
	if err != nil || !hmac.Equal(mac, g.mac(id, entry, expires)) {
		return &market.Error{Code: market.Denied, Reason: "INVALID_SIGNATURE", Message: "this URL was altered or not made by this node"}
	}
	if now.Unix() >= expires {
		return &market.Error{Code: market.Expired, Reason: "URL_EXPIRED", Message: "this URL has expired; call download again"}
	}
	return nil
}

func (g gateway) mac(id market.PurchaseID, entry int, expires int64) []byte {
	h := hmac.New(sha256.New, g.key)
	// Fixed-size fields come first, so that no two URLs have the same text.
	h.Write([]byte("privd/gateway/1"))
	var numbers [16]byte
	binary.BigEndian.PutUint64(numbers[:8], uint64(entry))
	binary.BigEndian.PutUint64(numbers[8:], uint64(expires))
	h.Write(numbers[:])
	h.Write([]byte(id))
	return h.Sum(nil)
}

// FetchContent implements oas.StrictServerInterface.
func (h *handlers) FetchContent(ctx context.Context, r oas.FetchContentRequestObject) (oas.FetchContentResponseObject, error) {
	id := market.PurchaseID(r.ID)
	if err := h.urls.check(id, r.Entry, r.Params.Expires, r.Params.Signature, h.Clock()); err != nil {
		return nil, err
	}
	reader, entry, err := h.Purchases.Open(ctx, id, r.Entry)
	if err != nil {
		return nil, err
	}
	return goods{reader: reader, entry: entry, request: callOf(ctx).request, stall: h.stall}, nil
}

// goods streams a bought file.
type goods struct {
	reader  content.Reader
	entry   listing.Entry
	request *http.Request
	stall   time.Duration
}

// VisitFetchContentResponse implements oas.FetchContentResponseObject.
func (g goods) VisitFetchContentResponse(w http.ResponseWriter) error {
	defer g.reader.Close()
	header := w.Header()
	header.Set("Content-Type", contentType(g.entry.MIME))
	header.Set("Content-Disposition", disposition(g.entry.Filename))
	header.Set("ETag", `"`+hex.EncodeToString(g.entry.SHA256)+`"`)
	// The bytes come from a stranger: nothing in them may run in this origin.
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	header.Set("Cache-Control", "private, no-store")
	read := &reading{ReadSeeker: g.reader}
	request := plainRange(g.request)
	http.ServeContent(&transfer{ResponseWriter: w, stall: g.stall, outside: oas.Failure{Error: oas.FailureDetails{
		Code: codeRange, Message: outsideRange, RequestID: &callOf(request.Context()).id,
	}}}, request, "", time.Time{}, read)
	// Damage shows only once bytes have left; the answer is cut short, and the log
	// says why.
	_, err := read.end()
	return err
}

// plainRange drops a Range header that is no range of bytes: that is ignored, as RFC
// 9110 has it, and not refused.
func plainRange(r *http.Request) *http.Request {
	if asked := r.Header.Get("Range"); asked == "" || rangeForm.MatchString(asked) {
		return r
	}
	r = r.Clone(r.Context())
	r.Header.Del("Range")
	return r
}

// rangeForm is the Range header that is served; a suffix of nothing is none.
var rangeForm = regexp.MustCompile(`^bytes=\s*(\d{1,18}-(\d{1,18})?|-0*[1-9]\d{0,17})(\s*,\s*(\d{1,18}-(\d{1,18})?|-0*[1-9]\d{0,17}))*\s*$`)

// contentType is the declared type where it is one, and plain bytes otherwise.
func contentType(declared string) string {
	if kind, params, err := mime.ParseMediaType(declared); err == nil && strings.Contains(kind, "/") {
		if out := mime.FormatMediaType(kind, params); out != "" {
			return out
		}
	}
	return "application/octet-stream"
}

// disposition names the file to be saved, without any path.
func disposition(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar || strings.ContainsRune(`/:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	if strings.Trim(name, ". ") == "" {
		name = "file"
	}
	if out := mime.FormatMediaType("attachment", map[string]string{"filename": name}); out != "" {
		return out
	}
	return "attachment"
}

// reading notes which parts of a file were read, and keeps the error of a read, which
// ServeContent drops. For several ranges ServeContent reads in a goroutine that may
// outlive it: after end there is nothing to read.
type reading struct {
	io.ReadSeeker

	mu    sync.Mutex
	at    int64
	spans []x402.Span
	err   error
	ended bool
}

// Seek implements io.Seeker.
func (r *reading) Seek(offset int64, whence int) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return 0, fs.ErrClosed
	}
	at, err := r.ReadSeeker.Seek(offset, whence)
	r.at = at
	return at, err
}

// Read implements io.Reader.
func (r *reading) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return 0, fs.ErrClosed
	}
	n, err := r.ReadSeeker.Read(b)
	if n > 0 {
		if last := len(r.spans) - 1; last >= 0 && r.spans[last].To == r.at {
			r.spans[last].To += int64(n)
		} else {
			r.spans = append(r.spans, x402.Span{From: r.at, To: r.at + int64(n)})
		}
		r.at += int64(n)
	}
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// end returns the parts that were read, in order of reading, and the error that ended
// that.
func (r *reading) end() ([]x402.Span, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	return r.spans, r.err
}

// What is said of a range outside of the file.
const (
	codeRange    = "RANGE_NOT_SATISFIABLE"
	outsideRange = "the range is outside of the file"
)

// transfer writes a long answer: it may take as long as it needs while the client
// keeps reading.
type transfer struct {
	http.ResponseWriter
	stall   time.Duration
	outside any // answered for a range outside of the file
	refused bool
}

// WriteHeader implements http.ResponseWriter. It answers for a range outside of
// the file, which net/http refuses in plain text.
func (t *transfer) WriteHeader(status int) {
	if status != http.StatusRequestedRangeNotSatisfiable {
		t.ResponseWriter.WriteHeader(status)
		return
	}
	t.refused = true
	t.Header().Del("Content-Disposition")
	writeJSON(t.ResponseWriter, status, t.outside)
}

// Write implements http.ResponseWriter.
func (t *transfer) Write(p []byte) (int, error) {
	if t.refused {
		return len(p), nil
	}
	return t.ResponseWriter.Write(p)
}

// Unwrap serves http.ResponseController.
func (t *transfer) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// transferBuffers are as large as a few chunks of decrypted content.
var transferBuffers = sync.Pool{New: func() any { return new([256 << 10]byte) }}

// ReadFrom implements io.ReaderFrom, which io.Copy prefers to small writes.
func (t *transfer) ReadFrom(r io.Reader) (total int64, err error) {
	buffer := transferBuffers.Get().(*[256 << 10]byte)
	defer transferBuffers.Put(buffer)
	control := http.NewResponseController(t.ResponseWriter)
	var set time.Time
	for {
		n, err := r.Read(buffer[:])
		if n > 0 {
			if now := time.Now(); now.Sub(set) > t.stall/10 {
				set = now
				_ = control.SetWriteDeadline(now.Add(t.stall))
			}
			written, failed := t.Write(buffer[:n])
			total += int64(written)
			if failed != nil {
				return total, failed
			}
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}
