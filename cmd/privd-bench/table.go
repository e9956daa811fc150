package main

import (
	"fmt"
	"io"
	"time"
)

// table is the rows of the result, in Markdown.
type table struct{ rows [][3]string }

func (t *table) add(work, figure, beside string) {
	t.rows = append(t.rows, [3]string{work, figure, beside})
	fmt.Printf("%-58s %-18s %s\n", work, figure, beside)
}

func (t *table) print(w io.Writer) {
	fmt.Fprintln(w, "\n| work | figure | beside: one-core SHA-256 / write + fsync, or what is named |\n|---|---|---|")
	for _, r := range t.rows {
		fmt.Fprintf(w, "| %s | %s | %s |\n", r[0], r[1], r[2])
	}
}

const mb = 1_000_000

func mbps(rate float64) string { return fmt.Sprintf("%.0f MB/s", rate) }

// beside returns a rate as ratios of the two yardsticks.
func (y yardsticks) beside(rate float64) string {
	return fmt.Sprintf("%.2fx / %.2fx", rate/y.sha, rate/y.write)
}

// rate returns megabytes a second.
func rate(bytes int, took time.Duration) float64 { return float64(bytes) / mb / took.Seconds() }
