package index

// column is a value for each slot. It grows by pages, so that growing never copies.
type column[T any] struct{ pages [][]T }

// pageRows is how many slots a page has.
const pageRows = 1 << 12

func (c *column[T]) at(s Slot) *T { return &c.pages[s/pageRows][s%pageRows] }

// grow makes room for a slot and those below.
func (c *column[T]) grow(s Slot) {
	for int(s/pageRows) >= len(c.pages) {
		c.pages = append(c.pages, make([]T, pageRows))
	}
}
