package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"causeway/conformance/run"
)

// text writes what failed, then the sums.
func (r *Report) text(w io.Writer) error {
	var b strings.Builder
	switch {
	case r.Subject != "":
		fmt.Fprintf(&b, "%s at %s", r.Subject, Plain(r.Target))
	default:
		fmt.Fprintf(&b, "%s (%s)", r.Domain, r.Target)
	}
	if r.Software != "" {
		b.WriteString(": " + Plain(r.Software))
	}
	b.WriteString("\n")
	if r.Empty() {
		fmt.Fprintf(&b, "\nNothing could be checked: %s\n", Plain(r.Why()))
		_, more, _ := strings.Cut(r.Trouble, "\n")
		for line := range strings.Lines(more) {
			fmt.Fprintf(&b, "    %s\n", Plain(strings.TrimRight(line, "\n")))
		}
		for _, o := range outcomes() {
			if n := r.Count(o, ""); n > 0 {
				fmt.Fprintf(&b, "%d checks: %s\n", n, o)
			}
		}
		_, err := io.WriteString(w, b.String())
		return err
	}
	for _, res := range r.Results {
		if res.Outcome == run.Failed || res.Outcome == run.Errored {
			writeResult(&b, res)
		}
	}
	if r.Trouble != "" {
		fmt.Fprintf(&b, "\n%s\n", Plain(r.Trouble))
	}
	fmt.Fprintf(&b, "\n%-10s %6s %6s %12s %6s %8s\n", "", "pass", "fail", "not offered", "error", "not run")
	row := func(name string, part *Report) {
		fmt.Fprintf(&b, "%-10s %6d %6d %12d %6d %8d\n", name, part.Count(run.Passed, ""), part.Count(run.Failed, ""),
			part.Count(run.NotOffered, ""), part.Count(run.Errored, ""), part.Count(run.NotRun, ""))
	}
	for _, doc := range r.documents() {
		row(name(doc), r.of(doc))
	}
	row("all", r)
	for _, l := range []run.Level{run.Must, run.Should, run.May} {
		if ran := r.Count(run.Passed, l) + r.Count(run.Failed, l); ran > 0 {
			fmt.Fprintf(&b, "%-10s %d of %d\n", l, r.Count(run.Passed, l), ran)
		}
	}
	for _, s := range r.Standings() {
		fmt.Fprintf(&b, "%s\n", s)
	}
	fmt.Fprintf(&b, "%d checks in %v\n", len(r.Results), r.Took.Round(time.Millisecond))
	_, err := io.WriteString(w, b.String())
	return err
}

// writeResult writes one check that has not passed, with its exchange.
func writeResult(b *strings.Builder, res run.Result) {
	c := res.Check
	fmt.Fprintf(b, "\n%s  %s  %s\n  %s: %s\n  %s\n", strings.ToUpper(string(res.Outcome)), c.ID, c.Cite(), c.Level, c.Text, Plain(res.Reason))
	for _, line := range res.Exchange {
		fmt.Fprintf(b, "    %s\n", Plain(line))
	}
}

// Plain makes what a target sent safe for a terminal.
func Plain(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\t':
			return ' '
		case c < ' ' || c >= 0x7f && c < 0xa0 || c == 0x2028 || c == 0x2029 || c >= 0x202a && c <= 0x202e:
			return '\uFFFD'
		}
		return c
	}, s)
}
