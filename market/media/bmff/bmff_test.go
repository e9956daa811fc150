package bmff_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market/media/bmff"
	"privd/market/media/mediatest"
)

func walk(file []byte, limit int) (boxes []bmff.Box, err error) {
	err = bmff.Walk(bytes.NewReader(file), bmff.Range{Off: 0, Len: int64(len(file))}, limit, func(b bmff.Box) error {
		boxes = append(boxes, b)
		return nil
	})
	return boxes, err
}

func TestWalk(t *testing.T) {
	t.Parallel()
	large := binary.BigEndian.AppendUint64([]byte("\x00\x00\x00\x01mdat"), 19)
	file := append(append(mediatest.Box("ftyp", []byte("isom")), large...), "abc\x00\x00\x00\x00freerest"...)
	boxes, err := walk(file, 10)
	require.NoError(t, err)
	require.Equal(t, []bmff.Box{
		{Kind: "ftyp", Whole: bmff.Range{Off: 0, Len: 12}, Body: bmff.Range{Off: 8, Len: 4}},
		{Kind: "mdat", Whole: bmff.Range{Off: 12, Len: 19}, Body: bmff.Range{Off: 28, Len: 3}},
		{Kind: "free", Whole: bmff.Range{Off: 31, Len: 12}, Body: bmff.Range{Off: 39, Len: 4}},
	}, boxes)
	_, err = walk(file, 2)
	require.ErrorIs(t, err, bmff.ErrFormat)

	_, err = walk(file[:20], 10)
	require.ErrorIs(t, err, bmff.ErrFormat)
	var cut *bmff.CutError
	_, err = walk(mediatest.Box("mdat", make([]byte, 100))[:50], 10)
	require.True(t, errors.As(err, &cut))
	require.Equal(t, bmff.CutError{Kind: "mdat", Have: bmff.Range{Off: 0, Len: 50}, Want: 108}, *cut)
	require.ErrorIs(t, err, bmff.ErrFormat)
	for _, bad := range []string{"\x00\x00\x00\x07free", "\x00\x00\x00\x01free\x00\x00\x00\x00\x00\x00\x00\x0f", "\x00\x00\x00\x01free\xff\xff\xff\xff\xff\xff\xff\xff", "abc"} {
		_, err = walk([]byte(bad), 10)
		require.ErrorIs(t, err, bmff.ErrFormat, "%q", bad)
	}
}

// Boxes in memory and boxes in a file are the same boxes, and fill the file.
func FuzzWalk(f *testing.F) {
	f.Add(mediatest.MP4{Brand: "isom", Width: 8, Height: 8, Millis: 5, Media: 9}.Bytes())
	f.Add([]byte("\x00\x00\x00\x01mdat\x00\x00\x00\x00\x00\x00\x00\x12ab"))
	f.Fuzz(func(t *testing.T, file []byte) {
		boxes, err := walk(file, 1<<20)
		if err != nil && !errors.Is(err, bmff.ErrFormat) {
			t.Fatal(err)
		}
		var same []bmff.Box
		sameErr := bmff.WalkBytes(file, 0, func(b bmff.Box, body []byte) error {
			if !bytes.Equal(body, file[b.Body.Off:b.Body.End()]) {
				t.Fatalf("body of %v is something else", b)
			}
			same = append(same, b)
			return nil
		})
		require.Equal(t, boxes, same)
		require.Equal(t, err == nil, sameErr == nil)
		end := int64(0)
		for _, b := range boxes {
			require.Equal(t, end, b.Whole.Off)
			require.Equal(t, b.Whole.End(), b.Body.End())
			end = b.Whole.End()
		}
		require.Equal(t, err == nil, end == int64(len(file)))
	})
}
