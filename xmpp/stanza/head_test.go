package stanza

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"causeway/xmpp/jid"
)

var (
	romeo  = jid.MustParse("romeo@montague.lit/orchard")
	juliet = jid.MustParse("juliet@capulet.lit/balcony")
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		in   string
		kind Kind
		typ  Type
		cond Condition // the error, if any
	}{
		{`<message/>`, Message, Normal, ""},
		{`<message type='chat'/>`, Message, Chat, ""},
		{`<message type='ch&#97;t'/>`, Message, Chat, ""},
		{`<message type='normal'/>`, Message, Normal, ""},
		{`<message type='groupchat'/>`, Message, Groupchat, ""},
		{`<message type='headline'/>`, Message, Headline, ""},
		{`<message type='error'/>`, Message, TypeError, ""},
		{`<message type='shout'/>`, Message, Normal, ""}, // RFC 6121 §5.2.2
		{`<message type=''/>`, Message, Normal, ""},
		{`<presence/>`, Presence, Available, ""},
		{`<presence type='unavailable'/>`, Presence, Unavailable, ""},
		{`<presence type='subscribe'/>`, Presence, Subscribe, ""},
		{`<presence type='subscribed'/>`, Presence, Subscribed, ""},
		{`<presence type='unsubscribe'/>`, Presence, Unsubscribe, ""},
		{`<presence type='unsubscribed'/>`, Presence, Unsubscribed, ""},
		{`<presence type='probe'/>`, Presence, Probe, ""},
		{`<presence type='error'/>`, Presence, TypeError, ""},
		{`<presence type='available'/>`, Presence, Unknown, BadRequest}, // RFC 6121 §4.7.1
		{`<presence type=''/>`, Presence, Unknown, BadRequest},
		{`<iq type='get' id='1'><a/></iq>`, IQ, Get, ""},
		{`<iq type='set' id='1'> <a/> </iq>`, IQ, Set, ""},
		{`<iq type='result' id='1'/>`, IQ, Result, ""},
		{`<iq type='error' id='1'/>`, IQ, TypeError, ""},
		{`<iq type='get'><a/></iq>`, IQ, Get, BadRequest}, // RFC 6120 §8.2.3
		{`<iq id='1'><a/></iq>`, IQ, Unknown, BadRequest},
		{`<iq type='ask' id='1'><a/></iq>`, IQ, Unknown, BadRequest},
		{`<iq type='get' id='1'/>`, IQ, Get, BadRequest},
		{`<iq type='set' id='1'><a/><b/></iq>`, IQ, Set, BadRequest},
		{`<message to='juliet@'/>`, Message, Normal, JIDMalformed},
		{`<message to=''/>`, Message, Normal, JIDMalformed},
		{`<message from='@'/>`, Message, Normal, JIDMalformed},
		{`<message xmlns='jabber:client'/>`, Message, Normal, ""},
		{`<message xmlns='jabber:server'/>`, Message, Normal, ""},
		{`<c:message xmlns:c='jabber:client'/>`, Message, Normal, ""},
		{`<message xmlns='jabber:clients'/>`, 0, 0, ""},
		{`<message xmlns=''/>`, 0, 0, ""},
		{`<messages/>`, 0, 0, ""},
		{`<xml:message/>`, 0, 0, ""},
		{`<r xmlns='urn:xmpp:sm:3'/>`, 0, 0, ""},
	} {
		ix, err := index([]byte(tt.in))
		if err != nil {
			t.Fatal(err)
		}
		var s Stanza
		err = s.Reset([]byte(tt.in), ix, nil)
		if tt.kind == 0 {
			if !errors.Is(err, ErrNotStanza) {
				t.Errorf("%s: %v, want %v", tt.in, err, ErrNotStanza)
			}
			continue
		}
		var cond Condition
		if e := (*Error)(nil); errors.As(err, &e) {
			cond = e.Condition
		}
		if s.Kind != tt.kind || s.Type != tt.typ || cond != tt.cond || (err != nil) != (cond != "") {
			t.Errorf("%s: %v %v, %v", tt.in, s.Kind, s.Type, err)
		}
	}
	for _, in := range []string{``, `<message>`, `<message/> `, `<message/><message/>`, ` <message/>`, `<message><a></message>`} {
		if s, err := Parse([]byte(in)); err == nil {
			t.Errorf("Parse(%q) = %v", in, s)
		}
	}
}

