//go:build bench

package peers

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"causeway/conformance/load"
	"causeway/conformance/process"
)

// relayVariable, when set, makes the test binary a relay.
const relayVariable = "CAUSEWAY_BENCH_RELAY"

// TestMain is also the relay, when a subject has started it.
func TestMain(m *testing.M) {
	if os.Getenv(relayVariable) == "" {
		process.Main(m)
		return
	}
	if err := load.BeRelay(context.Background(), os.Stdin, os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "relay:", err)
		os.Exit(1)
	}
}

// A run is what was asked for.
type run struct {
	rounds  int
	scale   string   // full or small
	parts   []string // of peers, curves, day
	only    []string // cases whose name has one of these
	out     string
	table   *table
	machine load.Machine
}

// settings reads what was asked for.
func settings(t *testing.T) *run {
	t.Helper()
	elsewhere := filepath.Join(os.TempDir(), "causeway-peers")
	r := &run{rounds: 5, scale: "full", parts: []string{"peers", "curves", "day"}, out: filepath.FromSlash("../../../doc")}
	if text := os.Getenv("ROUNDS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("ROUNDS=%s: expected a number", text)
		}
		r.rounds = n
	}
	switch scale := os.Getenv("SCALE"); scale {
	case "", "full":
	case "small":
		r.scale, r.out = scale, elsewhere
	default:
		t.Fatalf("SCALE=%s: expected full or small", scale)
	}
	if parts := os.Getenv("PARTS"); parts != "" {
		r.parts = strings.Split(parts, ",")
	}
	if only := os.Getenv("ONLY"); only != "" { // a table with a few rows is none for doc
		r.only, r.parts, r.out = strings.Split(only, ","), []string{"peers"}, elsewhere
	}
	if out := os.Getenv("OUT"); out != "" {
		r.out = out
	}
	if err := os.MkdirAll(filepath.Join(r.out, "performance"), 0o755); err != nil {
		t.Fatal(err)
	}
	return r
}

// set gives the settings of a case.
func (r *run) set(s setup) load.Settings {
	set := s.set
	if r.scale == "full" {
		if set.Seconds == 0 {
			set.Seconds = full.Seconds
		}
		if set.Warmup == 0 {
			set.Warmup = full.Warmup
		}
		return set
	}
	over := func(a *int, b int) {
		if b != 0 {
			*a = b
		}
	}
	for _, few := range []load.Settings{small, s.small} {
		over(&set.Connections, few.Connections)
		over(&set.Messages, few.Messages)
		over(&set.Speakers, few.Speakers)
		if few.Rate != 0 {
			set.Rate = few.Rate
		}
		if few.Seconds != 0 {
			set.Seconds = few.Seconds
		}
		if few.Warmup != 0 {
			set.Warmup = few.Warmup
		}
	}
	return set
}

// wanted says whether a case is to be measured.
func (r *run) wanted(name string) bool {
	return len(r.only) == 0 || slices.ContainsFunc(r.only, func(part string) bool { return strings.Contains(name, part) })
}

// TestPeers measures all and writes the page.
func TestPeers(t *testing.T) {
	r := settings(t)
	began := time.Now()
	for _, part := range r.parts {
		switch part {
		case "peers":
			r.peers(t)
		case "curves":
			r.curves(t)
		case "day":
			r.day(t)
		default:
			t.Fatalf("PARTS=%s: expected peers, curves, day or some of them", part)
		}
		r.publish(t)
	}
	t.Logf("%.0f s; in %s", time.Since(began).Seconds(), r.out)
}

// peers measures the table.
func (r *run) peers(t *testing.T) {
	began := time.Now()
	r.table = &table{Schema: schema, Began: began.UTC().Truncate(time.Second), Scale: r.scale, Rounds: r.rounds, Versions: versionsOf(t)}
	for _, archive := range []bool{true, false} {
		r.group(t, archive)
	}
	r.table.Seconds = time.Since(began).Round(time.Second).Seconds()
	r.write(t, peersFile, r.table)
}

// group measures all cases that the servers are set up for in one way, in turns.
func (r *run) group(t *testing.T, archive bool) {
	var cases []setup
	for _, s := range setups() {
		if s.archive == archive && r.wanted(s.name) {
			cases = append(cases, s)
		}
	}
	if len(cases) == 0 {
		return
	}
	var subjects []*subject
	for _, name := range servers {
		subjects = append(subjects, newSubject(t, name, archive))
	}
	for round := 1; round <= r.rounds; round++ {
		for _, s := range subjects {
			r.turn(t, s, cases, round)
		}
	}
}

