package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"causeway/muc"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// roomyHouse is a house in which nurse is the administrator of capulet.lit.
func roomyHouse(t *testing.T) *house {
	t.Helper()
	cfg := Default()
	cfg.Data, cfg.Hosts, cfg.Admins = t.TempDir(), []string{"capulet.lit", "montague.lit"}, []string{"nurse@capulet.lit"}
	cfg.Accounts.Iterations = 16
	h, err := build(t.Context(), cfg, plan{memory: true}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, who := range []string{"nurse@capulet.lit", "juliet@capulet.lit", "romeo@montague.lit"} {
		if err := h.accounts.Create(t.Context(), jid.MustParse(who), "pencil"); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// request asks in the name of somebody and gives all of the answer.
func (h *house) request(t *testing.T, from, to string, typ stanza.Type, payload string) string {
	t.Helper()
	answer, err := h.router.Ask(t.Context(), stanza.New(stanza.IQ, typ, "1", jid.MustParse(from), jid.MustParse(to), []byte(payload)))
	if err != nil {
		t.Fatal(err)
	}
	return string(answer.AppendTo(nil))
}

// runs executes a command at capulet.lit; fields are NAME=VALUE, and without any the form
// is asked for.
func (h *house) runs(t *testing.T, from, node string, fields ...string) string {
	t.Helper()
	text := "<command xmlns='http://jabber.org/protocol/commands' node='" + node + "'>"
	if fields != nil {
		text += "<x xmlns='jabber:x:data' type='submit'>"
		for _, f := range fields {
			name, value, _ := strings.Cut(f, "=")
			text += "<field var='" + name + "'><value>" + value + "</value></field>"
		}
		text += "</x>"
	}
	return h.request(t, from, "capulet.lit", stanza.Set, text+"</command>")
}

// The service of rooms is found, and answers for itself.
func TestRoomService(t *testing.T) {
	h := roomyHouse(t)
	for _, tt := range []struct{ to, payload, want string }{
		{"capulet.lit", "<query xmlns='http://jabber.org/protocol/disco#items'/>", "jid='conference.capulet.lit'"},
		{"conference.capulet.lit", "<query xmlns='http://jabber.org/protocol/disco#info'/>", "<identity category='conference' type='text'"},
		{"conference.capulet.lit", "<query xmlns='http://jabber.org/protocol/disco#info'/>", "<feature var='http://jabber.org/protocol/muc'/>"},
		{"conference.capulet.lit", "<query xmlns='http://jabber.org/protocol/disco#info'/>", "<feature var='urn:xmpp:ping'/>"},
		{"conference.capulet.lit", "<query xmlns='jabber:iq:version'/>", "<name>Causeway</name>"},
		{"conference.capulet.lit", "<time xmlns='urn:xmpp:time'/>", "<utc>"},
		{"conference.montague.lit", "<ping xmlns='urn:xmpp:ping'/>", "type='result'"},
		{"conference.verona.lit", "<ping xmlns='urn:xmpp:ping'/>", "type='error'"},
	} {
		if got := h.request(t, "juliet@capulet.lit", tt.to, stanza.Get, tt.payload); !strings.Contains(got, tt.want) {
			t.Errorf("%s at %s: %s, want %s", tt.payload, tt.to, got, tt.want)
		}
	}
}

// Administrators have the commands in their clients: those of a host for its rooms, and
// nobody else has them.
func TestRoomCommands(t *testing.T) {
	h := roomyHouse(t)
	const nurse, balcony = "nurse@capulet.lit", "room=balcony@conference.capulet.lit"
	for i, tt := range []struct {
		who, node string
		fields    []string
		want      string
	}{
		{"juliet@capulet.lit", nodeRooms, nil, "<forbidden"},
		{"romeo@montague.lit", nodeRoomAdd, []string{balcony, "owner=romeo@montague.lit"}, "<forbidden"},
		{nurse, nodeRoomAdd, nil, "<field var='owner' type='jid-single' label='Owner'><required/><value>nurse@capulet.lit</value>"},
		{nurse, nodeRoomAdd, []string{balcony, "owner=juliet"}, "<not-acceptable"},
		{nurse, nodeRoomAdd, []string{balcony, "owner=tybalt@capulet.lit"}, "<item-not-found"},
		{nurse, nodeRoomAdd, []string{"room=balcony@conference.montague.lit", "owner=juliet@capulet.lit"}, "those of capulet.lit are at conference.capulet.lit"},
		{nurse, nodeRoomAdd, []string{"room=conference.capulet.lit", "owner=juliet@capulet.lit"}, "<not-acceptable"},
		{nurse, nodeRoomAdd, []string{balcony, "owner=juliet@capulet.lit", roomPersistent + "=maybe"}, "<bad-request"},
		{nurse, nodeRoomAdd, []string{balcony, "owner=juliet@capulet.lit", roomPersistent + "=1", roomName + "=A &lt;b>", roomPublic + "=1"}, "status='completed'"},
		{nurse, nodeRooms, []string{"x-after="}, "<value>A &lt;b&gt;</value>"},
		{nurse, nodeRoomEdit, nil, "<option label='As it is'><value></value></option>"},
		// A client sends the form with what was left empty.
		{nurse, nodeRoomEdit, []string{balcony, roomName + "=", roomPublic + "=", roomModerated + "=1", "members="}, "status='completed'"},
		{nurse, nodeRoomEdit, []string{balcony, "members=romeo@montague.lit"}, "status='completed'"},
		{nurse, nodeRoomEdit, []string{balcony, "members=@"}, "<jid-malformed"},
		{nurse, nodeRoomEdit, []string{balcony, "admins=verona.lit"}, "verona.lit is a domain, which can only be banned"},
		{nurse, nodeRoomEdit, []string{balcony, "admins=romeo@montague.lit", "outcasts=romeo@montague.lit/orchard"}, "romeo@montague.lit is there twice"},
		{nurse, nodeRoomEdit, []string{balcony, "outcasts=verona.lit"}, "status='completed'"},
		{nurse, nodeRoomEdit, []string{balcony, roomWhois + "=nobody"}, "<not-acceptable"},
		{nurse, nodeRoomShow, []string{balcony}, "<field var='name' type='text-single' label='name'><value>A &lt;b&gt;</value></field>"},
		{nurse, nodeRoomShow, []string{balcony}, "<field var='public' type='boolean' label='public'><value>true</value></field>"},
		{nurse, nodeRoomShow, []string{balcony}, "<field var='moderated' type='boolean' label='moderated'><value>true</value></field>"},
		{nurse, nodeRoomShow, []string{balcony}, "<field var='members' type='jid-multi' label='members'><value>romeo@montague.lit</value></field>"},
		{nurse, nodeRoomDelete, nil, "<field var='alternate'"},
		{nurse, nodeRoomDelete, []string{balcony, "alternate=@"}, "<jid-malformed"},
		{nurse, nodeRoomDelete, []string{balcony, "alternate="}, "status='completed'"},
		{nurse, nodeRoomDelete, []string{balcony}, "<item-not-found"},
		{nurse, nodeRoomShow, []string{balcony}, "<item-not-found"},
	} {
		if got := h.runs(t, tt.who, tt.node, tt.fields...); !strings.Contains(got, tt.want) {
			t.Errorf("%d: %s %v by %s: %s\nwant %s", i, tt.node, tt.fields, tt.who, got, tt.want)
		}
	}
}

// A recorder writes down what a session is given.
type recorder struct {
	mu  sync.Mutex
	got strings.Builder
}

func (r *recorder) Deliver(st *stanza.Stanza) (router.Ticket, bool) {
	r.mu.Lock()
	r.got.Write(st.AppendTo(nil))
	r.mu.Unlock()
	if st.Told != nil {
		st.Told(true)
	}
	return nil, true
}

func (r *recorder) End(*stream.Error) {}

// take gives what came, and forgets it.
func (r *recorder) take() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got.String()
	r.got.Reset()
	return got
}

// What was said in a room is in its archive when it has been heard; a room that is made
// again under the name has nothing of it.
func TestRoomMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := roomyHouse(t)
		const balcony = "balcony@conference.capulet.lit"
		out := &recorder{}
		s, err := h.router.Bind(t.Context(), jid.MustParse("juliet@capulet.lit/chamber"), out)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close(t.Context())
		send := func(xml string) string {
			t.Helper()
			st, err := stanza.Parse([]byte(xml))
			if err != nil {
				t.Fatal(err)
			}
			out.take()
			if _, err := s.Route(t.Context(), st); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			return out.take()
		}
		const (
			enter = "<presence to='" + balcony + "/Juliet'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
			ask   = "<iq type='set' id='q' to='" + balcony + "'><query xmlns='urn:xmpp:mam:2'/></iq>"
		)
		live := func() {
			t.Helper()
			if got := h.runs(t, "nurse@capulet.lit", nodeRoomAdd, "room="+balcony, "owner=juliet@capulet.lit", roomPersistent+"=1"); !strings.Contains(got, "completed") {
				t.Fatal(got)
			}
			if got := send(enter); !strings.Contains(got, "code='110'") || !strings.Contains(got, "affiliation='owner'") || strings.Contains(got, "<body>") {
				t.Errorf("entering: %s", got)
			}
			if got := send(ask); strings.Contains(got, "<body>") || !strings.Contains(got, "complete='true'") {
				t.Errorf("a new room remembers %s", got)
			}
			if got := send("<message type='groupchat' to='" + balcony + "'><body>O</body></message>"); !strings.Contains(got, "<body>O</body>") {
				t.Errorf("not heard: %s", got)
			}
			if got := send(ask); strings.Count(got, "<body>O</body>") != 1 {
				t.Errorf("not in the archive: %s", got)
			}
			h.runs(t, "nurse@capulet.lit", nodeRoomDelete, "room="+balcony)
			synctest.Wait()
			if got := out.take(); !strings.Contains(got, "<destroy") {
				t.Errorf("the end is not told: %s", got)
			}
			if got := send(ask); !strings.Contains(got, "item-not-found") {
				t.Errorf("of no room: %s", got)
			}
		}
		live()
		live()
	})
}

