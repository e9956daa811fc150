package media_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/media"
)

const octets = "application/octet-stream"

// documented is the table of the contributions document.
var documented = []struct {
	kind  media.Kind
	limit int64
	types string
}{
	{media.Photo, 50 << 20, "image/jpeg, image/png, image/webp, image/heic, image/heif"},
	{media.Video, 500 << 20, "video/mp4, video/webm, video/quicktime, video/x-msvideo"},
	{media.Voice, 100 << 20, "audio/mpeg, audio/wav, audio/webm, audio/ogg, audio/mp4"},
	{media.Text, 10 << 20, "text/plain, application/json"},
}

// Each documented type is allowed in its own row with its own limit, and nowhere else.
func TestDocumentedTable(t *testing.T) {
	t.Parallel()
	require.Len(t, media.Kinds(), len(documented))
	for i, row := range documented {
		require.Equal(t, row.kind, media.Kinds()[i])
		require.Equal(t, row.types, strings.Join(media.Types(row.kind), ", "))
		for _, mime := range strings.Split(row.types, ", ") {
			require.Equal(t, row.kind, media.KindOf(mime), mime)
			require.True(t, media.Allowed(media.Unknown, mime), mime)
			require.Equal(t, row.limit, media.Limit(media.Unknown, mime), mime)
			for _, kind := range media.Kinds() {
				got, err := media.Settle(kind, mime)
				if kind == row.kind {
					require.NoError(t, err)
					require.Equal(t, mime, got)
					require.True(t, media.Allowed(kind, mime))
					require.Equal(t, row.limit, media.Limit(kind, mime))
					continue
				}
				requireInvalid(t, err, "file")
				require.False(t, media.Allowed(kind, mime))
				require.Zero(t, media.Limit(kind, mime))
			}
			got, err := media.Resolve(mime, "", nil)
			require.NoError(t, err)
			require.Equal(t, mime, got)
		}
	}
	require.EqualValues(t, 500<<20, media.MaxLimit())
}

func TestParseKind(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"photo", "video", "voice", "text"} {
		k, err := media.ParseKind(word)
		require.NoError(t, err)
		require.Equal(t, word, string(k))
	}
	for _, word := range []string{"", "Photo", "photos", "audio", "mixed", " text", strings.Repeat("x", 1000)} {
		_, err := media.ParseKind(word)
		requireInvalid(t, err, "contribution_type")
		require.Less(t, len(err.Error()), 300)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	const (
		png  = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
		webm = "\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm"
		m4a  = "\x00\x00\x00\x1cftypM4A \x00\x00\x02\x00M4A isommp42"
		heic = "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"
		avif = "\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif"
		mov  = "\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  "
	)
	for _, c := range []struct{ declared, filename, head, want string }{
		// The declared type, when specific, beats everything.
		{"image/png", "a.jpg", webm, media.PNG},
		{"audio/webm", "a.webm", webm, media.WebMAudio},
		{"video/webm", "a.webm", webm, media.WebM},
		{"image/jpeg", "", "not a picture", media.JPEG},
		// Parameters, case and space do not count.
		{"text/plain; charset=utf-8", "", "", media.Plain},
		{" Audio/WebM;codecs=opus", "", "", media.WebMAudio},
		{"application/json;charset=UTF-8", "", "", media.JSON},
		// Aliases.
		{"audio/x-wav", "", "", media.WAV},
		{"audio/wave", "", "", media.WAV},
		{"audio/vnd.wave", "", "", media.WAV},
		{"audio/mp3", "", "", media.MP3},
		{"audio/x-m4a", "", "", media.M4A},
		{"audio/m4a", "", "", media.M4A},
		{"video/avi", "", "", media.AVI},
		{"video/msvideo", "", "", media.AVI},
		{"image/jpg", "", "", media.JPEG},
		{"application/ogg", "", "", media.Ogg},
		{"video/x-m4v", "", "", media.MP4},
		{"text/json", "", "", media.JSON},
		// What says nothing leaves it to the extension, which beats the bytes.
		{"", "a.jpg", png, media.JPEG},
		{octets, "beach.HEIC", "", media.HEIC},
		{octets, "a.heif", "", media.HEIF},
		{octets + "; x=y", "a.webp", "", media.WebP},
		{"binary/octet-stream", "a.png", "", media.PNG},
		{"application/x-www-form-urlencoded", "a.mp4", "", media.MP4},
		{"application/force-download", "a.mov", "", media.QuickTime},
		{"*/*", "a.avi", "", media.AVI},
		{"video/*", "a.mp4", "", media.MP4},
		{"nonsense", "a.mp3", "", media.MP3},
		{"a b/c", "a.wav", "", media.WAV},
		{"image/", "a.wav", "", media.WAV},
		{octets, "a.ogg", "", media.Ogg},
		{octets, "a.opus", "", media.Ogg},
		{octets, "a.m4a", "", media.M4A},
		{octets, "a.weba", "", media.WebMAudio},
		{octets, "notes.txt", "", media.Plain},
		{octets, "notes.json", "", media.JSON},
		{octets, "archive.tar.jpeg", "", media.JPEG},
		{octets, `C:\photos.zip\x.JPG`, "", media.JPEG},
		{octets, "a.webm", webm, media.AnyWebM},
		{media.AnyWebM, "a.webm", webm, media.AnyWebM},
		// An unknown extension leaves it to the bytes.
		{octets, "blob", png, media.PNG},
		{"", "dir.png/blob", "\xff\xd8\xff\xe0\x00\x10JFIF\x00", media.JPEG},
		{octets, "blob.bin", webm, media.AnyWebM},
		{octets, "", m4a, media.M4A},
		{octets, "", heic, media.HEIC},
		{octets, "", mov, media.QuickTime},
		{octets, "", "RIFF\x24\x00\x00\x00WAVEfmt ", media.WAV},
		{octets, "", "RIFF\x24\x00\x00\x00AVI LIST\x00\x00\x00\x00hdrlavih", media.AVI},
		{octets, "", "RIFF\x24\x00\x00\x00WEBPVP8 ", media.WebP},
		{octets, "", "\xff\xfb\x90\x64\x00\x00", media.MP3},
		{octets, "", "plain words", media.Plain},
		{octets, "", "a,b\n1,2\n3,4\n", media.Plain},
		{octets, "", `{"a":1}`, media.JSON},
		{octets, "", `{"type":"Feature","geometry":null}`, media.JSON},
		{octets, "", strings.Repeat("word ", 4000), media.Plain},
	} {
		got, err := media.Resolve(c.declared, c.filename, []byte(c.head))
		require.NoError(t, err, "%q %q %.20q", c.declared, c.filename, c.head)
		require.Equal(t, c.want, got, "%q %q %.20q", c.declared, c.filename, c.head)
	}
	for _, c := range []struct{ declared, filename, head string }{
		{"image/gif", "a.jpg", png},
		{"text/csv", "a.txt", "a,b"},
		{"application/pdf", "", ""},
		{"audio/flac", "", ""},
		{"", "", ""},
		{octets, "a.exe", "MZ\x90\x00\x03\x00\x00\x00"},
		{octets, "a.gif", "GIF89a"},
		{octets, "a.avif", avif},
		{octets, "", "\x00\x01\x02\x03"},
		{octets, "", "PK\x03\x04"},
		{octets, "", "\x00\x00\x00\x14ftyp3gp5\x00\x00\x02\x003gp5"},
		{strings.Repeat("a", 120) + "/" + strings.Repeat("b", 120), "", ""},
	} {
		got, err := media.Resolve(c.declared, c.filename, []byte(c.head))
		require.Empty(t, got, "%q %q", c.declared, c.filename)
		requireInvalid(t, err, "file")
		require.Less(t, len(err.Error()), 200)
	}
}

