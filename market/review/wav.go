package review

import (
	"encoding/binary"
	"math"

	"privd/market/media/window"
)

// Formats of samples in WAV.
const (
	wavPCM        = 1
	wavFloat      = 3
	wavExtensible = 0xfffe
)

// wavFormat is the fmt chunk.
type wavFormat struct {
	code, channels, bits int
	rate                 uint64 // samples per second and channel
	bytesPerSecond       uint64
}

// wav judges a WAV, whose samples can be looked at without decoding.
func wav(file *window.Reader, r *Result) error {
	format, data, err := openWav(file)
	if err != nil {
		return err
	}
	r.Length = credible(seconds(uint64(data.have), format.bytesPerSecond), file.Size(), leastVoiceRate)
	r.Factors = []Factor{{Duration, ratio(uint64(r.Length), uint64(fullVoiceDuration))}}
	sample := format.sample()
	if sample == nil { // compressed: only the container can be judged
		r.Factors = append(r.Factors, Factor{Integrity, ratio(uint64(data.have), uint64(data.size))})
		return nil
	}
	signal, clipping := listen(file, data, format.bits/8, sample)
	r.Factors = append(r.Factors, Factor{Signal, signal}, Factor{Clipping, clipping})
	return nil
}

// openWav finds the sample format and the samples.
func openWav(file *window.Reader) (format wavFormat, data chunk, err error) {
	if !riff(file, "WAVE") {
		return format, data, faulty("it has no WAV header")
	}
	known := false
	chunks(file, 12, file.Size(), 1<<10, func(c chunk) bool {
		switch c.kind {
		case "fmt ":
			format, known = readWavFormat(file, c)
		case "data":
			data = c
			return false
		}
		return true
	})
	switch {
	case !known:
		return format, data, faulty("it has no sample format")
	case data.kind == "":
		return format, data, faulty("it holds no samples")
	}
	return format, data, nil
}

func readWavFormat(file *window.Reader, c chunk) (wavFormat, bool) {
	b, ok := at(file, c.body, int(min(c.have, 26)))
	if !ok || len(b) < 16 {
		return wavFormat{}, false
	}
	f := wavFormat{
		code:           int(binary.LittleEndian.Uint16(b)),
		channels:       int(binary.LittleEndian.Uint16(b[2:])),
		rate:           uint64(binary.LittleEndian.Uint32(b[4:])),
		bytesPerSecond: uint64(binary.LittleEndian.Uint32(b[8:])),
		bits:           int(binary.LittleEndian.Uint16(b[14:])),
	}
	if f.code == wavExtensible && len(b) >= 26 {
		f.code = int(binary.LittleEndian.Uint16(b[24:]))
	}
	if f.sample() != nil {
		f.bytesPerSecond = f.rate * uint64(f.channels) * uint64(f.bits/8)
	}
	return f, f.channels > 0 && f.rate > 0 && f.bytesPerSecond > 0
}

// sample returns how to read one sample as -32768 to 32767, or nil if it is coded.
func (f wavFormat) sample() func([]byte) int {
	switch {
	case f.code == wavPCM && f.bits == 8:
		return func(b []byte) int { return (int(b[0]) - 128) << 8 }
	case f.code == wavPCM && f.bits == 16:
		return func(b []byte) int { return int(int16(binary.LittleEndian.Uint16(b))) }
	case f.code == wavPCM && f.bits == 24:
		return func(b []byte) int { return int(int16(binary.LittleEndian.Uint16(b[1:]))) }
	case f.code == wavPCM && f.bits == 32:
		return func(b []byte) int { return int(int16(binary.LittleEndian.Uint16(b[2:]))) }
	case f.code == wavFloat && f.bits == 32:
		return func(b []byte) int {
			return scaled(float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
		}
	case f.code == wavFloat && f.bits == 64:
		return func(b []byte) int { return scaled(math.Float64frombits(binary.LittleEndian.Uint64(b))) }
	}
	return nil
}

// scaled brings a sample of -1 to 1 to integers. Multiplying by a power of two is
// exact, so that all processors agree.
func scaled(v float64) int {
	switch {
	case v != v:
		return 0
	case v >= 1:
		return math.MaxInt16
	case v <= -1:
		return math.MinInt16
	}
	return int(v * 32768)
}

// listen goes through all samples. Signal is their root mean square without any
// constant part, whole at a tenth of full scale (-20 dB), as clear speech has it.
// Clipping falls to zero when one sample in a hundred is at full scale.
func listen(file *window.Reader, data chunk, width int, sample func([]byte) int) (signal, clipping Permille) {
	const clear, bearable = 3277, 100
	var n, clipped uint64
	var sum, squares int64 // 2^26 samples of 2^15: squares stay below 2^57
	buf := make([]byte, 4096*width)
	for off, end := data.body, data.body+data.have; off < end; {
		part := buf[:min(int64(len(buf)), end-off)]
		if _, err := file.ReadAt(part, off); err != nil {
			break
		}
		off += int64(len(part))
		for ; len(part) >= width; part = part[width:] {
			v := sample(part)
			sum += int64(v)
			squares += int64(v) * int64(v)
			if v >= math.MaxInt16-1 || v == math.MinInt16 {
				clipped++
			}
			n++
		}
	}
	if n == 0 {
		return 0, 0
	}
	average := sum / int64(n)
	variance := squares/int64(n) - average*average
	return ratio(root(uint64(max(0, variance))), clear), One - ratio(bearable*clipped, n)
}
