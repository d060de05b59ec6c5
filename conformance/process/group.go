package process

import (
	"os/exec"
	"strings"
	"testing"
)

// AddGroup lets tools of the Flash bridge in that name a group and show the password of
// everybody, by the same command that an operator would use. The server may be running
// or not.
func (s *Server) AddGroup(t testing.TB, group, host string) {
	t.Helper()
	cmd := exec.Command(s.bin, "app", "add", "flash", "--host", host, "--group", group, "--secret-stdin", "--config", s.config)
	cmd.Stdin = strings.NewReader(Password + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("app add flash %s: %v\n%s", group, err, out)
	}
}
