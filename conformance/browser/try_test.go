package browser

import (
	"bufio"
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// pageLine is where a throw-away server says that its page is.
var pageLine = regexp.MustCompile(`a page +(http://\S+)`)

// try runs a throw-away server until the test ends, and gives the URL of its page.
func try(t *testing.T) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Getenv("CAUSEWAY"), "try", "--c2s", "127.0.0.1:0", "--http", "127.0.0.1:0")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // the context of the test has ended it
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if m := pageLine.FindStringSubmatch(lines.Text()); m != nil {
			go func() { // ends with the server
				for lines.Scan() {
				}
			}()
			return m[1]
		}
	}
	t.Fatal("the server names no page")
	return ""
}
