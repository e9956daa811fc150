package records

import (
	"bytes"
	"cmp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Keys sort as what they stand for, and no key is the beginning of another.
func TestTextKeys(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.Custom(func(t *rapid.T) string {
			return string(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 'a', 'b', 0xFE, 0xFF}), 0, 6).Draw(t, "bytes"))
		})
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		ka, kb := key(nil).text(a), key(nil).text(b)
		require.Equal(t, cmp.Compare(a, b), bytes.Compare(ka, kb))
		if a != b {
			require.False(t, bytes.HasPrefix(ka, kb))
		}
		back, err := readText(ka)
		require.NoError(t, err)
		require.Equal(t, a, back)
	})
}

func TestTimeKeys(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		instants := rapid.Int64Range(0, 9_000_000_000_000_000_000)
		a, b := time.Unix(0, instants.Draw(t, "a")), time.Unix(0, instants.Draw(t, "b"))
		require.Equal(t, a.Compare(b), bytes.Compare(key(nil).time(a), key(nil).time(b)))
		require.Equal(t, b.Compare(a), bytes.Compare(key(nil).newest(a), key(nil).newest(b)))
	})
	far := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	require.Equal(t, key(nil).time(time.Unix(0, 0)), key(nil).time(time.Time{}))
	require.Positive(t, bytes.Compare(key(nil).time(far), key(nil).time(time.Unix(9_000_000_000, 0))))
}
