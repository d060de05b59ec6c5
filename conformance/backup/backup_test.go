package backup

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

const domain = "capulet.lit"

func TestMain(m *testing.M) { process.Main(m) }

var settings = []string{
	"limits.offline = 1000000",
	"accounts.iterations = 4096",
	"c2s.plain_loopback = true",
	`log.level = "warn"`,
}

// A point is a moment to which a server can be brought back.
type point struct {
	file  string
	acked map[string]int // by sender: how many messages were acknowledged before the backup was asked for
}

func TestBackupUnderLoad(t *testing.T) {
	original := process.New(t, domain, settings...)
	people := cast(original, 4, "")
	for _, p := range people {
		p.pause = 100 * time.Millisecond // all that is written is read again, several times
		original.AddUsers(t, p.name)
	}
	original.Start(t)
	dir := t.TempDir()
	stop := make(chan struct{})
	var talk sync.WaitGroup
	for i, p := range people {
		talk.Go(func() { p.talk(t, people[(i+1)%len(people)], stop) })
	}
	var points []point
	for i, name := range []string{"full", "one"} {
		for _, p := range people {
			p.awaitMore(t, 100)
		}
		since := ""
		if i > 0 {
			since = points[i-1].file
		}
		points = append(points, take(t, original, people, filepath.Join(dir, name), since))
	}
	close(stop)
	talk.Wait()
	points = append(points, take(t, original, people, filepath.Join(dir, "two"), points[1].file))

	var chain []string
	for i, at := range points {
		chain = append(chain, at.file)
		copied := process.New(t, domain, settings...)
		copied.Command(t, append([]string{"restore"}, chain...)...)
		copied.Start(t)
		for _, p := range people {
			compareArchives(t, original, copied, p, i == len(points)-1, at)
		}
		copied.Stop(t)
	}
	original.Stop(t)
}

// take takes a backup, and notes what must be in it.
func take(t *testing.T, s *process.Server, people []*person, file, since string) point {
	t.Helper()
	at := point{file: file, acked: map[string]int{}}
	for _, p := range people {
		at.acked[p.name] = int(p.acked.Load())
	}
	args := []string{"backup", file, "--verify"}
	if since != "" {
		args = append(args, "--since", since)
	}
	s.Command(t, args...)
	return at
}

// The server is killed at several moments of a backup.
func TestKillWhileBackingUp(t *testing.T) {
	s := process.New(t, domain, settings...)
	people := cast(s, 2, "")
	for _, p := range people {
		s.AddUsers(t, p.name)
	}
	s.Start(t)
	file := filepath.Join(t.TempDir(), "full")
	for round := range 4 {
		fill(t, people, 300)
		if caught := killDuring(t, s, file, round); !caught {
			t.Logf("round %d: the backup was done before the kill", round)
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
		s.Start(t)
		for _, p := range people {
			if got := len(p.archive(t, s, forward)); got != int(people[0].acked.Load()+people[1].acked.Load()) {
				t.Errorf("round %d: %s has %d messages, %d were acknowledged", round, p.name, got, people[0].acked.Load()+people[1].acked.Load())
			}
		}
	}
	s.Command(t, "backup", file, "--verify")
	left, err := filepath.Glob(file + "*")
	if err != nil || len(left) != 1 {
		t.Errorf("there are %v, %v", left, err)
	}
	s.Stop(t)
}

// fill has two people exchange messages until all are acknowledged.
func fill(t *testing.T, people []*person, n int) {
	t.Helper()
	stop := make(chan struct{})
	var talk sync.WaitGroup
	for i, p := range people {
		talk.Go(func() { p.talk(t, people[1-i], stop) })
	}
	for _, p := range people {
		p.awaitMore(t, n)
	}
	close(stop)
	talk.Wait()
}

// killDuring kills the server some time after the unfinished file has appeared. It says whether that was in time; then
// there must be no file.
func killDuring(t *testing.T, s *process.Server, file string, round int) (caught bool) {
	t.Helper()
	answer := make(chan error, 1)
	go func() { // ends with the server
		_, err := s.Try("backup", file)
		answer <- err
	}()
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	for begun := false; !begun; {
		select {
		case <-poll.C:
			_, unfinished := os.Stat(file + ".tmp")
			_, finished := os.Stat(file)
			begun = unfinished == nil || finished == nil
		case <-wire.Soon():
			t.Fatal("no backup begins")
		}
	}
	<-time.After(time.Duration(round) * 5 * time.Millisecond)
	s.Kill(t)
	err := <-answer
	_, finished := os.Stat(file)
	if err == nil && finished != nil {
		t.Error("a backup was promised that is not there")
	}
	if finished == nil {
		if out, err := s.Try("backup", "verify", file); err != nil {
			t.Errorf("half a file: %v %s", err, out)
		}
		return false
	}
	return true
}

func cast(s *process.Server, n int, prefix string) (people []*person) {
	for i := range n {
		people = append(people, &person{server: s, name: fmt.Sprintf("%spage%d", prefix, i), more: make(chan struct{}, 1)})
	}
	return people
}
