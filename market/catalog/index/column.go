package index

// Column is a value for each slot. It grows by pages, so that growing never copies.
type Column[T any] struct{ pages [][]T }

// pageRows is how many slots a page has.
const pageRows = 1 << 12

// At returns the value of a slot that there is room for.
func (c *Column[T]) At(s Slot) *T { return &c.pages[s/pageRows][s%pageRows] }

// Grow makes room for a slot and those below.
func (c *Column[T]) Grow(s Slot) {
	for int(s/pageRows) >= len(c.pages) {
		c.pages = append(c.pages, make([]T, pageRows))
	}
}
