//go:build interop

package judge

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"causeway/conformance/report"
	"causeway/conformance/run"
	"causeway/conformance/suite"
)

var reports = flag.String("reports", "", "folder of this module for the reports of all servers")

// judged runs all checks against a server and gives the report. Everything that the
// checks have made is removed.
func judged(t *testing.T, u *upstream) *report.Report {
	t.Helper()
	accounts := u.accounts(t)
	target := u.target
	r := &report.Report{Target: u.name, Domain: domain, Runner: "of this tree", Began: time.Now()}
	offers, err := run.Probe(t.Context(), &target, accounts)
	if err != nil {
		t.Fatal(err)
	}
	r.Software = offers.Software
	r.Results = run.Run(t.Context(), run.Config{Target: &target, Accounts: accounts, Offers: offers}, suite.All())
	r.Seen(offers)
	if err := accounts.Close(t.Context()); err != nil {
		t.Error(err)
	}
	r.Took = time.Since(r.Began)
	if *reports != "" {
		write(t, r, u.name)
	}
	for _, s := range r.Standings() {
		t.Log(s)
	}
	t.Logf("%s: %d pass, %d fail, %d not offered in %v", r.Software, r.Count(run.Passed, ""), r.Count(run.Failed, ""), r.Count(run.NotOffered, ""), r.Took.Round(time.Millisecond))
	return r
}

// write writes the report as a page and as text.
func write(t *testing.T, r *report.Report, name string) {
	t.Helper()
	for format, ending := range map[string]string{report.HTML: ".html"} {
		file, err := os.Create(filepath.Join("..", "..", *reports, name+ending))
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Write(file, format); err != nil {
			t.Error(err)
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestOurs: this server meets every MUST and every SHOULD of what it offers.
func TestOurs(t *testing.T) {
	r := judged(t, ours(t))
	for _, res := range r.Results {
		if res.Outcome == run.Passed || res.Outcome == run.NotOffered || res.Outcome == run.Failed && res.Check.Level == run.May {
			continue
		}
		t.Errorf("%s %s (%s): %s\n  %s\n  %s", res.Outcome, res.Check.ID, res.Check.Level, res.Check.Text, res.Reason, strings.Join(res.Exchange, "\n  "))
	}
}

// A deviation is one of another server that somebody has looked at.
type deviation struct{ server, check, why string }

func deviations(t *testing.T) []deviation {
	t.Helper()
	file, err := os.Open("testdata/known.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var list []deviation
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if f := strings.Split(lines.Text(), "\t"); len(f) == 3 {
			list = append(list, deviation{f[0], f[1], f[2]})
		}
	}
	return list
}

// TestOthers: against the servers of Debian the runner ends in time and without a check
// that could not be carried out, and what fails is known with its reason.
func TestOthers(t *testing.T) {
	for name, start := range map[string]func(*testing.T) *upstream{"prosody": prosody, "ejabberd": ejabberd} {
		t.Run(name, func(t *testing.T) {
			u := start(t)
			r := judged(t, u)
			if r.Took > 3*time.Minute {
				t.Errorf("it took %v", r.Took)
			}
			known := make(map[string]bool)
			for _, d := range deviations(t) {
				known[d.server+" "+d.check] = true
			}
			for _, res := range r.Results {
				switch {
				case res.Outcome == run.Errored || res.Outcome == run.NotRun:
					t.Errorf("%s %s: %s", res.Outcome, res.Check.ID, res.Reason)
				case res.Outcome == run.Failed && !known[name+" "+res.Check.ID] && again(t, u, res.Check):
					t.Errorf("%s fails, and nobody has looked at it: %s\n  %s", res.Check.ID, res.Reason, tail(res.Exchange))
				}
			}
		})
	}
}

// again reports whether a check fails a second time, when nothing else is going on:
// ejabberd's database at times gives up when several people change nodes at once.
func again(t *testing.T, u *upstream, c run.Check) bool {
	t.Helper()
	accounts, target := u.accounts(t), u.target
	offers, err := run.Probe(t.Context(), &target, accounts)
	if err != nil {
		t.Fatal(err)
	}
	res := run.Run(t.Context(), run.Config{Target: &target, Accounts: accounts, Offers: offers}, []run.Check{c})[0]
	if err := accounts.Close(t.Context()); err != nil {
		t.Error(err)
	}
	t.Logf("%s once more: %s", c.ID, res.Outcome)
	return res.Outcome != run.Passed
}

func tail(lines []string) string {
	const last = 8
	if len(lines) > last {
		lines = append([]string{fmt.Sprintf("… %d lines", len(lines)-last)}, lines[len(lines)-last:]...)
	}
	return strings.Join(lines, "\n  ")
}
