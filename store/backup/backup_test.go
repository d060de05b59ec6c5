package backup_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"causeway/store"
	"causeway/store/backup"
	"causeway/store/badger"
	"causeway/store/badger/badgertest"
	"causeway/xmpp/ext/offline"
	"causeway/xmpp/jid"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// state is every record of a store, with its expiry.
type state map[string]string

func read(ctx context.Context, s *badger.Snapshot) (state, error) {
	got := state{}
	err := s.Each(ctx, func(r badger.Record) error {
		got[string(r.Key)] = fmt.Sprintf("%d %s", r.Expires, r.Val)
		return nil
	})
	return got, err
}

// A house is a store with a folder of uploads, and what they held when the last backup was taken.
type house struct {
	*store.Store
	t       testing.TB
	dir     string
	opts    badger.Options
	then    state
	files   map[string]string
	backups string
}

func newHouse(t testing.TB) *house {
	h := &house{t: t, dir: t.TempDir(), backups: t.TempDir(), files: map[string]string{}}
	h.opts = badger.Options{Dir: filepath.Join(h.dir, "store")}
	h.open()
	t.Cleanup(func() { must(t, h.Close()) })
	return h
}

func (h *house) open() {
	h.t.Helper()
	var err error
	h.Store, err = store.Open(h.t.Context(), h.opts)
	must(h.t, err)
}

func (h *house) uploads() string         { return filepath.Join(h.dir, "uploads") }
func (h *house) file(name string) string { return filepath.Join(h.backups, name) }

// Snapshot notes what the backup ought to have.
func (h *house) Snapshot(ctx context.Context, fn func(*badger.Snapshot) error) error {
	return h.Store.Snapshot(ctx, func(s *badger.Snapshot) (err error) {
		if h.then, err = read(ctx, s); err != nil {
			return err
		}
		return fn(s)
	})
}

func (h *house) upload(name, content string) {
	h.t.Helper()
	path := filepath.Join(h.uploads(), name)
	must(h.t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(h.t, os.WriteFile(path, []byte(content), 0o600))
	h.files[name] = content
}

func (h *house) take(file, since string, change ...func(*backup.Options)) backup.Summary {
	h.t.Helper()
	o := backup.Options{File: h.file(file), Uploads: h.uploads(), Hosts: []string{"capulet.lit"}}
	if since != "" {
		o.Since = h.file(since)
	}
	for _, f := range change {
		f(&o)
	}
	sum, err := backup.Take(h.t.Context(), h, o)
	must(h.t, err)
	return sum
}

// push gives somebody a message that waits.
func (h *house) push(owner string, id uint64, text string, expires time.Time) {
	h.t.Helper()
	ticket := h.Offline().Push(jid.MustParse(owner), offline.Entry{ID: id, Expires: expires, XML: []byte("<message><body>" + text + "</body></message>")})
	<-ticket.Done()
	must(h.t, ticket.Err())
}

func (h *house) drop(owner string, ids ...uint64) {
	h.t.Helper()
	ticket := h.Offline().Delete(jid.MustParse(owner), ids)
	<-ticket.Done()
	must(h.t, ticket.Err())
}

// restore brings files back into a new folder, and gives what is there then.
func restore(t testing.TB, files ...string) (state, map[string]string) {
	t.Helper()
	dir := t.TempDir()
	target := backup.Target{Store: filepath.Join(dir, "store"), Uploads: filepath.Join(dir, "uploads")}
	_, err := backup.Restore(t.Context(), target, files...)
	must(t, err)
	s, err := store.Open(t.Context(), badger.Options{Dir: target.Store})
	must(t, err)
	var got state
	must(t, s.Snapshot(t.Context(), func(snap *badger.Snapshot) (err error) {
		got, err = read(t.Context(), snap)
		return err
	}))
	must(t, s.Close())
	found := map[string]string{}
	must(t, filepath.WalkDir(target.Uploads, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(target.Uploads, path)
		found[filepath.ToSlash(name)] = string(content)
		return err
	}))
	names, err := os.ReadDir(dir)
	must(t, err)
	if len(names) != 2 {
		t.Errorf("in the folder: %v", names)
	}
	return got, found
}

// chore is a key in which the archive notes how far it has come with its own chores: it does some whenever a store is
// opened, so a restored one may have it or be further.
const chore = "\x01mi"

