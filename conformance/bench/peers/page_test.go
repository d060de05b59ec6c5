package peers

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"causeway/conformance/load"
)

var update = flag.Bool("update", false, "rewrite the page and the golden files")

// compare holds generated files against those in a folder.
func compare(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		there, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(there) != text {
			t.Errorf("%s is not what its files give: go test -run %s ./conformance/bench/peers -update", file, t.Name())
		}
	}
}

// TestPage: doc/performance.md and its plots are what the files of the last run give, so
// no number in them was typed by hand.
func TestPage(t *testing.T) {
	dir := filepath.FromSlash("../../../doc")
	files, err := page(filepath.Join(dir, "performance"))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, dir, files)
	for _, plot := range glob(t, filepath.Join(dir, "performance", "*.svg")) {
		if _, ok := files["performance/"+filepath.Base(plot)]; !ok {
			t.Errorf("%s is not of the last run", plot)
		}
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestSmallPage: the page of a small run is as it was looked at.
func TestSmallPage(t *testing.T) {
	dir := filepath.FromSlash("testdata/small")
	files, err := page(filepath.Join(dir, "performance"))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, dir, files)
	if text := files[pageName]; !strings.Contains(text, "Its figures mean nothing") {
		t.Error("a small run does not say that it is one")
	}
}

// TestVerdict: a row that is lost says to whom; one that was not measured is lost, too.
func TestVerdict(t *testing.T) {
	at := func(ours, prosody, ejabberd float64) map[string][]float64 {
		return map[string][]float64{Causeway: {ours}, Prosody: {prosody}, Ejabberd: {ejabberd}}
	}
	for _, test := range []struct {
		name  string
		row   row
		want  string
		loses bool
	}{
		{"ahead", row{Goal: 2, Values: at(1, 10, 20)}, "× 10.0", false},
		{"ahead, more is better", row{Goal: 50, More: true, Values: at(100, 10, 20)}, "× 5.00", false},
		{"misses its goal", row{Goal: 2, Values: at(3, 10, 20)}, "misses its goal", true},
		{"misses its goal, more is better", row{Goal: 200, More: true, Values: at(100, 10, 20)}, "misses its goal", true},
		{"loses to one", row{Values: at(15, 10, 20)}, "loses to Prosody", true},
		{"loses to both", row{Goal: 30, Values: at(25, 10, 20)}, "loses to Prosody, loses to ejabberd", true},
		{"loses, more is better", row{More: true, Values: at(15, 10, 20)}, "loses to ejabberd", true},
		{"level", row{Goal: 10, Values: at(10, 10, 20)}, "× 1.00", false},
		{"alone", row{Goal: 10, Values: map[string][]float64{Causeway: {1}}}, "ok", false},
		{"not measured", row{Values: map[string][]float64{Prosody: {1}}}, "not measured", true},
		{"median", row{Goal: 2, Values: map[string][]float64{Causeway: {1, 1, 100}}}, "ok", false},
	} {
		if got, loses := test.row.verdict(); got != test.want || loses != test.loses {
			t.Errorf("%s: %q, %v; want %q, %v", test.name, got, loses, test.want, test.loses)
		}
	}
}

// TestSetups: each case names a scenario and figures that there are.
func TestSetups(t *testing.T) {
	names := make(map[string]bool)
	for _, s := range setups() {
		if _, unknown := load.Select([]string{s.scenario}); unknown != "" {
			t.Errorf("%s: no scenario is called %s", s.name, unknown)
		}
		if names[s.name] || len(s.goals) == 0 {
			t.Errorf("%s is there twice, or shows nothing", s.name)
		}
		names[s.name] = true
	}
}

// TestFiles: what is written is read again.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	text, err := json.Marshal(&table{Schema: schema, Rows: []*row{{Case: "chat", Values: map[string][]float64{Causeway: {1}}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, peersFile), text, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := read[table](dir, peersFile)
	if err != nil || len(got.Rows) != 1 || got.Rows[0].Values[Causeway][0] != 1 {
		t.Errorf("%+v %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(dir, peersFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := page(dir); err == nil {
		t.Error("half a file is no error")
	}
}
