// Package report writes down what a run of the conformance checks has found: as text for
// a terminal, as JSON and JUnit XML for programs, and as one page of HTML for people.
//
// Files in reading order: report.go (what there is to say), levels.go (XEP-0479),
// text.go, json.go, junit.go, html.go with page.html.
package report
