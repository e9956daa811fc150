package api

import (
	"net/http"
	"net/url"
	"strconv"

	"privd/api/oas"
)

// browseQuickly serves browsing where the query was accepted quickly: it is then so
// plain that there is nothing to decode. The generated handler, next, parses the
// query anew for each of its parameters; it takes all other queries.
func (s *Server) browseQuickly(next http.HandlerFunc) http.HandlerFunc {
	h := s.handlers()
	return func(w http.ResponseWriter, r *http.Request) {
		query := callOf(r.Context()).plain
		if query == nil {
			next(w, r)
			return
		}
		answer, err := h.BrowseListings(r.Context(), oas.BrowseListingsRequestObject{Params: browseParams(query)})
		if err == nil {
			err = answer.VisitBrowseListingsResponse(w)
		}
		if err != nil {
			s.fail(w, r, err)
		}
	}
}

// browseParams reads a query that was accepted quickly as the generated handler
// does; a test holds it to that.
func browseParams(query url.Values) oas.BrowseListingsParams {
	return oas.BrowseListingsParams{
		Category: given[oas.Category](query, "category"), Sort: given[oas.Sort](query, "sort"), Include: given[string](query, "include"),
		MinPrice: given[oas.Money](query, "minPrice"), MaxPrice: given[oas.Money](query, "maxPrice"),
		MinPriceAlias: given[oas.Money](query, "min_price"), MaxPriceAlias: given[oas.Money](query, "max_price"),
		Page: givenNumber(query, "page"), Limit: givenNumber(query, "limit"),
	}
}

func given[T ~string](query url.Values, name string) *T {
	values := query[name]
	if len(values) == 0 {
		return nil
	}
	v := T(values[0])
	return &v
}

func givenNumber(query url.Values, name string) *int64 {
	values := query[name]
	if len(values) == 0 {
		return nil
	}
	n, err := strconv.ParseInt(values[0], 10, 64)
	if err != nil {
		panic("api: not a number, yet accepted: " + values[0])
	}
	return &n
}
