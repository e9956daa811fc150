package review

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"privd/market/media"
	"privd/market/media/mediatest"
	"privd/market/media/window"
)

func open(t *testing.T, file []byte) *window.Reader {
	t.Helper()
	w, err := window.New(t.Context(), bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func containers() []string {
	return []string{media.MP4, media.WebM, media.AVI, media.MP3, media.Ogg, media.WAV}
}

// Without the guard of Score: no container panics a parser, and what is read keeps
// its bounds.
func FuzzRecording(f *testing.F) {
	for i, file := range [][]byte{
		mediatest.MP4{Brand: "isom", Width: 64, Height: 36, Sound: true, Millis: 2000, Media: 60}.Bytes(),
		mediatest.WebM{Width: 64, Height: 36, Sound: true, Millis: 2000, Block: 9}.Bytes(),
		mediatest.AVI(64, 36, 5, 11),
		mediatest.MP3(3),
		mediatest.Ogg(1),
		mediatest.WAV(mediatest.Tone(50, 0.5)),
		mediatest.MP4{Brand: "iso5", Width: 64, Height: 36, Millis: 2000, Media: 30, Fragmented: true}.Bytes(),
		mediatest.WebM{Sound: true, Millis: 2000, Block: 9, Live: true}.Bytes(),
	} {
		f.Add(byte(i), file)
	}
	f.Fuzz(func(t *testing.T, which byte, file []byte) {
		mime := containers()[int(which)%len(containers())]
		for _, kind := range []media.Kind{media.Voice, media.Video} {
			r := Result{Kind: kind, MIME: mime}
			err := recording(t.Context(), open(t, file), &r)
			var fault *fault
			if err != nil && !errors.As(err, &fault) {
				t.Fatalf("%s: %v is no fault", mime, err)
			}
			if err == nil {
				check(t, r)
			}
		}
	})
}

func check(t *testing.T, r Result) {
	t.Helper()
	if len(r.Factors) == 0 || r.Length < 0 || r.Length > maxLength || r.Width < 0 || r.Width > 1<<16 {
		t.Fatalf("result out of bounds: %+v", r)
	}
	for _, f := range r.Factors {
		if f.Value > One {
			t.Fatalf("%s is %d", f.Name, f.Value)
		}
	}
}

// Without the guard: measuring a photo does not panic, and what it lets pass decodes
// in bounds or is a fault.
func FuzzPhoto(f *testing.F) {
	types := []string{media.JPEG, media.PNG, media.WebP, media.HEIC}
	f.Add(byte(0), mediatest.JPEG(mediatest.Picture(1, 16, 16), 20))
	f.Add(byte(1), mediatest.PNG(mediatest.Picture(1, 4, 4)))
	f.Add(byte(2), mediatest.WebP(4, 4, func(x, y int) bool { return x < y }))
	f.Add(byte(3), mediatest.HEIC(f, "gray")[:600])
	s, err := NewScorer(Config{MaxMemory: 4 << 20, MaxDepth: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, which byte, file []byte) {
		mime := types[int(which)%len(types)]
		var fault *fault
		if mime == media.HEIC { // decoding is too slow for here
			if _, _, err := measure(mime, open(t, file)); err != nil && !errors.As(err, &fault) {
				t.Fatalf("%v is no fault", err)
			}
			return
		}
		if _, _, err := measure(mime, open(t, file)); err != nil && !errors.As(err, &fault) {
			t.Fatalf("%v is no fault", err)
		}
		r, err := s.Score(context.Background(), Input{Kind: media.Photo, MIME: mime, Content: bytes.NewReader(file)})
		if err != nil {
			t.Fatal(err)
		}
		if r.Decodes() {
			check(t, r)
		}
	})
}

// Without the guard: any bytes are a text or a fault.
func FuzzText(f *testing.F) {
	f.Add([]byte("Some words, and some more words."))
	f.Add([]byte("\xef\xbb\xbf\xf0\x9f\x98\x80 \u00a0\x00"))
	s, err := NewScorer(DefaultConfig())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r := Result{Kind: media.Text, MIME: media.Plain}
		var fault *fault
		if err := s.text(t.Context(), open(t, text), &r); errors.As(err, &fault) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		check(t, r)
		if got := r.Fingerprint.Similarity(r.Fingerprint); got != One {
			t.Fatalf("a text is like itself by %v", got)
		}
	})
}

// A decoder that panics makes a file that does not decode.
func TestGuard(t *testing.T) {
	t.Parallel()
	var fault *fault
	err := guard(func() error { return []error{}[len(t.Name())-9:][0] })
	if !errors.As(err, &fault) {
		t.Fatalf("got %v, want a fault", err)
	}
	if err := guard(func() error { return io.ErrClosedPipe }); !errors.Is(err, io.ErrClosedPipe) {
		t.Fatalf("got %v, want what the judge returned", err)
	}
}
