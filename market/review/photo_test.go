package review_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/corona10/goimagehash"
	"github.com/stretchr/testify/require"

	"privd/market/media"
	"privd/market/media/mediatest"
	"privd/market/review"
)

func newScorer(t testing.TB) *review.Scorer {
	t.Helper()
	s, err := review.NewScorer(review.DefaultConfig())
	require.NoError(t, err)
	return s
}

func score(t testing.TB, kind media.Kind, mime string, file []byte, known review.Known) review.Result {
	t.Helper()
	r, err := newScorer(t).Score(t.Context(), review.Input{Kind: kind, MIME: mime, Content: bytes.NewReader(file), Known: known})
	require.NoError(t, err)
	require.Equal(t, review.Version, r.Version)
	require.LessOrEqual(t, r.Score, review.One)
	for _, f := range r.Factors {
		require.LessOrEqual(t, f.Value, review.One, f.Name)
	}
	return r
}

func factor(t testing.TB, r review.Result, name string) review.Permille {
	t.Helper()
	v, ok := r.Factor(name)
	require.True(t, ok, "no factor %s in %v (fault %q)", name, r.Factors, r.Fault)
	return v
}

func names(r review.Result) (out []string) {
	for _, f := range r.Factors {
		out = append(out, f.Name)
	}
	return out
}

func checkered(x, y int) bool { return (x/7+y/5)%2 == 0 }

// Each allowed photo type decodes, has the documented factors and is approved.
func TestPhotoTypes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mime          string
		file          []byte
		width, height int
	}{
		{media.JPEG, mediatest.JPEG(mediatest.Picture(1, 320, 240), 85), 320, 240},
		{media.PNG, mediatest.PNG(mediatest.Picture(1, 200, 300)), 200, 300},
		{media.WebP, mediatest.WebP(90, 60, checkered), 90, 60},
		{media.HEIC, mediatest.HEIC(t, "test8"), 512, 512},
		{media.HEIC, mediatest.HEIC(t, "test12"), 512, 512},
		{media.HEIF, mediatest.HEIC(t, "test"), 1346, 1346},
		{media.HEIF, mediatest.HEIC(t, "gray"), 512, 512},
	} {
		r := score(t, media.Photo, c.mime, c.file, nil)
		require.Empty(t, r.Fault, c.mime)
		require.Equal(t, []string{review.Resolution, review.Clarity, review.Uniqueness}, names(r))
		require.Equal(t, [2]int{c.width, c.height}, [2]int{r.Width, r.Height}, c.mime)
		require.Equal(t, review.One, factor(t, r, review.Uniqueness))
		require.False(t, r.Fingerprint.IsZero(), c.mime)
		verdict, reason := review.DefaultPolicy().Decide(r)
		require.Equal(t, review.Approve, verdict, "%s: %s", c.mime, reason)
		require.Equal(t, r, score(t, media.Photo, c.mime, c.file, nil), "not deterministic")
	}
}

// More pixels and sharper edges score higher.
func TestPhotoFactors(t *testing.T) {
	t.Parallel()
	sharp := mediatest.Picture(3, 800, 600)
	small := score(t, media.Photo, media.PNG, mediatest.PNG(mediatest.Picture(3, 80, 60)), nil)
	large := score(t, media.Photo, media.PNG, mediatest.PNG(sharp), nil)
	require.Greater(t, factor(t, large, review.Resolution), factor(t, small, review.Resolution))
	require.EqualValues(t, 244, factor(t, large, review.Resolution)) // sqrt(480,000/8,000,000)
	full := score(t, media.Photo, media.PNG, mediatest.PNG(image.NewGray(image.Rect(0, 0, 4000, 2000))), nil)
	require.Equal(t, review.One, factor(t, full, review.Resolution))

	blurred := score(t, media.Photo, media.PNG, mediatest.PNG(blur(sharp, 8)), nil)
	require.Less(t, factor(t, blurred, review.Clarity)*2, factor(t, large, review.Clarity))
	require.Zero(t, factor(t, full, review.Clarity), "one colour is not clear")
}

func blur(src *image.RGBA, radius int) *image.RGBA {
	b := src.Bounds()
	out := image.NewRGBA(b)
	for y := range b.Dy() {
		for x := range b.Dx() {
			var sum [3]int
			n := 0
			for dy := -radius; dy <= radius; dy += 2 {
				for dx := -radius; dx <= radius; dx += 2 {
					if p := (image.Point{x + dx, y + dy}); p.In(b) {
						c := src.RGBAAt(p.X, p.Y)
						sum[0], sum[1], sum[2], n = sum[0]+int(c.R), sum[1]+int(c.G), sum[2]+int(c.B), n+1
					}
				}
			}
			out.SetRGBA(x, y, color.RGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), 255})
		}
	}
	return out
}

