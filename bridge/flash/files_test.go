package flash

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
)

// A town is rooms and people that tests move about.
type town struct {
	mu      sync.Mutex
	rooms   map[int][]string
	touched map[int]bool
	anew    bool
	conns   int
	people  int
	fail    error
	looked  int
}

func newTown() *town {
	return &town{rooms: make(map[int][]string), touched: make(map[int]bool)}
}

func (w *town) at(n int) jid.JID { return jid.MustParse(fmt.Sprintf("r%d@conference.capulet.lit", n)) }

// set puts people into a room; nil takes the room away.
func (w *town) set(n int, people ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, was := w.rooms[n]
	w.rooms[n] = people
	w.touched[n] = true
	if people == nil {
		delete(w.rooms, n)
	}
	w.anew = w.anew || was != (people != nil)
}

// breaks has lists fail with an error.
func (w *town) breaks(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fail = err
}

func (w *town) Stopped(string) bool { return false }
func (w *town) Count(string) (int, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looked++
	return w.conns, w.people
}
func (w *town) Next(context.Context, string) (int, error) { panic("not asked for") }
func (w *town) Find(context.Context, string, int) (jid.JID, bool, error) {
	panic("not asked for")
}
func (w *town) Show(context.Context, jid.JID) (Room, bool, error) { panic("not asked for") }
func (w *town) List(context.Context, string) (list []Numbered, _ error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range slices.Sorted(maps.Keys(w.rooms)) {
		list = append(list, Numbered{n, w.at(n)})
	}
	return list, w.fail
}

func (w *town) Changed(string) (rooms []jid.JID, anew bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for n := range w.touched {
		rooms = append(rooms, w.at(n))
	}
	anew = w.anew
	w.touched, w.anew = make(map[int]bool), false
	return rooms, anew
}

func (w *town) Within(_ context.Context, room jid.JID) (list []jid.JID, _ error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for n, people := range w.rooms {
		if w.at(n) == room {
			for _, p := range people {
				if !strings.Contains(p, "@") {
					p += "@capulet.lit"
				}
				list = append(list, jid.MustParse(p))
			}
		}
	}
	return list, nil
}

// keep keeps the files of a town in a folder until stop is called.
func (w *town) keep(t *testing.T, folder string) (stop func()) {
	s := New(Config{Hosts: w, Rooms: w, Logger: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Files(ctx, "capulet.lit", folder) }() // ends with cancel
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// folderText is all that is in a folder.
func folderText(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, e := range entries {
		raw, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		parts = append(parts, fmt.Sprintf("%s=%q", e.Name(), raw))
	}
	return strings.Join(parts, " ")
}

// flash #get-numbers, #get-username-list; wire §3 and check 17: what is in the files, when,
// and what is not.
func TestFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		for name, text := range map[string]string{
			"room_9.txt": "an old room", "room_1.txt": "who is gone", temporary: "half a fi", // of a server that was killed
			"room_x.txt": "mine", "room_07.txt": "mine", "notes.txt": "mine", // of somebody else
		} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		const others = ` room_07.txt="mine"`
		w := newTown()
		w.conns, w.people = 230, 199
		w.set(1, "jack", "tom")
		w.set(12, []string{}...)
		stop := w.keep(t, folder)
		synctest.Wait()
		want := func(why, text string) {
			t.Helper()
			synctest.Wait()
			if got := folderText(t, folder); got != text {
				t.Errorf("%s:\n got %s\nwant %s", why, got, text)
			}
		}
		want("right after the start", `notes.txt="mine" online.txt="230|199|2"`+others+` room_1.txt="jack\ntom" room_12.txt="" room_x.txt="mine"`)

		w.set(1, "ann", `o\27neil`, "romeo@montague.lit")
		w.mu.Lock()
		w.conns = 231
		w.mu.Unlock()
		want("within the second nothing is written", `notes.txt="mine" online.txt="230|199|2"`+others+` room_1.txt="jack\ntom" room_12.txt="" room_x.txt="mine"`)
		time.Sleep(time.Second)
		want("and then all of it", `notes.txt="mine" online.txt="231|199|2"`+others+` room_1.txt="ann\no\\27neil\nromeo@montague.lit" room_12.txt="" room_x.txt="mine"`)

		w.set(12)
		w.set(13, "x")
		time.Sleep(time.Second)
		want("a room has gone and one has come", `notes.txt="mine" online.txt="231|199|2"`+others+` room_1.txt="ann\no\\27neil\nromeo@montague.lit" room_13.txt="x" room_x.txt="mine"`)

		info, err := os.Stat(filepath.Join(folder, "room_13.txt"))
		if err != nil || info.Mode().Perm() != 0o644 {
			t.Errorf("others read it: %v, %v", info.Mode(), err)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		again, err := os.Stat(filepath.Join(folder, "room_13.txt"))
		if err != nil || !os.SameFile(info, again) {
			t.Error("what has not changed was written again")
		}
		stop()
	})
}

