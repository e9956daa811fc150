package index

// BuildSmall builds an index whose blocks, parts and walks are so small that a few
// listings do all that a million do.
func BuildSmall(rows []Row) *Index {
	return tuning{block: 8, fill: 5, part: 6, share: 12, steps: 20, walk: 20}.build(rows)
}

// HintOf is hintOf.
func HintOf(k Key) uint16 { return uint16(hintOf(k)) }
