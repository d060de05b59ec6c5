package report

import (
	"encoding/xml"
	"io"
	"strings"

	"causeway/conformance/run"
)

// The elements of JUnit's XML that CI systems read.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Name    string       `xml:"name,attr"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string     `xml:"classname,attr"`
		Name    string     `xml:"name,attr"`
		Time    float64    `xml:"time,attr"`
		Failure *junitText `xml:"failure,omitempty"`
		Error   *junitText `xml:"error,omitempty"`
		Skipped *junitText `xml:"skipped,omitempty"`
	}
	junitText struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

func (r *Report) junit(w io.Writer) error {
	out := junitSuites{Name: Plain(r.Title())}
	for _, doc := range r.documents() {
		part := r.of(doc)
		s := junitSuite{
			Name: name(doc), Tests: len(part.Results), Failures: part.Count(run.Failed, ""), Errors: part.Count(run.Errored, ""),
			Skipped: part.Count(run.NotOffered, "") + part.Count(run.NotRun, ""),
		}
		for _, res := range part.Results {
			c := junitCase{Class: strings.ReplaceAll(name(doc), " ", "-"), Name: res.Check.ID, Time: res.Took.Seconds()}
			told := &junitText{
				Message: Plain(res.Reason),
				Text:    Plain(string(res.Check.Level)+" "+res.Check.Cite()+": "+res.Check.Text) + "\n" + Plain(strings.Join(res.Exchange, " ⏎ ")),
			}
			switch res.Outcome {
			case run.Failed:
				c.Failure = told
			case run.Errored:
				c.Error = told
			case run.NotOffered, run.NotRun:
				c.Skipped = told
			}
			s.Cases = append(s.Cases, c)
		}
		out.Suites = append(out.Suites, s)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", " ")
	if err := enc.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
