package review

import "slices"

// shingleSize is how many characters make a shingle.
const shingleSize = 8

// shingles takes a text character by character and keeps the smallest hashes of its
// shingles. Case and the amount of space between words do not count.
type shingles struct {
	last  [shingleSize]rune // a ring of the latest characters
	count uint64
	gap   bool
	mins  []uint32 // ascending, without repeats, at most sketchSize
}

func (s *shingles) add(c rune) {
	if space(c) {
		s.gap = true
		return
	}
	if s.gap && s.count > 0 {
		s.push(' ')
	}
	s.gap = false
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	s.push(c)
}

func (s *shingles) push(c rune) {
	s.last[s.count%shingleSize] = c
	s.count++
	if s.count >= shingleSize {
		s.keep(s.sum(shingleSize))
	}
}

// sum hashes the latest n characters with FNV-1a and spreads the result, because the
// smallest of plain FNV hashes are not those of a random choice.
func (s *shingles) sum(n uint64) uint32 {
	h := uint64(14695981039346656037)
	for i := s.count - n; i < s.count; i++ {
		c := uint32(s.last[i%shingleSize])
		for range 3 { // a character has at most 21 bits
			h = (h ^ uint64(c&0xff)) * 1099511628211
			c >>= 8
		}
	}
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return uint32(h >> 32)
}

func (s *shingles) keep(h uint32) {
	if len(s.mins) == sketchSize && h >= s.mins[sketchSize-1] {
		return
	}
	i, found := slices.BinarySearch(s.mins, h)
	if found {
		return
	}
	if len(s.mins) == sketchSize {
		s.mins = s.mins[:sketchSize-1]
	}
	s.mins = slices.Insert(s.mins, i, h)
}

// hash ends the text; one shorter than a shingle is one by itself.
func (s *shingles) hash() textHash {
	if s.count < shingleSize {
		s.keep(s.sum(s.count))
	}
	t := textHash{n: uint8(len(s.mins))}
	copy(t.mins[:], s.mins)
	return t
}
