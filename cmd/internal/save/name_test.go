package save_test

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"privd/cmd/internal/save"
)

func TestName(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"photo.jpg":           "photo.jpg",
		"../../etc/passwd":    "passwd",
		`C:\Users\x\evil.txt`: "evil.txt",
		"/abs/olute":          "olute",
		"..":                  "file",
		"":                    "file",
		".bashrc":             "bashrc",
		"-rf":                 "rf",
		"a\nb\x00c.txt":       "abc.txt",
		"exe\u202egpj.scr":    "exegpj.scr",
		"con.txt":             "_con.txt",
		"nul":                 "_nul",
		`what?<is>"this"|*:.`: "what__is__this____",
		"Grüße 日本.txt":        "Grüße 日本.txt",
		"dots...":             "dots",
		"\xff\xfe.bin":        "__.bin",
	} {
		require.Equal(t, want, save.Name(given), "%q", given)
	}
	long := save.Name(strings.Repeat("ä", 300) + ".jpeg")
	require.LessOrEqual(t, len(long), 200)
	require.True(t, utf8.ValidString(long))
	require.True(t, strings.HasSuffix(long, ".jpeg"))
}

func TestNamesDiffer(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"a.jpg", "A (2).JPG", "a (3).jpg", "b"}, save.Names([]string{"a.jpg", "A.JPG", "x/a.jpg", "b"}))
	long := strings.Repeat("x", 300)
	names := save.Names([]string{long, long})
	require.NotEqual(t, names[0], names[1])
	require.LessOrEqual(t, len(names[1]), 200)
	// A name that looks like a numbered one is not taken from its owner.
	require.Equal(t, []string{"a (2)", "a", "a (3)"}, save.Names([]string{"a (2)", "a", "a"}))
}

// Whatever a seller calls a file, it lands in the directory, under a name of its own.
func FuzzNames(f *testing.F) {
	f.Add("a.jpg", "../a.jpg")
	f.Add("..", ".")
	f.Add("\x00", "CON")
	f.Fuzz(func(t *testing.T, one, two string) {
		names := save.Names([]string{one, two})
		require.NotEqual(t, strings.ToLower(names[0]), strings.ToLower(names[1]))
		for _, name := range names {
			require.True(t, filepath.IsLocal(name), "%q", name)
			require.Equal(t, name, filepath.Base(name))
			require.LessOrEqual(t, len(name), 200)
			require.NotContains(t, ".- ", name[:1])
			for _, r := range name {
				require.True(t, unicode.IsPrint(r), "%q", name)
			}
		}
	})
}
