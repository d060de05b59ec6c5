package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"causeway/conformance/run"
)

func sample() *Report {
	c := func(id string, l run.Level) run.Check {
		return run.Check{ID: id, Level: l, Text: "something <must> be"}
	}
	return &Report{
		Target: "127.0.0.1:5222", Domain: "capulet.lit", Software: "Evil\x1b[31m <script>alert(1)</script>", Runner: "1", Began: time.Unix(0, 0), Took: time.Second,
		Results: []run.Result{
			{Check: c("6120/4.4/close", run.Must), Outcome: run.Passed},
			{Check: c("6120/4.9.1.1/closes", run.Must), Outcome: run.Failed, Reason: "came <a/>\x1b]0;", Exchange: []string{"c → <b>&</b>\nx", "c ← </script><script>alert(2)</script>\x00"}},
			{Check: c("0045/enter-pw/none", run.Should), Outcome: run.NotOffered, Reason: "muc"},
			{Check: c("0045/enter-pw/right", run.Must), Outcome: run.Errored, Reason: "login"},
		},
	}
}

// TestFormats: what a target has sent harms no reader of a report, and programs can
// read theirs.
func TestFormats(t *testing.T) {
	for _, format := range Formats() {
		t.Run(format, func(t *testing.T) {
			var b bytes.Buffer
			if err := sample().Write(&b, format); err != nil {
				t.Fatal(err)
			}
			if i := strings.IndexAny(b.String(), "\x1b\x00"); i >= 0 {
				t.Errorf("a control character at %d", i)
			}
			switch format {
			case JSON:
				var r jsonReport
				if err := json.Unmarshal(b.Bytes(), &r); err != nil || r.Good || r.Counts["fail"] != 1 || len(r.Checks) != 4 || r.Checks[1].Place != "RFC 6120 §4.9.1.1" {
					t.Error(err, r)
				}
			case JUnit:
				var s junitSuites
				if err := xml.Unmarshal(b.Bytes(), &s); err != nil || len(s.Suites) != 2 || s.Suites[0].Failures != 1 || s.Suites[1].Errors != 1 || s.Suites[1].Skipped != 1 {
					t.Error(err, s)
				}
			case HTML:
				if strings.Contains(b.String(), "<script>alert") || strings.Contains(b.String(), "<b>&") {
					t.Error("what a target sent is not escaped")
				}
				for _, want := range []string{"https://www.rfc-editor.org/rfc/rfc6120.html#section-4.9.1.1", "https://xmpp.org/extensions/xep-0045.html#enter-pw"} {
					if !strings.Contains(b.String(), want) {
						t.Errorf("%s is missing", want)
					}
				}
			case Text:
				if !strings.Contains(b.String(), "FAIL  6120/4.9.1.1/closes  RFC 6120 §4.9.1.1") {
					t.Error(b.String())
				}
			}
		})
	}
	if err := sample().Write(nil, "pdf"); err == nil {
		t.Error("pdf")
	}
}

// TestStandings: what is not offered, and what fails, is missing from a level.
func TestStandings(t *testing.T) {
	r := sample()
	r.Seen(&run.Capabilities{})
	text := ""
	for _, s := range r.Standings() {
		text += s.String() + "\n"
	}
	for _, want := range []string{
		"Core Server: 0 of 3; missing core features (a MUST of RFC 6120 fails), TLS (not offered), feature discovery (not offered)",
		"IM Server: 1 of 5; missing vcard-temp (not offered)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// TestEmpty: a report of nothing says so, in every format for people, and is no success.
func TestEmpty(t *testing.T) {
	r := sample()
	for i := range r.Results {
		r.Results[i].Outcome, r.Results[i].Reason = run.NotOffered, "muc"
	}
	if r.Good() || !r.Empty() {
		t.Error("nothing was checked, and that is a success")
	}
	for _, format := range []string{Text, HTML} {
		var b bytes.Buffer
		if err := r.Write(&b, format); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "Nothing could be checked: the target offers nothing of what the checks are about, such as muc") {
			t.Errorf("%s: %.600s", format, b.String())
		}
	}
	r.Trouble = "it is gone\nand so on"
	var b bytes.Buffer
	if err := r.Write(&b, Text); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "Nothing could be checked: it is gone\n    and so on\n4 checks: not offered\n") {
		t.Error(b.String())
	}
}
