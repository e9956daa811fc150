package api_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"privd/market"
	"privd/market/catalog"
)

// BenchmarkBrowse answers a page of 20 listings, beside net/http sending the same
// bytes.
func BenchmarkBrowse(b *testing.B) {
	w := newWorld()
	w.browse = func(catalog.Query) ([]catalog.Entry, int) { return nil, 1_000_000 }
	for i := range 20 {
		e := sampleEntry()
		e.ID = market.ListingID(fmt.Sprintf("listing_%020d", i))
		w.hits = append(w.hits, catalog.HitOf(e, 1))
	}
	s := serve(b, w, unlimited)
	const path = "/api/v1/marketplace/wallet/listings?category=photo&maxPrice=50&sort=price_low&page=2"
	body := s.call(b, "GET", path, "").body
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}))
	defer plain.Close()
	fetch := func(b *testing.B, url string) {
		b.ReportAllocs()
		for b.Loop() {
			res, err := s.client.Get(url)
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, res.Body); err != nil || int(n) != len(body) {
				b.Fatal(n, err)
			}
			res.Body.Close()
		}
	}
	b.Run("api", func(b *testing.B) { fetch(b, s.url+path) })
	b.Run("nethttp", func(b *testing.B) { fetch(b, plain.URL) })
}