// A WebM of unknown nature has the larger limit until the kind is known.
func TestAnyWebM(t *testing.T) {
	t.Parallel()
	require.EqualValues(t, 500<<20, media.Limit(media.Unknown, media.AnyWebM))
	require.EqualValues(t, 500<<20, media.Limit(media.Video, media.AnyWebM))
	require.EqualValues(t, 100<<20, media.Limit(media.Voice, media.AnyWebM))
	require.EqualValues(t, 100<<20, media.Limit(media.Unknown, media.WebMAudio))
	require.Zero(t, media.Limit(media.Photo, media.AnyWebM))
	require.Equal(t, media.Unknown, media.KindOf(media.AnyWebM))

	got, err := media.Settle(media.Video, media.AnyWebM)
	require.NoError(t, err)
	require.Equal(t, media.WebM, got)
	got, err = media.Settle(media.Voice, media.AnyWebM)
	require.NoError(t, err)
	require.Equal(t, media.WebMAudio, got)
	_, err = media.Settle(media.Text, media.AnyWebM)
	requireInvalid(t, err, "file")
	_, err = media.Settle(media.Unknown, media.AnyWebM)
	requireInvalid(t, err, "contribution_type")
	// What was declared is not reinterpreted.
	_, err = media.Settle(media.Voice, media.WebM)
	requireInvalid(t, err, "file")
}

// Whatever comes in, the answer is an accepted type or an Invalid error.
func FuzzResolve(f *testing.F) {
	f.Add("image/jpg; q=1", "a.webm", []byte("RIFF\x00\x00\x00\x00WAVE"))
	f.Add("", `x\y.json`, []byte("{"))
	f.Add(octets, "", []byte("\x00\x00\x00\x18ftypheic"))
	f.Fuzz(func(t *testing.T, declared, filename string, head []byte) {
		got, err := media.Resolve(declared, filename, head)
		if err != nil {
			requireInvalid(t, err, "file")
			return
		}
		if !media.Allowed(media.Unknown, got) || media.Limit(media.Unknown, got) == 0 {
			t.Fatalf("Resolve(%q, %q) = %q, which nothing accepts", declared, filename, got)
		}
	})
}

func requireInvalid(t *testing.T, err error, field string) {
	t.Helper()
	var e *market.Error
	require.True(t, errors.As(err, &e), "got %v, want a market.Error", err)
	require.Equal(t, market.Invalid, e.Code)
	require.Equal(t, field, e.Field)
}
