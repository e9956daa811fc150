package api_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/api"
	"privd/market"
	"privd/market/content"
	"privd/market/listing"
	"privd/market/purchase"
)

// gatewayURL asks for a download and returns its first URL.
func (s *testServer) gatewayURL(t testing.TB) string {
	t.Helper()
	got := s.call(t, "GET", "/api/v1/marketplace/wallet/purchases/purchase_xyz789/download", "", as(bobToken), header("X-Access-Token", "at_abc123"))
	require.Equal(t, http.StatusOK, got.StatusCode, "%s", got.body)
	item := got.data(t)["downloads"].([]any)[0].(map[string]any)
	require.Equal(t, sampleRoot.String(), item["cid"])
	return item["gateway_url"].(string)
}

func (s *testServer) get(t testing.TB, url string, options ...option) reply {
	t.Helper()
	require.True(t, strings.HasPrefix(url, s.url), "%s is not absolute on this node", url)
	return s.call(t, "GET", strings.TrimPrefix(url, s.url), "", options...)
}

// TestGateway: the URL needs no header, serves the bytes with ranges, and opens
// nothing in the node's origin.
func TestGateway(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	u := s.gatewayURL(t)
	got := s.get(t, u)
	require.Equal(t, http.StatusOK, got.StatusCode)
	require.Equal(t, sampleBytes, got.body)
	require.Equal(t, "image/jpeg", got.Header.Get("Content-Type"))
	require.Equal(t, `attachment; filename=nature_001.jpg`, got.Header.Get("Content-Disposition"))
	require.Equal(t, "nosniff", got.Header.Get("X-Content-Type-Options"))
	require.Contains(t, got.Header.Get("Content-Security-Policy"), "sandbox")
	etag := got.Header.Get("ETag")

	got = s.get(t, u, header("Range", "bytes=5-9"))
	require.Equal(t, http.StatusPartialContent, got.StatusCode)
	require.Equal(t, sampleBytes[5:10], got.body)
	require.Equal(t, fmt.Sprintf("bytes 5-9/%d", len(sampleBytes)), got.Header.Get("Content-Range"))
	require.Equal(t, sampleBytes[len(sampleBytes)-4:], s.get(t, u, header("Range", "bytes=-4")).body)
	for _, odd := range []string{"rows=0-1", "bytes=x", "bytes=9", "bytes=-0", "bytes=0-99999999999999999999", "bytes=0-1;2"} {
		got = s.get(t, u, header("Range", odd))
		require.Equal(t, http.StatusOK, got.StatusCode, "%s is no range of bytes", odd)
		require.Equal(t, sampleBytes, got.body)
	}
	got = s.get(t, u, header("Range", "bytes=99999999-"))
	require.Equal(t, http.StatusRequestedRangeNotSatisfiable, got.StatusCode)
	require.Equal(t, fmt.Sprintf("bytes */%d", len(sampleBytes)), got.Header.Get("Content-Range"))
	require.Equal(t, "application/json", got.Header.Get("Content-Type"))
	code, _, _ := got.failure(t)
	require.Equal(t, "RANGE_NOT_SATISFIABLE", code)
	require.Equal(t, http.StatusNotModified, s.get(t, u, header("If-None-Match", etag)).StatusCode)
	require.Equal(t, http.StatusOK, s.get(t, u, header("Range", "bytes=5-9"), header("If-Range", `"other"`)).StatusCode)

	head := s.call(t, "HEAD", strings.TrimPrefix(u, s.url), "")
	require.Equal(t, http.StatusOK, head.StatusCode)
	require.Equal(t, int64(len(sampleBytes)), head.ContentLength)
	require.Empty(t, head.body)
}

