package media

import (
	"fmt"
	"path"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// SniffLen is how many leading bytes Resolve makes use of: give it that many, or the
// whole file where it is shorter. More are ignored.
const SniffLen = 4096

// Resolve decides what type a file has: the declared Content-Type if it is
// specific, else the extension of filename, else what head, the first bytes of
// the file, looks like. The answer is one of the canonical types or AnyWebM.
// A type that no kind accepts is market.Invalid on the field "file".
//
// A specific declaration is taken at its word, whatever the other two say: a file
// that is not what it claims is accepted and then rejected by the review.
func Resolve(declared, filename string, head []byte) (string, error) {
	if mime := specific(declared); mime != "" {
		if Allowed(Unknown, mime) {
			return mime, nil
		}
		return "", unsupported(mime)
	}
	if mime := byExtension(filename); mime != "" {
		return mime, nil
	}
	mime, seen := sniff(head)
	if mime == "" {
		return "", unsupported(seen)
	}
	return mime, nil
}

// Settle gives the final type of a file once its contribution_type is known: it
// turns AnyWebM into the type of that kind and refuses, as market.Invalid on
// "file", a type that does not belong to the kind.
func Settle(kind Kind, mime string) (string, error) {
	if !kind.Valid() {
		_, err := ParseKind(string(kind))
		return "", err
	}
	if !Allowed(kind, mime) {
		return "", invalid("settle type", "file", fmt.Sprintf(
			"a %s contribution cannot be %s; allowed: %s", kind, shorten(mime), strings.Join(Types(kind), ", ")))
	}
	if mime == AnyWebM {
		if kind == Voice {
			return WebMAudio, nil
		}
		return WebM, nil
	}
	return mime, nil
}

// Normalize strips parameters from a declared type, lower-cases it and replaces
// an alias by the canonical spelling. It does not check that anything accepts it.
func Normalize(declared string) string {
	base, _, _ := strings.Cut(declared, ";")
	return canonical(strings.ToLower(strings.TrimSpace(base)))
}

// specific returns the declared type, or "" where the declaration says nothing:
// it is absent, malformed, or one of the types that clients send when they do not
// know better.
func specific(declared string) string {
	mime := Normalize(declared)
	major, minor, ok := strings.Cut(mime, "/")
	if !ok || !token(major) || !token(minor) || major == "*" || minor == "*" {
		return ""
	}
	switch mime {
	case "application/octet-stream", "binary/octet-stream", "application/x-octet-stream",
		"application/binary", "application/x-binary", "application/unknown", "application/x-unknown",
		"application/x-unknown-content-type", "unknown/unknown", "content/unknown",
		"application/force-download", "application/x-force-download", "application/download",
		"application/x-download", "multipart/form-data", "application/x-www-form-urlencoded",
		// AnyWebM is ours; coming from outside it says only what the extension says.
		AnyWebM:
		return ""
	}
	return mime
}

// token tells whether s is a token of RFC 9110 section 5.6.2.
func token(s string) bool {
	if s == "" || len(s) > 127 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		alnum := '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !alnum && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return true
}

// byExtension uses its own table and not the system's, so that two nodes agree.
func byExtension(filename string) string {
	// Browsers on Windows may send the whole path.
	name := path.Base(strings.ReplaceAll(filename, `\`, "/"))
	switch strings.ToLower(path.Ext(name)) {
	case ".jpg", ".jpeg", ".jpe", ".jfif":
		return JPEG
	case ".png":
		return PNG
	case ".webp":
		return WebP
	case ".heic":
		return HEIC
	case ".heif", ".hif":
		return HEIF
	case ".mp4", ".m4v":
		return MP4
	case ".webm":
		return AnyWebM
	case ".weba":
		return WebMAudio
	case ".mov", ".qt":
		return QuickTime
	case ".avi":
		return AVI
	case ".mp3", ".mpga":
		return MP3
	case ".wav", ".wave":
		return WAV
	case ".ogg", ".oga", ".opus":
		return Ogg
	case ".m4a", ".m4b":
		return M4A
	case ".txt", ".text":
		return Plain
	case ".json":
		return JSON
	}
	return ""
}

// sniff returns the accepted type that head looks like, or "" and the name of
// what was seen instead.
func sniff(head []byte) (mime, seen string) {
	if len(head) == 0 {
		return "", "application/octet-stream"
	}
	found := mimetype.Detect(head[:min(len(head), SniffLen)])
	seen = Normalize(found.String())
	if seen == WebM {
		return AnyWebM, seen
	}
	// The tree of types is climbed for text alone, where each more specific
	// language still is the plain text it was taken for. Elsewhere a parent says
	// little: an AVIF picture stands below video/mp4.
	for m := found; m != nil; m = m.Parent() {
		mime = Normalize(m.String())
		if m == found && Allowed(Unknown, mime) || mime == Plain || mime == JSON {
			return mime, seen
		}
	}
	return "", seen
}

func unsupported(mime string) error {
	return invalid("resolve type", "file", fmt.Sprintf("file type %s is not accepted", shorten(mime)))
}
