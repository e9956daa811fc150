package preview_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/media"
	"privd/market/media/mediatest"
	"privd/market/preview"
	"privd/market/review"
)

func newMaker(tb testing.TB) *preview.Maker {
	tb.Helper()
	scorer, err := review.NewScorer(review.Config{MaxMemory: 64 << 20, MaxDepth: 64})
	require.NoError(tb, err)
	return &preview.Maker{Scorer: scorer}
}

func makeOf(t *testing.T, kind media.Kind, mime string, file []byte) (preview.Preview, error) {
	t.Helper()
	return newMaker(t).Make(t.Context(), preview.Input{Kind: kind, MIME: mime, FileHash: market.Hash{1}, Content: bytes.NewReader(file)})
}

// A photo is seen small, whatever its size, and without what it tells besides.
func TestPhoto(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mime          string
		file          []byte
		width, height int
	}{
		"large JPEG":  {media.JPEG, mediatest.JPEG(mediatest.Picture(1, 1000, 500), 90), 320, 160},
		"tall PNG":    {media.PNG, mediatest.PNG(mediatest.Picture(2, 300, 900)), 106, 320},
		"small JPEG":  {media.JPEG, mediatest.JPEG(mediatest.Picture(3, 200, 100), 90), 100, 50},
		"two pixels":  {media.PNG, mediatest.PNG(mediatest.Picture(4, 2, 1)), 1, 1},
		"one pixel":   {media.PNG, mediatest.PNG(mediatest.Picture(5, 1, 1)), 1, 1},
		"WebP":        {media.WebP, mediatest.WebP(640, 320, func(x, y int) bool { return (x/40+y/40)%2 == 0 }), 320, 160},
		"with a past": {media.JPEG, mediatest.JPEGWith(mediatest.JPEG(mediatest.Picture(6, 400, 400), 90), mediatest.JPEGSegment(0xe1, "Exif\x00\x00"+string(mediatest.Exif(binary.BigEndian, 1)))), 200, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := makeOf(t, media.Photo, c.mime, c.file)
			require.NoError(t, err)
			require.Equal(t, media.JPEG, p.Type)
			config, format, err := image.DecodeConfig(bytes.NewReader(p.Data))
			require.NoError(t, err)
			require.Equal(t, "jpeg", format)
			require.Equal(t, [2]int{c.width, c.height}, [2]int{config.Width, config.Height})
			require.NotContains(t, string(p.Data), "Exif")
			shown, ok := preview.Read("photo", p.Data)
			require.True(t, ok)
			require.Equal(t, p, shown)
			again, err := makeOf(t, media.Photo, c.mime, c.file)
			require.NoError(t, err)
			require.Equal(t, p, again, "the same each time")
		})
	}
	_, err := makeOf(t, media.Photo, media.JPEG, []byte("\xff\xd8\xff no picture"))
	require.Equal(t, market.Invalid, market.CodeOf(err))
}

// A file that comes out as itself is not shown.
func TestNotTheFile(t *testing.T) {
	t.Parallel()
	file := mediatest.JPEG(mediatest.Picture(7, 100, 100), 80)
	p, err := makeOf(t, media.Photo, media.JPEG, file)
	require.NoError(t, err)
	_, hash, err := p.Block()
	require.NoError(t, err)
	_, err = newMaker(t).Make(t.Context(), preview.Input{Kind: media.Photo, MIME: media.JPEG, FileHash: market.Hash(hash.Hash()[2:]), Content: bytes.NewReader(file)})
	require.Equal(t, market.Invalid, market.CodeOf(err))
}

// Of a text a small part is seen, cut between characters.
func TestText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, want string }{
		"long":     {strings.Repeat("word ", 1000), strings.TrimSpace(strings.Repeat("word ", 120)) + "…\n"},
		"short":    {"The first quarter. " + strings.Repeat("x", 57), "The first quarter.…\n"},
		"cut":      {strings.Repeat("ä", 21), strings.Repeat("ä", 5) + "…\n"},
		"controls": {"a\x1b[31mb\u202ec\n" + strings.Repeat("x", 36), "a[31mbc…\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := makeOf(t, media.Text, media.Plain, []byte(c.file))
			require.NoError(t, err)
			require.Equal(t, c.want, string(p.Data))
			require.True(t, utf8.Valid(p.Data))
			block, _, err := p.Block()
			require.NoError(t, err)
			require.NotContains(t, string(block), c.want[:4])
			shown, ok := preview.Read("text", block)
			require.True(t, ok)
			require.Equal(t, preview.Preview{Type: "text/plain; charset=utf-8", Data: []byte(c.want)}, shown)
		})
	}
	for _, tiny := range []string{"", "abc", "    " + strings.Repeat("x", 4)} {
		_, err := makeOf(t, media.Text, media.Plain, []byte(tiny))
		require.Equal(t, market.Invalid, market.CodeOf(err), "%q", tiny)
	}
}

