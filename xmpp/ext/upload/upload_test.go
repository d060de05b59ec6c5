package upload_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"causeway/xmpp/ext/upload"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

const small = "filename='a.txt' size='4'"

func TestUpAndDown(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		d := w.slot("filename='a rose.txt' size='4' content-type='text/plain; charset=utf-8'", "")
		if w.read(d) != "" {
			t.Error("it can be read before it is there")
		}
		d.Type = "Text/Plain"
		must(t, w.put(d, "rose"))
		f, err := w.Open(t.Context(), d.ID, "a rose.txt")
		must(t, err)
		must(t, f.Body.Close())
		if f.Type != "text/plain; charset=utf-8" || f.Name != "a rose.txt" || !f.Stored.Equal(time.Now()) || time.Until(f.Until) != 2*time.Hour {
			t.Errorf("got %+v", f)
		}
		if got := w.read(d); got != "rose" {
			t.Errorf("got %q", got)
		}
	})
}

// What does not fit a slot does not touch it.
func TestPutRefused(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		good := w.slot("filename='a.txt' size='4' content-type='text/plain'", "")
		other := w.slot(small, "")
		for _, tt := range []struct {
			name   string
			change func(*upload.Delivery)
			body   string
			want   stanza.Condition
		}{
			{"no token", func(d *upload.Delivery) { d.Token = "" }, "rose", stanza.Forbidden},
			{"the token of another slot", func(d *upload.Delivery) { d.Token = other.Token }, "rose", stanza.Forbidden},
			{"a longer life", func(d *upload.Delivery) { d.Token = "9" + d.Token }, "rose", stanza.Forbidden},
			{"another name", func(d *upload.Delivery) { d.Name = "a.html" }, "rose", stanza.Forbidden},
			{"another id", func(d *upload.Delivery) { d.ID = other.ID }, "rose", stanza.Forbidden},
			{"XEP-0363 #upload: too long", func(*upload.Delivery) {}, "roses", stanza.PolicyViolation},
			{"XEP-0363 #upload: too short", func(*upload.Delivery) {}, "ros", stanza.BadRequest},
			{"XEP-0363 #upload: another type", func(d *upload.Delivery) { d.Type = "text/html" }, "rose", stanza.NotAcceptable},
			{"no type", func(d *upload.Delivery) { d.Type = "rose" }, "rose", stanza.NotAcceptable},
		} {
			d := good
			tt.change(&d)
			w.refused(tt.name, w.put(d, tt.body), tt.want)
		}
		broken := good
		broken.Size, broken.Body = 4, iotest.ErrReader(errors.New("hung up"))
		if err := w.Put(t.Context(), broken); err == nil || errors.As(err, new(*stanza.Error)) {
			t.Errorf("a body that breaks off: %v", err)
		}
		if got := w.tree(); got != nil {
			t.Errorf("files: %v", got)
		}
		must(t, w.put(good, "rose"))
		w.refused("a second time", w.put(good, "lily"), stanza.Conflict)
		if got := w.read(good); got != "rose" {
			t.Errorf("got %q", got)
		}
	})
}

// Of two uploads for one slot at the same time, the second is refused.
func TestPutTwiceAtOnce(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		d := w.slot(small, "")
		begun, end := make(chan struct{}), make(chan struct{})
		first := d
		first.Size, first.Body = 4, readerFunc(func(p []byte) (int, error) {
			close(begun)
			<-end
			return copy(p, "rose"), nil
		})
		done := make(chan error, 1)
		go func() { done <- w.Put(context.WithoutCancel(t.Context()), first) }() // ends with end
		<-begun
		w.refused("the second", w.put(d, "lily"), stanza.Conflict)
		close(end)
		must(t, <-done)
		if got := w.read(d); got != "rose" {
			t.Errorf("got %q", got)
		}
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Slots end, files end, and what they were charged is given back.
func TestEnds(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		ctx, stop := context.WithCancel(t.Context())
		go w.Run(ctx) // stopped by stop
		defer stop()

		unused := w.slot("filename='unused' size='90000'", "")
		used := w.slot("filename='used' size='4'", "")
		must(t, w.put(used, "rose"))
		hour := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		brief := w.slot("filename='brief' size='4'", "<ephemeral xmlns='urn:xmpp:http:upload:purpose:0' expire-before='"+hour+"'/>")
		must(t, w.put(brief, "lily"))
		lasting := w.slot("filename='lasting' size='4'", "<permanent xmlns='urn:xmpp:http:upload:purpose:0'/>")
		must(t, w.put(lasting, "herb"))
		large := w.slot("filename='large' size='90000'", "")
		must(t, w.put(large, strings.Repeat("x", 90000)))

		full := w.ask("filename='more' size='90000'", "")
		retry := time.Now().Add(6 * time.Minute).UTC().Format("2006-01-02T15:04:05Z")
		if !strings.Contains(full, "<resource-constraint ") || !strings.Contains(full, "<retry xmlns='urn:xmpp:http:upload:0' stamp='"+retry+"'/>") {
			t.Errorf("XEP-0363 #errors: there is room at %s: %s", retry, full)
		}

		time.Sleep(5 * time.Minute)
		w.refused("XEP-0363 #impl: a slot that has ended", w.put(unused, strings.Repeat("x", 90000)), stanza.Gone)
		time.Sleep(time.Minute)
		synctest.Wait()
		w.slot("filename='more' size='90000'", "")

		time.Sleep(54*time.Minute - time.Second)
		if w.read(brief) != "lily" {
			t.Error("an ephemeral file ends early")
		}
		time.Sleep(time.Second)
		if w.read(brief) != "" {
			t.Error("XEP-0363 #purpose-ephemeral: MUST NOT make the file available after the time")
		}
		time.Sleep(time.Hour + time.Minute)
		synctest.Wait()
		if w.read(used) != "" || w.read(large) != "" {
			t.Error("files of messages go on")
		}
		if w.read(lasting) != "herb" {
			t.Error("XEP-0363 #purpose-permanent: it is gone")
		}
		if got := w.tree(); !slices.Equal(got, []string{lasting.ID}) {
			t.Errorf("files: %v", got)
		}
		w.slot("filename='first' size='95000'", "")
		w.slot("filename='second' size='95000'", "")
	})
}

