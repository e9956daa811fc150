package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/catalog"
	"privd/market/contribution"
	"privd/market/event"
	"privd/market/listing"
)

// sendable reports whether a client can put a value into a header.
func sendable(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// FuzzAuthorization: nobody comes in but who holds a credential, however the header
// is written.
func FuzzAuthorization(f *testing.F) {
	s := serve(f, newWorld(), unlimited)
	for _, seed := range []string{
		"Bearer " + aliceToken, "bearer  " + aliceToken, "BEARER\t" + aliceToken, "Bearer", "Basic dTpw", aliceToken, "Bearer " + aliceToken + " x",
		"Bearer eyJhbGciOiJub25lIn0.e30.", ", Bearer " + aliceToken, "Bearer \xff", "Bearer " + strings.Repeat("x", 9<<10), "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if !sendable(value) {
			return
		}
		got := s.call(t, "GET", "/v1/contributions", "", header("Authorization", value))
		scheme, token, _ := strings.Cut(strings.TrimSpace(value), " ")
		known := strings.EqualFold(scheme, "Bearer") && slices.Contains([]string{aliceToken, bobToken, operatorToken}, strings.TrimSpace(token))
		want := []int{http.StatusUnauthorized}
		if known {
			want = []int{http.StatusOK}
		}
		if strings.Contains(value, serviceToken) {
			want = append(want, http.StatusForbidden)
		}
		require.Contains(t, want, got.StatusCode, "%q: %s", value, got.body)
	})
}

// FuzzAccessToken: a purchase opens for its token alone, in the header or the query.
func FuzzAccessToken(f *testing.F) {
	s := serve(f, newWorld(), unlimited)
	for _, seed := range [][2]string{{"at_abc123", ""}, {"", "at_abc123"}, {"at_abc123", "at_other"}, {"at_abc123 ", ""}, {"AT_ABC123", ""}, {"\xff", "\x00"}, {"", ""}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, inHeader, inQuery string) {
		if !sendable(inHeader) {
			return
		}
		path := "/v1/marketplace/wallet/purchases/purchase_xyz789/download?access_token=" + url.QueryEscape(inQuery)
		if inQuery == "" {
			path = strings.TrimSuffix(path, "?access_token=")
		}
		got := s.call(t, "GET", path, "", as(bobToken), header("X-Access-Token", inHeader))
		const right = "at_abc123"
		trimmed := strings.Trim(inHeader, " \t") // as HTTP has it
		opens := (trimmed == right && (inQuery == "" || inQuery == right)) || (trimmed == "" && inQuery == right)
		if opens {
			require.Equal(t, http.StatusOK, got.StatusCode, "%q %q: %s", inHeader, inQuery, got.body)
			return
		}
		require.Contains(t, []int{http.StatusForbidden, http.StatusBadRequest}, got.StatusCode, "%q %q: %s", inHeader, inQuery, got.body)
	})
}

// FuzzRange: whatever range is asked for, what comes are bytes of the file, as the
// answer says which.
func FuzzRange(f *testing.F) {
	s := serve(f, newWorld(), unlimited)
	u := s.gatewayURL(f)
	for _, seed := range []string{
		"bytes=0-9", "bytes=-5", "bytes=14990-", "bytes=0-", "bytes=5-1", "bytes=99999999-", "bytes=0-0,5-9,3-4", "bytes=-0", "bytes=a-b", "rows=1-2",
		"bytes=18446744073709551616-", "bytes = 1-2", "bytes=,", "bytes=1-2,", "bytes=" + strings.Repeat("0-1,", 500) + "0-1", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if !sendable(value) {
			return
		}
		got := s.get(t, u, header("Range", value))
		switch got.StatusCode {
		case http.StatusOK:
			require.Equal(t, sampleBytes, got.body, "%q", value)
		case http.StatusPartialContent:
			checkRanges(t, got, value)
		default:
			require.Equal(t, http.StatusRequestedRangeNotSatisfiable, got.StatusCode, "%q: %s", value, got.body)
		}
	})
}

// checkRanges compares each part of an answer with the bytes it says it is.
func checkRanges(t *testing.T, got reply, asked string) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
	require.NoError(t, err)
	if kind != "multipart/byteranges" {
		require.Equal(t, within(t, got.Header.Get("Content-Range")), got.body, "%q", asked)
		return
	}
	parts := multipart.NewReader(bytes.NewReader(got.body), params["boundary"])
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return
		}
		require.NoError(t, err)
		data, err := io.ReadAll(part)
		require.NoError(t, err)
		require.Equal(t, within(t, part.Header.Get("Content-Range")), data, "%q", asked)
	}
}

func within(t *testing.T, contentRange string) []byte {
	t.Helper()
	var from, to, size int
	_, err := fmt.Sscanf(contentRange, "bytes %d-%d/%d", &from, &to, &size)
	require.NoError(t, err, contentRange)
	require.Equal(t, len(sampleBytes), size)
	return sampleBytes[from : to+1]
}

