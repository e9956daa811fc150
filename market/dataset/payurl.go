package dataset

import (
	"math/big"
	"net/url"

	"privd/market"
)

// MaxPayURL is how many bytes a URL has at most under which a dataset is paid for.
const MaxPayURL = 512

// CheckPayURL reports whether buyers may be sent to a URL: http or https, absolute,
// and nothing in it that is not part of an address.
func CheckPayURL(text string) bool {
	if len(text) > MaxPayURL {
		return false
	}
	for i := range len(text) {
		switch c := text[i]; {
		case c <= ' ', c > '~', c == '\\', c == '"', c == '<', c == '>':
			return false
		}
	}
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && u.Opaque == "" &&
		u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" && u.String() == text
}

// ParsePriceUSDC reads a price as it travels: the smallest units of mUSDC in decimal,
// as String writes them.
func ParsePriceUSDC(text string) (market.Amount, bool) {
	if len(text) == 0 || len(text) > 39 { // 2^128 has 39 digits
		return market.Amount{}, false
	}
	units, ok := new(big.Int).SetString(text, 10)
	if !ok || units.String() != text {
		return market.Amount{}, false
	}
	a, err := market.AmountFromBig(units)
	return a, err == nil && CheckPriceUSDC(a) == nil
}