// A folder that cannot be written, or a list that cannot be read, for a while: the files are
// right when it is over.
func TestFilesFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		w := newTown()
		w.set(1, "jack")
		stop := w.keep(t, folder)
		synctest.Wait()
		if err := os.Mkdir(filepath.Join(folder, temporary), 0o700); err != nil { // nothing can be written
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, temporary, "x"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		w.set(1, "tom")
		w.set(2, "ann")
		time.Sleep(3 * time.Second)
		synctest.Wait() // the writer is not at work in the folder while it is mended
		if err := os.RemoveAll(filepath.Join(folder, temporary)); err != nil {
			t.Fatal(err)
		}
		w.breaks(errors.New("the store is busy"))
		w.set(3, "eve")
		time.Sleep(3 * time.Second)
		w.breaks(nil)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := folderText(t, folder); got != `online.txt="0|0|3" room_1.txt="tom" room_2.txt="ann" room_3.txt="eve"` {
			t.Error(got)
		}
		stop()
		if err := New(Config{Hosts: w, Rooms: w}).Files(t.Context(), "capulet.lit", filepath.Join(folder, "none")); err == nil {
			t.Error("a folder that is not there")
		}
	})
}

// A file that cannot be written keeps no other from being written, or removed; and what has
// changed while the rooms could not be listed is not forgotten.
func TestFilesFailAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		if err := os.MkdirAll(filepath.Join(folder, "room_1.txt", "mine"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "room_99.txt"), []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		w := newTown()
		for n := 1; n < 20; n++ {
			w.set(n, "jack")
		}
		stop := w.keep(t, folder)
		time.Sleep(time.Second)
		synctest.Wait()
		names, err := filepath.Glob(filepath.Join(folder, "room_*"))
		if err != nil || len(names) != 19 || slices.Contains(names, filepath.Join(folder, "room_99.txt")) {
			t.Errorf("%v: %q", err, names)
		}
		w.breaks(errors.New("the store is busy"))
		w.set(2, "tom")
		w.set(20, "ann") // so that all are listed
		time.Sleep(2 * time.Second)
		w.breaks(nil)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if raw, err := os.ReadFile(filepath.Join(folder, "room_2.txt")); err != nil || string(raw) != "tom" {
			t.Errorf("what changed meanwhile: %q, %v", raw, err)
		}
		stop()
	})
}

// Check 18 of wire §8: whoever looks at any moment sees whole files, and no other names.
func TestFilesWhole(t *testing.T) {
	folder := t.TempDir()
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	town := newTown()
	w := &writer{root: root, census: census{host: "capulet.lit", server: New(Config{Hosts: town, Rooms: town})}, now: make(map[string]string)}
	if err := w.clean(); err != nil {
		t.Fatal(err)
	}
	var crowd []string
	for i := range 1000 {
		crowd = append(crowd, fmt.Sprintf("somebody%d", i))
	}
	done := make(chan struct{})
	go func() { // ends by itself
		defer close(done)
		for i := range 400 {
			town.set(1, slices.Concat([]string{"first"}, crowd[:i], []string{"last"})...)
			if err := w.refresh(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}()
	for reads := 0; ; reads++ {
		select {
		case <-done:
			if reads == 0 {
				t.Error("nothing was read")
			}
			return
		default:
		}
		names, err := filepath.Glob(filepath.Join(folder, "room_*"))
		if err != nil || len(names) > 1 {
			t.Fatalf("%q, %v", names, err)
		}
		if raw, err := os.ReadFile(filepath.Join(folder, "room_1.txt")); err == nil &&
			(!strings.HasPrefix(string(raw), "first\n") || !strings.HasSuffix(string(raw), "\nlast")) {
			t.Fatalf("half a file: %q", raw)
		}
	}
}
