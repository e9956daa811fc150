package event

import (
	"strconv"

	"privd/market"
)

// ParseID reads the id of an event as a client sends it back: decimal digits, as they
// were sent. field is named in the error.
func ParseID(field, text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	// Signs, underscores and leading zeros were never sent.
	if err != nil || FormatID(n) != text {
		return 0, market.BadField(field, field+" must be the id of an event")
	}
	return n, nil
}

// FormatID writes the id of an event.
func FormatID(seq uint64) string { return strconv.FormatUint(seq, 10) }
