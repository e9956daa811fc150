package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A body that is no JSON is refused with the field at which it stops being JSON, as
// far as that is a name that a field could have.
func TestMalformedBody(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	for body, at := range map[string]string{
		`{"amount":+1}`: " at amount", `{"amount":.5}`: " at amount", `{"amount":01}`: " at amount", `{"amount":1.}`: " at amount",
		`{"amount":0x1}`: " at amount", `{"amount":1e}`: " at amount", `{"amount": 1`: " at amount", `{"a":{"b":[1,2]},"amount":NaN}`: " at amount",
		`{"a":"amount","b":Infinity}`: " at b", `{"a":["x",{"c":+1}]}`: " at a", `{"amount":1}}`: "", `{"amount":1}{`: "", `+1`: "", `[+1]`: "",
		`{"<script>":+1}`: "", `{"` + strings.Repeat("x", 65) + `":+1}`: "", `{"":+1}`: "", `{"amount":1,"x":-}`: " at x",
	} {
		got := s.call(t, http.MethodPost, "/v1/user/stake", body, as(aliceToken))
		require.Equal(t, http.StatusBadRequest, got.StatusCode, body)
		code, message, _ := got.failure(t)
		require.Equal(t, "INVALID_JSON", code, body)
		require.Equal(t, "the body is not valid JSON"+at, message, body)
	}
}

// FuzzMalformed: whatever a body is, finding out where it breaks makes no trouble.
func FuzzMalformed(f *testing.F) {
	for _, body := range []string{`{"a":+1}`, `[[[`, `{"a":{"b":`, `"`, "{\"a\":\"\xff\"}", `}`} {
		f.Add([]byte(body))
	}
	s := serve(f, newWorld())
	f.Fuzz(func(t *testing.T, body []byte) {
		got := s.call(t, http.MethodPost, "/v1/user/stake", string(body), as(aliceToken))
		require.Less(t, got.StatusCode, 500, "%q", body)
	})
}
