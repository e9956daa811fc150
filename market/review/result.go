package review

import (
	"time"

	"privd/market/media"
)

// The names of the factors.
const (
	Resolution = "resolution" // pixels; 1 at 8 megapixels for a photo, at 1920x1080 for video
	Clarity    = "clarity"    // sharpness of a photo
	Uniqueness = "uniqueness" // distance to the nearest known photo or text
	Duration   = "duration"   // 1 at a minute of video, at half a minute of voice
	Integrity  = "integrity"  // share of the file that is as its own structure declares
	Signal     = "signal"     // loudness of speech within its usual range; WAV only
	Clipping   = "clipping"   // 1 when no sample is at full scale; WAV only
	Length     = "length"     // 1 at 2,000 characters of text
	Entropy    = "entropy"    // information per byte of text
)

// Factor is one named quality, from 0 to One.
type Factor struct {
	Name  string
	Value Permille
}

// Result is what a Scorer found out about one file.
type Result struct {
	Version int
	Kind    media.Kind
	MIME    string

	// Fault says, for people, why the file does not decode as its type. It is
	// empty when the file does decode; otherwise there are no factors, the score
	// is 0 and there is no fingerprint.
	Fault string

	Factors []Factor // in a fixed order for each kind and type
	Score   Permille // the mean of the factors, rounded half up

	Fingerprint Fingerprint // to be stored, and known to later reviews
	Nearest     Match       // the most similar of the known fingerprints

	Width, Height int           // pixels; zero where there are none
	Length        time.Duration // playing time; zero where there is none
}

// Decodes tells whether the file is what its type says.
func (r Result) Decodes() bool { return r.Fault == "" }

// Factor returns the factor of that name, and whether there is one.
func (r Result) Factor(name string) (Permille, bool) {
	for _, f := range r.Factors {
		if f.Name == name {
			return f.Value, true
		}
	}
	return 0, false
}

// mean is the score of some factors.
func mean(factors []Factor) Permille {
	if len(factors) == 0 {
		return 0
	}
	sum := 0
	for _, f := range factors {
		sum += int(f.Value)
	}
	return Permille((2*sum + len(factors)) / (2 * len(factors)))
}
