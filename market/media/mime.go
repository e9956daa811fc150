package media

// The MIME types a contribution can have, in their canonical spelling.
const (
	JPEG      = "image/jpeg"
	PNG       = "image/png"
	WebP      = "image/webp"
	HEIC      = "image/heic"
	HEIF      = "image/heif"
	MP4       = "video/mp4"
	WebM      = "video/webm"
	QuickTime = "video/quicktime"
	AVI       = "video/x-msvideo"
	MP3       = "audio/mpeg"
	WAV       = "audio/wav"
	WebMAudio = "audio/webm"
	Ogg       = "audio/ogg"
	M4A       = "audio/mp4"
	Plain     = "text/plain"
	JSON      = "application/json"
)

// AnyWebM stands for a WebM file of which nobody has said whether it is video or
// sound. Resolve may return it; Settle turns it into WebM or WebMAudio. It is
// never stored or shown.
const AnyWebM = "application/webm"

// MiB is the megabyte of the documented limits.
const MiB = 1 << 20

// rule is one row of the documented table.
type rule struct {
	kind  Kind
	limit int64 // bytes
	types []string
}

func rules() [4]rule {
	return [4]rule{
		{Photo, 50 * MiB, []string{JPEG, PNG, WebP, HEIC, HEIF}},
		{Video, 500 * MiB, []string{MP4, WebM, QuickTime, AVI}},
		{Voice, 100 * MiB, []string{MP3, WAV, WebMAudio, Ogg, M4A}},
		{Text, 10 * MiB, []string{Plain, JSON}},
	}
}

// canonical maps other usual spellings to the canonical one.
func canonical(mime string) string {
	switch mime {
	case "image/jpg", "image/pjpeg", "image/x-jpeg":
		return JPEG
	case "image/x-png":
		return PNG
	case "image/x-webp":
		return WebP
	case "audio/x-wav", "audio/wave", "audio/x-pn-wav", "audio/vnd.wave":
		return WAV
	case "audio/mp3", "audio/x-mp3", "audio/x-mpeg", "audio/mpeg3", "audio/x-mpeg-3":
		return MP3
	case "audio/x-m4a", "audio/m4a", "audio/x-mp4", "audio/x-mp4a":
		return M4A
	case "audio/x-ogg", "application/ogg", "audio/opus", "audio/vorbis":
		return Ogg
	case "audio/x-webm":
		return WebMAudio
	case "video/avi", "video/msvideo", "video/x-avi", "video/vnd.avi":
		return AVI
	case "video/x-m4v", "video/x-mp4":
		return MP4
	case "video/x-quicktime":
		return QuickTime
	case "video/x-webm":
		return WebM
	case "text/json", "application/x-json":
		return JSON
	}
	return mime
}

// Types lists the MIME types that kind accepts, in the documented order.
func Types(kind Kind) []string {
	for _, r := range rules() {
		if r.kind == kind {
			return append([]string(nil), r.types...)
		}
	}
	return nil
}

// KindOf returns the kind whose row holds mime, or Unknown when none does or when
// mime is AnyWebM.
func KindOf(mime string) Kind {
	for _, r := range rules() {
		if has(r.types, mime) {
			return r.kind
		}
	}
	return Unknown
}

// Allowed tells whether a file of type mime may be a contribution of this kind.
// With Unknown it tells whether any kind accepts it. AnyWebM counts as both of its
// readings.
func Allowed(kind Kind, mime string) bool {
	if mime == AnyWebM {
		return kind == Unknown || kind == Video || kind == Voice
	}
	own := KindOf(mime)
	return own != Unknown && (kind == Unknown || kind == own)
}

// Limit returns the largest size in bytes of a file of type mime within this
// kind. With Unknown the row of the type itself decides, and AnyWebM has the
// larger of its two limits. It is 0 for what Allowed refuses.
func Limit(kind Kind, mime string) int64 {
	if !Allowed(kind, mime) {
		return 0
	}
	if kind == Unknown {
		kind = KindOf(mime)
	}
	if kind == Unknown { // AnyWebM
		kind = Video
	}
	for _, r := range rules() {
		if r.kind == kind {
			return r.limit
		}
	}
	return 0
}

// MaxLimit is the largest of all limits in bytes: no upload is longer than this,
// whatever it claims to be.
func MaxLimit() int64 {
	var most int64
	for _, r := range rules() {
		most = max(most, r.limit)
	}
	return most
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
