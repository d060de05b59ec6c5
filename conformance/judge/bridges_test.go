//go:build interop

package judge

import (
	"strings"
	"testing"
	"time"

	"causeway/conformance/process"
	"causeway/conformance/report"
	"causeway/conformance/run"
	"causeway/conformance/webim"
)

// bridge runs the checks of a bridge against ours, and wants every MUST and SHOULD of
// what is offered.
func bridge(t *testing.T, name, at string, cfg run.Config, checks []run.Check, may ...string) {
	t.Helper()
	r := &report.Report{Subject: name, Target: at, Runner: "of this tree", Software: "Causeway", Began: time.Now()}
	r.Results = run.Run(t.Context(), cfg, checks)
	r.Took = time.Since(r.Began)
	if *reports != "" {
		write(t, r, "causeway-"+name)
	}
	for _, res := range r.Results {
		switch {
		case res.Outcome == run.Passed, res.Outcome == run.Failed && res.Check.Level == run.May:
		case res.Outcome == run.NotOffered && strings.Contains(strings.Join(may, " "), res.Check.ID):
		default:
			t.Errorf("%s %s (%s): %s\n  %s\n  %s", res.Outcome, res.Check.ID, res.Check.Level, res.Check.Text, res.Reason, strings.Join(res.Exchange, "\n  "))
		}
	}
	t.Logf("%s: %d of %d pass, %d not offered, in %v", name, r.Count(run.Passed, ""), len(checks), r.Count(run.NotOffered, ""), r.Took.Round(time.Millisecond))
}

// TestWebim: ours does what the document and the library want of it.
func TestWebim(t *testing.T) {
	s := process.New(t, domain, "accounts.iterations = 4096", `webim.poll = "3s"`, `webim.grace = "2s"`)
	names := []string{"romeo", "juliet", "nurse"}
	s.AddUsers(t, names...)
	s.Start(t)
	target := &run.Target{Domain: domain, Addr: s.Addr, Patience: 8 * time.Second}
	if err := target.AddRoots(s.CA); err != nil {
		t.Fatal(err)
	}
	site := &webim.Site{URL: "https://localhost:" + port(s.HTTPAddr) + "/webim", TLS: target.TLS()}
	for _, name := range names {
		site.People = append(site.People, webim.Person{User: name, Password: process.Password})
	}
	if err := target.Befriend(t.Context(), run.Account{User: names[0], Password: process.Password}, run.Account{User: names[1], Password: process.Password}); err != nil {
		t.Fatal(err)
	}
	offers, err := webim.Probe(t.Context(), site, target)
	if err != nil {
		t.Fatal(err)
	}
	bridge(t, "webim", site.URL, run.Config{Target: target, Offers: offers, Parallel: 1}, webim.Checks(site))
}
