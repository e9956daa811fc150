package listing

import (
	"privd/market/dataset"
)

// checkTable says what is wrong with what a manifest tells of a table; empty when
// nothing is. A data listing sells one table and nothing else, any other listing
// none.
func (m *Manifest) checkTable() string {
	tables := 0
	for _, e := range m.Entries {
		if e.Kind == KindDataset {
			tables++
		}
	}
	switch {
	case m.DataType == "" && (tables > 0 || m.DatasetID != "" || len(m.Columns) > 0 || m.TotalRecords != 0 || m.X402 != nil):
		return "table of no data type"
	case m.DataType == "":
		return ""
	case !dataset.DataType(m.DataType).Valid() || Category(m.Category) != Mixed:
		return "data type"
	case tables != 1 || len(m.Entries) != 1:
		return "a data listing sells one table"
	case !identifier(m.DatasetID):
		return "dataset id"
	case m.TotalRecords < 1 || m.TotalRecords > m.Entries[0].Size:
		return "records" // each takes a byte at least
	case len(m.Columns) == 0 || len(m.Columns) > dataset.MaxColumns:
		return "columns"
	case m.X402 != nil && !m.X402.check():
		return "x402"
	}
	size := 0
	for _, c := range m.Columns {
		size += len(c.Name)
		if !shown(c.Name, 0, 256) || !dataset.KnownType(c.Type) {
			return "column"
		}
	}
	if size > dataset.MaxColumnText {
		return "column names"
	}
	return ""
}
