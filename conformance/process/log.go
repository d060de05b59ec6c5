package process

import (
	"os"
	"strings"
	"testing"
)

// alarms are what no test may make the server log: the end of a goroutine by a
// panic, the end of the process by one, and what the race detector says.
var alarms = []string{"panicked", "panic: ", "fatal error: ", "WARNING: DATA RACE"}

// shown is how much of the log a failed test shows, in bytes from its end.
const shown = 20_000

// checkLog reads what the server has logged over all its starts.
func (s *Server) checkLog(t testing.TB) {
	t.Helper()
	log, err := os.ReadFile(s.log)
	if err != nil {
		if !os.IsNotExist(err) { // a test may end before the first start
			t.Error(err)
		}
		return
	}
	text := string(log)
	for _, alarm := range alarms {
		if at := strings.Index(text, alarm); at >= 0 {
			t.Errorf("in the server's log:\n%s", text[at:min(at+4000, len(text))])
		}
	}
	if t.Failed() {
		t.Logf("server log, its end:\n%s", text[max(0, len(text)-shown):])
	}
}

// Log gives what the server has logged over all its starts.
func (s *Server) Log(t testing.TB) string {
	t.Helper()
	log, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	return string(log)
}