// There are more rooms than one page of a list has.
func TestManyRoomsListed(t *testing.T) {
	h := roomyHouse(t)
	var last router.Ticket
	for i := range mostRooms + 3 {
		at := jid.MustParse(fmt.Sprintf("r%04d@conference.capulet.lit", i))
		last = h.store.Rooms().Write(at, muc.Change{Record: &muc.Record{Settings: muc.Settings{Persistent: true}}})
	}
	<-last.Done()
	var out strings.Builder
	c := &cli{out: &out}
	if err := c.listRooms(t.Context(), standIn{h}, nil); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\n"); n != mostRooms+3 || !strings.Contains(out.String(), "r0502@") {
		t.Errorf("%d rooms are listed", n)
	}
}

// Temporary rooms that a crash has left go when nobody has come back to them.
func TestSweepRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := roomyHouse(t)
		for name, persistent := range map[string]bool{"balcony": true, "garden": false} {
			record := &muc.Record{Settings: muc.Settings{Persistent: persistent}}
			h.store.Rooms().Write(jid.MustParse(name+"@conference.capulet.lit"), muc.Change{Record: record})
		}
		rooms := func() string {
			list, err := h.store.Rooms().List(t.Context(), "conference.capulet.lit", "", 9, true)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(list)
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go h.sweepRooms(ctx) // ends by itself
		time.Sleep(sweepAfter - time.Second)
		synctest.Wait()
		if got := rooms(); !strings.Contains(got, "garden@") {
			t.Errorf("before their time: %s", got)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := rooms(); strings.Contains(got, "garden@") || !strings.Contains(got, "balcony@") {
			t.Errorf("after it: %s", got)
		}
	})
}