// A picture saved in another format, quality or size is a copy; another picture is
// not, and neither is the same one in other colours.
func TestPhotoUniqueness(t *testing.T) {
	t.Parallel()
	original := mediatest.Picture(7, 640, 480)
	first := score(t, media.Photo, media.PNG, mediatest.PNG(original), review.Set{})
	known := review.Set{"contrib_b": first.Fingerprint, "contrib_a": first.Fingerprint}
	for name, img := range map[string]image.Image{"same": original, "half": half(original)} {
		for _, quality := range []int{95, 60} {
			r := score(t, media.Photo, media.JPEG, mediatest.JPEG(img, quality), known)
			require.Zero(t, factor(t, r, review.Uniqueness), "%s at %d", name, quality)
			require.Equal(t, review.Match{ID: "contrib_a", Similarity: review.One}, r.Nearest)
			verdict, reason := review.DefaultPolicy().Decide(r)
			require.Equal(t, review.Reject, verdict)
			require.Contains(t, reason, "copy of contrib_a")
			verdict, _ = review.Policy{AcceptCopies: true}.Decide(r)
			require.Equal(t, review.Approve, verdict)
		}
	}
	swapped := image.NewRGBA(original.Rect)
	for i := 0; i < len(swapped.Pix); i += 4 {
		swapped.Pix[i], swapped.Pix[i+1], swapped.Pix[i+2], swapped.Pix[i+3] = original.Pix[i+2], original.Pix[i+1], original.Pix[i], 255
	}
	require.Positive(t, factor(t, score(t, media.Photo, media.PNG, mediatest.PNG(swapped), known), review.Uniqueness))

	all := review.Set{}
	for seed := range uint64(60) {
		r := score(t, media.Photo, media.PNG, mediatest.PNG(mediatest.Picture(100+seed, 96, 96)), all)
		require.Positive(t, factor(t, r, review.Uniqueness), "seed %d resembles %v", seed, r.Nearest)
		all[string(rune('A'+seed))] = r.Fingerprint
	}
}

func half(src *image.RGBA) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, src.Rect.Dx()/2, src.Rect.Dy()/2))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.SetRGBA(x, y, src.RGBAAt(2*x, 2*y))
		}
	}
	return out
}

// Pictures without texture say nothing about each other.
func TestPhotoWithoutTexture(t *testing.T) {
	t.Parallel()
	plain := image.NewGray(image.Rect(0, 0, 50, 50))
	r := score(t, media.Photo, media.PNG, mediatest.PNG(plain), nil)
	require.True(t, r.Fingerprint.IsZero())
	again := score(t, media.Photo, media.PNG, mediatest.PNG(plain), review.Set{"x": r.Fingerprint})
	require.Equal(t, review.One, factor(t, again, review.Uniqueness))
	one := score(t, media.Photo, media.PNG, mediatest.PNG(image.NewGray(image.Rect(0, 0, 1, 1))), nil)
	require.Empty(t, one.Fault)
	verdict, _ := review.DefaultPolicy().Decide(one)
	require.Equal(t, review.Approve, verdict)
}

// The fixed-point hash agrees with the usual floating-point one but for a few bits
// that hang on how pixels are averaged.
func TestShapeHashOracle(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		img := mediatest.Picture(seed, 64, 64)
		want, err := goimagehash.PerceptionHash(img)
		require.NoError(t, err)
		stored, err := score(t, media.Photo, media.PNG, mediatest.PNG(img), nil).Fingerprint.MarshalBinary()
		require.NoError(t, err)
		got := binary.BigEndian.Uint64(stored[1:])
		if d := bits.OnesCount64(got ^ want.GetHash()); d > 4 {
			t.Errorf("seed %d: hash %016x is %d bits from %016x", seed, got, d, want.GetHash())
		}
	}
}

