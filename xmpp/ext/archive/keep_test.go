package archive

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

const (
	orchard = "romeo@montague.lit/orchard"
	balcony = "juliet@capulet.lit/balcony"
	romeo   = "romeo@montague.lit"
	juliet  = "juliet@capulet.lit"
)

// TestKeep: both sides have the message, byte for byte, and are told its place in
// their own archive only (XEP-0313 #archives_id).
func TestKeep(t *testing.T) {
	w := newWorld(t)
	b := w.login(balcony)
	const payload = "<body xml:lang='en'>&#x41;rt  thou\n<![CDATA[not]]></body><x:y xmlns:x='urn:x' x:z=\"it's\"/>"
	w.route(orchard, "<message to='"+balcony+"' type='chat' id='1'>"+payload+"</message>")
	got := b.take()
	for owner, sent := range map[string]bool{romeo: true, juliet: false} {
		rows := w.disk.archive(owner)
		if len(rows) != 1 {
			t.Fatalf("%s has %d messages", owner, len(rows))
		}
		e := rows[0]
		want := "<message xmlns='jabber:client' from='" + orchard + "' to='" + balcony + "' type='chat' id='1'>" + payload + "</message>"
		w.want("what came in is what comes out", string(e.XML), want)
		if peer := map[bool]string{true: balcony, false: orchard}[sent]; e.Sent != sent || e.Peer.String() != peer {
			t.Errorf("%s: sent %v, peer %s", owner, e.Sent, e.Peer)
		}
	}
	id := w.disk.archive(juliet)[0].ID.String()
	want := strings.TrimSuffix("<message from='"+orchard+"' to='"+balcony+"' type='chat' id='1'>"+payload+"</message>", "</message>") +
		"<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@capulet.lit' id='" + id + "'/></message>"
	if len(got) != 1 || got[0] != want {
		t.Errorf("juliet got %q\nwant %q", got, want)
	}
}

// TestSentID: the sender's other devices are told the id of the sender's archive.
func TestSentID(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ from, to, sent, extra string }{
		{orchard, juliet, romeo, juliet},
		{orchard, "nurse@verona.lit", romeo, ""},
		{"nurse@verona.lit/hall", juliet, "", juliet},
		{orchard, romeo, romeo, romeo},
	} {
		p := passing(t, c.from, c.to, "<body>a</body>")
		if _, err := w.service.Keep(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		by := func(xml []byte) string {
			if m := stamps.FindSubmatch(xml); m != nil {
				return string(m[1])
			}
			return string(xml)
		}
		w.want(c.from+" to "+c.to+": own devices", by(p.Sent), c.sent)
		w.want(c.from+" to "+c.to+": recipient", by(p.Extra), c.extra)
	}
	w.want("XEP-0313 #business-storeret-user-archives: to oneself, once", w.kept(romeo), "a a a")
}

// passing makes a message on its way.
func passing(t testing.TB, from, to, payload string) *router.Passing {
	st := parse(t, "<message type='chat' id='1'>"+payload+"</message>")
	st.From, st.To = jid.MustParse(from), jid.MustParse(to)
	return &router.Passing{Stanza: st, Verdict: router.Verdict{Action: router.Deliver, Copies: true}}
}

// tryPassing is passing for a payload that may be no XML; then it is nil.
func tryPassing(payload string) *router.Passing {
	st, err := stanza.Parse([]byte("<message type='chat' id='1'>" + payload + "</message>"))
	if err != nil {
		return nil
	}
	st.From, st.To = jid.MustParse(orchard), jid.MustParse(balcony)
	return &router.Passing{Stanza: st, Verdict: router.Verdict{Action: router.Deliver, Copies: true}}
}

// TestFull: a store that takes no more has the sender told at once.
func TestFull(t *testing.T) {
	w := newWorld(t)
	o, b := w.login(orchard), w.login(balcony)
	w.disk.fail = stanza.ResourceConstraint.Err("")
	w.says(orchard, juliet, "a")
	w.want("the sender", condition(o.take()), "resource-constraint")
	if got := b.take(); got != nil {
		t.Errorf("juliet got %q", got)
	}
	w.disk.fail = errors.New("broken")
	w.says(orchard, juliet, "b")
	w.want("the sender", condition(o.take()), "internal-server-error")
}

// TestTicket: what is acknowledged is in the archives.
func TestTicket(t *testing.T) {
	w := newWorld(t)
	w.login(balcony)
	w.disk.lazy = true
	ticket := w.says(orchard, juliet, "a")
	if ticket == nil {
		t.Fatal("no ticket")
	}
	select {
	case <-ticket.Done():
		t.Error("fulfilled before it is on the disk")
	default:
	}
	w.disk.sync()
	<-ticket.Done()
	w.want("then", w.kept(juliet), "a")
}

