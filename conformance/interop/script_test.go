//go:build interop

package interop

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// scriptLimit bounds one client's whole run. The slowest need about
// ten seconds.
const scriptLimit = 2 * time.Minute

// play runs a client's script against s and checks that it shows the steps.
func (s server) play(t *testing.T, argv []string, steps ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), scriptLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), s.scriptEnv()...)
	// An interrupt, to the script's whole process group, lets it clean up.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 5 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	shown := s.follow(t, out, in)
	if err := cmd.Wait(); err != nil {
		t.Errorf("script: %v\n%s", err, stderr.String())
	}
	if !slices.Equal(shown, steps) {
		t.Errorf("steps shown: %v\nsteps wanted: %v", shown, steps)
	}
}

// follow reads the transcript until the script ends, restarts or kills the
// server or runs the operator's commands when asked to, and returns the steps that were shown.
func (s server) follow(t *testing.T, out io.Reader, in io.Writer) (shown []string) {
	t.Helper()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		t.Log(line)
		switch words := strings.Fields(line); {
		case line == "RESTART":
			s.Stop(t)
			s.Start(t)
			// A script that has gone away shows in its exit status.
			_, _ = fmt.Fprintln(in, "GO")
		case line == "KILL":
			s.Kill(t)
			s.Start(t)
			_, _ = fmt.Fprintln(in, "GO")
		case len(words) > 1 && words[0] == "RUN":
			s.Command(t, words[1:]...)
			_, _ = fmt.Fprintln(in, "GO")
		case len(words) >= 2 && words[0] == "ok":
			shown = append(shown, words[1])
		}
	}
	return shown
}

// scriptEnv is what a script learns of the server.
func (s server) scriptEnv() []string {
	host, port, _ := strings.Cut(s.Addr, ":")
	_, web, _ := strings.Cut(s.HTTPAddr, ":")
	return []string{
		"INTEROP_HOST=" + host,
		"INTEROP_HTTP_PORT=" + web,
		"INTEROP_PORT=" + port,
		"INTEROP_DOMAIN=" + domain,
		"INTEROP_PASSWORD=" + password,
		"INTEROP_APPKEY=capulet#verona",
		"INTEROP_CA=" + s.CA,
		"INTEROP_WRONG_CA=" + s.WrongCA,
		"LC_ALL=C.UTF-8",
	}
}
