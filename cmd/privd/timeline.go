package main

import (
	"privd/api/oas"
)

// timelineRows are the steps of a timeline, one in a row: when, what, how much moved,
// and the transaction that did it.
func timelineRows(steps []oas.TimelineStep) [][]string {
	rows := make([][]string, len(steps))
	for i, s := range steps {
		moved := ""
		if s.AmountPriv != nil {
			moved = string(*s.AmountPriv) + " PRIV"
		}
		tx := ""
		if s.TxHash != nil {
			tx = *s.TxHash
		}
		rows[i] = []string{when(&s.At), s.What, moved, tx}
	}
	return rows
}
