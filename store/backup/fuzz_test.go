package backup

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Whatever a file has in it, verifying and restoring it ends with an error or a summary, and never in a panic.
func FuzzVerify(f *testing.F) {
	f.Add([]byte(magic))
	f.Add(small(f))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, whole, err := Verify(t.Context(), path)
		if err == nil && !whole {
			if n, err := Inspect(path); err != nil || n.Number == 0 {
				t.Errorf("not whole: %+v, %v", n, err)
			}
		}
	})
}

// Heads are read from damaged files too.
func FuzzHeads(f *testing.F) {
	f.Add(header{schema: 1, taken: time.Now(), hosts: []string{"capulet.lit"}, earlier: make([]digest, 2)}.encode())
	f.Add(segment{first: []byte("a"), count: 1, place: place{1, 20}}.encode(true))
	f.Add(upload{name: "a/b", size: 3, place: place{1, 20}}.encode(true))
	f.Fuzz(func(t *testing.T, head []byte) {
		_, err1 := decodeHeader(head)
		_, err2 := decodeSegment(frame{kind: kindSegmentRef, head: head}, 3)
		u, err3 := decodeUpload(frame{kind: kindUploadRef, head: head}, 3)
		_, err4 := segment{first: []byte("a"), count: 1}.decode(head)
		if err3 == nil && !filepath.IsLocal(filepath.FromSlash(u.name)) {
			t.Errorf("name %q leaves the folder", u.name)
		}
		_ = errors.Join(err1, err2, err4)
	})
}

// small is a whole backup without a store.
func small(tb testing.TB) []byte {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "small")
	w, err := create(path, func(string) error { return nil })
	if err != nil {
		tb.Fatal(err)
	}
	err = errors.Join(w.frame(kindHeader, header{schema: 1}.encode(), nil),
		w.frame(kindUpload, upload{name: "a", size: 0}.encode(false), nil),
		w.frame(kindTrailer, trailer{uploads: 1}.encode(), nil), w.finish(), w.publish())
	if err != nil {
		tb.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return content
}