// FuzzGatewayURL: no URL opens content but the one that was signed.
func FuzzGatewayURL(f *testing.F) {
	s := serve(f, newWorld(), unlimited)
	signed, err := url.Parse(s.gatewayURL(f))
	require.NoError(f, err)
	expires, signature := signed.Query().Get("expires"), signed.Query().Get("signature")
	for _, seed := range [][4]string{
		{"purchase_xyz789", "0", expires, signature}, {"purchase_xyz789", "1", expires, signature}, {"purchase_xyz780", "0", expires, signature},
		{"purchase_xyz789", "00", expires, signature}, {"purchase_xyz789", "0", expires + "0", signature}, {"purchase_xyz789", "0", expires, signature + "="},
		{"purchase_xyz789", "0", expires, ""}, {"", "0", "", ""}, {"../purchase_xyz789", "-1", "9223372036854775808", "\x00"}, {"a", "18446744073709551616", "1", "AA"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	f.Fuzz(func(t *testing.T, id, entry, until, by string) {
		path := "/v1/gateway/" + url.PathEscape(id) + "/" + url.PathEscape(entry) + "?" + url.Values{"expires": {until}, "signature": {by}}.Encode()
		got := s.call(t, "GET", path, "")
		index, err := strconv.Atoi(entry)
		at, atErr := strconv.ParseInt(until, 10, 64)
		same := id == "purchase_xyz789" && err == nil && index == 0 && atErr == nil && strconv.FormatInt(at, 10) == expires && by == signature
		if same {
			require.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, got.StatusCode, "%s", path)
			return
		}
		require.Contains(t, []int{http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound}, got.StatusCode, "%s: %.200s", path, got.body)
	})
}

// FuzzPrice: a price in a body is read to the last wei, or refused.
func FuzzPrice(f *testing.F) {
	w := newWorld()
	var price market.Amount
	w.create = func(_ market.UserID, in listing.Input) (listing.Listing, error) {
		price = in.Price
		return sampleListing(), nil
	}
	var bound *market.Amount
	w.browse = func(q catalog.Query) ([]catalog.Entry, int) {
		bound = q.MaxPrice
		return nil, 0
	}
	s := serve(f, w, unlimited)
	for _, seed := range []string{
		"25.00", "1e-18", "1e-19", "0.1e1", "-0", "-1", "1e59", "1e400", "1e999999999", "0.000000000000000001", "00", "1.", ".5", "+1", "0x1", "NaN", `"1"`,
		strings.Repeat("9", 100), "115792089237316195423570985008687907853269984665640564039457.584007913129639935", "1E5", "1_0",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		body := fmt.Sprintf(`{"title":"t","description":"d","category":"photo","price_priv":%s,"contribution_ids":["c"]}`, text)
		got := s.call(t, "POST", "/v1/marketplace/wallet/listings", body, as(aliceToken))
		require.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, got.StatusCode, "%q: %s", text, got.body)
		var n json.Number
		if got.StatusCode == http.StatusOK && json.Unmarshal([]byte(text), &n) == nil {
			sameMoney(t, n.String(), price)
		}
		got = s.call(t, "GET", "/v1/marketplace/wallet/listings?maxPrice="+url.QueryEscape(text), "")
		require.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, got.StatusCode, "%q: %s", text, got.body)
		if got.StatusCode == http.StatusOK {
			sameMoney(t, text, *bound)
		}
	})
}

func sameMoney(t *testing.T, text string, read market.Amount) {
	t.Helper()
	want, ok := new(big.Rat).SetString(text)
	require.True(t, ok, text)
	wei := new(big.Rat).SetFrac(read.Big(), new(big.Int).Exp(big.NewInt(10), big.NewInt(18), nil))
	require.Zero(t, want.Cmp(wei), "%s was read as %s", text, wei.RatString())
}

// FuzzForm: the fields of an upload are read as they were sent, or refused.
func FuzzForm(f *testing.F) {
	w := newWorld()
	var took contribution.Form
	w.accept = func(_ ctx, form contribution.Form) (contribution.Contribution, error) {
		took = form
		return sampleContribution(), nil
	}
	s := serve(f, w)
	for _, seed := range [][3]string{
		{"photo", "true", `{"a":1}`}, {"video", "FALSE", ""}, {"voice", " 1 ", "null"}, {"text", "0", "{"}, {"PHOTO", "yes", "{}"}, {"", "", "\x00"}, {"photo\x00", "tru", "\xff"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, kind, consent, metadata string) {
		got := s.upload(t, file("jpeg bytes"), field("contribution_type", kind), field("consent_ai_training", consent),
			field("consent_research", "true"), field("consent_commercial", "false"), field("metadata", metadata))
		if got.StatusCode != http.StatusOK {
			require.Equal(t, http.StatusBadRequest, got.StatusCode, "%s", got.body)
			return
		}
		require.Contains(t, []string{"photo", "video", "voice", "text"}, kind)
		yes := slices.Contains([]string{"true", "1"}, strings.ToLower(strings.TrimSpace(consent)))
		require.Equal(t, contribution.Form{Kind: took.Kind, Metadata: metadata, Consent: contribution.Consent{AI: yes, Research: true}}, took)
		require.Equal(t, kind, string(took.Kind))
	})
}

// FuzzLastEventID: an event's id is taken as it was sent, and nothing else is one.
func FuzzLastEventID(f *testing.F) {
	s := serve(f, newWorld(), unlimited)
	for _, seed := range []string{"0", "42", "18446744073709551615", "18446744073709551616", "-1", "+1", "01", " 1", "1_0", "x", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		_, bad := event.ParseID("last_event_id", id)
		want := http.StatusOK
		if bad != nil && id != "" {
			want = http.StatusBadRequest
		}
		path := "/v1/events?follow=false"
		if id != "" {
			path += "&last_event_id=" + url.QueryEscape(id)
		}
		got := s.call(t, "GET", path, "", as(aliceToken))
		require.Equal(t, want, got.StatusCode, "%q: %s", id, got.body)
		if trimmed := strings.Trim(id, " \t"); sendable(id) && trimmed == id {
			got = s.call(t, "GET", "/v1/events?follow=false", "", as(aliceToken), header("Last-Event-ID", id))
			require.Equal(t, want, got.StatusCode, "%q: %s", id, got.body)
		}
	})
}
