package dataset

import "bytes"

// breadth bounds how many cells one CSV record may have, while its bytes pass: the
// parser takes ten times their size in memory before it has a record that could be
// refused.
type breadth struct {
	delimiter byte // 0 until it is known
	lazy      bool // quotes may be part of what cells say, and tell nothing
	quoted    bool // the next byte is within quotes
	seen      int  // delimiters since a record was taken
}

// maxTabs bounds a record whose quotes tell nothing, so that those within cells
// count, too.
const maxTabs = 1 << 18

// pass looks at what comes next and reports whether a record may still go on. What is
// read ahead of a record's end counts as well.
func (c *breadth) pass(b []byte) bool {
	if c.lazy {
		c.seen += bytes.Count(b, []byte{c.delimiter})
		return c.seen <= maxTabs
	}
	for {
		// An escaped quote is two, which change nothing.
		end := bytes.IndexByte(b, '"')
		part := b
		if end >= 0 {
			part = b[:end]
		}
		if !c.quoted && c.delimiter != 0 {
			c.seen += bytes.Count(part, []byte{c.delimiter})
		}
		if end < 0 {
			return c.seen <= maxColumns+headSize
		}
		b, c.quoted = b[end+1:], !c.quoted
	}
}
