package offline

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		s := service(d)
		for i := range 10 {
			store(t, s, strconv.Itoa(i))
		}
		_, _, err := s.Store(t.Context(), chat(t, "one too many"), nil)
		if !isUnavailable(err) {
			t.Errorf("XEP-0160 #flow: a full queue said %v", err)
		}
		if _, _, err := service(d).Store(t.Context(), chat(t, "after a restart"), nil); !isUnavailable(err) {
			t.Errorf("XEP-0160 #flow: a full queue said %v after a restart", err)
		}
		if _, _, err := s.Hold(t.Context(), juliet, chat(t, "held")); err != nil {
			t.Errorf("a full queue held nothing: %v", err)
		}

		time.Sleep(2 * time.Hour)
		want(t, "all are expired", flush(t, s, 100))
		// The held one is claimed still, so the queue is not counted again.
		s = service(d)
		store(t, s, "new")
		want(t, "there is room again", flush(t, s, 100), "new")
	})
}

func TestExpiredMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service(newDisk())
		for i := range 10 {
			store(t, s, strconv.Itoa(i))
		}
		time.Sleep(2 * time.Hour)
		store(t, s, "new")
		want(t, "there is room again", flush(t, s, 100), "new")
	})
}

func TestBytesLimit(t *testing.T) {
	s := New(Config{Store: newDisk(), Bytes: 1000, Logger: slog.New(slog.DiscardHandler)})
	store(t, s, "small")
	if _, _, err := s.Store(t.Context(), chat(t, strings.Repeat("O", 900)), nil); !isUnavailable(err) {
		t.Errorf("too many bytes: %v", err)
	}
}

func TestRemove(t *testing.T) {
	d := newDisk()
	s := service(d)
	store(t, s, "1", "2")
	r := flush(t, s, 1)
	if err := s.Remove(t.Context(), juliet); err != nil {
		t.Fatal(err)
	}
	r.told(true)
	want(t, "nothing is left for the next one of that name", flush(t, s, 10))
	store(t, s, "3")
	want(t, "who starts anew", flush(t, s, 10), "3")
}

func TestIdleQueuesAreForgotten(t *testing.T) {
	d := newDisk()
	s := service(d)
	for i := range 3 * minSweep {
		owner := jid.MustParse(fmt.Sprintf("user%d@capulet.lit", i))
		d.rows[owner] = []Entry{{ID: 1, Expires: time.Now().Add(time.Hour), XML: []byte("<message/>")}}
		if err := s.Flush(t.Context(), owner, func(*stanza.Stanza) bool { return false }, nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.queues); n > minSweep {
		t.Errorf("%d queues are in memory, want %d at most", n, minSweep)
	}
}

func TestEmptyQueuesAreForgotten(t *testing.T) {
	s := service(newDisk())
	want(t, "nothing waits", flush(t, s, 1))
	if n := len(s.queues); n != 0 {
		t.Errorf("%d queues are in memory after nothing was found", n)
	}
	store(t, s, "1")
	r := flush(t, s, 1)
	want(t, "it is given out", r, "1")
	if n := len(s.queues); n != 1 {
		t.Errorf("%d queues are in memory while a message is on its way", n)
	}
	r.told(true)
	if n := len(s.queues); n != 0 {
		t.Errorf("%d queues are in memory after all was delivered", n)
	}
}
