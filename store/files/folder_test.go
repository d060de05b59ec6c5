package files

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"causeway/xmpp/ext/upload"
)

// tree lists all files below a folder.
func tree(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, err := filepath.Rel(dir, path)
			list = append(list, rel)
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWriteOpenRemove(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "uploads")
	f := New(dir, 0)
	if _, err := f.Open("ABC"); !errors.Is(err, upload.ErrNotFound) {
		t.Errorf("open before anything is there: %v", err)
	}
	must(t, f.Remove([]string{"ABC"}))
	must(t, f.Write("ABC", 5, strings.NewReader("hello, not this")))
	body, err := f.Open("ABC")
	must(t, err)
	got, err := io.ReadAll(body)
	must(t, errors.Join(err, body.Close()))
	if string(got) != "hello" {
		t.Errorf("got %q", got)
	}
	info, err := os.Stat(filepath.Join(dir, "AB", "ABC"))
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	must(t, f.Write("ABC", 3, strings.NewReader("bye")))
	must(t, f.Write("ABD", 3, strings.NewReader("bye")))
	must(t, f.Remove([]string{"ABC", "XYZ"}))
	if got := tree(t, dir); !slices.Equal(got, []string{"AB/ABD"}) {
		t.Errorf("left: %v", got)
	}
}

// A write that fails leaves nothing.
func TestWriteFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "uploads")
	f := New(dir, 1000)
	broken := errors.New("hung up")
	for _, tt := range []struct {
		name string
		free int64
		body io.Reader
		want error
	}{
		{"too little comes", 1 << 40, strings.NewReader("hi"), io.ErrUnexpectedEOF},
		{"the client hangs up", 1 << 40, io.MultiReader(strings.NewReader("hi"), iotest.ErrReader(broken)), broken},
		{"no room", 1000 + 19, bytes.NewReader(make([]byte, 20)), upload.ErrNoRoom},
	} {
		f.free = func(string) (int64, error) { return tt.free, nil }
		if err := f.Write("ABC", 20, tt.body); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
		if got := tree(t, dir); got != nil {
			t.Errorf("%s: left: %v", tt.name, got)
		}
	}
	f.free = func(string) (int64, error) { return 0, errors.New("unknown") }
	if !f.Room(1) {
		t.Error("no room, though nobody knows")
	}
}

// The disk may fill up while a file comes.
func TestRoomEnds(t *testing.T) {
	f := New(filepath.Join(t.TempDir(), "uploads"), 0)
	looks := 0
	f.free = func(string) (int64, error) {
		if looks++; looks > 2 {
			return 0, nil
		}
		return 1 << 40, nil
	}
	if err := f.Write("ABC", 4*piece, bytes.NewReader(make([]byte, 4*piece))); !errors.Is(err, upload.ErrNoRoom) {
		t.Errorf("got %v", err)
	}
}

// No id becomes a path.
func TestPaths(t *testing.T) {
	f := New(t.TempDir(), 0)
	for _, id := range []string{"", "a", "..", "../..", "../../etc/passwd", "a/b", "a\x00b", "äöü", "tmp/ABC", "ABC.part"} {
		if _, err := f.Open(id); !errors.Is(err, upload.ErrNotFound) {
			t.Errorf("open %q: %v", id, err)
		}
		if err := f.Write(id, 1, strings.NewReader("x")); !errors.Is(err, upload.ErrNotFound) {
			t.Errorf("write %q: %v", id, err)
		}
		if err := f.Remove([]string{id}); !errors.Is(err, upload.ErrNotFound) {
			t.Errorf("remove %q: %v", id, err)
		}
	}
}

func TestClean(t *testing.T) {
	dir := t.TempDir()
	f := New(dir, 0)
	must(t, f.Clean(nil))
	must(t, New(filepath.Join(dir, "nowhere"), 0).Clean(nil))
	for _, name := range []string{"tmp/HALF", "tmp/BUSY", "AB/ABKNOWN", "AB/ABLOST", "AB/XYZ", "AB/not ours", "README"} {
		path := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, nil, 0o600))
	}
	must(t, f.Clean(func(id string, half bool) (bool, error) {
		if half != (id == "HALF" || id == "BUSY") {
			t.Errorf("%s: half %v", id, half)
		}
		return id == "BUSY" || id == "ABKNOWN", nil
	}))
	want := []string{"AB/ABKNOWN", "AB/XYZ", "AB/not ours", "README", "tmp/BUSY"}
	if got := tree(t, dir); !slices.Equal(got, want) {
		t.Errorf("left: %v\nwant: %v", got, want)
	}
	fault := errors.New("the store has ended")
	if err := f.Clean(func(string, bool) (bool, error) { return true, fault }); !errors.Is(err, fault) {
		t.Errorf("got %v", err)
	}
}
