package report

import (
	_ "embed"
	"html/template"
	"io"
	"strings"
	"time"

	"causeway/conformance/run"
)

//go:embed page.html
var page string

// A line is one document, or all, in the table of sums.
type line struct {
	Name   string
	Counts []int
}

// html writes one page that needs nothing else and can be printed.
func (r *Report) html(w io.Writer) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"class": func(o run.Outcome) string { return strings.ReplaceAll(string(o), " ", "-") },
		"plain": Plain,
		"short": func(d time.Duration) string { return d.Round(time.Millisecond).String() },
		"rank":  func(l run.Level) int { return l.Rank() },
		"bad":   func(o run.Outcome) bool { return o == run.Failed || o == run.Errored },
	}).Parse(page)
	if err != nil {
		return err
	}
	var sums []line
	count := func(name string, part *Report) {
		l := line{Name: name}
		for _, o := range outcomes() {
			l.Counts = append(l.Counts, part.Count(o, ""))
		}
		sums = append(sums, l)
	}
	for _, doc := range r.documents() {
		count(name(doc), r.of(doc))
	}
	count("all", r)
	return t.Execute(w, struct {
		*Report
		Outcomes []run.Outcome
		Sums     []line
	}{r, outcomes(), sums})
}
