package api

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"privd/market"
	"privd/market/x402"
)

// discoveryPath is where catalogs of clients look for what may be paid for.
const discoveryPath = "/discovery/resources"

// The pages of what may be paid for.
const (
	discoveryDefault = 20
	discoveryMost    = 100
)

// resources lists what is for sale in the form of the standard. A price in dollars
// is what makes a dataset be sold over x402, and be listed here: owners who do not
// want that name none.
func (s *Storefront) resources(w http.ResponseWriter, r *http.Request) error {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return market.Fail(market.Invalid, "the query is malformed")
	}
	limit, err := pageNumber(query, "limit", discoveryDefault, 1, discoveryMost)
	if err != nil {
		return err
	}
	offset, err := pageNumber(query, "offset", 0, 0, 1<<31-1)
	if err != nil {
		return err
	}
	all, err := s.deps.Shelf.Products(r.Context())
	if err != nil {
		return err
	}
	wanted := all[:0]
	for _, p := range all {
		if s.asked(query, p) {
			wanted = append(wanted, p)
		}
	}
	items := []x402.Listed{}
	for _, p := range wanted[min(offset, len(wanted)):min(offset+limit, len(wanted))] {
		till, err := s.deps.Till(r.Context(), p.PayTo)
		if err != nil {
			return err
		}
		items = append(items, x402.Listed{
			Till: till, URL: s.base(r) + storefrontPrefixes[0] + "/datasets/" + string(p.ID) + "/download",
			Offers: []x402.Offer{{Amount: p.PriceUSDC, Buys: x402.Access}}, LastUpdated: p.UpdatedAt.Unix(),
			Metadata: map[string]any{
				"name": p.Name, "description": p.Description, "provider": p.Provider, "sizeBytes": p.Object.Size, "contentType": p.MIME,
				"sha256": hex.EncodeToString(p.FileHash[:]), "tags": whole(p.Tags), "serviceName": s.deps.Service,
			},
		})
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"x402Version": 2, "items": items, "pagination": map[string]int{"limit": limit, "offset": offset, "total": len(wanted)},
	})
	return nil
}

// asked reports whether a product is one of those a query asks for: all are of type
// http and scheme exact.
func (s *Storefront) asked(query url.Values, p x402.Product) bool {
	for name, want := range map[string]string{"type": "http", "scheme": "exact", "payTo": p.PayTo.Hex()} {
		if got := query.Get(name); got != "" && !strings.EqualFold(got, want) {
			return false
		}
	}
	return true
}

func pageNumber(query url.Values, name string, otherwise, least, most int) (int, error) {
	if !query.Has(name) {
		return otherwise, nil
	}
	n, err := strconv.Atoi(query.Get(name))
	if err != nil || n < least || n > most {
		return 0, market.BadField(name, name+" must be an integer from "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
	}
	return n, nil
}

// bazaar says in the challenge how the resource is called, for catalogs.
func (t *trade) bazaar(rest, kind string, example any) {
	t.challenge.Extensions[x402.ExtensionBazaar] = x402.Bazaar(storefrontPrefixes[0]+"/datasets/:id"+rest, string(t.product.ID), kind, example)
}
