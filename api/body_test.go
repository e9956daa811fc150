package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/purchase"
)

// TestIntegers: what JSON Schema calls an integer is one, however it is written.
func TestIntegers(t *testing.T) {
	t.Parallel()
	w := newWorld()
	var got uint32
	w.buy = func(_ ctx, _ market.UserID, _ market.ListingID, days uint32) (purchase.Purchase, error) {
		got = days
		return samplePurchase().Purchase, nil
	}
	s := serve(t, w)
	for i, c := range []struct {
		text string
		want uint32 // 0 is refused
	}{
		{"30", 30}, {"30.0", 30}, {"3e1", 30}, {"3.00E+1", 30}, {"365.000", 365}, {"300e-1", 30},
		{"30.5", 0}, {"366.0", 0}, {"0.0", 0}, {"-1.0", 0}, {"1e400", 0}, {"1e18", 0}, {"9223372036854775808", 0}, {strings.Repeat("9", 400), 0},
		{`"30"`, 0}, {"30e-1000000", 0},
	} {
		path := fmt.Sprintf("/v1/marketplace/wallet/listings/listing_%d/purchase", i)
		answer := s.call(t, "POST", path, `{"access_duration_days":`+c.text+`}`, as(bobToken))
		if c.want == 0 {
			require.Equal(t, http.StatusBadRequest, answer.StatusCode, "%s: %s", c.text, answer.body)
			_, _, field := answer.failure(t)
			require.Equal(t, "access_duration_days", field, c.text)
			continue
		}
		require.Equal(t, http.StatusOK, answer.StatusCode, "%s: %s", c.text, answer.body)
		require.Equal(t, c.want, got, c.text)
	}
}

// TestControlCharacters: what does something instead of showing is in no text, at
// whatever depth; line breaks and tabs are text.
func TestControlCharacters(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	const body = `{"title":%s,"description":%s,"category":"photo","price_priv":1,"contribution_ids":["c"],"tags":[%s],"extra":%s}`
	for text, field := range map[string]string{
		fmt.Sprintf(body, `"t"`, `"a\nb\r\n\tc"`, `"x"`, `"\u0000"`):             "",
		fmt.Sprintf(body, `"a\u0000b"`, `"d"`, `"x"`, `1`):                       "title",
		fmt.Sprintf(body, `"a\u001b[2Jb"`, `"d"`, `"x"`, `1`):                    "title",
		fmt.Sprintf(body, `"t"`, "\"a\u0085b\"", `"x"`, `1`):                     "description",
		fmt.Sprintf(body, `"t"`, "\"a\x7fb\"", `"x"`, `1`):                       "description",
		fmt.Sprintf(body, `"t"`, `"d"`, `"fine","a\bb"`, `1`):                    "tags",
		fmt.Sprintf(body, `"t"`, `"d \\u0000 is six characters"`, `"x"`, `null`): "",
	} {
		got := s.call(t, "POST", "/v1/marketplace/wallet/listings", text, as(aliceToken))
		if field == "" {
			require.Equal(t, http.StatusOK, got.StatusCode, "%s: %s", text, got.body)
			continue
		}
		require.Equal(t, http.StatusBadRequest, got.StatusCode, "%s: %s", text, got.body)
		_, _, named := got.failure(t)
		require.Equal(t, field, named, text)
	}
}

// TestLongMessages: what a client sent is not sent back to it at any length.
func TestLongMessages(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.buy = func(_ ctx, _ market.UserID, id market.ListingID, _ uint32) (purchase.Purchase, error) {
		return purchase.Purchase{}, market.Fail(market.NotFound, "no listing "+string(id))
	}
	s := serve(t, w)
	got := s.call(t, "POST", "/v1/marketplace/wallet/listings/"+strings.Repeat("%F0%9F%A6%8A", 2000)+"/purchase", "", as(bobToken))
	require.Equal(t, http.StatusNotFound, got.StatusCode)
	_, message, _ := got.failure(t)
	require.Less(t, len(message), 600)
}

// TestFaucetGivesSomething: a gift of nothing is a mistake.
func TestFaucetGivesSomething(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := serve(t, w, withDev(w))
	for _, amounts := range []string{"", `,"priv":0`, `,"priv":0,"usdc":0.0,"eth":-0`} {
		got := s.call(t, "POST", "/v1/dev/faucet", `{"address":"0x742d35Cc6634C0532925a3b844Bc454e4438f44e"`+amounts+`}`, as(operatorToken))
		require.Equal(t, http.StatusBadRequest, got.StatusCode, "%s: %s", amounts, got.body)
	}
}
