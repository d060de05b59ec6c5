package daemon

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the files that the tests compare with anew")

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestPage holds doc/config.md against the code.
func TestPage(t *testing.T) {
	const file = "../../doc/config.md"
	if *update {
		if err := os.WriteFile(file, []byte(configPage()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(file)
	if err != nil || string(page) != configPage() {
		t.Errorf("%s is not what the code says (%v): run go test ./cmd/daemon -update", file, err)
	}
}

// TestPrintedFile: what is printed can be read, and says what the defaults are.
func TestPrintedFile(t *testing.T) {
	want := Default()
	file := writeFile(t, "causeway.toml", printConfig(&want, false))
	got, notes, err := load(file, nil, nil)
	if err != nil || len(notes) > 0 {
		t.Fatal(err, notes)
	}
	want.Data = filepath.Join(filepath.Dir(file), "data")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for _, s := range sections(&want) {
		for _, k := range s.keys {
			if k.doc == "" || k.short() == "" || strings.Contains(k.doc, "|") {
				t.Errorf("%s: no explanation, no name, or one that breaks the page", k.name)
			}
		}
	}
}

func TestPrecedence(t *testing.T) {
	file := writeFile(t, "causeway.toml", "hosts = ['capulet.lit']\n[c2s]\ntries = 3\nidle = '1m'\nlisten = ['127.0.0.1:1']\n[register]\nnew = true\n")
	env := []string{"CAUSEWAY_C2S_TRIES=4", "CAUSEWAY_C2S_LISTEN=127.0.0.1:2, [::1]:2", "CAUSEWAY_REGISTER_NEW=false"}
	c, _, err := load(file, env, map[string]string{"c2s.tries": "5", "c2s.listen_tls": ""})
	if err != nil {
		t.Fatal(err)
	}
	if c.C2S.Tries != 5 || time.Duration(c.C2S.Idle) != time.Minute || len(c.C2S.Listen) != 2 || len(c.C2S.ListenTLS) != 0 || c.Register.New {
		t.Errorf("%+v", c)
	}
}

func TestConfigFaults(t *testing.T) {
	for _, tt := range []struct{ name, text, want, hint string }{
		{"unknown key", "hosts = []\n[c2s]\n# a comment\nlistn = []", "line 4: unknown key c2s.listn", "c2s.listen?"},
		{"unknown key at the top", "host = ['capulet.lit']", "line 1: unknown key host", "hosts?"},
		{"key without its section", "resume = '5m'", "line 1: unknown key resume", "c2s.resume?"},
		{"unknown section", "\n[c2x]\nlisten = []", "line 2: unknown key c2x", "c2s"},
		{"dotted", "c2s.idel = '1m'", "line 1: unknown key c2s.idel", "c2s.idle?"},
		{"not TOML", "hosts = [", "line 1", ""},
		{"wrong type", "[c2s]\ntries = 'many'", "c2s.tries", ""},
		{"not a duration", "[c2s]\nidle = 'long'", `c2s.idle: "long" is not a duration like "5m"`, ""},
		{"not a domain", "hosts = ['a@b']", `hosts: "a@b" is not a domain`, ""},
		{"admin of nowhere", "hosts = ['capulet.lit']\nadmins = ['romeo@montague.lit']", "admins: romeo@montague.lit", ""},
		{"admin without a name", "hosts = ['capulet.lit']\nadmins = ['capulet.lit']", "admins:", ""},
		{"not an address", "[c2s]\nlisten = ['5222']", `c2s.listen: "5222"`, ":5222"},
		{"half a pair", "[tls]\ncerts = ['a']", "tls.certs: 1 certificates", ""},
		{"level", "[log]\nlevel = 'loud'", `log.level: "loud"`, ""},
		{"format", "[log]\nformat = 'xml'", `log.format: "xml"`, ""},
		{"hash", "[accounts]\nhashes = ['MD5']", `accounts.hashes: "MD5"`, ""},
		{"no hash", "[accounts]\nhashes = []", "accounts.hashes", ""},
		{"zero", "[c2s]\ntries = 0", "c2s.tries: 0 is too small; at least 1", ""},
		{"no time", "[c2s]\nidle = '1ms'", `c2s.idle: "1ms" is too small; at least "1s"`, ""},
		{"no unit", "[c2s]\nidle = '5'", `line 2: c2s.idle: "5" has no unit; write "5s", "5m" or, in days, "5d"`, ""},
		{"no quotes", "c2s.idle = 5", `line 1: c2s.idle: "5" has no unit`, ""},
		{"no list", "hosts = 'capulet.lit'", `line 1: hosts must be a list, like ["capulet.lit"]`, ""},
		{"a list of numbers", "hosts = [5]", "line 1: hosts must be a list, like", ""},
		{"no text", "[log]\nlevel = 5", `line 2: log.level must be a text, like "info"`, ""},
		{"no boolean", "[register]\nnew = 'yes'", "line 2: register.new must be true or false", ""},
		{"no section", "c2s = 5", "line 1: c2s is a section", ""},
		{"nowhere near", "[c2s]\nentirely_different = 1", "line 2: unknown key c2s.entirely_different", "config print"},
		{"port", "[c2s]\nlisten = [':99999']", `c2s.listen: ":99999": the port is not a number`, ""},
		{"named port", "[c2s]\nlisten = [':xmpp-client']", "the port is not a number", ""},
		{"host to listen on", "[c2s]\nlisten = ['1.2.3:5222']", `"1.2.3" is neither`, ""},
		{"the same port", "[c2s]\nlisten = ['127.0.0.1:5223']", `c2s.listen_tls: ":5223": this port is listened on already`, ""},
		{"no listener", "[c2s]\nlisten = []\nlisten_tls = []", "c2s.listen: no client can connect", ""},
		{"host twice", "hosts = ['capulet.lit', 'Capulet.lit']", "hosts: capulet.lit is there twice", ""},
		{"queue", "[c2s]\nqueue_bytes = 20000", "c2s.queue_bytes: 20000 is too small; at least c2s.stanza_bytes", ""},
		{"contact", "[contacts]\nabuse = ['abuse@capulet.lit']", `contacts.abuse: "abuse@capulet.lit" is not a URI`, "mailto:abuse@capulet.lit"},
		{"two at once", "hosts = ['a@b']\n[log]\nlevel = 'loud'", "is not a domain\nlog.level", ""},
		{"two in the file", "hots = []\n[c2s]\ntries = 'many'", "line 1: unknown key hots\n", ""},
		{"no rate", "[c2s]\nrate_bytes = 0", "c2s.rate_bytes: 0 is too small; at least 1, or -1", ""},
		{"small stanzas", "[c2s]\nstanza_bytes = 100", "c2s.stanza_bytes", ""},
		{"large stanzas", "[c2s]\nstanza_bytes = 1000000", "c2s.stanza_bytes: 1000000 is too large; at most 500000", ""},
	} {
		_, _, err := load(writeFile(t, "causeway.toml", tt.text), nil, nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
			continue
		}
		var f *fault
		if tt.hint != "" && (!errors.As(err, &f) || !strings.Contains(f.hint, tt.hint)) {
			t.Errorf("%s: %v has not the hint %q", tt.name, err, tt.hint)
		}
	}
	if _, _, err := load(writeFile(t, "causeway.toml", "[c2s]\nrate_bytes = -1"), nil, nil); err != nil {
		t.Errorf("no limit of the rate: %v", err)
	}
	if _, _, err := load("nowhere.toml", nil, nil); err == nil {
		t.Error("a file that is named but not there is no fault")
	}
	if _, _, err := load("", nil, map[string]string{"c2s.listn": "x"}); err == nil || !strings.Contains(err.Error(), "--set c2s.listn") {
		t.Errorf("--set of an unknown key: %v", err)
	}
	if _, _, err := load("", []string{"CAUSEWAY_C2S_TRIES=x"}, nil); err == nil || !strings.Contains(err.Error(), "CAUSEWAY_C2S_TRIES") {
		t.Errorf("a wrong value in the environment: %v", err)
	}
}

// TestNotes: what is no mistake, but perhaps not meant.
func TestNotes(t *testing.T) {
	_, notes, err := load(writeFile(t, "causeway.toml", "accounts.iterations = 1"), []string{"CAUSEWAY_C2S_LISTN=x", "CAUSEWAY_PORT=5", "PATH=/"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"environment: CAUSEWAY_C2S_LISTN is no setting; did you mean CAUSEWAY_C2S_LISTEN?",
		"environment: CAUSEWAY_PORT is no setting",
	}
	if len(notes) != 3 || !slices.Equal(notes[:2], want) || !strings.HasPrefix(notes[2], "accounts.iterations: 1 ") {
		t.Errorf("%q", notes)
	}
	t.Chdir(t.TempDir())
	if _, notes, err = load("", nil, nil); err != nil || len(notes) != 1 || !strings.HasPrefix(notes[0], "no causeway.toml in /") {
		t.Errorf("%q, %v", notes, err)
	}
}

// TestPaths: a path of the file begins at the folder of the file, one of the
// command line at the working folder.
func TestPaths(t *testing.T) {
	file := writeFile(t, "causeway.toml", "data = 'kept'\ntls.certs = ['/a/b', 'c']\ntls.keys = ['d', 'e']")
	t.Chdir(t.TempDir())
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := load(file, nil, map[string]string{"tls.keys": "f,g"})
	dir := filepath.Dir(file)
	if err != nil || c.Data != filepath.Join(dir, "kept") ||
		!slices.Equal(c.TLS.Certs, []string{"/a/b", filepath.Join(dir, "c")}) ||
		!slices.Equal(c.TLS.Keys, []string{filepath.Join(here, "f"), filepath.Join(here, "g")}) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestCanonicalHosts(t *testing.T) {
	c, _, err := load(writeFile(t, "causeway.toml", "hosts = ['Capulet.LIT']\nadmins = ['Nurse@CAPULET.lit']"), nil, nil)
	if err != nil || c.Hosts[0] != "capulet.lit" || c.Admins[0] != "nurse@capulet.lit" {
		t.Errorf("%v %v %v", c.Hosts, c.Admins, err)
	}
}

func TestDifferences(t *testing.T) {
	a, b := Default(), Default()
	b.C2S.Tries, b.Hosts = 1, []string{"capulet.lit"}
	if got := differences(&a, &b); !slices.Equal(got, []string{"hosts", "c2s.tries"}) {
		t.Errorf("%v", got)
	}
	if got := differences(&a, &a); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "abc", 0}, {"abc", "", 3}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"listn", "listen", 1}} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
