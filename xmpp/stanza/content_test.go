package stanza_test

import (
	"testing"

	"causeway/xmpp/stanza"
)

func TestInContent(t *testing.T) {
	const client, component = "jabber:client", "jabber:component:accept"
	for _, tt := range []struct{ name, in, want string }{
		{"inherited", "<message><body>a</body></message>", "<message><body>a</body></message>"},
		{"inherited from the stanza", "<message xmlns='jabber:client'><body>a</body></message>", "<message><body>a</body></message>"},
		{"declared", "<message><body xmlns='jabber:client'>a</body></message>", "<message><body xmlns='jabber:component:accept'>a</body></message>"},
		{
			"declared in both", "<message xmlns='jabber:client'><subject>b</subject><body xmlns=\"jabber:client\">a</body></message>",
			"<message><subject>b</subject><body xmlns=\"jabber:component:accept\">a</body></message>",
		},
		{"escaped", "<message><body xmlns='jabber&#58;client'>a</body></message>", "<message><body xmlns='jabber:component:accept'>a</body></message>"},
		{"empty", "<iq type='result' id='1'><a xmlns='jabber:client'/></iq>", "<iq type='result' id='1'><a xmlns='jabber:component:accept'/></iq>"},
		{"a prefix of its own", "<message><c:body xmlns:c='jabber:client'>a</c:body></message>", "<message><c:body xmlns:c='jabber:component:accept'>a</c:body></message>"},
		{
			"a prefix of the stanza", "<message xmlns:c='jabber:client'><c:body>a</c:body><c:subject/><x xmlns='urn:x'/></message>",
			"<message xmlns:c='jabber:component:accept'><c:body>a</c:body><c:subject/><x xmlns='urn:x'/></message>",
		},
		{
			"deeper inside", "<message><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'/></forwarded></message>",
			"<message><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'/></forwarded></message>",
		},
		{"another", "<message><body xmlns='jabber:server'>a</body></message>", "<message><body xmlns='jabber:server'>a</body></message>"},
	} {
		st, err := stanza.Parse([]byte(tt.in))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		got, err := st.InContent(client, component)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if out := string(got.AppendTo(nil)); out != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, out, tt.want)
		}
		back, err := got.InContent(component, client)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if st.Text(client, "body") != back.Text(client, "body") || back.Kind != st.Kind || back.Type != st.Type {
			t.Errorf("%s: and back: %s", tt.name, back.AppendTo(nil))
		}
	}
}

// Most stanzas need no other bytes.
func TestInContentDoesNotAllocate(t *testing.T) {
	st, err := stanza.Parse([]byte("<message to='juliet@capulet.lit'><body>a</body><x xmlns='urn:x'/></message>"))
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = st.InContent("jabber:client", "jabber:component:accept") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Whatever a stanza looks like, it stays whole, and has the same children of the same
// names.
func FuzzInContent(f *testing.F) {
	for _, seed := range []string{
		"<message><body xmlns='jabber:client'>a</body></message>",
		"<message xmlns:c='jabber:client' c:a='1'><c:body>a</c:body><c:subject/><x xmlns='urn:x'><c:y/></x></message>",
		"<c:message xmlns:c='jabber:client'><c:body>a</c:body></c:message>",
		"<iq type='get' id='1'><a xmlns='jabber&#58;client'/></iq>",
		"<message xmlns='jabber:server'><body xmlns='jabber:client' b=\"'\"><body xmlns='jabber:client'/></body></message>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		st, err := stanza.Parse([]byte(in))
		if err != nil {
			return
		}
		own, err := st.InContent("jabber:client", "jabber:component:accept")
		if err != nil {
			t.Fatalf("%q: %v", in, err)
		}
		out := own.AppendTo(nil)
		again, err := stanza.Parse(out)
		if err != nil || again.Kind != st.Kind || len(again.Children()) != len(st.Children()) {
			t.Fatalf("%q became %q: %v", in, out, err)
		}
		for i, c := range again.Children() {
			had := st.Children()[i]
			if string(again.Bytes(c.Name)) != string(st.Bytes(had.Name)) || string(st.ChildNS(had)) == "jabber:client" && st.ChildText(had) != again.ChildText(c) {
				t.Errorf("%q became %q", in, out)
			}
		}
	})
}

// A condition that RFC 6120 §8.3.3 does not define says nothing, whatever it is called.
func TestAsErrorUndefined(t *testing.T) {
	for name, want := range map[string]stanza.Condition{"gone": stanza.Gone, "meet-me-at-noon": stanza.UndefinedCondition} {
		st, err := stanza.Parse([]byte("<message type='error'><error type='cancel'><" + name + " xmlns='" + stanza.NSStanzas + "'/></error></message>"))
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := st.AsError(); !ok || e.Condition != want {
			t.Errorf("%s: %v", name, e)
		}
	}
}
