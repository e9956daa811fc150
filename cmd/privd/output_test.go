package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/cmd/internal/call"
)

func TestSize(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 1<<20 - 1: "1023.9 KiB", 1 << 20: "1.0 MiB",
		500 << 20: "500.0 MiB", 3 << 40: "3.0 TiB", 1<<63 - 1: "7.9 EiB",
	} {
		require.Equal(t, want, size(n))
	}
}

// What sellers wrote cannot act on the buyer's terminal.
func TestTableIsHarmless(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	table(&out, []string{"A", "B"}, [][]string{{"\x1b[31mred", "left\u202eright"}, {"two\nlines", "tab\there"}})
	require.Equal(t, 3, strings.Count(out.String(), "\n"))
	for _, bad := range []string{"\x1b", "\u202e", "\t"} {
		require.NotContains(t, out.String(), bad)
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	require.Equal(t, "short", cut("short", 5))
	require.Equal(t, "äöü…", cut("äöüßx", 4))
}

func TestConsent(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]call.Upload{
		"none": {}, "ai": {AI: true}, "commercial, research": {Research: true, Commerce: true},
		"ai,research,commercial": {AI: true, Research: true, Commerce: true},
	} {
		var got call.Upload
		require.NoError(t, consent(list, &got))
		require.Equal(t, want, got)
	}
	for _, list := range []string{"", "all", "ai,", "ai;research"} {
		require.ErrorContains(t, consent(list, new(call.Upload)), "--consent", list)
	}
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"a.JPG": "photo", "dir/b.mp4": "video", "c.wav": "voice", "d.txt": "text", "e.json": "text", "f.weba": "voice",
	} {
		got, err := kindOf("", file)
		require.NoError(t, err, file)
		require.Equal(t, want, got, file)
	}
	for _, file := range []string{"noextension", "x.webm", "y.exe"} {
		_, err := kindOf("", file)
		require.ErrorContains(t, err, "--type", file)
	}
	got, err := kindOf("video", "x.webm")
	require.NoError(t, err)
	require.Equal(t, "video", got)
}