func wantSame(t testing.TB, what string, got, want map[string]string) {
	t.Helper()
	got, want = maps.Clone(got), maps.Clone(want)
	delete(got, chore)
	delete(want, chore)
	for key, val := range want {
		if g, ok := got[key]; !ok || g != val {
			t.Errorf("%s: %q is %.60q, was %.60q", what, key, g, val)
			return
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d, want %d", what, len(got), len(want))
	}
}

// Eight owners change their records all the time. A full backup and five increments are taken meanwhile, the server is
// restarted in between, and each point of the chain restores to exactly what the store had at that version.
func TestChainUnderLoad(t *testing.T) {
	h := newHouse(t)
	var names []string
	var states []state
	for i := range 6 {
		stop := make(chan struct{})
		var load, warm sync.WaitGroup
		warm.Add(8)
		for w := range 8 {
			load.Go(func() {
				rnd, owner := rand.New(rand.NewPCG(uint64(w), uint64(i))), fmt.Sprintf("page%d@capulet.lit", w)
				h.work(rnd, owner, 100)
				warm.Done()
				for {
					select {
					case <-stop:
						return
					default:
						h.work(rnd, owner, 1)
					}
				}
			})
		}
		warm.Wait()
		name, since := fmt.Sprint(i, ".backup"), ""
		if i > 0 {
			since = names[i-1]
		}
		sum := h.take(name, since, func(o *backup.Options) { o.Verify = true })
		close(stop)
		load.Wait()
		if sum.Number != i || int(sum.Records) != len(h.then) || sum.Version == 0 {
			t.Errorf("%+v, and there were %d records", sum, len(h.then))
		}
		names, states = append(names, name), append(states, h.then)
		if i == 2 {
			must(t, h.Close())
			h.open()
		}
	}
	for i := range names {
		var files []string
		for _, name := range names[:i+1] {
			files = append(files, h.file(name))
		}
		rand.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		got, _ := restore(t, files...)
		wantSame(t, "after "+names[i], got, states[i])
	}
}

// work does so many changes to the records of somebody.
func (h *house) work(rnd *rand.Rand, owner string, steps int) {
	for range steps {
		id := uint64(rnd.IntN(500))
		switch rnd.IntN(4) {
		case 0:
			h.drop(owner, id, id+1, id+2)
		case 1:
			h.push(owner, id, string(badgertest.Noise(id, rnd.IntN(3000))), time.Now().Add(time.Hour))
		default:
			h.push(owner, id, strings.Repeat("y", rnd.IntN(300)), time.Time{})
		}
	}
}

// What changes little makes a small increment: messages come, others are deleted, and one range empties.
func TestIncrementIsSmall(t *testing.T) {
	h := newHouse(t)
	for w := range 20 {
		for id := range uint64(200) {
			h.push(fmt.Sprintf("page%02d@capulet.lit", w), id, strings.Repeat("z", 400), time.Time{})
		}
	}
	full := h.take("full", "")
	none := h.take("none", "full")
	h.push("page07@capulet.lit", 1000, "new", time.Time{})
	one := h.take("one", "none")
	h.drop("page07@capulet.lit", 1000)
	for id := range uint64(200) {
		h.drop("page09@capulet.lit", id)
	}
	gone := h.take("gone", "one")
	t.Logf("full %d, nothing changed %d, one message %d, one owner deleted %d", full.Bytes, none.Bytes, one.Bytes, gone.Bytes)
	if none.Bytes > full.Bytes/100 || one.Bytes > full.Bytes/10 || gone.Bytes > full.Bytes/5 {
		t.Error("increments are not small")
	}
	if one.Records != full.Records+1 || gone.Records != full.Records-200 {
		t.Errorf("records: %d, %d, %d", full.Records, one.Records, gone.Records)
	}
	got, _ := restore(t, h.file("full"), h.file("none"), h.file("one"), h.file("gone"))
	wantSame(t, "restored", got, h.then)
}

func TestUploads(t *testing.T) {
	h := newHouse(t)
	h.upload("a/1", strings.Repeat("0123456789", 100_000))
	h.upload("a.b", "between")
	h.upload("b", "")
	h.upload("c/d/e", "deep")
	must(t, os.Mkdir(filepath.Join(h.uploads(), "tmp"), 0o700))
	must(t, os.WriteFile(filepath.Join(h.uploads(), "tmp", "2"), []byte("not yet"), 0o600))
	full := h.take("full", "")
	first := maps.Clone(h.files)
	must(t, os.Remove(filepath.Join(h.uploads(), "b")))
	delete(h.files, "b")
	h.upload("c/a", "new")
	inc := h.take("inc", "full")
	must(t, os.RemoveAll(h.uploads()))
	none := h.take("none", "inc")
	if full.Uploads != 4 || inc.Uploads != 4 || none.Uploads != 0 || inc.Bytes > 10_000 {
		t.Errorf("%+v\n%+v\n%+v", full, inc, none)
	}
	_, got := restore(t, h.file("full"))
	wantSame(t, "full", got, first)
	_, got = restore(t, h.file("full"), h.file("inc"))
	wantSame(t, "increment", got, h.files)
	_, got = restore(t, h.file("full"), h.file("inc"), h.file("none"))
	wantSame(t, "none", got, nil)
}

// A changed byte, a missing end or something behind it: whatever it is, it is found, and nothing is restored.
func TestDamage(t *testing.T) {
	h := newHouse(t)
	h.push("romeo@montague.lit", 1, "good night", time.Time{})
	h.upload("1", "a picture")
	h.take("full", "")
	h.push("romeo@montague.lit", 2, "good morrow", time.Time{})
	h.upload("2", "another")
	h.take("inc", "full")
	for _, name := range []string{"full", "inc"} {
		whole, err := os.ReadFile(h.file(name))
		must(t, err)
		damagedFile := h.file("damaged")
		try := func(what string, at int, content []byte) {
			t.Helper()
			must(t, os.WriteFile(damagedFile, content, 0o600))
			_, _, err := backup.Verify(t.Context(), damagedFile)
			if !errors.Is(err, backup.ErrDamaged) && !errors.Is(err, backup.ErrNotBackup) && !errors.Is(err, backup.ErrNewer) {
				t.Errorf("%s: %s at byte %d: %v", name, what, at, err)
			}
		}
		for i := range whole {
			content := slices.Clone(whole)
			content[i] ^= 1 << rand.IntN(8)
			try("a changed bit", i, content)
			try("cut off", i, whole[:i])
		}
		try("something behind", len(whole), append(slices.Clone(whole), 0))
		dir := t.TempDir()
		target := backup.Target{Store: filepath.Join(dir, "store"), Uploads: filepath.Join(dir, "uploads")}
		files := []string{damagedFile}
		if name == "inc" {
			files = append(files, h.file("full"))
		}
		if _, err := backup.Restore(t.Context(), target, files...); !errors.Is(err, backup.ErrDamaged) {
			t.Errorf("restored: %v", err)
		}
		if names, err := os.ReadDir(dir); len(names) > 0 || err != nil {
			t.Errorf("in the folder: %v, %v", names, err)
		}
	}
}

func TestChainsThatDoNotFit(t *testing.T) {
	h := newHouse(t)
	h.take("full", "")
	h.take("one", "full")
	h.take("two", "one")
	h.push("romeo@montague.lit", 1, "good night", time.Time{})
	h.take("other", "full")
	h.take("fresh", "")
	for _, tc := range []struct {
		files []string
		want  error
	}{
		{[]string{"one"}, backup.ErrMissing},
		{[]string{"full", "two"}, backup.ErrMissing},
		{[]string{"full", "full"}, backup.ErrForeign},
		{[]string{"full", "one", "other"}, backup.ErrForeign},
		{[]string{"fresh", "one"}, backup.ErrForeign},
		{[]string{"full", "other", "two"}, backup.ErrForeign},
	} {
		var files []string
		for _, f := range tc.files {
			files = append(files, h.file(f))
		}
		dir := t.TempDir()
		target := backup.Target{Store: filepath.Join(dir, "store"), Uploads: filepath.Join(dir, "uploads")}
		if _, err := backup.Restore(t.Context(), target, files...); !errors.Is(err, tc.want) {
			t.Errorf("%v: %v, want %v", tc.files, err, tc.want)
		}
	}
	list, whole, err := backup.Verify(t.Context(), h.file("two"))
	if err != nil || whole || len(list) != 1 || list[0].Number != 2 {
		t.Errorf("an increment alone: %+v %v %v", list, whole, err)
	}
}
