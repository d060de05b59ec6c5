package stanza

import (
	"errors"
	"testing"

	"causeway/xmpp/jid"
)

func TestNew(t *testing.T) {
	for _, tt := range []struct {
		s    *Stanza
		want string
	}{
		{New(Message, Normal, "", jid.JID{}, jid.JID{}), `<message/>`},
		{
			New(Message, Chat, "a'b", romeo, juliet, []byte(`<body>hi</body>`), nil, []byte(`<x xmlns='u'/>`)),
			`<message from='romeo@montague.lit/orchard' to='juliet@capulet.lit/balcony' type='chat' id='a&apos;b'><body>hi</body><x xmlns='u'/></message>`,
		},
		{New(Presence, Available, "", romeo, jid.JID{}), `<presence from='romeo@montague.lit/orchard'/>`},
		{New(Presence, Probe, "", romeo, juliet.Bare()), `<presence from='romeo@montague.lit/orchard' to='juliet@capulet.lit' type='probe'/>`},
		// What is broken does not get out.
		{New(Message, Chat, "1", jid.JID{}, jid.JID{}, []byte(`</message><message>`)), `<message type='chat' id='1'/>`},
		{New(Message, Chat, "1", jid.JID{}, jid.JID{}, []byte(`<a>`)), `<message type='chat' id='1'/>`},
		{New(0, Chat, "1", jid.JID{}, jid.JID{}), ``},
	} {
		if got := string(tt.s.AppendTo(nil)); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
	s := New(IQ, Get, "1", romeo, juliet, []byte(`<ping xmlns='urn:xmpp:ping'/>`))
	if !s.PayloadIs("urn:xmpp:ping", "ping") || s.ID() != "1" || s.Type != Get {
		t.Errorf("New = %v", s)
	}
}

func TestResult(t *testing.T) {
	iq, err := Parse([]byte(`<iq type='get' id='a&amp;"' from='romeo@montague.lit/orchard' to='capulet.lit'><a/></iq>`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		s    *Stanza
		want string
	}{
		{iq.Result(), `<iq from='capulet.lit' to='romeo@montague.lit/orchard' type='result' id='a&amp;"'/>`},
		{iq.Result([]byte(`<b xmlns='u'/>`)), `<iq from='capulet.lit' to='romeo@montague.lit/orchard' type='result' id='a&amp;"'><b xmlns='u'/></iq>`},
		{iq.ErrorReply(ItemNotFound.Err("no <such> thing")), `<iq from='capulet.lit' to='romeo@montague.lit/orchard' type='error' id='a&amp;"'>` +
			`<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>` +
			`<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>no &lt;such&gt; thing</text></error></iq>`},
	} {
		if got := string(tt.s.AppendTo(nil)); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
	// RFC 6120 §8.3.1: never an error for an error, nor for an answer.
	for _, s := range []*Stanza{iq.Result(), iq.ErrorReply(BadRequest.Err("")), New(Message, TypeError, "", romeo, juliet)} {
		if r := s.ErrorReply(BadRequest.Err("")); r != nil {
			t.Errorf("%v answered by %v", s, r)
		}
	}
}

func TestAsError(t *testing.T) {
	const ns = `xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'`
	for _, tt := range []struct {
		in   string
		want Error
	}{
		{`<message type='error'/>`, Error{Cancel, UndefinedCondition, "", nil}},
		{`<message type='error'><error type='wait'/></message>`, Error{Wait, UndefinedCondition, "", nil}},
		{
			`<message type='error'><body>hi</body><error type='modify'><not-acceptable ` + ns + `/><text ` + ns + `>no &amp; <![CDATA[<never>]]></text><u:x/></error></message>`,
			Error{Modify, NotAcceptable, "no & <never>", []byte(`<u:x xmlns='jabber:client' xmlns:u='u'/>`)},
		},
		{`<message type='error'><e:error type='auth'><forbidden ` + ns + `/></e:error></message>`, Error{Auth, Forbidden, "", nil}},
	} {
		s, err := Parse([]byte(`<message xmlns:u='u' xmlns:e='jabber:client'` + tt.in[len(`<message`):]))
		if err != nil {
			t.Fatal(err)
		}
		e, ok := s.AsError()
		if !ok || e.Type != tt.want.Type || e.Condition != tt.want.Condition || e.Text != tt.want.Text || string(e.App) != string(tt.want.App) {
			t.Errorf("%s\nAsError = %+v (%s)", tt.in, e, e.App)
		}
	}
	if _, ok := New(Message, Chat, "", romeo, juliet).AsError(); ok {
		t.Error("a chat message is no error")
	}
}

func TestChildren(t *testing.T) {
	s, err := Parse([]byte(`<message xmlns:p="it's" xmlns:q='q'><body>a&lt;<![CDATA[&]]>` + "\r\n" + `<b>not</b>b</body>` +
		`<x xmlns='u&amp;v' a=">" p:b='/'>  <p:y/></x><p:z/><xml:w/><body xmlns='jabber:client'>c</body><v xmlns=''/></message>`))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Text(NSClient, "body"); got != "a<&\nb" {
		t.Errorf("Text = %q", got)
	}
	for _, tt := range []struct {
		ns, local string
		want      string // what stands alone; "" is not there
	}{
		{NSClient, "body", `<body xmlns='jabber:client'>a&lt;<![CDATA[&]]>` + "\r\n" + `<b>not</b>b</body>`},
		{"u&v", "x", `<x xmlns:p='it&apos;s' xmlns='u&amp;v' a=">" p:b='/'>  <p:y/></x>`},
		{"it's", "z", `<p:z xmlns='jabber:client' xmlns:p='it&apos;s'/>`},
		{"it's", "", `<p:z xmlns='jabber:client' xmlns:p='it&apos;s'/>`},
		{nsXML, "w", `<xml:w xmlns='jabber:client'/>`},
		{"", "v", `<v xmlns=''/>`},
		{NSClient, "v", ``},
		{"q", "", ``},
	} {
		c, ok := s.Child(tt.ns, tt.local)
		if ok != (tt.want != "") || s.Has(tt.ns, tt.local) != ok {
			t.Errorf("Child(%q, %q): %v", tt.ns, tt.local, ok)
		}
		if ok && string(s.ChildBytes(c)) != tt.want {
			t.Errorf("Child(%q, %q) = %s\nwant %s", tt.ns, tt.local, s.ChildBytes(c), tt.want)
		}
	}
	if c, _ := s.Child(NSClient, "body"); c != s.Children()[0] {
		t.Error("Child gives another than the first")
	}
	// A child that borrows nothing is not copied.
	plain, _ := Parse([]byte(chat))
	c, _ := plain.Child("urn:xmpp:sid:0", "origin-id")
	if b := plain.ChildBytes(c); &b[0] != &plain.raw[c.All.Start] {
		t.Error("copied")
	}
}

func TestDecode(t *testing.T) {
	var q struct {
		XMLName struct{} `xml:"jabber:iq:roster query"`
		Items   []struct {
			JID  jid.JID `xml:"jid,attr"`
			Name string  `xml:"name,attr"`
		} `xml:"item"`
	}
	s := New(IQ, Set, "1", romeo, jid.JID{}, []byte(`<query xmlns='jabber:iq:roster'><item jid='Nurse@capulet.lit' name='&lt;'/></query>`))
	if err := s.Decode(&q); err != nil || len(q.Items) != 1 || q.Items[0].JID.String() != "nurse@capulet.lit" || q.Items[0].Name != "<" {
		t.Errorf("Decode: %v, %+v", err, q)
	}
	for _, bad := range []*Stanza{
		New(IQ, Set, "1", romeo, jid.JID{}),
		New(IQ, Set, "1", romeo, jid.JID{}, []byte(`<query xmlns='u'/>`)),
		New(IQ, Set, "1", romeo, jid.JID{}, []byte(`<query xmlns='jabber:iq:roster'><item jid='@'/></query>`)),
	} {
		if e := (*Error)(nil); !errors.As(bad.Decode(&q), &e) || e.Condition != BadRequest {
			t.Errorf("Decode of %v: %v", bad, bad.Decode(&q))
		}
	}
}

func TestEscaping(t *testing.T) {
	for _, tt := range []struct{ in, text, attr string }{
		{"plain", "plain", "plain"},
		{`<a b='c' d="e">&`, `&lt;a b='c' d="e"&gt;&amp;`, `&lt;a b=&apos;c&apos; d=&quot;e&quot;&gt;&amp;`},
		{"a\tb\nc\rd", "a\tb\nc&#13;d", "a&#9;b&#10;c&#13;d"},
		{"\x00a\x1f\x7f", "\uFFFDa\uFFFD\x7f", "\uFFFDa\uFFFD\x7f"},
		{"a\xffb\xed\xa0\x80c\uFFFE\U0001F600é", "a\uFFFDb\uFFFD\uFFFD\uFFFDc\uFFFD\U0001F600é", "a\uFFFDb\uFFFD\uFFFD\uFFFDc\uFFFD\U0001F600é"},
	} {
		if got := string(AppendText(nil, tt.in)); got != tt.text {
			t.Errorf("AppendText(%q) = %q, want %q", tt.in, got, tt.text)
		}
		if got := string(AppendAttr(nil, "x", tt.in)); got != " x='"+tt.attr+"'" {
			t.Errorf("AppendAttr(%q) = %q, want %q", tt.in, got, tt.attr)
		}
	}
}
