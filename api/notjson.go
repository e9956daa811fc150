package api

import (
	"bytes"
	"encoding/json"

	"privd/market"
)

// notJSON is the error for a body that is no JSON. It names the field at which
// reading stopped, where there is one: numbers such as +1, .5 and 01 are none.
func notJSON(body []byte) error {
	message := "the body is not valid JSON"
	if field := stoppedAt(body); field != "" {
		message += " at " + field
	}
	return &market.Error{Code: market.Invalid, Reason: "INVALID_JSON", Message: message}
}

// longestName is how long a field's name may be to be repeated, in bytes.
const longestName = 64

// stoppedAt returns the last top-level field that was begun before a body stopped
// being JSON; empty where that is unknown, or no name that a field here could have.
func stoppedAt(body []byte) string {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	last, depth, value := "", 0, false
	for {
		token, err := d.Token()
		if err != nil {
			return last
		}
		switch t := token.(type) {
		case json.Delim:
			if t == '{' || t == '[' {
				depth++
			} else {
				depth--
			}
			if depth == 0 {
				return "" // the object is whole: what is wrong comes after it
			}
			if depth == 1 {
				value = false // the object began, or a value within it ended
			}
			continue
		case string:
			if depth == 1 && !value {
				if last = t; !nameable(t) {
					last = ""
				}
				value = true
				continue
			}
		}
		if depth == 1 {
			value = false
		}
	}
}

func nameable(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return name != "" && len(name) <= longestName
}
