package load

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// sampleReport has all that a report may have, and a server that wants to be trusted.
func sampleReport() *Report {
	res := &Result{
		Scenario: "chat", Settings: Settings{Connections: 200, Rate: 1000, Seconds: 4, Warmup: 1, Size: 356},
		Latency:   &Latency{Count: 4000, P50: 0.2, P90: 0.3, P99: 1.5, P999: 2, Most: 3.25},
		Faults:    Faults{Lost: 1, Doubled: 2, Reordered: 3, Strange: 4},
		Refused:   5,
		Errors:    1,
		Trouble:   "connection 3: the server sent \"\x1b[31m<script>alert(1)</script>\"",
		Notes:     []string{"the first message that was refused: <error type='wait'/>"},
		Generator: Own{CPU: 0.5, LateP99: 0.125},
	}
	res.addMore("deliveries_per_s", "deliveries", "a second", 999.5)
	res.add("cpu_s_per_100k", "server", "CPU s for 100,000 deliveries", 1.25)
	for i := range 4 {
		res.Series = append(res.Series, Sample{At: float64(i + 1), Sent: 1000, Heard: 998, P50: 0.2, P99: 1 + float64(i)/4, CPU: 0.1, RSS: 50, Anonymous: 40, Files: 210})
	}
	return &Report{
		Schema: Schema, Tool: "v1", Began: time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC), Seconds: 6.5,
		Machine: Machine{Processors: 2, Memory: 23.5, System: "linux/amd64 6.18", Go: "go1.26"},
		Target:  About{Addr: "127.0.0.1:5222", Domain: "capulet.lit", TLS: "starttls", Pid: 42, Label: "ours & theirs"},
		Results: []*Result{res},
	}
}

// TestReports: the form of each report is as it was agreed on.
func TestReports(t *testing.T) {
	r := sampleReport()
	for name, write := range map[string]func(*bytes.Buffer) error{
		"report.json": func(b *bytes.Buffer) error { return r.WriteJSON(b) },
		"report.html": func(b *bytes.Buffer) error { return r.WriteHTML(b) },
		"report.txt":  func(b *bytes.Buffer) error { return r.WriteText(b) },
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := write(&got); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("differs from %s:\n%s", file, got.Bytes()[:min(got.Len(), 3000)])
			}
			if strings.Contains(got.String(), "\x1b") || name == "report.html" && strings.Contains(got.String(), "<script") {
				t.Error("what a server said is not escaped")
			}
			if name == "report.html" && strings.Contains(strings.ReplaceAll(got.String(), "http://www.w3.org/2000/svg", ""), "http") {
				t.Error("the page needs something else")
			}
		})
	}
}

// TestReadReport: a report is read as it was written; another form is refused.
func TestReadReport(t *testing.T) {
	var text bytes.Buffer
	if err := sampleReport().WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	got, err := ReadReport(&text)
	if err != nil || !reflect.DeepEqual(got, sampleReport()) {
		t.Errorf("%+v %v", got, err)
	}
	for _, bad := range []string{"", "{}", "[]", `{"schema":"causeway-bench/0"}`, strings.Repeat("[", 100_000)} {
		if _, err := ReadReport(strings.NewReader(bad)); err == nil {
			t.Errorf("%.20q is no error", bad)
		}
	}
}

// TestScenarios: each says what it is, needs no more accounts than it says, and is found.
func TestScenarios(t *testing.T) {
	for _, s := range Scenarios() {
		if list, unknown := Select([]string{s.Name}); unknown != "" || len(list) != 1 || s.Text == "" || s.run == nil || s.People(Settings{}) < 1 {
			t.Errorf("%s is not whole", s.Name)
		}
		if s.Defaults.Speakers > MostSpeakers {
			t.Errorf("%s: more speakers than can be told apart", s.Name)
		}
	}
	if _, unknown := Select([]string{"chat", "chatter"}); unknown != "chatter" {
		t.Errorf("unknown %q", unknown)
	}
}

// TestSettings: what is given stands before what a scenario has, and one loop excludes
// the other.
func TestSettings(t *testing.T) {
	defaults := Settings{Connections: 200, Window: 2, Seconds: 10, Size: 356}
	if got := (Settings{Rate: 5, Size: 500}).over(defaults); got != (Settings{Connections: 200, Rate: 5, Seconds: 10, Size: 500}) {
		t.Errorf("%+v", got)
	}
	if got := (Settings{Window: 7}).over(Settings{Rate: 9}); got.Rate != 0 || got.Window != 7 {
		t.Errorf("%+v", got)
	}
}
