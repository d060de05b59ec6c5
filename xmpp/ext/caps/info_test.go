package caps

import (
	"strings"
	"testing"

	"causeway/xmpp/stanza"
)

// answer makes the result of a question.
func answer(t testing.TB, inside string) *info {
	t.Helper()
	st, err := stanza.Parse([]byte("<iq type='result' id='1'><query xmlns='http://jabber.org/protocol/disco#info'>" + inside + "</query></iq>"))
	if err != nil {
		t.Fatal(err)
	}
	in, err := readInfo(st)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

const (
	exodus = "<identity category='client' name='Exodus 0.9.1' type='pc'/>" + exodusFeatures
	// Not in the order in which they are hashed.
	exodusFeatures = "<feature var='http://jabber.org/protocol/muc'/><feature var='http://jabber.org/protocol/disco#info'/>" +
		"<feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/caps'/>"
	exodusVer = "QgayPKawpkPSDYmwT/WM94uAlu0="

	psi = "<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>" +
		"<identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>" + exodusFeatures + psiForm
	psiForm = "<x xmlns='jabber:x:data' type='result'>" +
		"<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>" +
		"<field var='os'><value>Mac</value></field>" +
		"<field var='ip_version' type='text-multi'><value>ipv6</value><value>ipv4</value></field>" +
		"<field var='os_version'><value>10.5.1</value></field><field var='software'><value>Psi</value></field>" +
		"<field var='software_version'><value>0.11</value></field></x>"
	psiVer = "q07IKJEyjvHSyhy//CH0CxmKi8w="
)

func TestHash(t *testing.T) {
	tests := []struct {
		name, answer, hash, ver string
		want                    bool
	}{
		{"XEP-0115 #ver-gen-simple", exodus, "sha-1", exodusVer, true},
		{"XEP-0115 #ver-gen-complex", psi, "sha-1", psiVer, true},
		{"XEP-0115 #ver-proc: another one's hash", exodus, "sha-1", psiVer, false},
		{"XEP-0115 #impl-hash: SHA-256", exodus, "sha-256", "Wr6IGEKhx6b9627gBmi/cCmpxXBc/GYq5zWuYfWGWoc=", true},
		{"XEP-0115 #ver-proc: an identity twice", "<identity category='client' name='Exodus 0.9.1' type='pc'/>" + exodus, "sha-1", exodusVer, false},
		{
			"XEP-0115 #ver-proc: a form without FORM_TYPE is ignored",
			exodus + "<x xmlns='jabber:x:data' type='result'><field var='os'><value>Mac</value></field></x>", "sha-1", exodusVer, true,
		},
		{
			"XEP-0115 #ver-proc: a FORM_TYPE that is not hidden is ignored",
			exodus + "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>urn:verona</value></field></x>", "sha-1", exodusVer, true,
		},
		{
			"XEP-0115 #ver-gen: the four characters are no separator",
			"<identity category='client' name='Exodus 0.9.1' type='pc'/><feature var='http://jabber.org/protocol/caps&amp;lt;http://jabber.org/protocol/disco#info'/>" +
				"<feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/>", "sha-1", exodusVer, false,
		},
		{
			"XEP-0115 #security-poisoning: features in the name of an identity",
			"<identity category='client' name='Exodus 0.9.1&lt;http://jabber.org/protocol/caps' type='pc'/><feature var='http://jabber.org/protocol/disco#info'/>" +
				"<feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/>", "sha-1", exodusVer, false,
		},
	}
	for _, test := range tests {
		if got := answer(t, test.answer).proves(claim{test.hash, test.ver}); got != test.want {
			t.Errorf("%s: proves: %v", test.name, got)
		}
	}
}

// TestTrusted: answers with the right hash that may not count for anybody else.
func TestTrusted(t *testing.T) {
	const identity = "<identity category='client' type='pc'/>"
	form := func(fields string) string {
		return identity + "<x xmlns='jabber:x:data' type='result'>" + fields + "</x>"
	}
	const hidden = "<field var='FORM_TYPE' type='hidden'><value>urn:verona</value></field>"
	tests := []struct {
		name, answer string
		want         bool
	}{
		{"a plain one", exodus, true},
		{"one with a form", psi, true},
		{"XEP-0115 #ver-proc: a feature twice", exodus + "<feature var='http://jabber.org/protocol/muc'/>", false},
		{"XEP-0115 #ver-proc: two forms of a type", form(hidden) + "<x xmlns='jabber:x:data' type='result'>" + hidden + "</x>", false},
		{"XEP-0115 #ver-proc: a FORM_TYPE of two values", form("<field var='FORM_TYPE' type='hidden'><value>a</value><value>b</value></field>"), false},
		{"XEP-0115 #ver-proc: a FORM_TYPE of one value, twice", form("<field var='FORM_TYPE' type='hidden'><value>a</value><value>a</value></field>"), true},
		{"XEP-0030 #info-basic: no identity", exodusFeatures, false},
		{"XEP-0030 #info-basic: an identity without a type", "<identity category='http:' name='jabber.org/protocol/caps'/>", false},
		{"XEP-0115 #security-poisoning: an event hidden in a form", form(hidden + "<field var='a'><value>urn:verona:mood+notify</value></field>"), false},
		{"XEP-0115 #security-poisoning: an event as a field", form(hidden + "<field var='urn:verona:mood+notify'/>"), false},
		{"XEP-0115 #security-poisoning: an event as the type of a form", form("<field var='FORM_TYPE' type='hidden'><value>urn:verona:mood+notify</value></field>"), false},
		{"XEP-0115 #security-poisoning: an event as a name", "<identity category='client' type='pc' name='urn:verona:mood+notify'/>", false},
		{"XEP-0115 #security-poisoning: two features in one", identity + "<feature var='a&lt;b'/>", false},
	}
	for _, test := range tests {
		if got := answer(t, test.answer).trusted(); got != test.want {
			t.Errorf("%s: trusted: %v", test.name, got)
		}
	}
}

func TestTooMuch(t *testing.T) {
	st, err := stanza.Parse([]byte("<iq type='result' id='1'><query xmlns='http://jabber.org/protocol/disco#info'><feature var='" + strings.Repeat("f", maxFeatures+1) + "'/></query></iq>"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readInfo(st); err == nil {
		t.Error("an answer without an end was read")
	}
}

// FuzzInfo: whatever a client answers is either refused or hashed.
func FuzzInfo(f *testing.F) {
	f.Add(exodus)
	f.Add(psi)
	f.Add("<x xmlns='jabber:x:data'><field var='FORM_TYPE' type='hidden'/></x><identity/><feature/>")
	f.Fuzz(func(t *testing.T, inside string) {
		st, err := stanza.Parse([]byte("<iq type='result' id='1'><query xmlns='http://jabber.org/protocol/disco#info'>" + inside + "</query></iq>"))
		if err != nil {
			return // the scanner lets nothing else through
		}
		in, err := readInfo(st)
		if err != nil {
			return
		}
		in.verification()
		if in.proves(claim{"sha-1", exodusVer}) && len(in.Features) != 4 {
			t.Errorf("%q passes for another", inside)
		}
	})
}

func TestReadClaim(t *testing.T) {
	tests := []struct{ name, presence, hash, ver, node string }{
		{"XEP-0115 #advertise", "<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://code.google.com/p/exodus' ver='" + exodusVer + "'/></presence>", "sha-1", exodusVer, "http://code.google.com/p/exodus#" + exodusVer},
		{"XEP-0115 #legacy", "<presence><c xmlns='http://jabber.org/protocol/caps' node='urn:exodus' ver='0.9'/></presence>", "", "urn:exodus#0.9", ""},
		{"no node", "<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' ver='0.9'/></presence>", "", "", ""},
		{"no version", "<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='a'/></presence>", "", "", ""},
		{"nothing", "<presence/>", "", "", ""},
		{"another namespace", "<presence><c hash='sha-1' node='a' ver='b'/></presence>", "", "", ""},
		{"a version without an end", "<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='a' ver='" + strings.Repeat("v", maxVer+1) + "'/></presence>", "", "", ""},
		{"a node without an end", "<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' ver='a' node='" + strings.Repeat("v", maxNode+1) + "'/></presence>", "", "", ""},
		{"a hash without an end", "<presence><c xmlns='http://jabber.org/protocol/caps' ver='a' node='a' hash='" + strings.Repeat("v", maxHash+1) + "'/></presence>", "", "", ""},
		{"a hash far beyond", "<presence><c xmlns='http://jabber.org/protocol/caps' ver='a' node='a' hash='" + strings.Repeat("v", maxNode+1) + "'/></presence>", "", "", ""},
	}
	for _, test := range tests {
		st, err := stanza.Parse([]byte(test.presence))
		if err != nil {
			t.Fatal(err)
		}
		c, node, ok := readClaim(st)
		if ok != (test.ver != "") {
			t.Errorf("%s: read: %v", test.name, ok)
		}
		if ok && (c != claim{test.hash, test.ver} || node != test.node) {
			t.Errorf("%s: %+v, %q", test.name, c, node)
		}
	}
}
