package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"causeway/conformance/run"
)

// A Report is what there is to say about one run.
type Report struct {
	Subject  string // what was looked at: "" is XMPP, else the name of a bridge
	Target   string // host:port, or the URL of a bridge
	Domain   string
	Software string // as the target calls itself
	Runner   string // our version
	Began    time.Time
	Took     time.Duration
	Trouble  string // why the run could not be carried out in full, "" if it was
	Results  []run.Result
	Features []Feature // of XEP-0479
}

// The formats.
const (
	Text  = "text"
	JSON  = "json"
	JUnit = "junit"
	HTML  = "html"
)

// Formats gives the names of the formats.
func Formats() []string { return []string{Text, JSON, JUnit, HTML} }

// ErrFormat is that of a format that there is not.
var ErrFormat = errors.New("no such format")

// Write writes the report in a format.
func (r *Report) Write(w io.Writer, format string) error {
	switch format {
	case Text:
		return r.text(w)
	case JSON:
		return r.json(w)
	case JUnit:
		return r.junit(w)
	case HTML:
		return r.html(w)
	}
	return fmt.Errorf("%w: %q", ErrFormat, format)
}

// Title says what the report is about.
func (r *Report) Title() string {
	if r.Subject == "" {
		return "XMPP conformance of " + r.Domain
	}
	return r.Subject + " conformance of " + r.Target
}

// Count gives how many checks of a level ended so; an empty level stands for all.
func (r *Report) Count(o run.Outcome, l run.Level) int {
	n := 0
	for _, res := range r.Results {
		if res.Outcome == o && (l == "" || res.Check.Level == l) {
			n++
		}
	}
	return n
}

// Empty reports whether nothing could be checked: no check has passed or failed.
func (r *Report) Empty() bool {
	return r.Count(run.Passed, "") == 0 && r.Count(run.Failed, "") == 0
}

// Why says in one line why nothing could be checked.
func (r *Report) Why() string {
	switch {
	case r.Trouble != "":
		first, _, _ := strings.Cut(r.Trouble, "\n")
		return first
	case len(r.Results) == 0:
		return "there is no check"
	case r.Count(run.NotOffered, "") == len(r.Results):
		return "the target offers nothing of what the checks are about, such as " + r.Results[0].Reason
	}
	for _, res := range r.Results {
		if res.Outcome == run.Errored {
			return res.Reason
		}
	}
	return r.Results[0].Reason
}

// Good reports whether something was checked, no MUST has failed and every check that
// should be carried out could be.
func (r *Report) Good() bool {
	return !r.Empty() && r.Trouble == "" && r.Count(run.Failed, run.Must) == 0 && r.Count(run.Errored, "") == 0 && r.Count(run.NotRun, "") == 0
}

// outcomes in the order in which they are counted up.
func outcomes() []run.Outcome {
	return []run.Outcome{run.Passed, run.Failed, run.NotOffered, run.Errored, run.NotRun}
}

// documents gives the documents of the results, in order.
func (r *Report) documents() []string {
	var docs []string
	for _, res := range r.Results {
		if d := res.Check.Document(); !slices.Contains(docs, d) {
			docs = append(docs, d)
		}
	}
	return docs
}

// of gives the results of a document.
func (r *Report) of(doc string) *Report {
	part := &Report{}
	for _, res := range r.Results {
		if res.Check.Document() == doc {
			part.Results = append(part.Results, res)
		}
	}
	return part
}

// name gives a document as people call it.
func name(doc string) string {
	switch {
	case doc == "" || doc[0] < '0' || doc[0] > '9':
		return doc
	case doc[0] == '0':
		return "XEP-" + doc
	}
	return "RFC " + doc
}
