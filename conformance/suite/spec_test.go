package suite

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"causeway/conformance/run"
)

var update = flag.Bool("update", false, "write the rows of checks in conformance/spec anew")

const (
	specs   = "../spec"
	head    = "id\tplace\tlevel\trequirement\tstate"
	checked = "checked"
)

// row is the line of a check in the index.
func row(c run.Check) string {
	return strings.Join([]string{c.ID, c.Cite(), string(c.Level), c.Text, checked}, "\t")
}

// TestIndex: the tables in conformance/spec are the index of what is checked, and of
// what cannot be seen from outside, with the reason.
func TestIndex(t *testing.T) {
	want := make(map[string][]string)
	for _, c := range everything() {
		want[c.Document()] = append(want[c.Document()], row(c))
	}
	for doc, rows := range want {
		name := filepath.Join(specs, fileOf(doc))
		text, err := os.ReadFile(name)
		if err != nil && !*update {
			t.Error(err)
			continue
		}
		var others []string
		var got []string
		for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			f := strings.Split(line, "\t")
			switch {
			case i == 0 || line == "":
			case len(f) != 5:
				t.Errorf("%s: %q has %d columns", name, line, len(f))
			case f[4] == checked:
				got = append(got, line)
			default:
				others = append(others, line)
			}
		}
		if *update {
			all := append(append([]string{head}, rows...), others...)
			if err := os.WriteFile(name, []byte(strings.Join(all, "\n")+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		for _, r := range rows {
			if !slices.Contains(got, r) {
				t.Errorf("%s lacks %s; go test ./conformance/suite -update", name, r)
			}
		}
		for _, r := range got {
			if !slices.Contains(rows, r) {
				t.Errorf("%s has %s, which no check is", name, r)
			}
		}
	}
}

// everything gives the checks of XMPP and of all bridges.
func everything() []run.Check {
	list := All()
	for _, name := range Bridges() {
		list = append(list, Bridge(name)...)
	}
	return list
}

func fileOf(doc string) string {
	switch {
	case slices.Contains(Bridges(), doc):
		return doc + ".tsv"
	case doc[0] == '0':
		return "xep" + doc + ".tsv"
	}
	return "rfc" + doc + ".tsv"
}

// TestChecks: ids are unique and of the form document/section/word, and nothing is
// left out.
func TestChecks(t *testing.T) {
	shape := regexp.MustCompile(`^(\d{4}/\d+(\.\d+)*|(0\d{3}|webim|rest|oauth|flash|plugchat)/[a-zA-Z0-9_-]+)/[a-z0-9.-]+$`)
	seen := make(map[string]bool)
	for _, c := range everything() {
		if !shape.MatchString(c.ID) {
			t.Errorf("%q is not of the form document/section/word", c.ID)
		}
		if seen[c.ID] {
			t.Errorf("%s is there twice", c.ID)
		}
		seen[c.ID] = true
		if c.Text == "" || c.Run == nil || c.Level != run.Must && c.Level != run.Should && c.Level != run.May {
			t.Errorf("%s is not complete", c.ID)
		}
	}
	if all, bridges := len(All()), len(seen)-len(All()); all < 300 || bridges < 120 {
		t.Errorf("%d checks of XMPP, %d of bridges", all, bridges)
	}
}
