package bridge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

var (
	juliet = jid.MustParse("juliet@capulet.lit/web")
	romeo  = jid.MustParse("romeo@montague.lit/orchard")
)

// A world is a router with one line in it: what the line sends is noted, and answered by
// answer, if that is set.
type world struct {
	exit   Exit
	sent   []*stanza.Stanza
	again  []*stanza.Stanza // by Emit
	answer func(*stanza.Stanza) []*stanza.Stanza
	ticket Ticket
	closed bool
	since  time.Time // from when on somebody else is there; zero if nobody
}

func (w *world) Bind(_ context.Context, _ jid.JID, exit Exit) (Session, error) {
	w.exit = exit
	return w, nil
}

func (w *world) Route(_ context.Context, st *stanza.Stanza) (Ticket, error) {
	w.sent = append(w.sent, st)
	if w.answer != nil {
		for _, a := range w.answer(st) {
			w.exit.Deliver(a)
		}
	}
	return w.ticket, nil
}

func (w *world) Close(context.Context) { w.closed = true }

func (w *world) Ask(_ context.Context, iq *stanza.Stanza) (*stanza.Stanza, error) {
	return w.answer(iq)[0], nil
}

func (w *world) Emit(_ context.Context, st *stanza.Stanza) (Ticket, error) {
	w.again = append(w.again, st)
	return nil, nil
}

func (w *world) Elsewhere(jid.JID) (time.Time, bool) { return w.since, !w.since.IsZero() }

// paper is a ticket.
type paper struct {
	done chan struct{}
	err  error
}

func (p *paper) Done() <-chan struct{} { return p.done }
func (p *paper) Err() error            { return p.err }

func bound(t *testing.T, w *world, queue int, notify func()) *Line {
	t.Helper()
	l, err := NewPort(PortConfig{Entrance: w, Queue: queue, Logger: slog.New(slog.DiscardHandler)}).Bind(t.Context(), juliet, notify)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func chat(id, body string) *stanza.Stanza {
	return stanza.New(stanza.Message, stanza.Chat, id, romeo, juliet.Bare(), []byte("<body>"+body+"</body>"))
}

// Send returns when what it changed is on the disk, and not before; a refusal that comes
// back at once is its error, and is not in the queue.
func TestLineSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &paper{done: make(chan struct{})}
		w := &world{ticket: p}
		l := bound(t, w, 0, nil)
		result := make(chan error, 1)
		go func() { result <- l.Send(t.Context(), chat("m1", "soft")) }() // ends with the ticket
		synctest.Wait()
		select {
		case err := <-result:
			t.Fatalf("it does not wait: %v", err)
		default:
		}
		close(p.done)
		if err := <-result; err != nil {
			t.Error(err)
		}
		p.err = errors.New("no disk")
		if err := l.Send(t.Context(), chat("m2", "soft")); !errors.Is(err, p.err) {
			t.Errorf("the disk has failed: %v", err)
		}
		p.err = nil
		w.answer = func(st *stanza.Stanza) []*stanza.Stanza {
			return []*stanza.Stanza{st.ErrorReply(stanza.ServiceUnavailable.Err("")), chat("x", "other")}
		}
		var told *stanza.Error
		if err := l.Send(t.Context(), chat("m3", "soft")); !errors.As(err, &told) || told.Condition != stanza.ServiceUnavailable {
			t.Errorf("refused: %v", err)
		}
		if list := l.Take(); len(list) != 1 || list[0].ID() != "x" {
			t.Errorf("in the queue: %v", list)
		}
	})
}

// Ask gives the answer and what belongs to it; what else comes stays in the queue. It does
// not wait for ever, nor for a line that has ended.
func TestLineAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{answer: func(iq *stanza.Stanza) []*stanza.Stanza {
			page := stanza.New(stanza.Message, stanza.Normal, "", juliet.Bare(), juliet)
			page.Extra = []byte("<result xmlns='urn:xmpp:mam:2'/>")
			return []*stanza.Stanza{page, chat("m1", "soft"), iq.Result([]byte("<fin xmlns='urn:xmpp:mam:2'/>"))}
		}}
		l := bound(t, w, 0, nil)
		pages := 0
		take := func(st *stanza.Stanza) bool {
			mine := st.Has("urn:xmpp:mam:2", "result")
			if mine {
				pages++
			}
			return mine
		}
		answer, err := l.Ask(t.Context(), jid.JID{}, stanza.Set, []byte("<query xmlns='urn:xmpp:mam:2'/>"), take)
		if err != nil || !answer.Has("urn:xmpp:mam:2", "fin") || pages != 1 {
			t.Errorf("%v %v, %d pages", answer, err, pages)
		}
		if list := l.Take(); len(list) != 1 || list[0].ID() != "m1" {
			t.Errorf("in the queue: %v", list)
		}
		w.answer = nil
		began := time.Now()
		if _, err := l.Ask(t.Context(), romeo, stanza.Get, []byte("<ping xmlns='urn:xmpp:ping'/>"), nil); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != askTime {
			t.Errorf("nobody answers: %v after %v", err, time.Since(began))
		}
		late := stanza.New(stanza.IQ, stanza.Result, w.sent[len(w.sent)-1].ID(), romeo, juliet)
		w.exit.Deliver(late)
		if list := l.Take(); len(list) > 0 {
			t.Errorf("an answer that comes too late: %v", list)
		}
		time.AfterFunc(time.Second, func() { w.exit.End(stream.Conflict.Err("")) })
		if _, err := l.Ask(t.Context(), romeo, stanza.Get, []byte("<ping xmlns='urn:xmpp:ping'/>"), nil); !errors.Is(err, ErrEnded) {
			t.Errorf("the line ends: %v", err)
		}
		if err := l.Send(t.Context(), chat("m9", "soft")); !errors.Is(err, ErrEnded) {
			t.Errorf("the line has ended: %v", err)
		}
	})
}

