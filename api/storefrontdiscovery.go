package api

import (
	"encoding/hex"
	"math"
	"net/http"
	"net/url"
	"slices"
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
	limit, err := pageNumber(query, "limit", discoveryDefault, 1)
	if err != nil {
		return err
	}
	limit = min(limit, discoveryMost)
	offset, err := pageNumber(query, "offset", 0, 0)
	if err != nil {
		return err
	}
	all, err := s.deps.Shelf.Products(r.Context())
	if err != nil {
		return err
	}
	var till x402.Till
	if len(all) > 0 {
		if till, err = s.deps.Till(r.Context(), market.Address{}); err != nil {
			return err
		}
	}
	wanted := slices.DeleteFunc(all, func(p x402.Product) bool { return !asked(query, p, till) })
	items := []x402.Listed{}
	for _, p := range wanted[min(offset, len(wanted)):min(offset+limit, len(wanted))] {
		till.PayTo = p.PayTo
		items = append(items, x402.Listed{
			Till: till, URL: s.base(r) + storefrontPrefixes[0] + "/datasets/" + string(p.ID) + "/download",
			Offers: []x402.Offer{{Amount: p.PriceUSDC, Buys: x402.Access, File: p.FileHash}}, LastUpdated: p.UpdatedAt.Unix(),
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
// http and scheme exact, on one chain, and offered with the same extensions.
func asked(query url.Values, p x402.Product, till x402.Till) bool {
	for name, is := range map[string][]string{
		"type": {"http"}, "scheme": {"exact"}, "payTo": {p.PayTo.Hex()}, "network": {x402.CAIP2(till.Token.ChainID)},
		"extensions": {x402.ExtensionBazaar, x402.ExtensionIdentifier, x402.ExtensionSignIn},
	} {
		for _, want := range strings.FieldsFunc(query.Get(name), func(r rune) bool { return r == ',' }) {
			if !slices.ContainsFunc(is, func(is string) bool { return strings.EqualFold(is, want) }) {
				return false
			}
		}
	}
	return true
}

func pageNumber(query url.Values, name string, otherwise, least int) (int, error) {
	if !query.Has(name) {
		return otherwise, nil
	}
	n, err := strconv.Atoi(query.Get(name))
	if err != nil || n < least || n > math.MaxInt32 {
		return 0, market.BadField(name, name+" must be an integer from "+strconv.Itoa(least)+" on")
	}
	return n, nil
}

// bazaar says in the challenge how the resource is called, for catalogs.
func (t *trade) bazaar(rest, kind string, example any) {
	t.challenge.Extensions[x402.ExtensionBazaar] = x402.Bazaar(storefrontPrefixes[0]+"/datasets/:id"+rest, string(t.product.ID), kind, example)
}
