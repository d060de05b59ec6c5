package daemon

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the files that the tests compare with anew")

func noEnv(string) (string, bool) { return "", false }

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
	got, err := load(writeFile(t, "causeway.toml", printConfig(&want)), noEnv, nil)
	if err != nil {
		t.Fatal(err)
	}
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
	env := map[string]string{"CAUSEWAY_C2S_TRIES": "4", "CAUSEWAY_C2S_LISTEN": "127.0.0.1:2, [::1]:2", "CAUSEWAY_REGISTER_NEW": "false"}
	c, err := load(file, func(k string) (string, bool) { v, ok := env[k]; return v, ok }, map[string]string{"c2s.tries": "5", "c2s.listen_tls": ""})
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
		{"not a duration", "[c2s]\nidle = 'long'", "idle", ""},
		{"not a domain", "hosts = ['a@b']", `hosts: "a@b" is not a domain`, ""},
		{"admin of nowhere", "hosts = ['capulet.lit']\nadmins = ['romeo@montague.lit']", "admins: romeo@montague.lit", ""},
		{"admin without a name", "hosts = ['capulet.lit']\nadmins = ['capulet.lit']", "admins:", ""},
		{"not an address", "[c2s]\nlisten = ['5222']", `c2s.listen: "5222"`, ":5222"},
		{"half a pair", "[tls]\ncerts = ['a']", "tls.certs: 1 certificates", ""},
		{"level", "[log]\nlevel = 'loud'", `log.level: "loud"`, ""},
		{"format", "[log]\nformat = 'xml'", `log.format: "xml"`, ""},
		{"hash", "[accounts]\nhashes = ['MD5']", `accounts.hashes: "MD5"`, ""},
		{"no hash", "[accounts]\nhashes = []", "accounts.hashes", ""},
		{"zero", "[c2s]\ntries = 0", "c2s.tries: 0 is too small", ""},
		{"no rate", "[c2s]\nrate_bytes = 0", "c2s.rate_bytes: 0 is too small", ""},
		{"small stanzas", "[c2s]\nstanza_bytes = 100", "c2s.stanza_bytes", ""},
	} {
		_, err := load(writeFile(t, "causeway.toml", tt.text), noEnv, nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
			continue
		}
		var f *fault
		if tt.hint != "" && (!errors.As(err, &f) || !strings.Contains(f.hint, tt.hint)) {
			t.Errorf("%s: %v has not the hint %q", tt.name, err, tt.hint)
		}
	}
	if _, err := load(writeFile(t, "causeway.toml", "[c2s]\nrate_bytes = -1"), noEnv, nil); err != nil {
		t.Errorf("no limit of the rate: %v", err)
	}
	if _, err := load("nowhere.toml", noEnv, nil); err == nil {
		t.Error("a file that is named but not there is no fault")
	}
	if _, err := load("", noEnv, map[string]string{"c2s.listn": "x"}); err == nil || !strings.Contains(err.Error(), "--set c2s.listn") {
		t.Errorf("--set of an unknown key: %v", err)
	}
	if _, err := load("", func(k string) (string, bool) { return "x", k == "CAUSEWAY_C2S_TRIES" }, nil); err == nil || !strings.Contains(err.Error(), "CAUSEWAY_C2S_TRIES") {
		t.Errorf("a wrong value in the environment: %v", err)
	}
}

func TestCanonicalHosts(t *testing.T) {
	c, err := load(writeFile(t, "causeway.toml", "hosts = ['Capulet.LIT']\nadmins = ['Nurse@CAPULET.lit']"), noEnv, nil)
	if err != nil || c.Hosts[0] != "capulet.lit" || c.Admins[0] != "nurse@capulet.lit" {
		t.Errorf("%v %v %v", c.Hosts, c.Admins, err)
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