func TestHeadIsUnescaped(t *testing.T) {
	s, err := Parse([]byte("<message xml:lang='d&#101;' id='a&amp;\n&apos;b' to='juliet@capulet.lit/&lt;&quot;'/>"))
	if err != nil {
		t.Fatal(err)
	}
	if s.ID() != "a& 'b" || s.Lang() != "de" || s.To.Resource() != `<"` {
		t.Errorf("%q %q %q", s.ID(), s.Lang(), s.To.Resource())
	}
	s.From = s.To
	const want = "<message from='juliet@capulet.lit/&lt;&quot;' to='juliet@capulet.lit/&lt;&quot;' xml:lang='d&#101;' id='a&amp;\n&apos;b'/>"
	if got := string(s.AppendTo(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAppendTo(t *testing.T) {
	extra := [][]byte{[]byte("<x/>"), []byte("<y/>")}
	const addr = ` from='romeo@montague.lit/orchard' to='juliet@capulet.lit/balcony'`
	for _, tt := range []struct{ in, plain, extended string }{
		{`<message/>`, `<message` + addr + `/>`, `<message` + addr + `><x/><y/></message>`},
		{`<message />`, `<message` + addr + ` />`, `<message` + addr + ` ><x/><y/></message>`},
		{`<message></message >`, `<message` + addr + `></message >`, `<message` + addr + `><x/><y/></message >`},
		{
			`<message to='a' from="b" xmlns='jabber:client' id='1'><body>hi</body></message>`,
			`<message` + addr + ` id='1'><body>hi</body></message>`, `<message` + addr + ` id='1'><body>hi</body><x/><y/></message>`,
		},
		{"<message\nid='1' xmlns='jabber:client'\tto='a'\r/>", `<message` + addr + "\nid='1'\r/>", `<message` + addr + "\nid='1'\r><x/><y/></message>"},
		{
			`<c:message xmlns:c='jabber:client' id='1'><c:body>hi</c:body><a xmlns=''/></c:message>`,
			`<message` + addr + ` xmlns:c='jabber:client' id='1'><c:body xmlns='jabber:client' xmlns:c='jabber:client'>hi</c:body><a xmlns=''/></message>`,
			`<message` + addr + ` xmlns:c='jabber:client' id='1'><c:body xmlns='jabber:client' xmlns:c='jabber:client'>hi</c:body><a xmlns=''/><x/><y/></message>`,
		},
		{
			`<c:message xmlns:c='jabber:client' xmlns="it's"> <a/> <b xmlns='u'/></c:message>`,
			`<message` + addr + ` xmlns:c='jabber:client'> <a xmlns='it&apos;s'/> <b xmlns='u'/></message>`,
			`<message` + addr + ` xmlns:c='jabber:client'> <a xmlns='it&apos;s'/> <b xmlns='u'/><x/><y/></message>`,
		},
	} {
		s, err := Parse([]byte(tt.in))
		if err != nil {
			t.Fatal(tt.in, err)
		}
		s.From, s.To = romeo, juliet
		if got := string(s.AppendTo(nil)); got != tt.plain {
			t.Errorf("%s\ngot  %s\nwant %s", tt.in, got, tt.plain)
		}
		if got := string(s.AppendTo(nil, extra...)); got != tt.extended {
			t.Errorf("%s\ngot  %s\nwant %s", tt.in, got, tt.extended)
		}
		forwarded := strings.Replace(tt.plain, "<message", "<message xmlns='jabber:client'", 1)
		if got := string(s.AppendForwarded(nil)); got != forwarded {
			t.Errorf("%s\ngot  %s\nwant %s", tt.in, got, forwarded)
		}
		s.From, s.To = jid.JID{}, jid.JID{}
		if got := string(s.AppendTo(nil)); got != strings.Replace(tt.plain, addr, "", 1) {
			t.Errorf("%s without addresses: %s", tt.in, got)
		}
	}
}

func TestClone(t *testing.T) {
	raw := []byte(chat)
	s, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	want := string(s.AppendTo(nil))
	c := s.Clone()
	clear(raw)
	clear(s.ix.Children)
	if got := string(c.AppendTo(nil)); got != want || !c.Has("urn:xmpp:sid:0", "origin-id") {
		t.Errorf("the clone changed: %s", got)
	}
}

func TestString(t *testing.T) {
	s, err := Parse([]byte(`<message type='chat' id='"' to='juliet@capulet.lit'><body>secret</body><x xmlns='u'>secret</x></message>`))
	if err != nil {
		t.Fatal(err)
	}
	const want = `message type=chat from="" to="juliet@capulet.lit" id="\"" <body/> <x/>`
	if got := s.String(); got != want {
		t.Errorf("String = %s, want %s", got, want)
	}
}

func TestForwardingDoesNotAllocate(t *testing.T) {
	raw := []byte(chat)
	var sc Scanner
	var s Stanza
	cache := jid.NewCache(16)
	resolve := cache.Parse
	dst := make([]byte, 0, 1024)
	n := testing.AllocsPerRun(100, func() {
		sc.Reset(Limits{})
		if _, done, err := sc.Scan(raw); !done || err != nil {
			t.Fatal(err)
		}
		if err := s.Reset(raw, sc.Index(), resolve); err != nil {
			t.Fatal(err)
		}
		s.From = romeo
		if !s.Has(NSClient, "body") || s.Has("urn:xmpp:hints", "no-store") {
			t.Fatal("children are not found")
		}
		dst = s.AppendTo(dst[:0])
	})
	if n != 0 {
		t.Errorf("%v allocations a stanza", n)
	}
}

// FuzzStanzaHead checks that what leaves can come in again as the same stanza.
func FuzzStanzaHead(f *testing.F) {
	f.Add([]byte(chat))
	for _, s := range []string{
		`<c:message xmlns:c='jabber:client' xmlns="it's"><c:a/><b x='&#9;'/></c:message>`,
		`<iq type='get' id='&lt;' from='a@b/&quot;' xmlns='jabber:server'><p:a xmlns:p='u'><b/></p:a></iq>`,
		`<presence xmlns:p='u' to='Juliet@capulet.lit'><p:show/><status><![CDATA[<]]></status></presence>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := Parse(in)
		if err != nil {
			return
		}
		once := s.AppendTo(nil)
		again, err := Parse(once)
		if err != nil {
			t.Fatalf("%q left as %q: %v", in, once, err)
		}
		if again.Kind != s.Kind || again.Type != s.Type || again.From != s.From || again.To != s.To || again.ID() != s.ID() {
			t.Fatalf("%v became %v", s, again)
		}
		if twice := again.AppendTo(nil); !bytes.Equal(once, twice) {
			t.Fatalf("%q, then %q", once, twice)
		}
		checkChildren(t, s, again)
		if r := s.ErrorReply(BadRequest.Err("<&>")); r != nil {
			e, ok := r.AsError()
			if !ok || e.Condition != BadRequest || e.Text != "<&>" || r.To != s.From || r.From != s.To || r.ID() != s.ID() {
				t.Fatalf("%v answered by %v (%v)", s, r, e)
			}
		}
		_ = s.String()
		_, _ = s.AsError()
	})
}

// checkChildren checks that the children of a stanza and of its copy are the same,
// and that each of them stands alone.
func checkChildren(t *testing.T, s, again *Stanza) {
	if len(s.Children()) != len(again.Children()) {
		t.Fatalf("%v became %v", s, again)
	}
	for i, c := range s.Children() {
		d := again.Children()[i]
		name := string(s.Bytes(c.Name))
		if string(s.ChildNS(c)) != string(again.ChildNS(d)) || name != string(again.Bytes(d.Name)) || s.ChildText(c) != again.ChildText(d) {
			t.Fatalf("child %d of %v is another than that of %v", i, s, again)
		}
		alone := s.ChildBytes(c)
		if _, err := index(alone); err != nil {
			t.Fatalf("%q does not stand alone: %v", alone, err)
		}
		var v struct {
			XMLName xml.Name
			Text    string `xml:",chardata"`
		}
		if err := xml.Unmarshal(alone, &v); err != nil && !errors.Is(err, io.EOF) {
			t.Fatalf("%q: %v", alone, err)
		} else if err == nil && (v.XMLName.Local != name || v.Text != s.ChildText(c)) {
			t.Fatalf("%q is %v with %q, want %s with %q", alone, v.XMLName, v.Text, name, s.ChildText(c))
		}
	}
}

func BenchmarkReset(b *testing.B) {
	raw := []byte(chat)
	ix, err := index(raw)
	if err != nil {
		b.Fatal(err)
	}
	cache := jid.NewCache(16)
	resolve := cache.Parse
	var s Stanza
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Reset(raw, ix, resolve); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendTo(b *testing.B) {
	s, err := Parse([]byte(chat))
	if err != nil {
		b.Fatal(err)
	}
	s.From = romeo
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = s.AppendTo(dst[:0])
	}
}

func TestInnerText(t *testing.T) {
	for _, tt := range []struct{ name, payload, want string }{
		{"it has its namespace from the child", "<bind xmlns='urn:b'><resource>orchard</resource></bind>", "orchard"},
		{"declared again", "<bind xmlns='urn:b'><resource xmlns='urn:b'>orchard</resource></bind>", "orchard"},
		{"prefixes", "<b:bind xmlns:b='urn:b'><b:resource>orchard</b:resource></b:bind>", "orchard"},
		{"another namespace", "<bind xmlns='urn:b'><resource xmlns='urn:c'>orchard</resource></bind>", ""},
		{"that of the stanza", "<bind xmlns='urn:b'><resource xmlns='jabber:client'>orchard</resource></bind>", ""},
		{"behind another", "<bind xmlns='urn:b'><os/><resource>a &amp;<x>y</x><![CDATA[ <b>]]></resource></bind>", "a & <b>"},
		{"the first", "<bind xmlns='urn:b'><resource>1</resource><resource>2</resource></bind>", "1"},
		{"deeper", "<bind xmlns='urn:b'><x><resource>orchard</resource></x></bind>", ""},
		{"nothing", "<bind xmlns='urn:b'/>", ""},
	} {
		st, err := Parse([]byte("<iq type='set' id='1'>" + tt.payload + "</iq>"))
		if err != nil {
			t.Fatal(err)
		}
		c, _ := st.Payload()
		if got := st.InnerText(c, "resource"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
