//go:build bench

package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestMain is also the relay, when startRelay has started it.
func TestMain(m *testing.M) {
	if os.Getenv(relayVariable) == "" {
		os.Exit(m.Run())
	}
	if err := beRelay(); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "relay:", err)
		os.Exit(1)
	}
}

// A run is what the figures share.
type run struct {
	bin       string
	size      size
	relay     *relay
	passwords *passwords
	figures   []figure
}

// TestFigures takes all figures and prints them as a table.
func TestFigures(t *testing.T) {
	r := &run{bin: build(t), size: fullSize(), passwords: newPasswords()}
	if os.Getenv("BENCH_QUICK") != "" {
		r.size = quickSize()
	}
	var err error
	if r.relay, err = startRelay(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.relay.stop)
	s := r.newServer(t)
	if err := s.addUsers(r.accounts()); err != nil {
		t.Fatal(err)
	}
	t.Run("chat", func(t *testing.T) { r.chat(t, s) })
	t.Run("idle", func(t *testing.T) { r.idle(t, s) })
	t.Run("login", func(t *testing.T) { r.login(t, s) })
	t.Run("start", r.start)
	t.Run("offline", func(t *testing.T) { r.offline(t, s) })
	if err := printTable(t.Output(), r.figures); err != nil {
		t.Error(err)
	}
}

// accounts is how many the figures of one server need at most.
func (r *run) accounts() int {
	return max(r.size.idle, r.size.logins, r.size.senders*(1+r.size.absent), 2*r.size.pairs)
}

// build returns the binary to measure: $CAUSEWAY when set, else one built here.
func build(t *testing.T) string {
	t.Helper()
	if bin := os.Getenv("CAUSEWAY"); bin != "" {
		return bin
	}
	bin := filepath.Join(t.TempDir(), "causeway")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", bin, "causeway/cmd/causeway").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

// newServer prepares a server that ends with the test.
func (r *run) newServer(t *testing.T) *server {
	t.Helper()
	s, err := newServer(r.bin, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// begin starts s for one subtest.
func begin(t *testing.T, s *server) {
	t.Helper()
	if _, err := s.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
}

// report keeps a figure for the table. A missed target fails the test only when
// that is asked for.
func (r *run) report(t *testing.T, f figure) {
	t.Helper()
	r.figures = append(r.figures, f)
	if f.verdict() == "MISS" && os.Getenv("BENCH_STRICT") != "" {
		t.Error(f)
		return
	}
	t.Log(f)
}
