package wire

import (
	"bytes"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"privd/market"
	"privd/market/seal"
)

// ErrMalformed is returned, wrapped, for bytes that are not the one encoding of a
// message.
var ErrMalformed = errors.New("malformed message")

// Encoding is deterministic so that decode can compare.
var marshal = proto.MarshalOptions{Deterministic: true}.Marshal

// Messages nest four deep at most.
var unmarshal = proto.UnmarshalOptions{RecursionLimit: 8}.Unmarshal

func encode(m proto.Message) []byte {
	b, err := marshal(m)
	if err != nil {
		// The messages have no required fields and their only text is checked.
		panic("wire: a well-formed message always encodes: " + err.Error())
	}
	return b
}

// decode reads b into m. Encoding the result again and comparing catches what
// protobuf lets pass: padded varints, repeated fields, fields out of order.
// Unknown fields survive that trip; the messages' own readers refuse them.
func decode(b []byte, limit int, m proto.Message) error {
	if len(b) > limit {
		return fmt.Errorf("%w: %d bytes, limit %d", ErrMalformed, len(b), limit)
	}
	if err := unmarshal(b, m); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if again, err := marshal(m); err != nil || !bytes.Equal(again, b) {
		return fmt.Errorf("%w: not canonical", ErrMalformed)
	}
	return nil
}

// reader collects the first failure while the fields of a message are read.
type reader struct{ err error }

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrMalformed, what)
	}
}

// known refuses a message that is absent or that has fields this version does
// not know.
func (r *reader) known(m proto.Message, what string) bool {
	if m == nil || !m.ProtoReflect().IsValid() {
		r.fail(what + " is missing")
		return false
	}
	if len(m.ProtoReflect().GetUnknown()) != 0 {
		r.fail(what + " has unknown fields")
		return false
	}
	return true
}

func (r *reader) fixed(dst, src []byte, what string) {
	if len(src) != len(dst) {
		r.fail(fmt.Sprintf("%s has %d bytes, want %d", what, len(src), len(dst)))
		return
	}
	copy(dst, src)
}

func (r *reader) address(b []byte, what string) (a market.Address) {
	r.fixed(a[:], b, what)
	return a
}

func (r *reader) hash(b []byte, what string) (h market.Hash) {
	r.fixed(h[:], b, what)
	return h
}

func (r *reader) signature(b []byte, what string) (s seal.Sig) {
	r.fixed(s[:], b, what)
	return s
}

// amount reads a price: what the contract's uint128 holds.
func (r *reader) amount(b []byte, what string) (a market.Amount) {
	if len(b) > 16 || a.UnmarshalBinary(b) != nil {
		r.fail(what + " is not an amount")
	}
	return a
}

func (r *reader) bounded(b []byte, limit int, what string) []byte {
	if len(b) > limit {
		r.fail(fmt.Sprintf("%s has %d bytes, limit %d", what, len(b), limit))
		return nil
	}
	return b
}
