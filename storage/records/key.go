package records

import (
	"encoding/binary"
	"time"

	"privd/market"
)

// key is a database key under construction. Components are laid out so that
// bytewise order is the order of what they stand for, and so that no key of one
// shape is a prefix of another of the same shape.
type key []byte

// text appends a string and a terminator. A string with a zero byte in it would
// read as two components, so it gets escaped.
func (k key) text(s string) key {
	for i := range len(s) {
		if s[i] == 0 {
			k = append(k, 0, 0xFF)
			continue
		}
		k = append(k, s[i])
	}
	return append(k, 0, 1)
}

// bytes appends bytes of a length that is fixed for the row.
func (k key) bytes(b []byte) key { return append(k, b...) }

// hash appends a hash.
func (k key) hash(h market.Hash) key { return append(k, h[:]...) }

// number appends an unsigned integer.
func (k key) number(n uint64) key { return binary.BigEndian.AppendUint64(k, n) }

// time appends an instant, earliest first. Instants before 1970, the zero time
// among them, count as 1970.
func (k key) time(t time.Time) key { return k.number(instant(t)) }

// newest appends an instant, latest first.
func (k key) newest(t time.Time) key { return k.number(^instant(t)) }

func instant(t time.Time) uint64 {
	seconds := t.Unix()
	if seconds < 0 {
		return 0
	}
	// Nanoseconds since 1970 in 64 bits reach the year 2554; later is the same.
	if seconds > 1<<63/1_000_000_000 {
		return 1<<64 - 1
	}
	return uint64(seconds)*1_000_000_000 + uint64(t.Nanosecond())
}