// TestIDs: IDs are times, and grow when the clock does not.
func TestIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.login(balcony)
		start := time.Now()
		for range 3 {
			w.says(orchard, juliet, "a")
		}
		time.Sleep(time.Second)
		w.says(orchard, juliet, "b")
		rows := w.disk.archive(juliet)
		for i, want := range []time.Duration{0, time.Microsecond, 2 * time.Microsecond, time.Second} {
			if got := rows[i].ID.Time().Sub(start); got != want {
				t.Errorf("message %d after %v, want %v", i, got, want)
			}
		}
	})
}

// TestClockSetBack: XEP-0313 #archive_order, #business-ids: the order stays, and no
// ID comes twice, whatever the clock of the machine does between two runs.
func TestClockSetBack(t *testing.T) {
	w := newWorld(t)
	w.login(balcony)
	future := ID(time.Now().Add(time.Hour).UnixMicro())
	w.disk.rows[jid.MustParse(juliet)] = []Entry{{Owner: jid.MustParse(juliet), ID: future, XML: []byte("<message/>")}}
	w.says(orchard, juliet, "a")
	w.says(orchard, juliet, "b")
	rows := w.disk.archive(juliet)
	if rows[1].ID != future+1 || rows[2].ID != future+2 {
		t.Errorf("IDs %d, %d after %d", rows[1].ID, rows[2].ID, future)
	}
}

func TestParseID(t *testing.T) {
	for _, text := range []string{"", "0", "01", "+1", "-1", "1 ", " 1", "1.0", "0x1", "9223372036854775808", "99999999999999999999", "a", "１"} {
		if id, ok := parseID(text); ok {
			t.Errorf("%q is %d", text, id)
		}
	}
	for _, id := range []ID{1, 1700000000000000, 1<<63 - 1} {
		if got, ok := parseID(id.String()); got != id || !ok {
			t.Errorf("%d: %d, %v", id, got, ok)
		}
	}
}

// TestExpires: retention is that of the owner's host.
func TestExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(c *Config) {
			c.Keep, c.KeepAt = time.Hour, map[string]time.Duration{"montague.lit": 0}
		})
		w.login(balcony)
		w.login(orchard)
		w.says(orchard, juliet, "a")
		if e := w.disk.archive(romeo)[0]; !e.Expires.IsZero() {
			t.Errorf("romeo's expires %v", e.Expires)
		}
		w.want("before", bodiesOf(w.ask(balcony, "set", query(""))), "a")
		time.Sleep(time.Hour)
		w.want("after", bodiesOf(w.ask(balcony, "set", query(""))), "")
		w.want("for ever", bodiesOf(w.ask(orchard, "set", query(""))), "a")
	})
}

// TestOnlyWhatIsDelivered: an archive has "only … messages accepted for delivery"
// (XEP-0313 #business-storeret), and what nobody is there for, too.
func TestOnlyWhatIsDelivered(t *testing.T) {
	w := newWorld(t)
	o := w.login(orchard)
	w.route(orchard, "<message to='capulet.lit' type='chat'><body>bounced</body></message>")
	w.route(orchard, "<message to='"+balcony+"'><body>bounced</body></message>")
	w.want("refused ones", w.kept(romeo)+w.kept(juliet), "")
	o.take()
	w.route(orchard, "<message to='nurse@verona.lit' type='chat'><body>away</body></message>")
	w.want("to another server", w.kept(romeo), "away")
}

// TestAllocs: the hot path.
func TestAllocs(t *testing.T) {
	w := newWorld(t)
	w.service.store = silent{}
	p := passing(t, orchard, juliet, "<body>Art thou not Romeo, and a Montague?</body>")
	p.Extra, p.Sent = make([]byte, 0, 256), make([]byte, 0, 256)
	keep := func() {
		p.Extra, p.Sent = p.Extra[:0], p.Sent[:0]
		if _, err := w.service.Keep(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if n := testing.AllocsPerRun(100, keep); n > 2 {
		t.Errorf("%v allocations for an archived message", n)
	}
	p = passing(t, orchard, juliet, "<composing xmlns='http://jabber.org/protocol/chatstates'/><stanza-id xmlns='urn:xmpp:sid:0' by='room@verona.lit' id='1'/>")
	if n := testing.AllocsPerRun(100, keep); n > 0 {
		t.Errorf("%v allocations for one that is not", n)
	}
}

// TestMemory: what accounts want is read once.
func TestMemory(t *testing.T) {
	w := newWorld(t)
	w.login(balcony)
	for range 10 {
		w.says(orchard, juliet, "a")
	}
	if w.disk.reads != 4 {
		t.Errorf("%d reads for two accounts", w.disk.reads)
	}
}
