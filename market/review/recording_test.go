package review_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market/media"
	"privd/market/media/mediatest"
	"privd/market/review"
)

var film = mediatest.MP4{Brand: "isom", Width: 640, Height: 360, Sound: true, Millis: 30_000, Media: 40_000}

// Each container gives up its size, its length and whether it is whole.
func TestVideo(t *testing.T) {
	t.Parallel()
	mov := film
	mov.Brand = "qt  "
	parts := mediatest.MP4{Brand: "iso5", Width: 640, Height: 360, Millis: 30_000, Media: 2_000, Fragmented: true}
	webm := mediatest.WebM{Width: 640, Height: 360, Sound: true, Millis: 30_250, Block: 300}
	live := webm
	live.Live = true
	for name, c := range map[string]struct {
		mime string
		file []byte
	}{
		"mp4":            {media.MP4, film.Bytes()},
		"fragmented mp4": {media.MP4, parts.Bytes()},
		"quicktime":      {media.QuickTime, mov.Bytes()},
		"webm":           {media.WebM, webm.Bytes()},
		"live webm":      {media.WebM, live.Bytes()},
		"avi":            {media.AVI, mediatest.AVI(640, 360, 750, 101)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := score(t, media.Video, c.mime, c.file, nil)
			require.Empty(t, r.Fault)
			require.Equal(t, []string{review.Resolution, review.Duration, review.Integrity}, names(r))
			require.Equal(t, [2]int{640, 360}, [2]int{r.Width, r.Height})
			require.InDelta(t, 30*time.Second, r.Length, float64(time.Second))
			require.EqualValues(t, 333, factor(t, r, review.Resolution))
			require.InDelta(t, 500, int(factor(t, r, review.Duration)), 20)
			require.Equal(t, review.One, factor(t, r, review.Integrity))
			require.True(t, r.Fingerprint.IsZero())

			// Cut short, it is not whole, or does not decode at all. Only what is
			// recorded as it happens may end anywhere.
			short := score(t, media.Video, c.mime, c.file[:len(c.file)*2/3], nil)
			if short.Fault == "" && name != "live webm" && name != "fragmented mp4" {
				require.Less(t, factor(t, short, review.Integrity), review.Permille(700))
			}
			// With something appended, a little is not as declared.
			long := score(t, media.Video, c.mime, append(bytes.Clone(c.file), "xxxxx"...), nil)
			require.Empty(t, long.Fault)
			require.Less(t, factor(t, long, review.Integrity), review.One)
			require.Greater(t, factor(t, long, review.Integrity), review.Permille(990))
		})
	}
}

// A header alone cannot claim hours.
func TestCredibleLength(t *testing.T) {
	t.Parallel()
	lie := film
	lie.Millis = 100 * 3600 * 1000
	r := score(t, media.Video, media.MP4, lie.Bytes(), nil)
	require.Less(t, r.Length, 2*time.Minute)
	require.Positive(t, r.Length)
}

// Chunks that are not in the media are missed.
func TestMovedMedia(t *testing.T) {
	t.Parallel()
	file := film.Bytes()
	at := bytes.Index(file, []byte("stco"))
	file[at+12] = 0x7f
	r := score(t, media.Video, media.MP4, file, nil)
	require.Empty(t, r.Fault)
	require.Zero(t, factor(t, r, review.Integrity))
}

func TestVoice(t *testing.T) {
	t.Parallel()
	m4a := mediatest.MP4{Brand: "M4A ", Sound: true, Millis: 15_000, Media: 20_000}
	webm := mediatest.WebM{Sound: true, Millis: 15_250, Block: 300}
	for name, c := range map[string]struct {
		mime string
		file []byte
	}{
		"m4a":  {media.M4A, m4a.Bytes()},
		"webm": {media.WebMAudio, webm.Bytes()},
		"mp3":  {media.MP3, mediatest.MP3(574)},
		"ogg":  {media.Ogg, mediatest.Ogg(15)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := score(t, media.Voice, c.mime, c.file, nil)
			require.Empty(t, r.Fault)
			require.Equal(t, []string{review.Duration, review.Integrity}, names(r))
			require.InDelta(t, 15*time.Second, r.Length, float64(time.Second))
			require.Equal(t, review.One, factor(t, r, review.Integrity))
			require.Zero(t, r.Width)
		})
	}
	// A hole in the middle costs what it spans.
	for name, file := range map[string][]byte{media.MP3: mediatest.MP3(574), media.Ogg: mediatest.Ogg(15)} {
		clear(file[len(file)/2 : len(file)*3/4])
		r := score(t, media.Voice, name, file, nil)
		require.Empty(t, r.Fault, name)
		require.InDelta(t, 750, int(factor(t, r, review.Integrity)), 100, name)
	}
	tagged := append(mediatest.MP3(100), append([]byte("TAG"), make([]byte, 125)...)...)
	require.Equal(t, review.One, factor(t, score(t, media.Voice, media.MP3, tagged, nil), review.Integrity))
}