// What lasts has a part of the quota only, or nothing else would fit some day.
func TestLastingQuota(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		const permanent = "<permanent xmlns='urn:xmpp:http:upload:purpose:0'/>"
		w.slot("filename='a' size='60000'", permanent)
		if answer := w.ask("filename='b' size='60000'", permanent); !strings.Contains(answer, "<resource-constraint ") || strings.Contains(answer, "<retry ") {
			t.Errorf("got %s", answer)
		}
		w.slot("filename='b' size='60000'", "")
	})
}

// An upload that takes longer than its slot is not disturbed.
func TestSlowUpload(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		ctx, stop := context.WithCancel(t.Context())
		go w.Run(ctx) // stopped by stop
		defer stop()
		d := w.slot(small, "")
		d.Size, d.Body = 4, readerFunc(func(p []byte) (int, error) {
			time.Sleep(10 * time.Minute)
			return copy(p, "rose"), nil
		})
		must(t, w.Put(t.Context(), d))
		if got := w.read(d); got != "rose" {
			t.Errorf("got %q", got)
		}
	})
}

// With an account its files go, even one that is on its way.
func TestRemove(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		romeo := jid.MustParse("romeo@montague.lit")
		d := w.slot(small, "")
		must(t, w.put(d, "rose"))
		late := w.slot(small, "")
		late.Size, late.Body = 4, readerFunc(func(p []byte) (int, error) {
			must(t, errors.Join(w.Remove(t.Context(), romeo), w.store.Forget(t.Context(), romeo)))
			return copy(p, "lily"), nil
		})
		w.refused("an upload for nobody", w.Put(t.Context(), late), stanza.ItemNotFound)
		if got := w.tree(); got != nil || w.read(d) != "" {
			t.Errorf("files: %v", got)
		}
		w.slot("filename='first' size='95000'", "")
		w.slot("filename='second' size='95000'", "")
	})
}

// What a crash leaves behind goes at the next start, and nothing else.
func TestCrashLeftovers(t *testing.T) {
	play(t, func(t *testing.T, w *world) {
		kept := w.slot(small, "")
		must(t, w.put(kept, "rose"))
		for _, name := range []string{"tmp/HALFAFILE", "LO/LOSTFILE"} {
			path := filepath.Join(w.folder, name)
			must(t, errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("x"), 0o600)))
		}
		ctx, stop := context.WithCancel(t.Context())
		again := upload.New(w.cfg)
		go again.Run(ctx) // stopped by stop
		defer stop()
		synctest.Wait()
		if got := w.tree(); !slices.Equal(got, []string{kept.ID}) {
			t.Errorf("files: %v", got)
		}
		if got := w.read(kept); got != "rose" {
			t.Errorf("got %q", got)
		}
	})
}

// The name of a file stays as it is, as far as it does no harm.
func TestNames(t *testing.T) {
	long := strings.Repeat("ö", 200)
	play(t, func(t *testing.T, w *world) {
		for name, want := range map[string]string{
			"très cool.jpg":              "très cool.jpg",
			"..":                         "_..",
			"../../etc/passwd":           ".._.._etc_passwd",
			`C:\a.txt`:                   "C:_a.txt",
			"a&#x9;b&#xA;c":              "a_b_c",
			"photo&#x202E;gpj.exe":       "photo_gpj.exe",
			"100%?#&amp;&apos;&lt;.html": "100%?#&'<.html",
			long + ".tar":                strings.Repeat("ö", 98) + ".tar",
			long:                         strings.Repeat("ö", 100),
		} {
			if d := w.slot("filename='"+name+"' size='4'", ""); d.Name != want {
				t.Errorf("%s: got %q, want %q", name, d.Name, want)
			}
		}
	})
}
