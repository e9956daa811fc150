// Package preview makes small derivatives of contributions that anybody may see
// before paying: a small picture of a photo, an excerpt of a text, a short clip of a
// recording, or else a card that says what it is. They never are what is sold, carry
// no metadata, and are made in bounded memory.
//
// It also tells what a preview from a stranger is: only the few types made here are
// shown.
package preview

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"image/jpeg"
	"io"

	"privd/market"
	"privd/market/media"
	"privd/market/review"
)

// MaxSize is how many bytes a preview may have.
const MaxSize = 256 << 10

const (
	photoSide    = 320 // pixels of the longest side
	photoQuality = 75
)

// Preview is a small file and its type.
type Preview struct {
	Type string // as in Content-Type
	Data []byte
}

// Input is what a preview is made of.
type Input struct {
	Kind     media.Kind
	MIME     string
	FileHash market.Hash // SHA-256 of the content
	Content  io.ReadSeeker
}

// Maker makes previews. Its field is required; it is safe for concurrent use.
type Maker struct {
	Scorer *review.Scorer
}

// Make makes a preview. Invalid when there is nothing to be made of the content;
// other errors are those of reading it and of ctx.
func (m *Maker) Make(ctx context.Context, in Input) (Preview, error) {
	p, err := m.make(ctx, in)
	if err != nil {
		return Preview{}, err
	}
	// Nothing here returns its input; a file that was made to come out as itself is not
	// shown either.
	if len(p.Data) == 0 || len(p.Data) > MaxSize || market.Hash(sha256.Sum256(p.Data)) == in.FileHash {
		return Preview{}, errNone
	}
	block, _, err := p.Block()
	if err != nil {
		return Preview{}, err
	}
	if market.Hash(sha256.Sum256(block)) == in.FileHash {
		return Preview{}, errNone
	}
	return p, nil
}

var errNone = &market.Error{Op: "make preview", Code: market.Invalid, Message: "no preview can be made of it"}

func (m *Maker) make(ctx context.Context, in Input) (Preview, error) {
	switch in.Kind {
	case media.Photo:
		return m.photo(ctx, in)
	case media.Text:
		return excerpt(ctx, in.Content)
	case media.Voice:
		clip, err := review.Clip(ctx, in.MIME, in.Content)
		if err == nil {
			return Preview{Type: in.MIME, Data: clip}, nil
		}
		if market.CodeOf(err) != market.Invalid {
			return Preview{}, err
		}
		return m.card(ctx, in)
	case media.Video:
		return m.card(ctx, in)
	}
	return Preview{}, errNone
}

func (m *Maker) photo(ctx context.Context, in Input) (Preview, error) {
	small, err := m.Scorer.Thumbnail(ctx, in.MIME, in.Content, photoSide)
	if err != nil {
		return Preview{}, err
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, small, &jpeg.Options{Quality: photoQuality}); err != nil {
		return Preview{}, fmt.Errorf("encode preview: %w", err)
	}
	return Preview{Type: media.JPEG, Data: out.Bytes()}, nil
}