// Recordings are heard for a few seconds where that takes no decoder, and otherwise
// seen as a card.
func TestRecording(t *testing.T) {
	t.Parallel()
	long := mediatest.WAV(mediatest.Tone(16000*40, 0.5))
	p, err := makeOf(t, media.Voice, media.WAV, long)
	require.NoError(t, err)
	require.Equal(t, media.WAV, p.Type)
	require.LessOrEqual(t, len(p.Data), 128<<10)
	scorer, err := review.NewScorer(review.DefaultConfig())
	require.NoError(t, err)
	heard, err := scorer.Score(t.Context(), review.Input{Kind: media.Voice, MIME: media.WAV, Content: bytes.NewReader(p.Data)})
	require.NoError(t, err)
	require.True(t, heard.Decodes(), heard.Fault)
	require.InDelta(t, 5, heard.Length.Seconds(), 0.1)
	signal, ok := heard.Factor(review.Signal)
	require.True(t, ok)
	require.Greater(t, signal, review.Permille(500), "the tone is still there")

	frames := mediatest.MP3(2000)
	p, err = makeOf(t, media.Voice, media.MP3, frames)
	require.NoError(t, err)
	require.Equal(t, media.MP3, p.Type)
	require.LessOrEqual(t, len(p.Data), len(frames)/4)
	heard, err = scorer.Score(t.Context(), review.Input{Kind: media.Voice, MIME: media.MP3, Content: bytes.NewReader(p.Data)})
	require.NoError(t, err)
	require.True(t, heard.Decodes(), heard.Fault)

	for name, c := range map[string]struct {
		kind media.Kind
		mime string
		file []byte
	}{
		"short WAV": {media.Voice, media.WAV, mediatest.WAV(mediatest.Tone(100, 0.5))},
		"short MP3": {media.Voice, media.MP3, mediatest.MP3(4)},
		"Ogg":       {media.Voice, media.Ogg, mediatest.Ogg(90)},
		"MP4":       {media.Video, media.MP4, mediatest.MP4{Brand: "isom", Width: 1920, Height: 1080, Sound: true, Millis: 65000, Media: 60000}.Bytes()},
		"WebM":      {media.Video, media.WebM, mediatest.WebM{Width: 640, Height: 360, Millis: 2000, Block: 900}.Bytes()},
		"AVI":       {media.Video, media.AVI, mediatest.AVI(64, 36, 50, 1100)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := makeOf(t, c.kind, c.mime, c.file)
			require.NoError(t, err)
			require.Equal(t, media.PNG, p.Type)
			require.Less(t, len(p.Data), 8<<10)
			config, _, err := image.DecodeConfig(bytes.NewReader(p.Data))
			require.NoError(t, err)
			require.Equal(t, 320, config.Width)
			_, ok := preview.Read(string(c.kind), p.Data)
			require.True(t, ok)
			if dir := os.Getenv("PREVIEW_OUT"); dir != "" {
				require.NoError(t, os.WriteFile(filepath.Join(dir, name+".png"), p.Data, 0o600))
			}
		})
	}
	_, err = makeOf(t, media.Video, media.MP4, []byte("nothing of the kind"))
	require.Equal(t, market.Invalid, market.CodeOf(err))
}

// zipped compresses a text as anybody may.
func zipped(text string) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return out.Bytes()
}

