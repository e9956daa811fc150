package review_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/media"
	"privd/market/media/mediatest"
	"privd/market/review"
)

func TestPolicy(t *testing.T) {
	t.Parallel()
	scored := func(score review.Permille) review.Result {
		return review.Result{MIME: media.PNG, Score: score, Factors: []review.Factor{{Name: review.Resolution, Value: score}, {Name: review.Uniqueness, Value: 900}}}
	}
	strict := review.Policy{RejectBelow: 200, HoldBelow: 500}
	for _, c := range []struct {
		policy  review.Policy
		result  review.Result
		verdict review.Verdict
		reason  string
	}{
		{review.DefaultPolicy(), scored(200), review.Approve, "The quality score is 0.20."},
		{review.DefaultPolicy(), scored(199), review.Reject, "The quality score 0.199 is below 0.20; the weakest factor is resolution at 0.199."},
		{strict, scored(199), review.Reject, "below 0.20"},
		{strict, scored(499), review.Hold, "below 0.50"},
		{strict, scored(500), review.Approve, "0.50"},
		{review.Policy{}, scored(0), review.Approve, "0.00"},
		{review.Policy{RejectBelow: 200, HoldAll: true}, scored(1000), review.Hold, "The quality score is 1.00; people will look at it."},
		{review.Policy{RejectBelow: 200, HoldAll: true}, scored(199), review.Reject, "below 0.20"},
		{review.DefaultPolicy(), review.Result{MIME: media.PNG, Fault: "it is torn"}, review.Reject, "The file cannot be read as image/png: it is torn."},
		{review.DefaultPolicy(), review.Result{Score: 900, Factors: []review.Factor{{Name: review.Uniqueness}}}, review.Reject, "copy of an earlier contribution"},
	} {
		verdict, reason := c.policy.Decide(c.result)
		require.Equal(t, c.verdict, verdict, reason)
		require.Contains(t, reason, c.reason)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	require.NoError(t, review.DefaultPolicy().Validate())
	require.NoError(t, review.DefaultConfig().Validate())
	config := func(change func(*review.Config)) error {
		c := review.DefaultConfig()
		change(&c)
		_, err := review.NewScorer(c)
		return err
	}
	for field, err := range map[string]error{
		"reject_below": review.Policy{RejectBelow: 1001}.Validate(),
		"hold_below":   review.Policy{RejectBelow: 300, HoldBelow: 200}.Validate(),
		"max_memory":   config(func(c *review.Config) { c.MaxMemory = 0 }),
		"max_depth":    config(func(c *review.Config) { c.MaxDepth = 0 }),
	} {
		var e *market.Error
		require.True(t, errors.As(err, &e), field)
		require.Equal(t, market.Invalid, e.Code)
		require.Equal(t, field, e.Field)
	}
}

func TestPermille(t *testing.T) {
	t.Parallel()
	for p, want := range map[review.Permille]string{0: "0.00", 5: "0.005", 50: "0.05", 850: "0.85", 1000: "1.00"} {
		require.Equal(t, want, p.String())
	}
	require.Equal(t, 0.85, review.Permille(850).Float())
	require.Equal(t, 0.333, review.Permille(333).Float())
}

// The score is the mean of the factors, rounded half up.
func TestMean(t *testing.T) {
	t.Parallel()
	r := score(t, media.Photo, media.PNG, mediatest.PNG(mediatest.Picture(5, 120, 90)), nil)
	sum := 0
	for _, f := range r.Factors {
		sum += int(f.Value)
	}
	require.EqualValues(t, (sum*2+3)/6, r.Score)
}

// A file that cannot be read is not judged, whatever stage the failure meets.
func TestSourceFailure(t *testing.T) {
	t.Parallel()
	broken := errors.New("block is damaged")
	for mime, file := range map[string][]byte{
		media.JPEG:  mediatest.JPEG(mediatest.Picture(1, 1200, 900), 100),
		media.PNG:   mediatest.PNG(mediatest.Picture(1, 1200, 900)),
		media.HEIC:  mediatest.HEIC(t, "test"),
		media.Plain: bytes.Repeat([]byte("words "), 50_000),
		media.JSON:  append(bytes.Repeat([]byte("[1,2],"), 50_000), '0'),
		media.MP4:   mediatest.MP4{Brand: "isom", Width: 9, Height: 9, Millis: 9, Media: 200_000}.Bytes(),
		media.WAV:   mediatest.WAV(mediatest.Tone(100_000, 1)),
		media.Ogg:   mediatest.Ogg(100),
		media.MP3:   mediatest.MP3(500),
	} {
		if mime == media.JSON {
			file = append([]byte("["), append(file, ']')...)
		}
		for _, good := range []int{0, len(file) / 2, len(file) - 1} {
			src := &failing{Reader: bytes.NewReader(file), after: int64(good), err: broken}
			_, err := newScorer(t).Score(t.Context(), review.Input{Kind: media.KindOf(mime), MIME: mime, Content: src})
			if src.failed {
				require.ErrorIs(t, err, broken, "%s after %d", mime, good)
			} else {
				require.NoError(t, err, "%s after %d", mime, good)
			}
		}
	}
}

// failing cannot be read from an offset on.
type failing struct {
	*bytes.Reader
	after  int64
	err    error
	failed bool
}

func (f *failing) Read(p []byte) (int, error) {
	at, _ := f.Seek(0, io.SeekCurrent)
	if at+int64(len(p)) > f.after {
		f.failed = true
		return 0, f.err
	}
	return f.Reader.Read(p)
}

type knownFunc func() (review.Match, error)

func (k knownFunc) Nearest(context.Context, review.Fingerprint) (review.Match, error) { return k() }

func TestScoreErrors(t *testing.T) {
	t.Parallel()
	s := newScorer(t)
	png := mediatest.PNG(mediatest.Picture(1, 32, 32))
	for _, in := range []review.Input{
		{Kind: media.Unknown, MIME: media.PNG},
		{Kind: media.Video, MIME: media.PNG},
		{Kind: media.Photo, MIME: "image/gif"},
	} {
		in.Content = bytes.NewReader(png)
		_, err := s.Score(t.Context(), in)
		require.Equal(t, market.Invalid, market.CodeOf(err))
	}
	full := errors.New("index is closed")
	_, err := s.Score(t.Context(), review.Input{Kind: media.Photo, MIME: media.PNG, Content: bytes.NewReader(png),
		Known: knownFunc(func() (review.Match, error) { return review.Match{}, full })})
	require.ErrorIs(t, err, full)
}

// Stored fingerprints come back as they were, and similarity is symmetric.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	prints := []review.Fingerprint{
		{},
		score(t, media.Photo, media.PNG, mediatest.PNG(mediatest.Picture(1, 64, 64)), nil).Fingerprint,
		score(t, media.Photo, media.PNG, mediatest.PNG(mediatest.Picture(2, 64, 64)), nil).Fingerprint,
		score(t, media.Text, media.Plain, []byte(prose(1, 500)), nil).Fingerprint,
		score(t, media.Text, media.Plain, []byte(prose(2, 5)), nil).Fingerprint,
	}
	for i, f := range prints {
		stored, err := f.MarshalBinary()
		require.NoError(t, err)
		var back review.Fingerprint
		require.NoError(t, back.UnmarshalBinary(stored))
		require.Equal(t, f, back)
		for j, g := range prints {
			require.Equal(t, f.Similarity(g), g.Similarity(f))
			require.Equal(t, i == j && i > 0, f.Similarity(g) == review.One, "%d and %d", i, j)
		}
	}
	require.Zero(t, review.Nearest(review.Fingerprint{}, func(func(string, review.Fingerprint) bool) {}))
}

func FuzzFingerprint(f *testing.F) {
	f.Add([]byte{0})
	f.Add(append([]byte{'p'}, make([]byte, 56)...))
	f.Add([]byte{'t', 2, 0, 0, 0, 1, 0, 0, 0, 2})
	f.Fuzz(func(t *testing.T, stored []byte) {
		var p review.Fingerprint
		if p.UnmarshalBinary(stored) != nil {
			return
		}
		back, err := p.MarshalBinary()
		require.NoError(t, err)
		require.Equal(t, stored, back)
		if !p.IsZero() && !(stored[0] == 't' && stored[1] == 0) {
			require.Equal(t, review.One, p.Similarity(p))
		}
	})
}

func BenchmarkNearest(b *testing.B) {
	known := map[string]review.Fingerprint{}
	for i := range 200 {
		known[string(rune(i))] = score(b, media.Text, media.Plain, []byte(prose(i, 400)), nil).Fingerprint
	}
	f := known["\x05"]
	for b.Loop() {
		for range 50 { // 10,000 comparisons
			review.Nearest(f, func(yield func(string, review.Fingerprint) bool) {
				for id, g := range known {
					if !yield(id, g) {
						return
					}
				}
			})
		}
	}
}
