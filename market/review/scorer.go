package review

import (
	"context"
	"errors"
	"fmt"
	"io"

	"privd/market"
	"privd/market/media"
	"privd/market/media/window"
)

// Config bounds what scoring may cost.
type Config struct {
	// MaxMemory is how many bytes a decoded photo may take; at most one is decoded
	// at a time. A photo that needs more is taken as one that does not decode.
	MaxMemory int64
	// MaxDepth is how deep the arrays and objects of a JSON text may nest.
	MaxDepth int
}

// DefaultConfig allows baseline JPEGs of 100 megapixels.
func DefaultConfig() Config { return Config{MaxMemory: 384 << 20, MaxDepth: 512} }

// Validate returns a market.Invalid that names the field at fault.
func (c Config) Validate() error {
	if c.MaxMemory < 1<<20 {
		return market.BadField("max_memory", "max_memory must be at least 1 MiB")
	}
	if c.MaxDepth < 1 || c.MaxDepth > 10_000 {
		return market.BadField("max_depth", "max_depth must be between 1 and 10000")
	}
	return nil
}

// Scorer gives contributions their factors. It is safe for concurrent use.
type Scorer struct {
	config Config
	photos chan struct{} // holds a token while a photo is decoded
}

// NewScorer returns a Scorer, or the error of an invalid config.
func NewScorer(config Config) (*Scorer, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	return &Scorer{config: config, photos: make(chan struct{}, 1)}, nil
}

// Input is one file to look at.
type Input struct {
	Kind    media.Kind
	MIME    string        // canonical, and allowed for the kind
	Content io.ReadSeeker // plaintext; read from its start, left at an undefined position
	Known   Known         // what uniqueness is judged against; nil knows nothing
}

// Score looks at one file. A file that is not what it claims is a Result with a
// Fault, not an error. Errors are market.Invalid for a kind or type that cannot be
// scored, and those of the content, of Known and of ctx: then the file was not
// judged and the caller tries again.
//
// Reading stops when ctx ends. Decoding a HEIC photo does not, and takes up to a
// minute for the largest allowed on a busy machine.
func (s *Scorer) Score(ctx context.Context, in Input) (Result, error) {
	r := Result{Version: Version, Kind: in.Kind, MIME: in.MIME}
	judge := s.judge(in)
	if judge == nil || !media.Allowed(in.Kind, in.MIME) {
		return Result{}, &market.Error{Op: "score", Code: market.Invalid, Field: "file",
			Message: fmt.Sprintf("a %s contribution cannot be %s", in.Kind, in.MIME)}
	}
	file, err := window.New(ctx, in.Content)
	if err != nil {
		return Result{}, fmt.Errorf("score %s: %w", in.Kind, err)
	}
	err = guard(func() error { return judge(ctx, file, &r) })
	// A failure of the source shows as all kinds of faults of the file.
	if file.Err() != nil {
		err = file.Err()
	}
	var f *fault
	switch {
	case errors.As(err, &f):
		return Result{Version: Version, Kind: in.Kind, MIME: in.MIME, Fault: f.reason}, nil
	case err != nil:
		return Result{}, fmt.Errorf("score %s: %w", in.Kind, err)
	}
	if err := s.compare(ctx, in.Known, &r); err != nil {
		return Result{}, fmt.Errorf("score %s: compare: %w", in.Kind, err)
	}
	r.Score = mean(r.Factors)
	return r, nil
}

// judge picks how a file of this type is looked at.
func (s *Scorer) judge(in Input) func(context.Context, *window.Reader, *Result) error {
	switch in.Kind {
	case media.Photo:
		return s.photo
	case media.Text:
		return s.text
	case media.Video, media.Voice:
		return recording
	}
	return nil
}

// compare adds the uniqueness of what can be compared: photos and texts.
func (s *Scorer) compare(ctx context.Context, known Known, r *Result) error {
	if r.Kind != media.Photo && r.Kind != media.Text {
		return nil
	}
	if known != nil && !r.Fingerprint.IsZero() {
		var err error
		if r.Nearest, err = known.Nearest(ctx, r.Fingerprint); err != nil {
			return err
		}
	}
	r.Factors = append(r.Factors, Factor{Uniqueness, uniqueness(r.Nearest.Similarity)})
	return nil
}

// uniqueness falls to zero, which means a copy, a little before similarity is
// complete: one changed word in a long text does not make it another.
func uniqueness(similarity Permille) Permille {
	const copied = 990
	if similarity >= copied {
		return 0
	}
	return One - similarity
}

// fault is an error of the content: the file does not decode.
type fault struct{ reason string }

func (f *fault) Error() string { return f.reason }

func faulty(reason string, args ...any) error {
	return &fault{reason: fmt.Sprintf(reason, args...)}
}

// guard runs a judge and takes a panic in it for a file that does not decode:
// decoders made by others meet hostile input here.
func guard(judge func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = faulty("the decoder broke on it")
		}
	}()
	return judge()
}
