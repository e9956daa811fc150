package api

import (
	"math"
	"time"

	"privd/api/oas"
)

// The bounds of a page.
const (
	defaultLimit = 20
	maxLimit     = 100
)

// limitOf clamps how many results were asked for; the document refuses less than 1.
func limitOf(limit *oas.Limit) int {
	if limit == nil {
		return defaultLimit
	}
	return int(min(*limit, maxLimit))
}

// offsetOf bounds the offset, so that sums of it never overflow.
func offsetOf(offset *oas.Offset) int {
	if offset == nil {
		return 0
	}
	return int(min(*offset, math.MaxInt32))
}

// askedOffset is what the answer shows of the offset: what the client sent.
func askedOffset(offset *oas.Offset) int {
	if offset == nil {
		return 0
	}
	return int(*offset)
}

// pageOf turns a page number into an offset. Pages past any end are empty.
func pageOf(page *oas.Page, limit int) (number int64, offset int) {
	number = 1
	if page != nil {
		number = *page
	}
	if number > math.MaxInt32/maxLimit {
		return number, math.MaxInt32
	}
	return number, int(number-1) * limit
}

func pagination(total int, page int64, limit int) oas.PagePagination {
	return oas.PagePagination{Total: total, Page: page, Limit: limit, TotalPages: (total + limit - 1) / limit}
}

// seconds writes a time as the documents show it.
func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// optional returns nil for the zero time.
func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = seconds(t)
	return &t
}

// present returns nil for the zero value.
func present[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// whole makes an absent list an empty one.
func whole[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
