package devchain

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever a caller sends as a number, it is read or refused, and stays in range.
func FuzzNumber(f *testing.F) {
	for _, seed := range []string{`5`, `"5"`, `"0x5"`, `-1`, `null`, `"0x"`, `1e3`, `{}`, `"0xffffffffffffffffff"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		var n number
		if json.Unmarshal([]byte(raw), &n) == nil && strings.TrimSpace(raw) != "null" {
			require.LessOrEqual(t, uint64(n), uint64(math.MaxInt64))
		}
	})
}
