package webim

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// torn is the writer of a client that has gone.
type torn struct{ *httptest.ResponseRecorder }

func (torn) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func newTab() *tab {
	t := &tab{id: "t", person: &person{tabs: make(map[string]*tab)}}
	t.person.tabs[t.id] = t
	return t
}

// bring puts a message into the queue, and gives where it is told what became of it.
func bring(t *tab, text string) (told chan bool) {
	told = make(chan bool, 1)
	t.person.mu.Lock()
	defer t.person.mu.Unlock()
	t.push(packet{kind: messages, json: []byte(text), from: "juliet", letter: &letter{told: func(d bool) { told <- d }}})
	return told
}

// poll sits down as the poll of a client.
func poll(t *testing.T, tab *tab) (*seat, *draft) {
	t.Helper()
	s := &seat{h: &Handler{hall: &hall{stop: make(chan struct{})}}, tab: tab}
	d, err := tab.wait(s)
	if err != nil {
		t.Fatal(err)
	}
	return s, d
}

// A reply that was not written is that of the next poll, with what has come since; and
// until then nothing of it has come (wire §3.3).
func TestUnwritten(t *testing.T) {
	tab := newTab()
	s, _ := poll(t, tab)
	first := bring(tab, "1")
	s.answer(torn{httptest.NewRecorder()})
	second := bring(tab, "2")
	_, d := poll(t, tab)
	if d == nil || !strings.Contains(string(d.body), `"messages":[1,2]`) {
		t.Fatalf("got %+v", d)
	}
	if len(first)+len(second) != 0 {
		t.Error("said to have come")
	}
	tab.sent(d, true)
	if _, d := poll(t, tab); d != nil {
		t.Errorf("twice: %s", d.body)
	}
	if !<-first || !<-second {
		t.Error("said not to have come")
	}
}

// What nobody could be told is owed when the tab ends, and its place in the queue counts.
func TestUnwrittenEnds(t *testing.T) {
	tab := newTab()
	s, _ := poll(t, tab)
	bring(tab, strings.Repeat("1", tabQueue/2))
	d, err := tab.reply(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	bring(tab, strings.Repeat("2", tabQueue/2+1))
	tab.sent(d, false)
	if !tab.ended || len(tab.person.lost) != 2 {
		t.Errorf("ended: %v, owed: %d", tab.ended, len(tab.person.lost))
	}
	tab.sent(d, false)
	if len(tab.queue) != 0 {
		t.Error("a tab that has ended has a queue")
	}
}

// A status gives way to what came behind it.
func TestUnwrittenStatus(t *testing.T) {
	tab := newTab()
	s, _ := poll(t, tab)
	tab.push(packet{kind: statuses, json: []byte("0"), from: "juliet"})
	tab.push(packet{kind: statuses, json: []byte("1"), from: "nurse"})
	d, err := tab.reply(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	bring(tab, "2")
	tab.sent(d, false)
	if _, d := poll(t, tab); d == nil || string(d.body) != `{"status":"ok","messages":[2],"statuses":[1]}` {
		t.Errorf("got %+v", d)
	}
}

// A poll whose client has gone takes nothing, though something has come.
func TestGone(t *testing.T) {
	for range 20 { // select takes either
		tab := newTab()
		s, _ := poll(t, tab)
		s.rings = make(bell, 1)
		s.seated = true
		bring(tab, "1")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		w := httptest.NewRecorder()
		if !s.stay(w, httptest.NewRequest(http.MethodGet, "/packets", nil).WithContext(ctx), time.Minute) || w.Body.Len() != 0 {
			t.Errorf("got %s", w.Body)
		}
		if len(tab.queue) != 1 || tab.parked != nil {
			t.Fatal("taken")
		}
	}
}
