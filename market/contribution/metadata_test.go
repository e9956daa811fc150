package contribution

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCleanMetadata(t *testing.T) {
	t.Parallel()
	nested := func(levels int) string {
		return strings.Repeat(`{"a":`, levels) + "1" + strings.Repeat("}", levels)
	}
	for text, want := range map[string]string{
		"": "{}", " ": "{}", "{}": "{}", `{ "subject" : "nature" }`: `{"subject":"nature"}`,
		`{"a":"[[{{\"[[\\"}`: `{"a":"[[{{\"[[\\"}`,
		`{"n":1.50}`:         `{"n":1.50}`,
		nested(64):           nested(64),
		nested(65):           "", `{"a":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + "}": "",
		"null": "", "[]": "", `"x"`: "", "{": "", `{"a":1}{}`: "", "{\"a\":\"\xff\"}": "",
		`{"a":"` + strings.Repeat("x", 64<<10) + `"}`: "",
	} {
		got, err := cleanMetadata(text)
		if want == "" {
			require.Error(t, err, "%.80q", text)
			continue
		}
		require.NoError(t, err, "%.80q", text)
		require.Equal(t, want, string(got))
	}
}

func TestDepthIgnoresStrings(t *testing.T) {
	t.Parallel()
	require.Equal(t, 1, depth(`{"[[[":"{{{\"[["}`))
	require.Equal(t, 3, depth(`{"a":[{}],"b":{}}`))
}
