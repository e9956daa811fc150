package api

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"slices"
	"unicode/utf8"

	"privd/market"
)

// Bounds of an upload form.
const (
	maxParts = 64
	maxField = 64 << 10 // bytes
)

// uploadForm reads a multipart form part by part, in whatever order they come. The
// file is handed on as it arrives.
type uploadForm struct {
	file   func(context.Context, *multipart.Part) error
	field  func(name, value string) error // of each known field, as it came
	known  []string                       // names of the fields
	fields map[string]string              // those that came once
	ended  bool                           // every part came
}

// read takes in the parts. On an error the rest is not wanted, unless the form has
// ended.
func (f *uploadForm) read(ctx context.Context, body *multipart.Reader) error {
	for n := 0; ; n++ {
		part, err := body.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			f.ended = true
			return nil
		case err != nil:
			return brokenUpload(err)
		case n == maxParts:
			return market.Fail(market.Invalid, "the form has too many parts")
		}
		if err := f.part(ctx, part); err != nil {
			return err
		}
	}
}

func (f *uploadForm) part(ctx context.Context, part *multipart.Part) error {
	switch name := part.FormName(); {
	case name == "file":
		return f.file(ctx, part)
	case slices.Contains(f.known, name):
		return f.take(name, part)
	}
	// What nobody asked for is read past, within the bound of the whole body.
	if _, err := io.Copy(io.Discard, part); err != nil {
		return brokenUpload(err)
	}
	return nil
}

func (f *uploadForm) take(name string, part *multipart.Part) error {
	value, err := io.ReadAll(io.LimitReader(part, maxField+1))
	switch {
	case err != nil:
		return brokenUpload(err)
	case len(value) > maxField:
		return market.BadField(name, name+" is larger than 64 KiB")
	case !utf8.Valid(value):
		return market.BadField(name, name+" is not UTF-8")
	}
	if err := checkPart(name, string(value)); err != nil {
		return err
	}
	return f.field(name, string(value))
}

// once keeps the value of a field that may come once.
func (f *uploadForm) once(name, value string) error {
	if _, twice := f.fields[name]; twice {
		return market.BadField(name, name+" was sent more than once")
	}
	if f.fields == nil {
		f.fields = map[string]string{}
	}
	f.fields[name] = value
	return nil
}