// What is no photo of its type is rejected with a reason, and nothing else.
func TestPhotoFaults(t *testing.T) {
	t.Parallel()
	good := mediatest.JPEG(mediatest.Picture(1, 64, 64), 80)
	var anim bytes.Buffer
	require.NoError(t, gif.Encode(&anim, mediatest.Picture(1, 8, 8), nil))
	huge := mediatest.PNG(image.NewGray(image.Rect(0, 0, 1, 1)))
	binary.BigEndian.PutUint32(huge[16:], 60_000)
	binary.BigEndian.PutUint32(huge[20:], 60_000)
	copy(huge[8:], mediatest.PNGChunk("IHDR", string(huge[16:29])))
	bomb := mediatest.WebP(16383, 8, checkered)
	// Width and height are 14 bits each behind the signature byte.
	binary.LittleEndian.PutUint32(bomb[21:], 0x3fff|0x3fff<<14)
	lying := mediatest.HEIC(t, "gray")
	binary.BigEndian.PutUint32(lying[bytes.Index(lying, []byte("ispe"))+8:], 5_000)
	grid := mediatest.HEIC(t, "test")
	// The grid is 3 by 3 tiles of 512 and says how much of that is the picture.
	at := bytes.Index(grid, []byte{0, 0, 2, 2, 1346 >> 8, 1346 & 255, 1346 >> 8, 1346 & 255})
	require.Positive(t, at)
	larger := bytes.Clone(grid)
	binary.BigEndian.PutUint32(larger[at+4:], 0xffffffff)
	bombed := bytes.Clone(grid)
	at = bytes.Index(bombed, []byte{0, 0, 2, 0, 0, 0, 2, 0}) // the ispe of the tiles
	require.Positive(t, at)
	binary.BigEndian.PutUint64(bombed[at:], 0x0000_ffff_0000_ffff)
	for name, c := range map[string]struct {
		mime   string
		file   []byte
		reason string
	}{
		"empty":         {media.JPEG, nil, "header"},
		"text":          {media.PNG, []byte("not a picture"), "header"},
		"cut":           {media.JPEG, good[:len(good)/2], "does not decode"},
		"other type":    {media.PNG, good, "header"},
		"gif":           {media.WebP, anim.Bytes(), "header"},
		"jpeg as heic":  {media.HEIC, good, "boxes"},
		"cut heic":      {media.HEIC, mediatest.HEIC(t, "test8")[:9000], "boxes"},
		"pixel bomb":    {media.PNG, huge, "memory"},
		"webp bomb":     {media.WebP, bomb, "memory"},
		"heic lie":      {media.HEIC, lying, "claims to be larger"},
		"heic grid lie": {media.HEIC, larger, "boxes"},
		"heic bomb":     {media.HEIC, bombed, "memory"},
		"wrong chunk":   {media.PNG, append(mediatest.PNG(mediatest.Picture(1, 8, 8))[:60], 0), "does not decode"},
		"no frame":      {media.JPEG, []byte{0xff, 0xd8, 0xff, 0xd9}, "header"},
		"zero width":    {media.HEIC, zeroSize(mediatest.HEIC(t, "gray")), "pixels"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := score(t, media.Photo, c.mime, c.file, nil)
			require.Contains(t, r.Fault, c.reason)
			require.Empty(t, r.Factors)
			require.Zero(t, r.Score)
			require.True(t, r.Fingerprint.IsZero())
			verdict, reason := review.DefaultPolicy().Decide(r)
			require.Equal(t, review.Reject, verdict)
			require.Contains(t, reason, c.mime)
		})
	}
}

// Decoders hide damage in the coded picture; none of it upsets the node.
func TestHEIFDamaged(t *testing.T) {
	t.Parallel()
	file := mediatest.HEIC(t, "gray")
	for from := 352; from < len(file); from += 7000 {
		r := score(t, media.Photo, media.HEIC, damage(bytes.Clone(file), from), nil)
		require.Equal(t, r.Fault == "", len(r.Factors) == 3)
	}
}

func zeroSize(file []byte) []byte {
	binary.BigEndian.PutUint64(file[bytes.Index(file, []byte("ispe"))+8:], 0)
	return file
}

func damage(file []byte, from int) []byte {
	r := rand.New(rand.NewPCG(1, 1))
	for i := from; i < len(file); i++ {
		file[i] = byte(r.Uint32())
	}
	return file
}

// Waiting for the decoder ends with the context.
func TestPhotoCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newScorer(t).Score(ctx, review.Input{Kind: media.Photo, MIME: media.PNG,
		Content: bytes.NewReader(mediatest.PNG(mediatest.Picture(1, 8, 8)))})
	require.ErrorIs(t, err, context.Canceled)
}
