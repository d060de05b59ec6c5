//go:build interop

package portable

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"causeway/conformance/process"
)

// people are the accounts, and their passwords.
var people = map[string]string{"juliet": "O, be some other name!", "romeo": "Call me but l\u00f6ve", "nurse": "pencil"}

// TestFromProsody moves accounts with each of the hashes that Prosody knows.
func TestFromProsody(t *testing.T) {
	need(t)
	for _, hash := range []string{"SHA-1", "SHA-256"} {
		t.Run(hash, func(t *testing.T) {
			p := newProsody(t, hash)
			script(t, "live", p.addr, "")
			p.stop(t)
			files := p.migrate(t)

			s := process.New(t, domain)
			dry := report(t, s, "import", files, "--dry-run", "--json")
			if n := dry["results"].(map[string]any)["imported"]; n != float64(len(people)) {
				t.Errorf("dry run: %v", dry)
			}
			s.Start(t)
			wet := report(t, s, "import", files, "--json") // into a running server
			if n := wet["results"].(map[string]any)["imported"]; n != float64(len(people)) {
				t.Errorf("import: %v", wet)
			}
			if missing := wet["missing"].([]any); len(missing) > 0 {
				t.Errorf("not carried: %v", missing)
			}
			// Whoever exists is left alone, and the command says so.
			if out, err := s.Try("import", files); err == nil {
				t.Errorf("imported twice: %s", out)
			}
			script(t, "moved", s.Addr, s.CA)
			onwards(t, s)
			s.Stop(t)
		})
	}
}

// onwards exports what was imported, and takes it to another server.
func onwards(t *testing.T, s *process.Server) {
	t.Helper()
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first.xml"), filepath.Join(dir, "second.xml")
	s.Command(t, "export", first)
	info, err := os.Stat(first)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file can be read by others: %v, %v", info, err)
	}
	other := process.New(t, domain)
	other.Command(t, "import", first)
	other.Command(t, "export", second)
	a, errA := os.ReadFile(first)
	b, errB := os.ReadFile(second)
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Errorf("the export of the second server differs: %v, %v\n%s\n%s", errA, errB, a, b)
	}
}

// report runs a command and reads what it prints for programs.
func report(t *testing.T, s *process.Server, args ...string) map[string]any {
	t.Helper()
	out := s.Command(t, args...)
	_, text, _ := strings.Cut(out, "{") // a note may come first
	var r map[string]any
	if err := json.Unmarshal([]byte("{"+text), &r); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return r
}

// script runs one act of people.py against a server.
func script(t *testing.T, act, addr, ca string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	passwords, err := json.Marshal(people)
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := strings.Cut(addr, ":")
	cmd := exec.CommandContext(ctx, debianPython, "people.py", act)
	cmd.Env = append(os.Environ(), "PEOPLE="+string(passwords), "DOMAIN="+domain, "HOST="+host, "PORT="+port, "CA="+ca)
	out, err := cmd.CombinedOutput()
	t.Logf("%s:\n%s", act, out)
	if err != nil || !bytes.Contains(out, []byte("all is well")) {
		t.Fatalf("%s: %v", act, err)
	}
}
