package heif_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market/media/bmff"
	"privd/market/media/heif"
	"privd/market/media/mediatest"
)

func read(file []byte) (*heif.File, error) {
	return heif.Read(bytes.NewReader(file), int64(len(file)))
}

func TestRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		canvas   heif.Size
		items    int
		metadata []bmff.Range
	}{
		{"gray", heif.Size{Width: 512, Height: 512}, 1, nil},
		{"test8", heif.Size{Width: 512, Height: 512}, 3, []bmff.Range{{Off: 20179, Len: 2500}}},
		{"test12", heif.Size{Width: 512, Height: 512}, 1, nil},
		{"test", heif.Size{Width: 1346, Height: 1346}, 11, []bmff.Range{{Off: 941, Len: 88}}},
	} {
		f, err := read(mediatest.HEIC(t, c.name))
		require.NoError(t, err, c.name)
		require.Equal(t, c.canvas, f.Canvas, c.name)
		require.Len(t, f.Items, c.items, c.name)
		require.True(t, f.Filled(), c.name)
		require.EqualValues(t, c.canvas.Pixels(), f.MaxPixels(), c.name)
		hidden, err := f.Metadata()
		require.NoError(t, err)
		require.Equal(t, c.metadata, hidden, c.name)
	}
}

// Boxes that no picture needs are found wherever they stand.
func TestMetadataBoxes(t *testing.T) {
	t.Parallel()
	file := mediatest.HEIC(t, "gray")
	secret := []byte("secret")
	whole := func(extra []byte) []byte { return append(bytes.Clone(file), extra...) }
	uuid := append(make([]byte, 16), secret...)
	// Inside the meta box nothing may move, so that the tables stay right: the box
	// grows at the front of the file's free end, here by renaming its handler.
	renamed := bytes.Clone(file)
	at := bytes.Index(renamed, []byte("hdlr"))
	copy(renamed[at:], "xml ")
	for name, c := range map[string]struct {
		file   []byte
		hidden bmff.Range
	}{
		"film":     {whole(mediatest.Box("mpvd", secret)), bmff.Range{Off: int64(len(file)) + 8, Len: 6}},
		"uuid":     {whole(mediatest.Box("uuid", uuid)), bmff.Range{Off: int64(len(file)) + 24, Len: 6}},
		"leftover": {whole(mediatest.Box("mdat", secret)), bmff.Range{Off: int64(len(file)) + 8, Len: 6}},
		"sequence": {whole(mediatest.Box("moov", mediatest.Box("trak", mediatest.Box("udta", secret)))), bmff.Range{Off: int64(len(file)) + 24, Len: 6}},
		"xml":      {renamed, bmff.Range{Off: int64(at) + 4, Len: int64(binary.BigEndian.Uint32(file[at-4:])) - 8}},
	} {
		f, err := read(c.file)
		require.NoError(t, err, name)
		hidden, err := f.Metadata()
		require.NoError(t, err, name)
		require.Equal(t, []bmff.Range{c.hidden}, hidden, name)
	}
}

// Tables as a writer may make them and the samples do not have: any width of fields,
// bytes in the idat box, in another item, in another file.
func TestPlaces(t *testing.T) {
	t.Parallel()
	build := func(kind, iloc string) []byte {
		infe := mediatest.Box("infe", []byte("\x02\x00\x00\x00\x00\x01\x00\x00"+kind+"\x00"))
		return append(mediatest.Box("ftyp", []byte("heic")), mediatest.Box("meta", []byte("\x00\x00\x00\x00"),
			mediatest.Box("idat", []byte("abcdefgh")),
			mediatest.Box("iinf", []byte("\x00\x00\x00\x00\x00\x01"), infe),
			mediatest.Box("iloc", []byte(iloc)))...)
	}
	const idat = 12 + 8 + 4 + 8
	for name, c := range map[string]struct {
		kind, iloc string
		hidden     []bmff.Range // nil: refused
	}{
		"idat":          {"Exif", "\x01\x00\x00\x00\x44\x00\x00\x01\x00\x01\x00\x01\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03", []bmff.Range{{Off: idat, Len: 8}}},
		"picture":       {"hvc1", "\x01\x00\x00\x00\x44\x00\x00\x01\x00\x01\x00\x01\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03", []bmff.Range{{Off: idat, Len: 2}, {Off: idat + 5, Len: 3}}},
		"to the end":    {"hvc1", "\x01\x00\x00\x00\x40\x00\x00\x01\x00\x01\x00\x01\x00\x00\x00\x01\x00\x00\x00\x02", []bmff.Range{{Off: idat, Len: 2}}},
		"wide":          {"mime", "\x02\x00\x00\x00\x88\x00\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x22\x00\x00\x00\x00\x00\x00\x00\x03", []bmff.Range{{Off: idat, Len: 8}}},
		"other file":    {"hvc1", "\x01\x00\x00\x00\x44\x00\x00\x01\x00\x01\x00\x00\x00\x01\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03", []bmff.Range{{Off: idat, Len: 8}}},
		"inside item":   {"Exif", "\x01\x00\x00\x00\x44\x00\x00\x01\x00\x01\x00\x02\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03", nil},
		"outside idat":  {"Exif", "\x01\x00\x00\x00\x44\x00\x00\x01\x00\x01\x00\x01\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x07", nil},
		"odd width":     {"Exif", "\x01\x00\x00\x00\x34\x00\x00\x01\x00\x01\x00\x01\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x07", nil},
		"cut":           {"Exif", "\x01\x00\x00\x00\x44\x00\x00\x01\x00\x01\x00\x01\x00\x00\x00\x09\x00\x00\x00\x02\x00\x00\x00\x07", nil},
		"unknown place": {"Exif", "\x01\x00\x00\x00\x44\x00\x00\x01\x00\x01\x00\x05\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03", nil},
	} {
		f, err := read(build(c.kind, c.iloc))
		if c.hidden == nil {
			require.ErrorIs(t, err, bmff.ErrFormat, name)
			continue
		}
		require.NoError(t, err, name)
		hidden, err := f.Metadata()
		require.NoError(t, err, name)
		require.Equal(t, c.hidden, hidden, name)
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	file := mediatest.HEIC(t, "test8")[:1200]
	for n := range file {
		_, err := read(file[:n])
		require.ErrorIs(t, err, bmff.ErrFormat, "%d bytes", n)
	}
	deep := mediatest.Box("ftyp", []byte("heic"))
	for range 5000 {
		deep = append(deep, mediatest.Box("free")...)
	}
	_, err := read(deep)
	require.ErrorIs(t, err, bmff.ErrFormat)
}

// Whatever the tables say, the ranges lie in the file, sorted and apart.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"gray", "test8", "test"} {
		f.Add(mediatest.HEIC(f, name)[:1030])
	}
	f.Add(append(mediatest.HEIC(f, "gray")[:40], mediatest.Box("mpvd", []byte("x"))...))
	f.Fuzz(func(t *testing.T, data []byte) {
		// The media box may be cut: give it what it asks for.
		file := append(bytes.Clone(data), make([]byte, 1<<16)...)
		for _, b := range [][]byte{data, file} {
			h, err := read(b)
			if err == nil {
				_, err = h.Metadata()
			}
			if err != nil {
				if !errors.Is(err, bmff.ErrFormat) {
					t.Fatal(err)
				}
				continue
			}
			hidden, _ := h.Metadata()
			end := int64(0)
			for _, r := range hidden {
				if r.Off < end || r.Len <= 0 || r.End() > int64(len(b)) {
					t.Fatalf("ranges %v in %d bytes", hidden, len(b))
				}
				end = r.End()
			}
		}
	})
}
