package crash

import (
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

// A toolReply is what a tool reads.
type toolReply struct {
	Result int `xml:"result,attr"`
	Rooms  []struct {
		ID   int    `xml:"id,attr"`
		Desc string `xml:"desc,attr"`
	} `xml:"room"`
}

// command sends one command as old tools do; ok is false if no reply came.
func command(s *process.Server, typ, attrs string) (r toolReply, ok bool) {
	c, err := net.DialTimeout("tcp", s.FlashAddr, wire.Patience)
	if err != nil {
		return r, false
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(wire.Patience))
	_, _ = io.WriteString(c, `<Command group="default" api_pwd="`+process.Password+`" type="`+typ+`" `+attrs+"/>\x00") // then no reply comes
	text, _ := io.ReadAll(c)
	body, whole := strings.CutSuffix(string(text), "\x00")
	return r, whole && xml.Unmarshal([]byte(body), &r) == nil
}

// A tool makes rooms, changes and ends them; what it has been answered.
type tool struct {
	made    map[int]string // by number: what their description is; "?" after a change that was not answered
	ended   map[int]bool   // the end was answered
	unsure  map[int]bool   // it was not
	numbers []int          // all that were given out
}

func (w *tool) work(s *process.Server, name string) {
	for n := 0; ; n++ {
		r, ok := command(s, "add_room", fmt.Sprintf(`name="%s" desc="%s %d"`, name, name, n))
		if !ok || r.Result < 1 {
			return
		}
		w.made[r.Result] = fmt.Sprintf("%s %d", name, n)
		w.numbers = append(w.numbers, r.Result)
		desc := fmt.Sprintf("%s %d, changed", name, n)
		if _, ok := command(s, "edit_room", fmt.Sprintf(`roomid="%d" desc="%s"`, r.Result, desc)); !ok {
			w.made[r.Result] = "?"
			return
		}
		w.made[r.Result] = desc
		if n%3 == 0 {
			if _, ok := command(s, "del_room", fmt.Sprintf(`room_id="%d"`, r.Result)); !ok {
				w.unsure[r.Result] = true
				return
			}
			w.ended[r.Result] = true
		}
	}
}

// A command that was answered survives the server's being killed at any moment; numbers are
// given out once; and the files are true within a second of the start (flash #add-room,
// #edit-room, #del-room; issue: SIGKILL rounds).
func TestKillWhileToolsCommand(t *testing.T) {
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	folder := t.TempDir()
	s := process.New(t, domain, append(settings, fmt.Sprintf("flash.files = [%q]", domain+"="+folder))...)
	s.AddGroup(t, "default", domain)
	s.Start(t)
	seen := make(map[int]bool)
	made, ended, unsure := make(map[int]string), make(map[int]bool), make(map[int]bool)
	for range rounds {
		var tools [4]*tool
		var all sync.WaitGroup
		for i := range tools {
			tools[i] = &tool{made: make(map[int]string), ended: make(map[int]bool), unsure: make(map[int]bool)}
			all.Go(func() { tools[i].work(s, fmt.Sprint("tool", i)) }) // ends when the server is killed
		}
		<-time.After(time.Duration(50+rand.IntN(300)) * time.Millisecond)
		s.Kill(t)
		all.Wait()
		for _, w := range tools {
			for _, n := range w.numbers {
				if seen[n] {
					t.Errorf("the number %d was given out twice", n)
				}
				seen[n] = true
			}
			for n, desc := range w.made {
				made[n], ended[n], unsure[n] = desc, w.ended[n], w.unsure[n]
			}
		}
		s.Start(t)
		checkRooms(t, s, folder, made, ended, unsure)
	}
	if len(made) < 10 {
		t.Errorf("only %d rooms were made", len(made))
	}
	// A stopped group is stopped after that, too.
	if r, ok := command(s, "stop_group", ""); !ok || r.Result != 0 {
		t.Errorf("stop: %+v", r)
	}
	s.Kill(t)
	s.Start(t)
	if r, ok := command(s, "broadcast", `msg="x"`); !ok || r.Result != -8 {
		t.Errorf("after the kill: %+v", r)
	}
	s.Stop(t)
}

// checkRooms holds the rooms, and their files, against what was answered.
func checkRooms(t *testing.T, s *process.Server, folder string, made map[int]string, ended, unsure map[int]bool) {
	t.Helper()
	began := time.Now()
	r, ok := command(s, "list_rooms", "")
	if !ok {
		t.Fatal("no list of rooms")
	}
	there := make(map[int]string)
	for _, room := range r.Rooms {
		there[room.ID] = room.Desc
	}
	for n, desc := range made {
		got, is := there[n]
		switch {
		case unsure[n]:
		case is && ended[n]:
			t.Errorf("room %d is there, and its end was answered", n)
		case !is && !ended[n]:
			t.Errorf("room %d is not there, and was answered", n)
		case is && desc != "?" && got != desc:
			t.Errorf("room %d is %q, and %q was answered", n, got, desc)
		}
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		names, err := filepath.Glob(filepath.Join(folder, "room_*"))
		online, errOnline := os.ReadFile(filepath.Join(folder, "online.txt"))
		if err == nil && errOnline == nil && len(names) == len(there) && strings.HasSuffix(string(online), fmt.Sprintf("|0|%d", len(there))) {
			return
		}
		if time.Since(began) > 2*time.Second {
			t.Errorf("two seconds after the start there are %d files, %q, and %d rooms", len(names), online, len(there))
			return
		}
		<-tick.C
	}
}
