package mediatest

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Picture returns an image of soft blobs and hard edges, another for each seed.
func Picture(seed uint64, width, height int) *image.RGBA {
	r := rand.New(rand.NewPCG(seed, 1))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	base := color.RGBA{uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32()), 255}
	for i := 0; i < len(img.Pix); i += 4 {
		copy(img.Pix[i:], []uint8{base.R, base.G, base.B, 255})
	}
	for range 24 {
		c := color.RGBA{uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32()), 255}
		x, y := r.IntN(width), r.IntN(height)
		w, h := 1+r.IntN(width/2+1), 1+r.IntN(height/2+1)
		for py := y; py < min(y+h, height); py++ {
			for px := x; px < min(x+w, width); px++ {
				img.SetRGBA(px, py, c)
			}
		}
	}
	return img
}

// JPEG encodes img at a quality of 1 to 100.
func JPEG(img image.Image, quality int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// JPEGSegment returns a segment with its marker and length.
func JPEGSegment(marker byte, body string) []byte {
	return append(be16([]byte{0xff, marker}, len(body)+2), body...)
}

// JPEGWith returns file with segments inserted after its start marker.
func JPEGWith(file []byte, segments ...[]byte) []byte {
	return join(file[:2], join(segments...), file[2:])
}

// PNG encodes img.
func PNG(img image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// PNGChunk returns a chunk with its length and checksum.
func PNGChunk(kind, body string) []byte {
	b := append(be32(nil, len(body)), kind+body...)
	return be32(b, int(crc32.ChecksumIEEE(b[4:])))
}

// PNGWith returns file with chunks inserted after its header chunk.
func PNGWith(file []byte, chunks ...[]byte) []byte {
	const header = 8 + 25
	return join(file[:header], join(chunks...), file[header:])
}

// Exif returns a TIFF structure with a camera, a position and an orientation.
func Exif(order binary.ByteOrder, orientation uint16) []byte {
	b := make([]byte, 8+2+3*12+4+64)
	copy(b, "MM\x00*")
	if order == binary.ByteOrder(binary.LittleEndian) {
		copy(b, "II*\x00")
	}
	order.PutUint32(b[4:], 8)
	order.PutUint16(b[8:], 3)
	entry := func(i int, tag, kind uint16, count, value uint32) {
		e := b[10+12*i:]
		order.PutUint16(e, tag)
		order.PutUint16(e[2:], kind)
		order.PutUint32(e[4:], count)
		order.PutUint32(e[8:], value)
	}
	entry(0, 0x010f, 2, 16, 50) // maker
	entry(1, 0x0112, 3, 1, 0)
	order.PutUint16(b[10+12+8:], orientation)
	entry(2, 0x8825, 4, 1, 66) // position
	copy(b[50:], "SecretCamera\x00")
	copy(b[66:], "52.5200N 13.4050E")
	return b
}

// WebP returns a lossless WebP of width x height pixels, each black or white as
// pixel says.
func WebP(width, height int, pixel func(x, y int) bool) []byte {
	return riffFile("WEBP", webPImage(width, height, pixel))
}

// WebPWith returns the same in the extended format, with flags and chunks after the
// picture.
func WebPWith(width, height int, pixel func(x, y int) bool, flags byte, chunks ...[]byte) []byte {
	head := []byte{flags, 0, 0, 0, byte(width - 1), byte((width - 1) >> 8), 0, byte(height - 1), byte((height - 1) >> 8), 0}
	return riffFile("WEBP", RIFFChunk("VP8X", string(head)), webPImage(width, height, pixel), join(chunks...))
}

func webPImage(width, height int, pixel func(x, y int) bool) []byte {
	w := &bitWriter{}
	w.put(0x2f, 8)
	w.put(uint32(width-1), 14)
	w.put(uint32(height-1), 14)
	w.put(0, 1+3) // no transparency, version 0
	w.put(0, 1+1+1)
	for range 3 { // green, red, blue: the symbols 0 and 255 in one bit each
		w.put(1, 1)
		w.put(1, 1)
		w.put(0, 1)
		w.put(0, 1)
		w.put(255, 8)
	}
	w.put(1, 1) // transparency: always 255
	w.put(0, 1)
	w.put(1, 1)
	w.put(255, 8)
	w.put(1, 1) // distances: unused
	w.put(0, 1)
	w.put(0, 1)
	w.put(0, 1)
	for y := range height {
		for x := range width {
			if pixel(x, y) {
				w.put(7, 3)
			} else {
				w.put(0, 3)
			}
		}
	}
	return RIFFChunk("VP8L", string(w.bytes))
}

// bitWriter writes least significant bit first.
type bitWriter struct {
	bytes []byte
	n     int
}

func (w *bitWriter) put(v uint32, n int) {
	for i := range n {
		if w.n%8 == 0 {
			w.bytes = append(w.bytes, 0)
		}
		w.bytes[w.n/8] |= byte(v>>i&1) << (w.n % 8)
		w.n++
	}
}

// RIFFChunk returns a chunk, padded to an even length.
func RIFFChunk(kind, body string) []byte {
	b := append(le32([]byte(kind), len(body)), body...)
	if len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

func riffFile(form string, chunks ...[]byte) []byte {
	return RIFFChunk("RIFF", form+string(join(chunks...)))
}

// HEIC returns one of the pictures that the decoder's module is tested with:
// "gray", "test" (a grid of tiles), "test8" (with Exif and XMP) or "test12".
func HEIC(t testing.TB, name string) []byte {
	t.Helper()
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/gen2brain/heic").Output()
	if err != nil {
		t.Fatalf("find the decoder's module: %v", err)
	}
	b, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "testdata", name+".heic"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