// The queue keeps the order, waits for nobody and is bounded: a line that is full ends.
func TestLineQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := new(world)
		notes := 0
		l := bound(t, w, 1000, func() { notes++ })
		next := make(chan string, 3)
		go func() { // ends with the line
			for {
				st, err := l.Next(t.Context())
				if err != nil {
					close(next)
					return
				}
				next <- st.ID()
			}
		}()
		for i := range 3 {
			if !w.exit.Deliver(chat(fmt.Sprint(i), "soft")) {
				t.Fatal("not taken")
			}
		}
		if got := <-next + <-next + <-next; got != "012" || notes != 3 {
			t.Errorf("%s, %d notes", got, notes)
		}
		w.exit.End(nil)
		if _, ok := <-next; ok || !l.Ended() || notes != 4 {
			t.Errorf("the end: %v, %d notes", ok, notes)
		}
		l = bound(t, w, 1000, nil)
		taken := 0
		for w.exit.Deliver(chat("m", strings.Repeat("x", 200))) {
			taken++
		}
		if taken == 0 || taken > 4 || !l.Ended() || !errors.Is(l.Cause(), ErrEnded) {
			t.Errorf("%d taken, %v", taken, l.Cause())
		}
	})
}

// What waits in a line that ends, or was taken and not delivered, goes another way once,
// with the time at which it came; but not if another resource has it.
func TestLineUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := new(world)
		l := bound(t, w, 0, nil)
		told := 0
		asked := chat("asked", "soft")
		asked.Told = func(delivered bool) {
			if !delivered {
				told++
			}
		}
		composing := stanza.New(stanza.Message, stanza.Chat, "c", romeo, juliet, []byte("<composing xmlns='http://jabber.org/protocol/chatstates'/>"))
		for _, st := range []*stanza.Stanza{chat("m1", "soft"), asked, composing, chat("m2", "light")} {
			w.exit.Deliver(st)
		}
		list := l.Take()
		if list[0].ID() != "m1" {
			t.Fatal(list)
		}
		list[0].Told(true)
		w.exit.Deliver(chat("m3", "east"))
		time.Sleep(time.Minute)
		l.Close(t.Context())
		for _, st := range list[1:] {
			if st.Told != nil {
				st.Told(false)
			}
		}
		var ids []string
		for _, st := range w.again {
			ids = append(ids, st.ID())
			if !st.Kept || !st.Has("urn:xmpp:delay", "delay") {
				t.Errorf("%v is not as it should be", st)
			}
		}
		if got := strings.Join(ids, " "); got != "m3 m2" || told != 1 || !w.closed {
			t.Errorf("again: %s; told %d, closed %v", got, told, w.closed)
		}
		w.again, w.since = nil, time.Now()
		l = bound(t, w, 0, nil)
		time.Sleep(time.Minute)
		w.exit.Deliver(chat("m4", "sun"))
		l.Close(t.Context())
		if len(w.again) > 0 {
			t.Errorf("the other resource has it twice: %v", w.again)
		}
	})
}

// Nobody on a line answers the requests of others; pushes of the own account come through.
func TestLineRequests(t *testing.T) {
	w := new(world)
	l := bound(t, w, 0, nil)
	w.exit.Deliver(stanza.New(stanza.IQ, stanza.Get, "v1", romeo, juliet, []byte("<query xmlns='jabber:iq:version'/>")))
	if len(w.again) != 1 || w.again[0].Type != stanza.TypeError || w.again[0].To != romeo {
		t.Errorf("answered: %v", w.again)
	}
	push := []byte("<query xmlns='jabber:iq:roster'><item jid='romeo@montague.lit'/></query>")
	w.exit.Deliver(stanza.New(stanza.IQ, stanza.Set, "p1", jid.JID{}, juliet, push))
	w.exit.Deliver(stanza.New(stanza.IQ, stanza.Set, "p2", juliet.Bare(), juliet, push))
	if list := l.Take(); len(list) != 2 {
		t.Errorf("pushes: %v", list)
	}
}

func TestPort(t *testing.T) {
	w := &world{answer: func(iq *stanza.Stanza) []*stanza.Stanza {
		if iq.Type == stanza.Set {
			return []*stanza.Stanza{iq.ErrorReply(stanza.Forbidden.Err(""))}
		}
		return []*stanza.Stanza{iq.Result([]byte("<query xmlns='jabber:iq:roster'/>"))}
	}}
	p := NewPort(PortConfig{Entrance: w, Logger: slog.New(slog.DiscardHandler)})
	payload := []byte("<query xmlns='jabber:iq:roster'/>")
	if st, err := p.Ask(t.Context(), juliet.Bare(), juliet.Bare(), stanza.Get, payload); err != nil || !st.Has("jabber:iq:roster", "query") {
		t.Errorf("%v %v", st, err)
	}
	_, err := p.Ask(t.Context(), juliet.Bare(), juliet.Bare(), stanza.Set, payload)
	if problem, known := ProblemOf(err); !known || problem.Status != 403 {
		t.Errorf("%v: %v", err, problem)
	}
	if err := p.Send(t.Context(), chat("m", "x")); err != nil || len(w.again) != 1 {
		t.Errorf("%v", err)
	}
}