// turn measures all cases with one server, once.
func (r *run) turn(t *testing.T, s *subject, cases []setup, round int) {
	pid := s.start(t)
	up := true
	defer func() {
		if up {
			s.stop(t)
		}
	}()
	for _, c := range cases {
		list, unknown := load.Select([]string{c.scenario})
		if unknown != "" {
			t.Fatalf("no scenario is called %s", unknown)
		}
		set := r.set(c)
		if s.relay && !list[0].Raw || !s.can(list[0].Needs) || c.rounds > 0 && round > c.rounds {
			continue
		}
		fresh := strings.HasPrefix(c.scenario, "idle")
		if fresh { // memory counts from a start
			s.stop(t)
			pid = s.start(t)
		}
		res := r.one(t, s, c, list[0], set, pid)
		if c.scenario == "resume" { // it is another process now
			s.stop(t)
			pid = s.start(t)
		}
		if !res.Good() {
			why := res.Verdict()
			t.Logf("round %d: %s, %s: %s", round, s.name, c.name, why)
			r.table.Failures = append(r.table.Failures, failure{c.name, s.name, round, why})
			continue
		}
		for _, g := range c.goals {
			value, ok := valueOf(res, g.figure)
			line := r.table.row(c, g)
			if ok {
				line.Values[s.name] = append(line.Values[s.name], value)
				t.Logf("round %d: %s, %s: %s %s", round, s.name, g.text, load.Number(value), g.unit)
			}
		}
	}
	_ = up
}

// can says whether a server has what a scenario needs.
func (s *subject) can(need string) bool {
	switch need {
	case load.NeedsWebSocket:
		return s.config.WebSocket != ""
	case load.NeedsBOSH:
		return s.config.BOSH != ""
	case load.NeedsRestart:
		return s.config.Restart != nil
	}
	return need == ""
}

// one measures one case with one server.
func (r *run) one(t *testing.T, s *subject, c setup, scenario load.Scenario, set load.Settings, pid int) *load.Result {
	for _, g := range c.goals {
		r.table.row(c, g) // also if it fails: what is missing is shown
	}
	if err := s.people(t, scenario.People(set)); err != nil {
		return &load.Result{Scenario: c.scenario, Trouble: err.Error()}
	}
	config := s.config
	config.Settings, config.Pid, config.Accounts = set, pid, s.made
	door := s.door
	door.Security = c.security
	config.Door = &door
	report := load.Run(t.Context(), config, []load.Scenario{scenario})
	r.table.Machine = report.Machine
	return report.Results[0]
}

func valueOf(res *load.Result, name string) (float64, bool) {
	if name == "p99_ms" {
		if res.Latency == nil {
			return 0, false
		}
		return res.Latency.P99, true
	}
	f, ok := res.Figure(name)
	return f.Value, ok
}

// write writes a file of the run.
func (r *run) write(t *testing.T, name string, v any) {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.out, "performance", name), append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// publish makes the page of what is there.
func (r *run) publish(t *testing.T) {
	t.Helper()
	files, err := page(filepath.Join(r.out, "performance"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(r.out, filepath.FromSlash(name)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// versionsOf asks for the versions of all.
func versionsOf(t *testing.T) map[string]string {
	t.Helper()
	need(t, "prosody", "ejabberdctl", "dpkg-query")
	all := make(map[string]string)
	for name, pkg := range map[string]string{Prosody: "prosody", Ejabberd: "ejabberd"} {
		out, err := exec.Command("dpkg-query", "-W", "-f=${Version}", pkg).Output()
		if err != nil {
			t.Fatalf("%s: %v", pkg, err)
		}
		all[name], _, _ = strings.Cut(string(out), "-")
	}
	out, err := exec.Command("git", "describe", "--tags", "--always", "--dirty").Output()
	if err != nil {
		out = []byte("of this tree")
	}
	all[Causeway] = strings.TrimSpace(string(out))
	return all
}

// day runs a mixed day of Causeway.
func (r *run) day(t *testing.T) {
	s := newSubject(t, Causeway, true)
	pid := s.start(t)
	defer s.stop(t)
	duration := time.Hour
	set := load.Settings{Connections: 1000, Rate: 500, Warmup: 5}
	if r.scale != "full" {
		duration, set.Connections, set.Rate = 15*time.Second, 100, 200
	}
	if text := os.Getenv("DAY"); text != "" {
		var err error
		if duration, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	set.Seconds = duration.Seconds()
	list, _ := load.Select([]string{"mixed"})
	if err := s.people(t, list[0].People(set)); err != nil {
		t.Fatal(err)
	}
	config := s.config
	config.Door, config.Settings, config.Pid, config.Accounts, config.Label = &s.door, set, pid, s.made, Causeway
	report := load.Run(t.Context(), config, list)
	r.write(t, dayFile, report)
	if !report.Good() {
		t.Errorf("the mixed day: %s", report.Results[0].Verdict())
	}
}