// TestGatewayTampering: every change of the URL is refused, and so is time.
func TestGatewayTampering(t *testing.T) {
	t.Parallel()
	w := newWorld()
	var opened int
	open := w.open
	w.open = func(id market.PurchaseID, i int) (content.Reader, listing.Entry, error) {
		opened++
		return open(id, i)
	}
	s := serve(t, w)
	good, err := url.Parse(s.gatewayURL(t))
	require.NoError(t, err)
	change := func(f func(u *url.URL, q url.Values)) string {
		u, q := *good, good.Query()
		f(&u, q)
		u.RawQuery = q.Encode()
		return u.String()
	}
	signature := good.Query().Get("signature")
	for name, u := range map[string]string{
		"entry":             change(func(u *url.URL, _ url.Values) { u.Path = strings.Replace(u.Path, "/0", "/1", 1) }),
		"purchase":          change(func(u *url.URL, _ url.Values) { u.Path = strings.Replace(u.Path, "xyz789", "xyz780", 1) }),
		"later expiry":      change(func(_ *url.URL, q url.Values) { q.Set("expires", fmt.Sprint(start.Add(2*time.Hour).Unix())) }),
		"no signature":      change(func(_ *url.URL, q url.Values) { q.Set("signature", "") }),
		"other signature":   change(func(_ *url.URL, q url.Values) { q.Set("signature", strings.Repeat("A", 43)) }),
		"shorter signature": change(func(_ *url.URL, q url.Values) { q.Set("signature", signature[:20]) }),
		"padded signature":  change(func(_ *url.URL, q url.Values) { q.Set("signature", signature+"=") }),
	} {
		got := s.get(t, u)
		require.Contains(t, []int{http.StatusForbidden, http.StatusBadRequest}, got.StatusCode, "%s: %s", name, got.body)
		if name != "no signature" {
			code, _, _ := got.failure(t)
			require.Equal(t, "INVALID_SIGNATURE", code, name)
		}
	}
	require.Zero(t, opened)
	for i := range len(signature) {
		flipped := []byte(signature)
		flipped[i] ^= 1
		got := s.get(t, change(func(_ *url.URL, q url.Values) { q.Set("signature", string(flipped)) }))
		require.Equal(t, http.StatusForbidden, got.StatusCode, "character %d", i)
	}
	w.advance(time.Hour - time.Second)
	require.Equal(t, http.StatusOK, s.get(t, good.String()).StatusCode)
	w.advance(time.Second)
	got := s.get(t, good.String())
	require.Equal(t, http.StatusForbidden, got.StatusCode)
	code, _, _ := got.failure(t)
	require.Equal(t, "URL_EXPIRED", code)
}

// TestGatewayNeverOutlivesTheAccess: the URL ends with the access, and a revoked
// access ends it at once.
func TestGatewayNeverOutlivesTheAccess(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.purchase = func(market.UserID, market.PurchaseID) (purchase.View, error) {
		v := samplePurchase()
		v.ExpiresAt = start.Add(time.Minute)
		return v, nil
	}
	s := serve(t, w)
	u := s.gatewayURL(t)
	w.advance(59 * time.Second)
	require.Equal(t, http.StatusOK, s.get(t, u).StatusCode)
	w.open = func(market.PurchaseID, int) (content.Reader, listing.Entry, error) {
		return nil, listing.Entry{}, market.Fail(market.Denied, "Access is not active")
	}
	require.Equal(t, http.StatusForbidden, s.get(t, u).StatusCode)
	w.advance(time.Second)
	require.Equal(t, http.StatusForbidden, s.get(t, u).StatusCode)
}

// TestGatewayDamage: content that turns out damaged is cut short, never ended as
// if it were whole.
func TestGatewayDamage(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.open = func(market.PurchaseID, int) (content.Reader, listing.Entry, error) {
		return &damaged{memoryReader: memoryReader{bytes.NewReader(sampleBytes)}, after: 4096}, sampleFile(), nil
	}
	s := serve(t, w)
	res, err := s.client.Get(s.gatewayURL(t))
	if err == nil {
		_, err = io.ReadAll(res.Body)
		res.Body.Close()
	}
	require.Error(t, err)
	require.Eventually(t, func() bool { return strings.Contains(s.logged(), "block does not hash") }, 5*time.Second, time.Millisecond)
}

