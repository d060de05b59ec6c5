package browser

import (
	"bufio"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// pageLine is where a throw-away server says that its page is.
var pageLine = regexp.MustCompile(`a page +(http://\S+)`)

// try runs a throw-away server until the test ends, and gives the URL of its page.
func try(t *testing.T) string {
	t.Helper()
	url, _ := tryAll(t)
	return url
}

// tryAll is try with settings in the environment, that also gives all that the server says
// of itself.
func tryAll(t *testing.T, environment ...string) (url, said string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Getenv("CAUSEWAY"), "try", "--c2s", "127.0.0.1:0", "--http", "127.0.0.1:0")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Env = append(os.Environ(), environment...)
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
		said += lines.Text() + "\n"
		if m := pageLine.FindStringSubmatch(lines.Text()); m != nil {
			url = m[1]
		}
		if !strings.Contains(lines.Text(), "run_forever()") { // the last line
			continue
		}
		go func() { // ends with the server
			for lines.Scan() {
			}
		}()
		if url != "" {
			return url, said
		}
	}
	t.Fatalf("the server names no page:\n%s", said)
	return "", ""
}