// Nothing but the types made here passes, and each only for its kind.
func TestRead(t *testing.T) {
	t.Parallel()
	picture := mediatest.JPEG(mediatest.Picture(1, 32, 32), 80)
	for name, c := range map[string]struct {
		kind string
		data []byte
		ok   bool
	}{
		"JPEG":              {"photo", picture, true},
		"JPEG of a text":    {"text", picture, false},
		"text":              {"text", []byte("some words\n"), true},
		"text of a photo":   {"photo", []byte("some words\n"), false},
		"HTML as text":      {"text", []byte("<script>alert(1)</script>"), true}, // served as text/plain, never sniffed
		"HTML of a photo":   {"photo", []byte("<html>"), false},
		"SVG":               {"photo", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), false},
		"GIF":               {"photo", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), false},
		"cut JPEG":          {"photo", picture[:20], false},
		"vast JPEG":         {"photo", mediatest.JPEG(image.NewGray(image.Rect(0, 0, 4000, 8)), 1), false},
		"controls":          {"text", []byte("a\x00b"), false},
		"direction":         {"text", []byte("a\u202eb"), false},
		"no UTF-8":          {"text", []byte("a\xff\xfeb"), false},
		"empty":             {"text", nil, false},
		"too large":         {"text", bytes.Repeat([]byte("x"), preview.MaxSize+1), false},
		"gzip of a photo":   {"photo", zipped("words"), false},
		"bomb":              {"text", zipped(strings.Repeat("x", 10<<20)), false},
		"cut gzip":          {"text", zipped("words")[:15], false},
		"gzip of controls":  {"text", zipped("a\x00b"), false},
		"WAV":               {"voice", mediatest.WAV(mediatest.Tone(100, 0.1)), true},
		"WAV of a photo":    {"photo", mediatest.WAV(mediatest.Tone(100, 0.1)), false},
		"unknown kind, exe": {"dataset", []byte("MZ\x90\x00"), false},
	} {
		_, ok := preview.Read(c.kind, c.data)
		require.Equal(t, c.ok, ok, name)
	}
}

// Damaged files give a preview or none, never a panic, a large one, or themselves.
func FuzzMake(f *testing.F) {
	types := []string{media.JPEG, media.PNG, media.WebP, media.MP4, media.WebM, media.AVI, media.MP3, media.WAV, media.Ogg, media.Plain}
	for i, file := range [][]byte{
		mediatest.JPEG(mediatest.Picture(1, 40, 20), 60), mediatest.PNG(mediatest.Picture(1, 20, 40)), mediatest.WebP(8, 8, func(x, y int) bool { return x < y }),
		mediatest.MP4{Brand: "isom", Width: 64, Height: 36, Sound: true, Millis: 2000, Media: 60}.Bytes(),
		mediatest.WebM{Width: 64, Height: 36, Sound: true, Millis: 2000, Block: 9}.Bytes(), mediatest.AVI(64, 36, 5, 11),
		mediatest.MP3(60), mediatest.WAV(mediatest.Tone(20000, 0.5)), mediatest.Ogg(2), []byte(strings.Repeat("words ä ", 20)),
	} {
		f.Add(byte(i), file)
	}
	scorer, err := review.NewScorer(review.Config{MaxMemory: 4 << 20, MaxDepth: 8})
	require.NoError(f, err)
	maker := &preview.Maker{Scorer: scorer}
	f.Fuzz(func(t *testing.T, which byte, file []byte) {
		mime := types[int(which)%len(types)]
		kind := media.KindOf(mime)
		p, err := maker.Make(t.Context(), preview.Input{Kind: kind, MIME: mime, FileHash: market.Hash{1}, Content: bytes.NewReader(file)})
		if err != nil {
			if market.CodeOf(err) != market.Invalid {
				t.Fatal(err)
			}
			return
		}
		if len(p.Data) > preview.MaxSize || bytes.Equal(p.Data, file) {
			t.Fatal("too large, or the file itself")
		}
		block, _, err := p.Block()
		if err != nil {
			t.Fatal(err)
		}
		if shown, ok := preview.Read(string(kind), block); !ok || shown.Type != p.Type || !bytes.Equal(shown.Data, p.Data) {
			t.Fatalf("what was made as %s is not shown as that", p.Type)
		}
	})
}

// Whatever a stranger sends is refused or is what it says.
func FuzzRead(f *testing.F) {
	f.Add("photo", mediatest.JPEG(mediatest.Picture(1, 8, 8), 60))
	f.Add("voice", mediatest.MP3(2))
	f.Add("text", []byte("words"))
	f.Add("text", zipped("words"))
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		p, ok := preview.Read(kind, data)
		if ok && (p.Type == "" || len(p.Data) > preview.MaxSize || strings.Contains(p.Type, "html") || strings.Contains(p.Type, "svg")) {
			t.Fatal(p.Type)
		}
	})
}
