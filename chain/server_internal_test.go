package chain

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market"
)

// What a server is called holds nothing of its URL that may be secret, and neither does
// what it says, once cleaned.
func TestSecretsOfURLs(t *testing.T) {
	t.Parallel()
	for raw, host := range map[string]string{
		"https://mainnet.example.org/v3/0123456789abcdef":                     "mainnet.example.org",
		"wss://user:hunter2222@node.example.org:8546/ws?key=0123456789abcdef": "node.example.org:8546",
		"http://127.0.0.1:8545": "127.0.0.1:8545",
		"://":                   "?",
	} {
		require.Equal(t, host, hostOf(raw))
		said := scrubber(raw).Replace("no: " + raw + " and hunter2222 and 0123456789abcdef?key=0123456789abcdef")
		if host != "127.0.0.1:8545" && host != "?" {
			require.NotContains(t, said, "0123456789abcdef")
			require.NotContains(t, scrubber(raw).Replace(raw), "hunter2222")
		}
	}
	s := &server{scrub: scrubber("https://example.org/0123456789abcdef")}
	kept := &market.Error{Code: market.Conflict, Message: "key 0123456789abcdef"}
	err := s.clean(kept)
	require.NotContains(t, err.Error(), "0123456789abcdef")
	require.True(t, errors.Is(err, kept))
	require.NoError(t, s.clean(nil))
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"0": 0, "7": 7 * time.Second, "86400": 24 * time.Hour,
		now.Add(90 * time.Second).Format(http.TimeFormat):  90 * time.Second,
		now.Add(-90 * time.Second).Format(http.TimeFormat): -90 * time.Second,
	} {
		got, said := retryAfter(text, now)
		require.True(t, said, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "soon", "-1", "1.5", "99999999999999999999"} {
		_, said := retryAfter(text, now)
		require.False(t, said, text)
	}
}

// Whatever the header says, the pause has bounds.
func FuzzRetryAfter(f *testing.F) {
	f.Add("120")
	f.Add("Fri, 02 Jan 2026 03:04:05 GMT")
	f.Fuzz(func(t *testing.T, text string) {
		pause, said := retryAfter(text, time.Now())
		if !said {
			return
		}
		s := &server{}
		s.limit(pause)
		require.LessOrEqual(t, time.Until(s.limited), mostRest)
		require.Positive(t, time.Until(s.limited))
	})
}
