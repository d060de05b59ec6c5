package private

import (
	"context"
	"testing"

	"causeway/xmpp/xmpptest"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

type memory map[jid.JID]map[Name][]byte

func (m memory) Element(_ context.Context, owner jid.JID, name Name) ([]byte, error) {
	return m[owner][name], nil
}

func (m memory) Put(_ context.Context, owner jid.JID, elements []Element, q Quota) error {
	after := map[Name][]byte{}
	for name, xml := range m[owner] {
		after[name] = xml
	}
	for _, e := range elements {
		after[e.Name] = e.XML
	}
	size := 0
	for _, xml := range after {
		size += len(xml)
	}
	if len(after) > q.Elements || size > q.Bytes {
		return ErrQuota
	}
	m[owner] = after
	return nil
}

const (
	from = "from='hamlet@denmark.lit/castle'"
	head = "<iq to='hamlet@denmark.lit/castle' "
	ns   = " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
)

func TestStorage(t *testing.T) {
	// One play: each line is answered in the order they stand.
	play := []struct{ name, iq, want string }{
		{
			"XEP-0049: nothing is stored yet",
			"<iq type='get' id='1' " + from + "><query xmlns='jabber:iq:private'><prefs xmlns='elsinore:prefs'/></query></iq>",
			head + "type='result' id='1'><query xmlns='jabber:iq:private'><prefs xmlns='elsinore:prefs'/></query></iq>",
		},
		{
			"XEP-0049: store",
			"<iq type='set' id='2' " + from + "><query xmlns='jabber:iq:private'>\n <prefs xmlns='elsinore:prefs'><nick>Hamlet</nick></prefs>\n</query></iq>",
			head + "type='result' id='2'/>",
		},
		{
			"XEP-0049: retrieve",
			"<iq type='get' id='3' " + from + "><query xmlns='jabber:iq:private'><prefs xmlns='elsinore:prefs'/></query></iq>",
			head + "type='result' id='3'><query xmlns='jabber:iq:private'><prefs xmlns='elsinore:prefs'><nick>Hamlet</nick></prefs></query></iq>",
		},
		{
			"XEP-0049: several elements, two of one name",
			"<iq type='set' id='4' " + from + "><query xmlns='jabber:iq:private'><a xmlns='x'>1</a><b xmlns='x'/><a xmlns='x'>2</a></query></iq>",
			head + "type='result' id='4'/>",
		},
		{
			"XEP-0049: several elements come back",
			"<iq type='get' id='5' " + from + "><query xmlns='jabber:iq:private'><a xmlns='x'/><b xmlns='x'/></query></iq>",
			head + "type='result' id='5'><query xmlns='jabber:iq:private'><a xmlns='x'>1</a><a xmlns='x'>2</a><b xmlns='x'/></query></iq>",
		},
		{
			"XEP-0049: prefixes of the query go with the element",
			"<iq type='set' id='6' " + from + "><query xmlns='jabber:iq:private' xmlns:p='y'><p:a><p:b/></p:a></query></iq>",
			head + "type='result' id='6'/>",
		},
		{
			"XEP-0049: and it stands alone",
			"<iq type='get' id='7' " + from + "><query xmlns='jabber:iq:private'><a xmlns='y'/></query></iq>",
			head + "type='result' id='7'><query xmlns='jabber:iq:private'><p:a xmlns='jabber:iq:private' xmlns:p='y'><p:b/></p:a></query></iq>",
		},
		{
			"XEP-0049: a get names more than one namespace",
			"<iq type='get' id='8' " + from + "><query xmlns='jabber:iq:private'><a xmlns='x'/><a xmlns='y'/></query></iq>",
			head + "type='error' id='8'><error type='modify'><bad-request" + ns,
		},
		{
			"XEP-0049: a get names nothing",
			"<iq type='get' id='9' " + from + "><query xmlns='jabber:iq:private'/></iq>",
			head + "type='error' id='9'><error type='modify'><bad-request" + ns,
		},
		{
			"XEP-0049: a set holds nothing",
			"<iq type='set' id='10' " + from + "><query xmlns='jabber:iq:private'/></iq>",
			head + "type='error' id='10'><error type='modify'><not-acceptable" + ns,
		},
		{
			"XEP-0049: an element without a namespace of its own",
			"<iq type='set' id='11' " + from + "><query xmlns='jabber:iq:private'><prefs/></query></iq>",
			head + "type='error' id='11'><error type='modify'><not-acceptable" + ns,
		},
		{
			"XEP-0049: data of another user",
			"<iq type='get' id='12' from='macbeth@scotland.lit/hall' to='hamlet@denmark.lit'><query xmlns='jabber:iq:private'><prefs xmlns='elsinore:prefs'/></query></iq>",
			"<iq from='hamlet@denmark.lit' to='macbeth@scotland.lit/hall' type='error' id='12'><error type='auth'><forbidden" + ns,
		},
		{
			"RFC 6120 §8.3.3.12: more than the quota",
			"<iq type='set' id='13' " + from + "><query xmlns='jabber:iq:private'><a xmlns='1'/><a xmlns='2'/><a xmlns='3'/></query></iq>",
			head + "type='error' id='13'><error type='modify'><policy-violation" + ns,
		},
		{
			"RFC 6120 §8.3.3.3: an unknown element",
			"<iq type='get' id='14' " + from + "><storage xmlns='jabber:iq:private'/></iq>",
			head + "type='error' id='14'><error type='cancel'><feature-not-implemented" + ns,
		},
	}
	s := New(memory{}, Quota{Elements: 5})
	for _, line := range play {
		if got := xmpptest.Answer(t, s, line.iq); got != line.want {
			t.Errorf("%s:\ngot  %s\nwant %s", line.name, got, line.want)
		}
	}
}

// shelf is a View.
type shelf struct{ xml, refuse string }

func (s *shelf) Get(context.Context, jid.JID) ([]byte, error) {
	if s.xml == "" {
		return nil, nil
	}
	return []byte(s.xml), nil
}

func (s *shelf) Set(_ context.Context, _ jid.JID, xml []byte) error {
	if string(xml) == s.refuse {
		return stanza.NotAllowed.Err("")
	}
	s.xml = string(xml)
	return nil
}

func TestView(t *testing.T) {
	const get = "<iq type='get' id='1' " + from + "><query xmlns='jabber:iq:private'><a xmlns='x'/></query></iq>"
	set := func(inside string) string {
		return "<iq type='set' id='1' " + from + "><query xmlns='jabber:iq:private'>" + inside + "</query></iq>"
	}
	got := func(inside string) string {
		return head + "type='result' id='1'><query xmlns='jabber:iq:private'>" + inside + "</query></iq>"
	}
	store := memory{}
	s := New(store, Quota{Elements: 5})
	s.Show(Name{"x", "a"}, &shelf{refuse: "<a xmlns='x'>no</a>"})
	hamlet := jid.MustParse("hamlet@denmark.lit")
	const done = head + "type='result' id='1'/>"
	play := []struct{ name, iq, want string }{
		{"nothing in the view", get, got("<a xmlns='x'/>")},
		{"the view and the store", set("<a xmlns='x'>1</a><b xmlns='x'/><a xmlns='x'>2</a>"), done},
		{"the view answers", get, got("<a xmlns='x'>1</a><a xmlns='x'>2</a>")},
		{"the view refuses, and nothing is stored", set("<c xmlns='x'/><a xmlns='x'>no</a>"), head + "type='error' id='1'><error type='cancel'><not-allowed" + ns},
		{"only the view", set("<a xmlns='x'>3</a>"), done},
	}
	for _, line := range play {
		if got := xmpptest.Answer(t, s, line.iq); got != line.want {
			t.Errorf("%s:\ngot  %s\nwant %s", line.name, got, line.want)
		}
	}
	if err := s.Store(t.Context(), hamlet, Element{Name{"x", "a"}, []byte("<a xmlns='x'>kept</a>")}); err != nil {
		t.Error(err)
	}
	if xml, err := s.Stored(t.Context(), hamlet, Name{"x", "a"}); err != nil || string(xml) != "<a xmlns='x'>kept</a>" {
		t.Errorf("behind the view: %s, %v", xml, err)
	}
	if len(store[hamlet]) != 2 {
		t.Errorf("stored: %q", store[hamlet])
	}
}

// FuzzSplit: whatever a checked query holds, its parts stand alone.
func FuzzSplit(f *testing.F) {
	f.Add("<a xmlns='x'>1</a>")
	f.Add("<p:a xmlns:p='y' q='&lt;'><b/></p:a>text<c xmlns=\"z\"/>")
	f.Fuzz(func(t *testing.T, inner string) {
		raw := "<iq type='set' id='1'><query xmlns='jabber:iq:private' xmlns:p='y'>" + inner + "</query></iq>"
		iq, err := stanza.Parse([]byte(raw))
		if err != nil || len(iq.Children()) != 1 {
			return // the scanner lets nothing else through
		}
		elements, err := split(iq.ChildBytes(iq.Children()[0]))
		if err != nil {
			return // encoding/xml is stricter about some names than XML is
		}
		for _, e := range elements {
			if _, err := stanza.Parse([]byte("<message>" + string(e.XML) + "</message>")); err != nil {
				t.Errorf("%q does not stand alone: %v", e.XML, err)
			}
		}
	})
}
