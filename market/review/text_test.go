package review_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market/media"
	"privd/market/review"
)

// prose returns words that repeat little, other ones for each seed.
func prose(seed, words int) string {
	var b strings.Builder
	for i := range words {
		n := uint32(i*7919+seed*104729+1) * 2654435761
		fmt.Fprintf(&b, "%s%s ", []string{"river", "stone", "quiet", "market", "light", "harbour", "winter", "seven"}[n>>29], string(rune('a'+n>>7%26))+string(rune('a'+n>>13%26)))
	}
	return b.String()
}

func TestText(t *testing.T) {
	t.Parallel()
	r := score(t, media.Text, media.Plain, []byte(prose(1, 1000)), nil)
	require.Equal(t, []string{review.Length, review.Entropy, review.Uniqueness}, names(r))
	require.Equal(t, review.One, factor(t, r, review.Length))
	require.Greater(t, factor(t, r, review.Entropy), review.Permille(850))
	require.Equal(t, review.One, factor(t, r, review.Uniqueness))

	dull := score(t, media.Text, media.Plain, []byte(strings.Repeat("a", 3000)), nil)
	require.Zero(t, factor(t, dull, review.Entropy))
	short := score(t, media.Text, media.Plain, []byte("hello, world"), nil)
	require.EqualValues(t, 5, factor(t, short, review.Length)) // 11 of 2,000, without the space
	for _, accepted := range []review.Result{r, dull, short} {
		verdict, reason := review.DefaultPolicy().Decide(accepted)
		require.Equal(t, review.Approve, verdict, reason)
	}
	// Two equally likely bytes carry one bit each, of four that prose has.
	even := score(t, media.Text, media.Plain, []byte(strings.Repeat("ab", 512)), nil)
	require.EqualValues(t, 250, factor(t, even, review.Entropy))
}

func TestTextUniqueness(t *testing.T) {
	t.Parallel()
	base := prose(1, 3000)
	known := review.Set{"contrib_1": score(t, media.Text, media.Plain, []byte(base), nil).Fingerprint}
	uniqueness := func(s string) review.Permille {
		return factor(t, score(t, media.Text, media.Plain, []byte(s), known), review.Uniqueness)
	}
	require.Zero(t, uniqueness(base))
	require.Zero(t, uniqueness(" "+strings.ToUpper(strings.ReplaceAll(base, " ", "\r\n\t"))))
	require.Zero(t, uniqueness("\ufeff"+base))
	require.Greater(t, uniqueness(prose(2, 3000)), review.Permille(700))
	halves := uniqueness(base[:len(base)/2] + prose(3, 1500))
	require.Greater(t, halves, review.Permille(300))
	require.Less(t, halves, review.Permille(850))

	// Short texts are compared exactly.
	known = review.Set{"a": score(t, media.Text, media.Plain, []byte("contribution number 1"), nil).Fingerprint}
	require.Positive(t, uniqueness("contribution number 2"))
	require.Zero(t, uniqueness("Contribution  number 1"))
	known = review.Set{"a": score(t, media.Text, media.Plain, []byte("hi"), nil).Fingerprint}
	require.Zero(t, uniqueness("hi"))
	require.Equal(t, review.One, uniqueness("ho"))
}

func TestTextFaults(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, c := range []struct{ mime, text, reason string }{
		{media.Plain, "", "empty"},
		{media.Plain, " \n\t ", "no text"},
		{media.Plain, "caf\xe9", "byte 3 is not UTF-8"},
		{media.Plain, strings.Repeat("x", 5000) + "\xff", "byte 5000"},
		{media.Plain, "a\x00b", "byte 1 is zero"},
		{media.Plain, "\xed\xa0\x80", "UTF-8"},
		{media.JSON, "", "empty"},
		{media.JSON, "{", "well-formed"},
		{media.JSON, "{\"a\" 1}", "well-formed"},
		{media.JSON, "[1,]", "well-formed"},
		{media.JSON, "[,1]", "well-formed"},
		{media.JSON, "{} {}", "more follows"},
		{media.JSON, "1 2", "more follows"},
		{media.JSON, "  ", "well-formed"},
		{media.JSON, "\"\xff\"", "UTF-8"},
		{media.JSON, deep(513), "deeper than 512"},
		{media.JSON, strings.Repeat("[", 100_000), "deeper"},
	} {
		r := score(t, media.Text, c.mime, []byte(c.text), nil)
		require.Contains(t, r.Fault, c.reason, "%s %.40q", c.mime, c.text)
		verdict, _ := review.DefaultPolicy().Decide(r)
		require.Equal(t, review.Reject, verdict)
	}
	for _, text := range []string{"{}", "[]", "null", `"x"`, "1e400", deep(512), "{\"a\":{\"b\":[1,2,3]}}\n", `{"a":1,"a":2}`} {
		r := score(t, media.Text, media.JSON, []byte(text), nil)
		require.Empty(t, r.Fault, "%.40q", text)
	}
}

// What is taken as JSON is what the standard library takes as JSON in UTF-8.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,2,{"b":null}]}`, `[1 2]`, `{"a"}`, `{"a":1,}`, "\"\\ud800\"", "01", "-", "tru", "1\n2"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1000 {
			return // depth is bounded at half as many
		}
		r := score(t, media.Text, media.JSON, text, nil)
		plain := score(t, media.Text, media.Plain, text, nil)
		if want := plain.Fault == "" && json.Valid(text); (r.Fault == "") != want {
			t.Fatalf("%q: fault %q, as text %q; valid JSON: %v", text, r.Fault, plain.Fault, json.Valid(text))
		}
	})
}