func TestWAV(t *testing.T) {
	t.Parallel()
	judge := func(samples []int16) review.Result {
		r := score(t, media.Voice, media.WAV, mediatest.WAV(samples), nil)
		require.Empty(t, r.Fault)
		require.Equal(t, []string{review.Duration, review.Signal, review.Clipping}, names(r))
		return r
	}
	good := judge(mediatest.Tone(8000*15, 0.5))
	require.Equal(t, 15*time.Second, good.Length)
	require.EqualValues(t, 500, factor(t, good, review.Duration))
	require.Equal(t, review.One, factor(t, good, review.Signal))
	require.Equal(t, review.One, factor(t, good, review.Clipping))
	quiet := judge(mediatest.Tone(8000, 0.01)) // about -43 dB
	require.InDelta(t, 70, int(factor(t, quiet, review.Signal)), 2)
	silent := judge(make([]int16, 8000))
	require.Zero(t, factor(t, silent, review.Signal))
	loud := judge(mediatest.Tone(8000, 4))
	require.Zero(t, factor(t, loud, review.Clipping))
	offset := make([]int16, 8000)
	for i := range offset {
		offset[i] = 12_000 // a constant is no sound
	}
	require.Zero(t, factor(t, judge(offset), review.Signal))
	empty := judge(nil)
	require.Zero(t, empty.Score)
	verdict, reason := review.DefaultPolicy().Decide(empty)
	require.Equal(t, review.Reject, verdict)
	require.Contains(t, reason, "0.00")
}

// wavOf builds a WAV of one channel at 8000 samples per second in any format.
func wavOf(code, bits int, data []byte) []byte {
	format := []byte{byte(code), byte(code >> 8), 1, 0, 0x40, 0x1f, 0, 0, 0, 0, 1, 0, 1, 0, byte(bits), 0}
	return mediatest.RIFFChunk("RIFF", "WAVE"+string(mediatest.RIFFChunk("fmt ", string(format)))+string(mediatest.RIFFChunk("data", string(data))))
}

func TestWAVFormats(t *testing.T) {
	t.Parallel()
	const half8, half16 = 0xc0, 0x4000
	for name, c := range map[string]struct {
		code, bits int
		up, down   []byte
	}{
		"8":        {1, 8, []byte{half8}, []byte{0x40}},
		"16":       {1, 16, []byte{0, 0x40}, []byte{0, 0xc0}},
		"24":       {1, 24, []byte{0, 0, 0x40}, []byte{0, 0, 0xc0}},
		"32":       {1, 32, []byte{0, 0, 0, 0x40}, []byte{0, 0, 0, 0xc0}},
		"float 32": {3, 32, []byte{0, 0, 0, 0x3f}, []byte{0, 0, 0, 0xbf}},
		"float 64": {3, 64, []byte{0, 0, 0, 0, 0, 0, 0xe0, 0x3f}, []byte{0, 0, 0, 0, 0, 0, 0xe0, 0xbf}},
	} {
		file := wavOf(c.code, c.bits, bytes.Repeat(append(bytes.Clone(c.up), c.down...), 4000))
		r := score(t, media.Voice, media.WAV, file, nil)
		require.Equal(t, time.Second, r.Length, name)
		require.Equal(t, review.One, factor(t, r, review.Signal), name)
		require.Equal(t, review.One, factor(t, r, review.Clipping), name)
	}
	nan := score(t, media.Voice, media.WAV, wavOf(3, 32, bytes.Repeat([]byte{0xff, 0xff, 0xff, 0x7f}, 100)), nil)
	require.Zero(t, factor(t, nan, review.Signal))
	coded := score(t, media.Voice, media.WAV, wavOf(7, 8, make([]byte, 8000)), nil)
	require.Equal(t, []string{review.Duration, review.Integrity}, names(coded))
}

// The wrong tracks, other containers and noise do not decode.
func TestRecordingFaults(t *testing.T) {
	t.Parallel()
	noise := mediatest.MP4{Brand: "isom", Media: 100_000}.Bytes()[100:]
	sound := mediatest.MP4{Brand: "M4A ", Sound: true, Millis: 1000, Media: 1000}.Bytes()
	mute := mediatest.MP4{Brand: "isom", Width: 64, Height: 64, Millis: 1000, Media: 1000}.Bytes()
	for _, c := range []struct {
		kind   media.Kind
		mime   string
		file   []byte
		reason string
	}{
		{media.Video, media.MP4, sound, "no picture track"},
		{media.Voice, media.M4A, mute, "no sound track"},
		{media.Voice, media.WebMAudio, mediatest.WebM{Width: 64, Height: 64, Millis: 1000, Block: 10}.Bytes(), "no sound track"},
		{media.Video, media.WebM, mediatest.WebM{Sound: true, Millis: 1000, Block: 10}.Bytes(), "no picture track"},
		{media.Video, media.WebM, mediatest.WebM{Width: 64, Height: 64}.Bytes(), "no media"},
		{media.Video, media.MP4, mediatest.Box("ftyp", []byte("isom")), "no movie header"},
		{media.Video, media.MP4, mediatest.MP4{Brand: "isom", Width: 64, Height: 64, Millis: 1000}.Bytes(), "no media"},
		{media.Video, media.AVI, mediatest.AVI(64, 64, 0, 0), "no pictures"},
		{media.Video, media.AVI, mediatest.WAV(nil), "AVI"},
		{media.Voice, media.WAV, mediatest.AVI(64, 64, 1, 1), "WAV"},
		{media.Voice, media.Ogg, []byte("OggS"), "Ogg"},
		{media.Voice, media.MP3, []byte("ID3\x04\x00\x00\x00\x00\x00\x00"), "MPEG"},
	} {
		r := score(t, c.kind, c.mime, c.file, nil)
		require.Contains(t, r.Fault, c.reason, c.mime)
	}
	for _, kind := range []media.Kind{media.Video, media.Voice} {
		for _, mime := range media.Types(kind) {
			for _, file := range [][]byte{nil, []byte("text"), noise} {
				require.NotEmpty(t, score(t, kind, mime, file, nil).Fault, "%s of %d bytes", mime, len(file))
			}
		}
	}
}
