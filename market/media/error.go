package media

import "privd/market"

func invalid(op, field, message string) error {
	return &market.Error{Op: op, Code: market.Invalid, Field: field, Message: message}
}

// shorten bounds what an uploader's text adds to an error message.
func shorten(s string) string {
	const most = 64
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}
