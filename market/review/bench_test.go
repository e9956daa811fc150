package review_test

import (
	"bytes"
	"strings"
	"testing"

	"privd/market/media"
	"privd/market/media/mediatest"
	"privd/market/review"
)

// BenchmarkScore judges one file of each form; B/op shows that memory does not grow
// with the size of recordings.
func BenchmarkScore(b *testing.B) {
	photo := mediatest.Picture(1, 4000, 3000)
	for _, c := range []struct {
		name string
		mime string
		file func() []byte
	}{
		{"jpeg 12MP", media.JPEG, func() []byte { return mediatest.JPEG(photo, 90) }},
		{"png 12MP", media.PNG, func() []byte { return mediatest.PNG(photo) }},
		{"heic 1.8MP", media.HEIC, func() []byte { return mediatest.HEIC(b, "test") }},
		{"text 10MB", media.Plain, func() []byte { return []byte(strings.Repeat(prose(1, 10_000), 100)) }},
		{"json 10MB", media.JSON, func() []byte {
			return []byte("[" + strings.Repeat(`{"name":"`+prose(1, 3)+`","values":[1,2.5,-3e7,null]},`, 150_000) + "0]")
		}},
		{"mp4 20MB", media.MP4, func() []byte {
			return mediatest.MP4{Brand: "isom", Width: 640, Height: 480, Millis: 60_000, Media: 20 << 20}.Bytes()
		}},
		{"webm 20MB", media.WebM, func() []byte {
			return mediatest.WebM{Width: 640, Height: 480, Millis: 1_000_000, Block: 5000}.Bytes()
		}},
		{"avi 20MB", media.AVI, func() []byte { return mediatest.AVI(640, 480, 4_000, 5000) }},
		{"wav 20MB", media.WAV, func() []byte { return mediatest.WAV(mediatest.Tone(10<<20, 0.5)) }},
		{"mp3 20MB", media.MP3, func() []byte { return mediatest.MP3(50_000) }},
		{"ogg 20MB", media.Ogg, func() []byte { return mediatest.Ogg(10_000) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			file := c.file()
			s := newScorer(b)
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			for b.Loop() {
				r, err := s.Score(b.Context(), review.Input{Kind: media.KindOf(c.mime), MIME: c.mime, Content: bytes.NewReader(file)})
				if err != nil || !r.Decodes() {
					b.Fatal(err, r.Fault)
				}
			}
		})
	}
}
