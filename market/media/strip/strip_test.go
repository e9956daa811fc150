package strip_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gen2brain/heic"
	"github.com/stretchr/testify/require"
	"golang.org/x/image/webp"

	"privd/market"
	"privd/market/media"
	"privd/market/media/mediatest"
	"privd/market/media/strip"
)

// secrets must not be found in a stripped file.
var secrets = []string{"SecretCamera", "52.5200N", "rdf:RDF", "8BIM", "my comment", "hidden film", "thumbnail"}

func decoder(mime string) func(io.Reader) (image.Image, error) {
	return map[string]func(io.Reader) (image.Image, error){
		media.JPEG: jpeg.Decode, media.PNG: png.Decode, media.WebP: webp.Decode,
		media.HEIC: heic.Decode, media.HEIF: heic.Decode,
	}[mime]
}

func decode(t *testing.T, mime string, file []byte) image.Image {
	t.Helper()
	img, err := decoder(mime)(bytes.NewReader(file))
	require.NoError(t, err)
	return img
}

func checkered(x, y int) bool { return (x/3+y/5)%2 == 0 }

// 1. Strip: something goes, and none of the secrets is left.
// 2. Every pixel stays as it was.
// 3. Stripping again changes nothing, and Has agrees.
func TestStripped(t *testing.T) {
	t.Parallel()
	big, little := binary.ByteOrder(binary.BigEndian), binary.ByteOrder(binary.LittleEndian)
	photo := mediatest.JPEG(mediatest.Picture(1, 64, 48), 90)
	drawing := mediatest.PNG(mediatest.Picture(2, 40, 30))
	exif := func(order binary.ByteOrder, o uint16) string { return string(mediatest.Exif(order, o)) }
	app1 := func(order binary.ByteOrder, o uint16) []byte {
		return mediatest.JPEGSegment(0xe1, "Exif\x00\x00"+exif(order, o))
	}
	text := mediatest.PNGChunk("tEXt", "Comment\x00my comment")
	jfif := mediatest.JPEGSegment(0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
	keptIn := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for name, c := range map[string]struct {
		mime string
		in   []byte
		kept []byte // a part that must be in the result
	}{
		"jpeg exif":             {media.JPEG, mediatest.JPEGWith(photo, app1(big, 1)), nil},
		"jpeg turned":           {media.JPEG, mediatest.JPEGWith(photo, app1(little, 6)), []byte("\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00")},
		"jpeg two exifs":        {media.JPEG, mediatest.JPEGWith(photo, app1(big, 8), app1(big, 3)), []byte("\x01\x12\x00\x03\x00\x00\x00\x01\x00\x08\x00\x00")},
		"jpeg xmp":              {media.JPEG, mediatest.JPEGWith(photo, mediatest.JPEGSegment(0xe1, "http://ns.adobe.com/xap/1.0/\x00<rdf:RDF/>")), nil},
		"jpeg iptc":             {media.JPEG, mediatest.JPEGWith(photo, mediatest.JPEGSegment(0xed, "Photoshop 3.0\x008BIM")), nil},
		"jpeg comment":          {media.JPEG, mediatest.JPEGWith(photo, mediatest.JPEGSegment(0xfe, "my comment")), nil},
		"jpeg empty comment":    {media.JPEG, mediatest.JPEGWith(photo, mediatest.JPEGSegment(0xfe, "")), nil},
		"jpeg film at the end":  {media.JPEG, append(bytes.Clone(photo), "hidden film"...), nil},
		"jpeg fill and garbage": {media.JPEG, keptIn(photo[:2], []byte("my comment\xff\xff"), photo[2:]), nil},
		"jpeg thumbnail": {media.JPEG, mediatest.JPEGWith(photo,
			mediatest.JPEGSegment(0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x03\x01thumbnail")), jfif},
		"jpeg keeps profile": {media.JPEG, mediatest.JPEGWith(photo, jfif,
			mediatest.JPEGSegment(0xe2, "MPF\x00my comment"), mediatest.JPEGSegment(0xe2, "ICC_PROFILE\x00\x01\x01colours")),
			[]byte("ICC_PROFILE\x00\x01\x01colours")},
		"png text":           {media.PNG, mediatest.PNGWith(drawing, text, mediatest.PNGChunk("gAMA", "\x00\x00\xb1\x8f")), []byte("gAMA")},
		"png exif":           {media.PNG, mediatest.PNGWith(drawing, mediatest.PNGChunk("eXIf", exif(big, 1))), nil},
		"png turned":         {media.PNG, mediatest.PNGWith(drawing, mediatest.PNGChunk("eXIf", exif(little, 5))), []byte("\x00\x00\x00\x1aeXIfMM")},
		"png private chunk":  {media.PNG, mediatest.PNGWith(drawing, mediatest.PNGChunk("prVt", "my comment")), nil},
		"png time":           {media.PNG, mediatest.PNGWith(drawing, mediatest.PNGChunk("tIME", "\x07\xe8\x01\x01\x00\x00\x00")), nil},
		"png film at end":    {media.PNG, append(bytes.Clone(drawing), "hidden film"...), nil},
		"webp exif":          {media.WebP, mediatest.WebPWith(33, 21, checkered, 0x0c, mediatest.RIFFChunk("EXIF", exif(little, 1)), mediatest.RIFFChunk("XMP ", "<rdf:RDF>")), nil},
		"webp turned":        {media.WebP, mediatest.WebPWith(33, 21, checkered, 0x08, mediatest.RIFFChunk("EXIF", "Exif\x00\x00"+exif(little, 7))), []byte("EXIF\x1a\x00\x00\x00MM")},
		"webp unknown chunk": {media.WebP, mediatest.WebPWith(33, 21, checkered, 0, mediatest.RIFFChunk("note", "my comment")), nil},
		"webp trailing":      {media.WebP, append(mediatest.WebP(8, 8, checkered), "hidden film"...), nil},
		"heic":               {media.HEIC, mediatest.HEIC(t, "test8"), nil},
		"heif grid":          {media.HEIF, mediatest.HEIC(t, "test"), nil},
		"heic film":          {media.HEIC, append(mediatest.HEIC(t, "gray"), mediatest.Box("mpvd", []byte("hidden film"))...), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			has, err := strip.Has(bytes.NewReader(c.in), c.mime)
			require.NoError(t, err)
			require.True(t, has)
			out := run(t, c.mime, c.in, true)
			for _, s := range secrets {
				require.NotContains(t, string(out), s)
			}
			require.Contains(t, string(out), string(c.kept))
			if !reflect.DeepEqual(decode(t, c.mime, c.in), decode(t, c.mime, out)) {
				t.Fatal("the pixels have changed")
			}
			if strings.HasPrefix(name, "hei") {
				require.Len(t, out, len(c.in))
			}
			again := run(t, c.mime, out, false)
			require.Equal(t, out, again)
			has, err = strip.Has(bytes.NewReader(out), c.mime)
			require.NoError(t, err)
			require.False(t, has)
		})
	}
}

func run(t *testing.T, mime string, in []byte, changed bool) []byte {
	t.Helper()
	var out bytes.Buffer
	src := bytes.NewReader(in)
	_, err := src.Seek(int64(len(in)/2), io.SeekStart) // Strip starts over by itself
	require.NoError(t, err)
	got, err := strip.Strip(&out, src, mime)
	require.NoError(t, err)
	require.Equal(t, changed, got)
	return out.Bytes()
}

// What holds nothing but a picture passes through untouched.
func TestNothingToStrip(t *testing.T) {
	t.Parallel()
	for mime, file := range map[string][]byte{
		media.JPEG: mediatest.JPEG(mediatest.Picture(1, 64, 48), 90),
		media.PNG:  mediatest.PNG(mediatest.Picture(1, 64, 48)),
		media.WebP: mediatest.WebP(8, 8, checkered),
		media.HEIC: mediatest.HEIC(t, "gray"),
	} {
		require.Equal(t, file, run(t, mime, file, false), mime)
	}
}

// Each proper prefix of a file is refused, and so are other types.
func TestMalformed(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{
		media.JPEG: mediatest.JPEG(mediatest.Picture(1, 16, 16), 50),
		media.PNG:  mediatest.PNG(mediatest.Picture(1, 16, 16)),
		media.WebP: mediatest.WebPWith(16, 16, checkered, 8, mediatest.RIFFChunk("EXIF", string(mediatest.Exif(binary.BigEndian, 2)))),
		media.HEIC: mediatest.HEIC(t, "gray")[:2000],
	}
	for mime, file := range files {
		for n := range file {
			requireInvalid(t, mime, file[:n])
		}
		for other := range files {
			if other != mime {
				requireInvalid(t, other, file)
			}
		}
	}
	_, err := strip.Has(bytes.NewReader(nil), media.MP4)
	require.Equal(t, market.Invalid, market.CodeOf(err))
	require.False(t, strip.Supported(media.MP4))
	require.True(t, strip.Supported(media.HEIF))
}

func requireInvalid(t *testing.T, mime string, file []byte) {
	t.Helper()
	_, err := strip.Strip(io.Discard, bytes.NewReader(file), mime)
	var e *market.Error
	require.True(t, errors.As(err, &e), "%s of %d bytes: got %v, want a market.Error", mime, len(file), err)
	require.Equal(t, market.Invalid, e.Code)
	require.Equal(t, "file", e.Field)
}

// Failures of the source and the destination are not taken for faults of the file.
func TestFailures(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	for mime, file := range map[string][]byte{
		media.JPEG: mediatest.JPEG(mediatest.Picture(1, 64, 48), 90),
		media.PNG:  mediatest.PNG(mediatest.Picture(1, 64, 48)),
		media.WebP: mediatest.WebP(8, 8, checkered),
		media.HEIC: mediatest.HEIC(t, "gray"),
	} {
		_, err := strip.Strip(io.Discard, failing{bytes.NewReader(file), broken}, mime)
		require.ErrorIs(t, err, broken)
		require.NotEqual(t, market.Invalid, market.CodeOf(err))
		_, err = strip.Strip(iotest.TruncateWriter(writer(func([]byte) (int, error) { return 0, broken }), 1), bytes.NewReader(file), mime)
		require.ErrorIs(t, err, broken)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// failing fails to read anything.
type failing struct {
	io.ReadSeeker
	err error
}

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A picture whose Exif claims the bytes of the picture is refused, not damaged.
func TestSharedBytes(t *testing.T) {
	t.Parallel()
	file := mediatest.HEIC(t, "test8")
	// The place of the Exif item, at 20179, becomes one inside the picture.
	at := bytes.Index(file, binary.BigEndian.AppendUint32(nil, 20179))
	require.Positive(t, at)
	binary.BigEndian.PutUint32(file[at:], 600)
	requireInvalid(t, media.HEIC, file)
}

func FuzzStrip(f *testing.F) {
	types := media.Types(media.Photo)
	add := func(mime string, file []byte) {
		for i, m := range types {
			if m == mime {
				f.Add(byte(i), file)
			}
		}
	}
	exif := string(mediatest.Exif(binary.LittleEndian, 6))
	add(media.JPEG, append(mediatest.JPEGWith(mediatest.JPEG(mediatest.Picture(1, 16, 16), 10),
		mediatest.JPEGSegment(0xe1, "Exif\x00\x00"+exif)), "end"...))
	add(media.PNG, mediatest.PNGWith(mediatest.PNG(mediatest.Picture(1, 4, 4)), mediatest.PNGChunk("eXIf", exif)))
	add(media.WebP, mediatest.WebPWith(4, 4, checkered, 12, mediatest.RIFFChunk("EXIF", exif)))
	for _, name := range []string{"test8", "gray", "test"} {
		// The tables alone: what a mutation can hit.
		add(media.HEIC, mediatest.HEIC(f, name)[:1100])
	}
	f.Fuzz(func(t *testing.T, which byte, file []byte) {
		mime := types[int(which)%len(types)]
		var out bytes.Buffer
		changed, err := strip.Strip(&out, bytes.NewReader(file), mime)
		if err != nil {
			require.Equal(t, market.Invalid, market.CodeOf(err))
			return
		}
		if changed == bytes.Equal(out.Bytes(), file) {
			t.Fatalf("changed is %v, and the output says otherwise", changed)
		}
		var again bytes.Buffer
		changed, err = strip.Strip(&again, bytes.NewReader(out.Bytes()), mime)
		if err != nil || changed || !bytes.Equal(again.Bytes(), out.Bytes()) {
			t.Fatalf("stripping again: changed %v, error %v", changed, err)
		}
	})
}
