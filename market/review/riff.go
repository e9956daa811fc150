package review

import (
	"encoding/binary"

	"privd/market/media/window"
)

// chunk is one chunk of a RIFF file; LIST and RIFF chunks have a form of four
// characters as the start of their body.
type chunk struct {
	kind string
	body int64
	size int64 // as declared
	have int64 // as there is
}

// chunks calls visit for each chunk between off and end until it returns false. It
// returns the offset up to which they are sound.
func chunks(file *window.Reader, off, end int64, limit int, visit func(chunk) bool) int64 {
	for n := 0; off < end; n++ {
		head, ok := at(file, off, 8)
		if !ok || n == limit {
			return off
		}
		c := chunk{kind: string(head[:4]), body: off + 8, size: int64(binary.LittleEndian.Uint32(head[4:]))}
		c.have = min(c.size, end-c.body)
		if c.have < 0 || !visit(c) {
			return off
		}
		if c.have < c.size {
			return end
		}
		off = c.body + c.size + c.size&1
	}
	return min(off, end)
}

// form reads the four characters that say what a LIST or RIFF chunk lists.
func (c chunk) form(file *window.Reader) string {
	if c.have < 4 {
		return ""
	}
	b, _ := at(file, c.body, 4)
	return string(b)
}

// riff checks the header of a RIFF file of the given form.
func riff(file *window.Reader, form string) bool {
	head, ok := at(file, 0, 12)
	return ok && string(head[:4]) == "RIFF" && string(head[8:]) == form
}
