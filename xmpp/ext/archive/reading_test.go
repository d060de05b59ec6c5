package archive

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
)

// absent makes a world in which messages a to c wait for juliet, and her device, which
// is not available yet.
func absent(t *testing.T) (*world, *device, *queue) {
	w := newWorld(t)
	q := &queue{}
	w.router.SetOffline(q)
	for _, body := range []string{"a", "b", "c"} {
		w.says(orchard, juliet, body)
	}
	return w, w.bind(balcony), q
}

// TestReadBefore: XEP-0313 #business-storeret-user-archives, who has read the archive
// is not handed the same again.
func TestReadBefore(t *testing.T) {
	first := func(w *world) string { return w.disk.archive(juliet)[0].ID.String() }
	for _, c := range []struct {
		name    string
		queries func(*world) []string
		want    string
	}{
		{"nothing", func(*world) []string { return nil }, "a b c"},
		{"everything", func(*world) []string { return []string{query("")} }, ""},
		{"the last page", func(*world) []string { return []string{query(set("<max>2</max><before/>"))} }, "a"},
		{"the first page", func(*world) []string { return []string{query(set("<max>1</max>"))} }, "b c"},
		{"page by page", func(w *world) []string {
			return []string{query(set("<max>1</max>")), query(set("<after>" + first(w) + "</after>"))}
		}, ""},
		{"page by page, backwards", func(w *world) []string {
			last := w.disk.archive(juliet)[2].ID.String()
			return []string{query(set("<max>1</max><before/>")), query(set("<max>9</max><before>" + last + "</before>"))}
		}, ""},
		{"with a gap", func(w *world) []string {
			return []string{query(set("<max>1</max>")), query(set("<max>1</max><before/>"))}
		}, "a b"},
		{"from a time on", func(*world) []string { return []string{query("", "start=1999-01-01T00:00:00Z")} }, ""},
		{"up to a time to come", func(*world) []string {
			return []string{query(set("<max>1</max><before/>"), "end=2999-01-01T00:00:00Z")}
		}, "a b"},
		{"a selection", func(*world) []string { return []string{query("", "with="+romeo)} }, "a b c"},
		{"single ones", func(w *world) []string { return []string{query("", "ids="+first(w))} }, "a b c"},
		{"only how many", func(*world) []string { return []string{query(set("<max>0</max>"))} }, "a b c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, d, q := absent(t)
			for _, ask := range c.queries(w) {
				w.ask(balcony, "set", ask)
			}
			w.appear(d)
			w.want("handed over", bodiesOf(d.take()), c.want)
			if len(q.waiting) != 0 {
				t.Errorf("%d messages still wait", len(q.waiting))
			}
			w.says(orchard, juliet, "d")
			w.want("newer ones", bodiesOf(d.take()), "d")
		})
	}
}

// TestReadUntold: what was read is forgotten when the client has acknowledged that,
// and waits for another one if it never does.
func TestReadUntold(t *testing.T) {
	for _, arrives := range []bool{true, false} {
		w, d, q := absent(t)
		d.silent = true
		w.ask(balcony, "set", query(""))
		w.appear(d)
		w.want("passed over", bodiesOf(d.take()), "")
		if len(q.waiting) != 3 {
			t.Errorf("%d messages wait, and it is not known that she has them", len(q.waiting))
		}
		d.tell(arrives)
		if want := map[bool]int{true: 0, false: 3}[arrives]; len(q.waiting) != want {
			t.Errorf("arrived %v: %d messages wait", arrives, len(q.waiting))
		}
		if !arrives {
			d.full = true // it has gone
			other := w.login("juliet@capulet.lit/chamber")
			w.want("the next one", bodiesOf(other.take()), "a b c")
		}
	}
}

// TestReaderOfOthers: messages that the archive does not have are handed over.
func TestReaderOfOthers(t *testing.T) {
	disk := newDisk()
	disk.Append(Entry{Owner: jid.MustParse(juliet), ID: 10}, Entry{Owner: jid.MustParse(juliet), ID: 11})
	r := &reading{store: disk, owner: jid.MustParse(juliet)}
	r.given(span{0, 10})(true)
	for payload, want := range map[string]bool{
		"<body>a</body>": false,
		"<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@capulet.lit' id='10'/>":       true,
		"<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@capulet.lit' id='11'/>":       false,
		"<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@capulet.lit' id='9'/>":        false, // expired before it was read
		"<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@capulet.lit' id='05'/>":       false,
		"<stanza-id xmlns='urn:xmpp:sid:0' by='romeo@montague.lit' id='5'/>":        false,
		"<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@capulet.lit'/><a xmlns='b'/>": false,
	} {
		told := false
		st := parse(t, "<message>"+payload+"</message>")
		st.Told = func(bool) { told = true }
		if got := r.Has(st); got != want || told != want {
			t.Errorf("%s: %v, told %v", payload, got, told)
		}
	}
}

// TestReadExpired: a message waits longer than the archive keeps it. Who reads the
// archive then has not seen it.
func TestReadExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.Keep = time.Hour })
		w.router.SetOffline(&queue{})
		w.says(orchard, juliet, "a")
		time.Sleep(2 * time.Hour)
		w.says(orchard, juliet, "b")
		d := w.bind(balcony)
		w.want("read", bodiesOf(w.ask(balcony, "set", query(""))), "b")
		w.appear(d)
		w.want("handed over", bodiesOf(d.take()), "a")
	})
}

// TestReadNoRoom: whoever asks is answered, or its stream ends, though nobody has to
// keep the answer.
func TestReadNoRoom(t *testing.T) {
	w, d, _ := absent(t)
	d.cramped = true
	answer := w.ask(balcony, "set", query(""))
	if last := answer[len(answer)-1]; !strings.HasPrefix(last, "<iq") {
		t.Errorf("the answer is %s", last)
	}
	w.appear(d)
	w.want("handed over", bodiesOf(d.take()), "a b c")
}
