package api

import (
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"

	"privd/market"
	"privd/market/catalog"
)

// shown keeps the JSON of listings that were on a page lately: what most pages show
// was shown before.
type shown struct {
	lately *lru.Cache[market.ListingID, fragment]
}

// fragment is the JSON of one listing as it stood.
type fragment struct {
	revision uint64
	standing catalog.Standing
	json     string
}

// maxShown is how many listings are kept, and maxFragment the most bytes of one;
// most take a thousand.
const (
	maxShown    = 16 << 10
	maxFragment = 2 << 10
)

func newShown() shown {
	lately, err := lru.New[market.ListingID, fragment](maxShown)
	if err != nil {
		panic("api: the size is positive: " + err.Error())
	}
	return shown{lately}
}

// append writes a listing, from memory if it still stands as it was.
func (s shown) append(b []byte, h *catalog.Hit) ([]byte, error) {
	if f, ok := s.lately.Get(h.ID); ok && f.revision == h.Revision && h.Revision != 0 && f.standing == h.Standing {
		return append(b, f.json...), nil
	}
	e, err := h.Entry()
	if err != nil {
		return b, err
	}
	from := len(b)
	b = appendListing(b, &e)
	if h.Revision != 0 && len(b)-from <= maxFragment {
		// The id of a hit keeps a whole card in memory.
		s.lately.Add(market.ListingID(strings.Clone(string(h.ID))), fragment{h.Revision, h.Standing, string(b[from:])})
	}
	return b, nil
}
