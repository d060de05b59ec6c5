package daemon

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestScripts runs testdata/*.txtar. The comment of an archive is a script, its
// files are put into an empty folder where the script begins. A line is one of
//
//	[!|N] causeway ARGS…   run it; ! means exit code 1, a number means that one
//	stdin FILE             the input of the next causeway
//	stdout RE, stderr RE   the last output matches
//	! stdout RE            … or does not
//	serve ARGS…            run a server until the script ends, or until
//	stop                   which ends it in order
//	[!] exists FILE        the file is there
//
// and ' quotes a word with spaces. #-lines are for people.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts:", err)
	}
	t.Setenv("CAUSEWAY_FLASH_LISTEN", "127.0.0.1:0") // the one port that scripts need not name
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Chdir(t.TempDir())
			for _, f := range archive.Files {
				if err := os.WriteFile(f.Name, f.Data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s := &script{t: t}
			defer s.stop()
			for i, line := range strings.Split(string(archive.Comment), "\n") {
				if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
					s.line = i + 1
					s.run(words(line))
				}
			}
		})
	}
}

type script struct {
	t              *testing.T
	line           int
	stdin          []byte
	stdout, stderr bytes.Buffer
	cancel         context.CancelFunc // of the server
	served         chan int
}

func (s *script) fatalf(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("line %d: "+format+"\nstdout:\n%s\nstderr:\n%s", append(append([]any{s.line}, args...), s.stdout.String(), s.stderr.String())...)
}

func (s *script) run(w []string) {
	s.t.Helper()
	want, negated := 0, false
	if w[0] == "!" {
		want, negated, w = 1, true, w[1:]
	} else if n, err := strconv.Atoi(w[0]); err == nil {
		want, w = n, w[1:]
	}
	switch w[0] {
	case "causeway":
		s.stdout.Reset()
		s.stderr.Reset()
		if code := execute(s.t.Context(), w[1:], bytes.NewReader(s.stdin), &s.stdout, &s.stderr); code != want {
			s.fatalf("exit code %d, want %d", code, want)
		}
		s.stdin = nil
	case "stdin":
		var err error
		if s.stdin, err = os.ReadFile(w[1]); err != nil {
			s.fatalf("%v", err)
		}
	case "stdout", "stderr":
		text := s.stdout.String()
		if w[0] == "stderr" {
			text = s.stderr.String()
		}
		if regexp.MustCompile("(?m)"+w[1]).MatchString(text) == negated {
			s.fatalf("%s does not fit %q", w[0], w[1])
		}
	case "serve":
		s.serve(w[1:])
	case "stop":
		s.stop()
	case "exists":
		if _, err := os.Stat(w[1]); (err != nil) != negated {
			s.fatalf("%s is there: %v", w[1], err == nil)
		}
	default:
		s.fatalf("what is %s?", w[0])
	}
}

// serve starts a server and waits until it says that it serves.
func (s *script) serve(args []string) {
	ctx, cancel := context.WithCancel(s.t.Context())
	s.cancel, s.served = cancel, make(chan int, 1)
	log := &logWatch{ready: make(chan struct{})}
	go func() { // stopped by stop
		s.served <- execute(ctx, append([]string{"serve"}, args...), nil, log, log)
	}()
	select {
	case <-log.ready:
	case code := <-s.served:
		s.cancel = nil
		s.fatalf("the server ended with code %d: %s", code, log.text.String())
	}
}

func (s *script) stop() {
	if s.cancel == nil {
		return
	}
	s.cancel()
	s.cancel = nil
	if code := <-s.served; code != 0 {
		s.t.Errorf("the server ended with code %d", code)
	}
}

// logWatch waits for the log line of a server that is ready.
type logWatch struct {
	mu    sync.Mutex
	text  bytes.Buffer
	ready chan struct{}
	once  sync.Once
}

func (l *logWatch) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if bytes.Contains(p, []byte(`"serving"`)) {
		l.once.Do(func() { close(l.ready) })
	}
	return l.text.Write(p)
}

// words splits a line at spaces outside of quotes.
func words(line string) []string {
	var list []string
	var word strings.Builder
	quoted, any := false, false
	for _, r := range line {
		switch {
		case r == '\'':
			quoted, any = !quoted, true
		case r == ' ' && !quoted:
			if any {
				list = append(list, word.String())
			}
			word.Reset()
			any = false
		default:
			word.WriteRune(r)
			any = true
		}
	}
	if any {
		list = append(list, word.String())
	}
	return list
}