type damaged struct {
	memoryReader
	after int
}

func (d *damaged) Read(p []byte) (int, error) {
	if d.after <= 0 {
		return 0, errors.New("block does not hash to its CID")
	}
	n, err := d.memoryReader.Read(p[:min(len(p), d.after)])
	d.after -= n
	return n, err
}

// TestGatewayHostileNames: whatever a seller calls a file, the header is one line
// and names no path.
func TestGatewayHostileNames(t *testing.T) {
	t.Parallel()
	w := newWorld()
	var file listing.Entry
	w.open = func(market.PurchaseID, int) (content.Reader, listing.Entry, error) {
		return bytesReader(sampleBytes), file, nil
	}
	s := serve(t, w)
	u := s.gatewayURL(t)
	for _, c := range []struct{ name, mime, disposition, kind string }{
		{"../../etc/passwd", "text/plain", "attachment; filename=passwd", "text/plain"},
		{`C:\secret\a.jpg`, "image/jpeg", "attachment; filename=a.jpg", "image/jpeg"},
		{"a\r\nSet-Cookie: x=y", "text/html\r\nX: y", `attachment; filename="a__Set-Cookie_ x=y"`, "application/octet-stream"},
		{"", "", "attachment; filename=file", "application/octet-stream"},
		{"..", "nonsense", "attachment; filename=file", "application/octet-stream"},
		{"été.jpg", "image/jpeg; a=b", "attachment; filename*=utf-8''%C3%A9t%C3%A9.jpg", "image/jpeg; a=b"},
	} {
		file = sampleFile()
		file.Filename, file.MIME = c.name, c.mime
		got := s.get(t, u)
		require.Equal(t, c.disposition, got.Header.Get("Content-Disposition"), "%q", c.name)
		require.Equal(t, c.kind, got.Header.Get("Content-Type"), "%q", c.mime)
		require.Empty(t, got.Header.Get("Set-Cookie"))
	}
}

func TestGatewayBehindAProxy(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld(), func(c *api.Config, _ *api.Deps) { c.PublicURL = "https://node.example/privd/" })
	got := s.call(t, "GET", "/v1/marketplace/wallet/purchases/purchase_xyz789/download?access_token=at_abc123", "", as(bobToken))
	item := got.data(t)["downloads"].([]any)[0].(map[string]any)
	require.True(t, strings.HasPrefix(item["gateway_url"].(string), "https://node.example/privd/api/v1/gateway/purchase_xyz789/0?"))
}

// BenchmarkGateway streams 10 KB and 100 MB through the gateway, beside plain
// net/http over the same bytes.
func BenchmarkGateway(b *testing.B) {
	for _, size := range []int64{10 << 10, 100 << 20} {
		reader := func() content.Reader { return patternReader{io.NewSectionReader(pattern{}, 0, size)} }
		w := newWorld()
		w.open = func(market.PurchaseID, int) (content.Reader, listing.Entry, error) {
			return reader(), sampleFile(), nil
		}
		s := serve(b, w)
		plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "", time.Time{}, reader())
		}))
		fetch := func(b *testing.B, url string) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				res, err := s.client.Get(url)
				if err != nil {
					b.Fatal(err)
				}
				n, err := io.Copy(io.Discard, res.Body)
				if err != nil || n != size {
					b.Fatal(n, err)
				}
				res.Body.Close()
			}
		}
		u := s.gatewayURL(b)
		b.Run(fmt.Sprintf("gateway/%dKB", size>>10), func(b *testing.B) { fetch(b, u) })
		b.Run(fmt.Sprintf("nethttp/%dKB", size>>10), func(b *testing.B) { fetch(b, plain.URL) })
		plain.Close()
	}
}

// pattern is endless content that costs nothing to make.
type pattern struct{}

func (pattern) ReadAt(p []byte, _ int64) (int, error) { return len(p), nil }

type patternReader struct{ *io.SectionReader }

func (patternReader) Close() error { return nil }
