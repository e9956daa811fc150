package records

import (
	"fmt"
	"reflect"

	"github.com/fxamacker/cbor/v2"
)

// codecVersion stands before every value. Another encoding would take another
// number, so that both can be read during a migration.
const codecVersion = 1

// codec turns row values into bytes and back: a version byte, then deterministic
// CBOR with Go's field names. What implements encoding.BinaryMarshaler travels as
// its bytes, times as RFC 3339 text in UTC with nanoseconds.
type codec struct {
	enc cbor.EncMode
	dec cbor.DecMode
}

// Limits on what a stored value may hold; far above what is ever written, and low
// enough that damaged bytes cannot exhaust memory.
const (
	maxElements = 1 << 17
	maxDepth    = 16
)

func newCodec() codec {
	encoding := cbor.CoreDetEncOptions()
	encoding.Time = cbor.TimeRFC3339Nano
	encoding.TagsMd = cbor.TagsForbidden
	enc, err := encoding.EncMode()
	if err != nil {
		panic("records: encoder options: " + err.Error())
	}
	dec, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
		MaxNestedLevels:   maxDepth,
		MaxArrayElements:  maxElements,
		MaxMapPairs:       maxElements,
	}.DecMode()
	if err != nil {
		panic("records: decoder options: " + err.Error())
	}
	return codec{enc, dec}
}

// encode returns the bytes of the value that p points to.
func (c codec) encode(p any) ([]byte, error) {
	body, err := c.enc.Marshal(stand(reflect.ValueOf(p)).Interface())
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return append([]byte{codecVersion}, body...), nil
}

// decode reads bytes that encode made into the value that p points to.
func (c codec) decode(b []byte, p any) error {
	if len(b) == 0 || b[0] != codecVersion {
		return fmt.Errorf("decode: unknown encoding of %d bytes", len(b))
	}
	if err := c.dec.Unmarshal(b[1:], stand(reflect.ValueOf(p)).Interface()); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return nil
}
