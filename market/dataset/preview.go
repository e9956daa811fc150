package dataset

import "strings"

// Bounds of what is shown of a file to everybody.
const (
	// DefaultPreviewRows is how many records are shown unless the owner says
	// otherwise.
	DefaultPreviewRows = 1
	// MaxPreviewRows is how many records an owner may show.
	MaxPreviewRows = 10
	maxPreview     = 16 << 10 // bytes
)

// preview remembers where the first rows of a file are, as long as they lie within
// its beginning.
type preview struct {
	head []byte
	ends [][2]int
}

// keep notes that a row lies from one offset to another.
func (p *preview) keep(from, to int64) {
	// One row more than is shown: the first may be a header.
	if len(p.ends) <= MaxPreviewRows && to <= int64(len(p.head)) {
		p.ends = append(p.ends, [2]int{int(from), int(to)})
	}
}

// rowsOf returns the rows, without what ends their lines.
func (p *preview) rowsOf() []string {
	rows := make([]string, len(p.ends))
	for i, at := range p.ends {
		rows[i] = strings.Trim(string(p.head[at[0]:at[1]]), "\r\n")
	}
	return rows
}

// show puts the first rows of a file together, in its own format. Rows that would
// make it too long are left out.
func (s *summary) show(rows int) string {
	if s.mime == mimeJSON {
		return "[" + strings.Join(fit(s.rows[:min(rows, len(s.rows))]), ",") + "]"
	}
	var lines []string
	if s.header != "" {
		lines = append(lines, s.header)
	}
	return strings.Join(fit(append(lines, s.rows[:min(rows, len(s.rows))]...)), "\n")
}

func fit(rows []string) []string {
	size := 0
	for i, row := range rows {
		if size += len(row) + 1; size > maxPreview {
			return rows[:i]
		}
	}
	return rows
}
