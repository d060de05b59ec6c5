package load

import (
	_ "embed"
	"html/template"
	"io"

	"causeway/conformance/plot"
)

//go:embed page.html
var page string

// WriteHTML writes one page that needs nothing else and can be printed.
func (r *Report) WriteHTML(w io.Writer) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"number":  Number,
		"plain":   plain,
		"verdict": (*Result).Verdict,
		"plots": func(r *Result) (all []template.HTML) {
			for _, c := range r.Charts() {
				all = append(all, template.HTML(c.SVG())) //nolint:gosec // plot escapes what it writes
			}
			return all
		},
	}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, r)
}

// Charts are the course of a scenario: those that have something to show.
func (r *Result) Charts() []plot.Chart {
	const fewest = 3 // samples that make a line
	if len(r.Series) < fewest {
		return nil
	}
	line := func(name string, kind int, of func(Sample) float64) plot.Line {
		l := plot.Line{Name: name, Kind: kind}
		for _, s := range r.Series {
			l.Points = append(l.Points, plot.Point{X: s.At, Y: of(s)})
		}
		return l
	}
	charts := []plot.Chart{
		{Title: "Messages", Y: "a second", Lines: []plot.Line{
			line("delivered", 0, func(s Sample) float64 { return s.Heard }), line("sent", 1, func(s Sample) float64 { return s.Sent }),
		}},
		{Title: "Latency", Y: "ms", Lines: []plot.Line{
			line("p99", 1, func(s Sample) float64 { return s.P99 }), line("p50", 0, func(s Sample) float64 { return s.P50 }),
		}},
		{Title: "Server: processors", Y: "in use", Lines: []plot.Line{line("CPU", 0, func(s Sample) float64 { return s.CPU })}},
		{Title: "Server: memory", Y: "MiB", Lines: []plot.Line{
			line("resident", 0, func(s Sample) float64 { return s.RSS }), line("anonymous", 1, func(s Sample) float64 { return s.Anonymous }),
		}},
		{Title: "Server: open files and goroutines", Y: "number", Lines: []plot.Line{
			line("files", 0, func(s Sample) float64 { return float64(s.Files) }), line("goroutines", 1, func(s Sample) float64 { return float64(s.Goroutines) }),
		}},
	}
	var out []plot.Chart
	for _, c := range charts {
		var known []plot.Line
		for _, l := range c.Lines {
			for _, p := range l.Points {
				if p.Y != 0 {
					known = append(known, l)
					break
				}
			}
		}
		if c.X, c.Lines = "seconds", known; len(known) > 0 {
			out = append(out, c)
		}
	}
	return out
}
