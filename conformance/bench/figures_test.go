//go:build bench

package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"causeway/conformance/load"
	"causeway/conformance/process"
)

// relayVariable, when set, makes the test binary a relay.
const relayVariable = "CAUSEWAY_BENCH_RELAY"

// startRelay starts the test binary again, as a relay.
func startRelay() (*load.Relay, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), relayVariable+"=1")
	cmd.Stderr = os.Stderr
	return load.StartRelay(cmd)
}

// TestMain is also the relay, when startRelay has started it, an audience, and a canned
// server.
func TestMain(m *testing.M) {
	var err error
	switch {
	case os.Getenv(relayVariable) != "":
		err = load.BeRelay(context.Background(), os.Stdin, os.Stdout)
	case os.Getenv(audienceVariable) != "":
		err = beAudience()
	case os.Getenv(cannedVariable) != "":
		err = beCanned()
	default:
		process.Main(m)
		return
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "a process of the bench:", err)
		os.Exit(1)
	}
}

// A run is what the figures share.
type run struct {
	size      size
	relay     *load.Relay
	passwords *load.Passwords
	figures   []figure
}

// TestFigures takes all figures and prints them as a table.
func TestFigures(t *testing.T) {
	r := &run{size: fullSize(), passwords: load.NewPasswords()}
	if os.Getenv("BENCH_QUICK") != "" {
		r.size = quickSize()
	}
	var err error
	if r.relay, err = startRelay(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.relay.Stop)
	s := newServer(t, r.accounts())
	t.Run("chat", func(t *testing.T) { r.chat(t, s) })
	t.Run("idle", func(t *testing.T) { r.idle(t, s) })
	t.Run("login", func(t *testing.T) { r.login(t, s) })
	t.Run("start", r.start)
	t.Run("offline", func(t *testing.T) { r.offline(t, s) })
	t.Run("archive", r.archive)
	t.Run("room", r.room)
	t.Run("webim", r.webim)
	t.Run("flash", r.flash)
	t.Run("rest", r.rest)
	if err := printTable(t.Output(), r.figures); err != nil {
		t.Error(err)
	}
}

// accounts is how many the figures of one server need at most.
func (r *run) accounts() int {
	return max(r.size.idle, r.size.logins, r.size.senders*(1+r.size.absent), 2*r.size.pairs)
}

// door is the way in of the server, plain or with STARTTLS.
func (r *run) door(s *process.Server, tls bool) *load.Door {
	return doorOf(s.Addr, s.Domain, tls, r.passwords)
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
