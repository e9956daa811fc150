package main

import (
	"fmt"
	"strings"

	"privd/cmd/internal/call"
	"privd/market"
)

// consent sets what a file may be used for from a list such as "ai,commercial".
// There is no default: consent is given, not assumed.
func consent(list string, into *call.Upload) error {
	const want = "name what the files may be used for: --consent ai,research,commercial (any of them, or none)"
	if list == "" {
		return market.Fail(market.Invalid, want)
	}
	if list == "none" {
		return nil
	}
	for use := range strings.SplitSeq(list, ",") {
		switch strings.TrimSpace(use) {
		case "ai":
			into.AI = true
		case "research":
			into.Research = true
		case "commercial":
			into.Commerce = true
		default:
			return market.Fail(market.Invalid, fmt.Sprintf("unknown use %q; %s", use, want))
		}
	}
	return nil
}
