//go:build bench

package bench

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"
)

// A figure is one row of the report.
type figure struct {
	name   string
	unit   string
	value  float64
	target float64 // at most this, or at least if more is set; 0: for information
	more   bool
	beside string // what else is to be known of it, such as the relay's figure
}

// verdict is "ok", "MISS", or "-" for a figure without a target.
func (f figure) verdict() string {
	switch {
	case f.target == 0:
		return "-"
	case f.value == f.target, f.value > f.target == f.more:
		return "ok"
	}
	return "MISS"
}

func (f figure) goal() string {
	switch {
	case f.target == 0:
		return "-"
	case f.more:
		return "≥ " + strconv.FormatFloat(f.target, 'f', -1, 64)
	}
	return "≤ " + strconv.FormatFloat(f.target, 'f', -1, 64)
}

// String is the row by itself, for the log of a run under way.
func (f figure) String() string {
	text := fmt.Sprintf("%s: %s %s", f.name, number(f.value), f.unit)
	if f.target != 0 {
		text += fmt.Sprintf(" (target %s: %s)", f.goal(), f.verdict())
	}
	if f.beside != "" {
		text += "; " + f.beside
	}
	return text
}

// printTable writes all rows.
func printTable(w io.Writer, figures []figure) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "figure\tmeasured\tunit\ttarget\tverdict\tbeside it")
	for _, f := range figures {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", f.name, number(f.value), f.unit, f.goal(), f.verdict(), f.beside)
	}
	return table.Flush()
}

// number prints three digits that count, and no exponent.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// median of at least one value.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
