package media

import "fmt"

// Kind is the type of a contribution, spelled as in the API.
type Kind string

// The kinds of contribution. Unknown is what an upload has before its
// contribution_type arrived.
const (
	Unknown Kind = ""
	Photo   Kind = "photo"
	Video   Kind = "video"
	Voice   Kind = "voice"
	Text    Kind = "text"
)

// Kinds lists the valid kinds in the order of the documents.
func Kinds() []Kind { return []Kind{Photo, Video, Voice, Text} }

// ParseKind reads a contribution_type. Anything but the four documented words is
// market.Invalid and names the field.
func ParseKind(s string) (Kind, error) {
	k := Kind(s)
	if k.Valid() {
		return k, nil
	}
	return Unknown, invalid("parse kind", "contribution_type",
		fmt.Sprintf("contribution_type must be one of photo, video, voice, text; got %q", shorten(s)))
}

// Valid tells whether k is one of the four kinds.
func (k Kind) Valid() bool {
	switch k {
	case Photo, Video, Voice, Text:
		return true
	}
	return false
}
