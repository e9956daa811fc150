package review

import (
	"context"
	"math/bits"
	"time"

	"privd/market/media"
	"privd/market/media/window"
)

// container is what the structure of a video or sound file tells. Compressed
// streams are not decoded: a container that is whole around a damaged stream
// counts as whole.
type container struct {
	video, audio  bool // it has such a track
	width, height int  // pixels of the largest video track
	length        time.Duration
	integrity     Permille
}

const (
	fullVideo         = 1920 * 1080 // pixels
	fullVideoDuration = time.Minute
	fullVoiceDuration = 30 * time.Second
	maxLength         = 1000 * time.Hour // more than that is taken as that

	// No codec in use makes intelligible content of fewer bytes per second. What a
	// header claims beyond that does not count.
	leastVideoRate = 500
	leastVoiceRate = 250
)

// recording judges videos and voices.
func recording(_ context.Context, file *window.Reader, r *Result) error {
	if r.MIME == media.WAV {
		return wav(file, r)
	}
	c, err := openContainer(r.MIME, file)
	if err != nil {
		return err
	}
	if r.Kind == media.Voice {
		if !c.audio {
			return faulty("it has no sound track")
		}
		r.Length = credible(c.length, file.Size(), leastVoiceRate)
		r.Factors = []Factor{
			{Duration, ratio(uint64(r.Length), uint64(fullVoiceDuration))},
			{Integrity, c.integrity},
		}
		return nil
	}
	if !c.video || c.width <= 0 || c.height <= 0 {
		return faulty("it has no picture track")
	}
	r.Length = credible(c.length, file.Size(), leastVideoRate)
	r.Width, r.Height = c.width, c.height
	r.Factors = []Factor{
		{Resolution, rootRatio(uint64(c.width)*uint64(c.height), fullVideo)},
		{Duration, ratio(uint64(r.Length), uint64(fullVideoDuration))},
		{Integrity, c.integrity},
	}
	return nil
}

func openContainer(mime string, file *window.Reader) (container, error) {
	switch mime {
	case media.MP4, media.QuickTime, media.M4A:
		return openMP4(file)
	case media.WebM, media.WebMAudio:
		return openWebM(file)
	case media.AVI:
		return openAVI(file)
	case media.MP3:
		return openMP3(file)
	case media.Ogg:
		return openOgg(file)
	}
	return container{}, faulty("nothing here can read it")
}

// sized notes the size of a video track and keeps the largest.
func (c *container) sized(width, height int) {
	const most = 1 << 16
	if width > 0 && height > 0 && width <= most && height <= most && width*height > c.width*c.height {
		c.width, c.height = width, height
	}
}

// seconds returns n/scale seconds.
func seconds(n, scale uint64) time.Duration {
	if scale == 0 {
		return 0
	}
	hi, lo := bits.Mul64(n, uint64(time.Second))
	if hi >= scale {
		return maxLength
	}
	q, _ := bits.Div64(hi, lo, scale)
	return time.Duration(min(q, uint64(maxLength)))
}

// credible bounds a claimed length by what so many bytes can hold.
func credible(claimed time.Duration, size, leastRate int64) time.Duration {
	return max(0, min(claimed, maxLength, seconds(uint64(size), uint64(leastRate))))
}

// at reads n bytes at off. It fails at the end of the file, and when the source
// fails, which the file remembers.
func at(file *window.Reader, off int64, n int) ([]byte, bool) {
	buf := make([]byte, n)
	m, _ := file.ReadAt(buf, off)
	return buf, m == n
}
