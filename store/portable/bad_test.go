package portable

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

const (
	head = "<?xml version='1.0'?>\n<server-data xmlns='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude'>\n<host jid='capulet.lit'>\n"
	tail = "\n</host>\n</server-data>\n"
)

// one is a file with one account that has this in it.
func one(inside string) string { return head + "<user name='juliet'>" + inside + "</user>" + tail }

// TestBroken: a file that is not what it should be changes nothing, and the error says
// where.
func TestBroken(t *testing.T) {
	good := "<user name='nurse' password='pencil'/>\n"
	tests := []struct{ name, file, want string }{
		{"empty", "", "there is no XML in it"},
		{"no XML", "juliet\tpencil\n", "there is no XML in it"},
		{"another format", "<roster/>", "<roster/> cannot stand here"},
		{"cut off", head + good + "<user name='juliet'>", ":5: not well-formed"},
		{"not nested", head + good + "</user>", ":5: not well-formed"},
		{"not UTF-8", head + good + "<user name='\xff'/>" + tail, "not well-formed: invalid UTF-8"},
		{"another encoding", "<?xml version='1.0' encoding='ISO-8859-1'?>" + good, "ISO-8859-1"},
		{"DTD", "<!DOCTYPE server-data [<!ENTITY a 'aaa'>]>" + head + good + tail, "document type"},
		{"entity bomb", "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]>" + one("&b;"), "document type"},
		{"external entity", "<!DOCTYPE x SYSTEM 'file:///etc/passwd'>" + one(""), "document type"},
		{"unknown entity", head + good + "<user name='&juliet;'/>" + tail, "not well-formed"},
		{"deep", head + good + strings.Repeat("<a>", 200), "elements are nested"},
		{"deep in an account", head + good + "<user name='juliet'><vCard xmlns='vcard-temp'>" + strings.Repeat("<a>", 200), "elements are nested"},
		{"huge text", one("<vCard xmlns='vcard-temp'><FN>" + strings.Repeat("J", maxToken+1)), "has more than"},
		{"huge tag", head + "<user name='" + strings.Repeat("j", maxToken+1), "has more than"},
		{"two roots", one("") + "<server-data/>", "a second element"},
		{"host without a name", "<server-data xmlns='urn:xmpp:pie:0'><host/></server-data>", `"" is not a host`},
		{"host that is an account", "<server-data xmlns='urn:xmpp:pie:0'><host jid='a@b'/></server-data>", `"a@b" is not a host`},
		{"unknown host", head + good + "</host><host jid='verona.lit'><user name='paris'/>" + tail, "no such host here: verona.lit; hosts here: capulet.lit montague.lit"},
		{"include outside", head + good + "<xi:include href='../secret.xml'/>" + tail, "leads out of the folder"},
		{"include outside, in a roundabout way", head + good + "<xi:include href='x/../../secret.xml'/>" + tail, "leads out of the folder"},
		{"include outside, escaped", head + good + "<xi:include href='%2e%2e/secret.xml'/>" + tail, "leads out of the folder"},
		{"include of an absolute path", head + good + "<xi:include href='/etc/passwd'/>" + tail, "not the relative URI"},
		{"include of a URL", head + good + "<xi:include href='file:///etc/passwd'/>" + tail, "not the relative URI"},
		{"include of another machine", head + good + "<xi:include href='//verona.lit/x'/>" + tail, "not the relative URI"},
		{"include as text", head + good + "<xi:include parse='text' href='user.xml'/>" + tail, "parse=\"text\""},
		{"include of a part", head + good + "<xi:include xpointer='a' href='user.xml'/>" + tail, "xpointer"},
		{"include by a link", head + good + "<xi:include href='link.xml'/>" + tail, "escapes"},
		{"include of a folder", head + good + "<xi:include href='folder'/>" + tail, "is not a file"},
		{"include of a pipe", head + good + "<xi:include href='pipe'/>" + tail, "is not a file"},
		{"include of nothing", head + good + "<xi:include href='nothing.xml'/>" + tail, "no such file"},
		{"include without a name", head + good + "<xi:include/>" + tail, "not a relative URI"},
		{"include of itself", head + good + "<xi:include href='export.xml'/>" + tail, "export.xml:2: <server-data/> cannot stand here"},
		{"include in a circle", head + good + "<xi:include href='circle.xml'/>" + tail, "<include/> cannot stand here"},
		{"a host where an account belongs", head + good + "<xi:include href='host.xml'/>" + tail, "<host/> cannot stand here"},
	}
	dir := t.TempDir()
	write(t, dir, "secret.xml", "<user xmlns='urn:xmpp:pie:0' name='juliet'/>")
	dir = filepath.Join(dir, "export")
	write(t, dir, "user.xml", "<user xmlns='urn:xmpp:pie:0' name='juliet'/>")
	write(t, dir, "host.xml", "<host xmlns='urn:xmpp:pie:0' jid='capulet.lit'/>")
	write(t, dir, "circle.xml", "<include xmlns='http://www.w3.org/2001/XInclude' href='circle.xml'/>")
	must(t, os.Symlink("../secret.xml", filepath.Join(dir, "link.xml")))
	must(t, os.Mkdir(filepath.Join(dir, "folder"), 0o700))
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	target := newTarget(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := write(t, dir, "export.xml", tt.file)
			report, err := Import(t.Context(), target, Options{Source: Source{Path: path}})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if len(report.Accounts) > 0 || report.Error == "" {
				t.Errorf("report: %+v", report)
			}
			if n, err := target.Store.Accounts().Count(t.Context(), "capulet.lit"); n != 0 || err != nil {
				t.Errorf("%d accounts were made, %v", n, err)
			}
		})
	}
}

// TestLeftOut: what is wrong with one thing of an account keeps neither the rest nor
// others from being imported, and is told.
func TestLeftOut(t *testing.T) {
	scram := func(mechanism, iter, salt, server, stored string) string {
		return "<scram-credentials xmlns='urn:xmpp:pie:0#scram' mechanism='" + mechanism + "'><iter-count>" + iter + "</iter-count><salt>" + salt +
			"</salt><server-key>" + server + "</server-key><stored-key>" + stored + "</stored-key></scram-credentials>"
	}
	const key = "0pXWGK0GZJ6TR73AIUN3ITYtA1g="
	roster := func(items string) string { return "<query xmlns='jabber:iq:roster'>" + items + "</query>" }
	privacy := func(lists string) string { return "<query xmlns='jabber:iq:privacy'>" + lists + "</query>" }
	archived := func(inside string) string {
		return "<archive xmlns='urn:xmpp:pie:0#mam'><result xmlns='urn:xmpp:mam:2' id='1'><forwarded xmlns='urn:xmpp:forward:0'>" + inside + "</forwarded></result></archive>"
	}
	const none = "password: there is none, so nobody can log in until one is set"
	tests := []struct {
		name, inside string
		want         string // what is left out, but for the password
	}{
		{"nothing", "", ""},
		{"unknown element", "<tomb xmlns='verona'><deep/></tomb><tomb xmlns='verona'/>", "2 × <tomb/> of verona"},
		{"salt", scram("SCRAM-SHA-1", "10", "!", key, key), "1 × SCRAM-SHA-1 credentials with keys that are not base64 of the right length"},
		{"no salt", scram("SCRAM-SHA-1", "10", "", key, key), "1 × SCRAM-SHA-1 credentials with keys that are not base64 of the right length"},
		{"short key", scram("SCRAM-SHA-1", "10", "AAAA", "AAAA", key), "1 × SCRAM-SHA-1 credentials with keys that are not base64 of the right length"},
		{"key of another hash", scram("SCRAM-SHA-256", "10", "AAAA", key, key), "1 × SCRAM-SHA-256 credentials with keys that are not base64 of the right length"},
		{"negative iterations", scram("SCRAM-SHA-1", "-1", "AAAA", key, key), "1 × SCRAM-SHA-1 credentials with an iteration count that cannot be"},
		{"no iterations", scram("SCRAM-SHA-1", "", "AAAA", key, key), "1 × SCRAM-SHA-1 credentials with an iteration count that cannot be"},
		{"endless iterations", scram("SCRAM-SHA-1", "99999999999", "AAAA", key, key), "1 × SCRAM-SHA-1 credentials with an iteration count that cannot be"},
		{"unknown hash", scram("SCRAM-MD5", "10", "AAAA", key, key), `1 × credentials for "SCRAM-MD5"`},
		{"contact", roster("<item jid='@' subscription='both'/><item jid='a@b' subscription='remove'/><item/>"), "2 × contact whose address is none, 1 × contact whose subscription is none of RFC 6121"},
		{"contact twice", roster("<item jid='a@b'/><item jid='A@b'/>"), "1 × contact that is there twice"},
		{"many contacts", roster(many(12, "<item jid='c%@b'/>")), "2 × contact beyond limits.roster"},
		{"large roster", roster(many(6, "<item jid='c%@b' name='"+strings.Repeat("n", 1000)+"'/>")), "2 × contact beyond limits.roster"},
		{"long name", roster("<item jid='a@b' name='" + strings.Repeat("n", 2000) + "'/>"), "1 × name of a contact that is too long"},
		{"presence", "<presence xmlns='jabber:client' from='a@b'/>", "1 × presence that is no subscription request"},
		{"second card", "<vCard xmlns='vcard-temp'/><vCard xmlns='vcard-temp'/>", "1 × second vCard"},
		{"large card", "<vCard xmlns='vcard-temp'><FN>" + strings.Repeat("J", 20_000) + "</FN></vCard>", "1 × vCard beyond limits.vcard_bytes"},
		{"huge element", "<vCard xmlns='vcard-temp'>" + strings.Repeat("<FN>"+strings.Repeat("J", 1000)+"</FN>", 2000) + "</vCard>", "1 × <vCard/> of more than 1048576 bytes"},
		{"comment", "<vCard xmlns='vcard-temp'><!-- - --></vCard>", "1 × <vCard/> with XML that streams do not carry"},
		{"prefix of nobody", "<vCard xmlns='vcard-temp'><x:FN/></vCard>", "1 × <vCard/> with XML that streams do not carry"},
		{"private", "<query xmlns='jabber:iq:private'><a/></query>", "1 × <a/> of jabber:iq:private"},
		{"large private", "<query xmlns='jabber:iq:private'><a xmlns='a'>" + strings.Repeat("a", 10_000) + "</a></query>", "1 × private data beyond limits.private_bytes"},
		{"offline", "<offline-messages><message/><presence/><iq/></offline-messages>", "1 × <iq/> of urn:xmpp:pie:0, 1 × <presence/> of urn:xmpp:pie:0"},
		{"many offline", "<offline-messages>" + many(11, "<message id='%'/>") + "</offline-messages>", "1 × offline message beyond limits.offline"},
		{
			"privacy lists", privacy("<default name='a'/><list name='a'><item type='jid' value='a@b' action='deny' order='1'/>" +
				"<item type='group' value='x' action='deny' order='2'/><item type='jid' value='c@d' action='deny' order='3'><message/></item></list><list name='b'/>"),
			"1 × privacy list that is not the default, 2 × privacy rule that is not a block of one address",
		},
		{"archive without a time", archived("<message xmlns='jabber:client'/>"), "1 × archived message without a time"},
		{"archive without a message", archived("<delay xmlns='urn:xmpp:delay' stamp='2020-01-01T00:00:00Z'/>"), "1 × archived message that is none"},
		{"archive of the future", archived("<delay xmlns='urn:xmpp:delay' stamp='2999-01-01T00:00:00Z'/><message xmlns='jabber:client'/>"), "1 × archived message from the future"},
		{"preferences", "<prefs xmlns='urn:xmpp:mam:2' default='perhaps'/>", "1 × archive preferences that cannot be read"},
		{
			"node", "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='n'><item id='1'><a xmlns='a'/><b xmlns='b'/></item><item/></items></pubsub>",
			"1 × configuration of a node is missing: nobody else can read it, 1 × item with more than one payload, 1 × item without an id",
		},
		{
			"large item", "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='n'><item id='1'><a xmlns='a'>" + strings.Repeat("a", 2000) + "</a></item></items></pubsub>",
			"1 × configuration of a node is missing: nobody else can read it, 1 × item that is too large",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			target := newTarget(t)
			path := write(t, t.TempDir(), "export.xml", head+"<user name='juliet'>"+tt.inside+"</user>\n<user name='nurse' password='pencil'/>"+tail)
			report, err := Import(t.Context(), target, Options{Source: Source{Path: path}})
			if err != nil || report.Results[Imported] != 2 {
				t.Fatalf("%v; report: %+v", err, report)
			}
			var got []string
			for _, f := range report.Accounts[0].Left {
				if f.What != none {
					got = append(got, strings.TrimSpace(strings.Join([]string{itoa(f.Count), "×", f.What}, " ")))
				}
			}
			if s := strings.Join(got, ", "); s != tt.want {
				t.Errorf("left out: %s\nwant: %s", s, tt.want)
			}
			if len(report.Accounts[1].Left) > 0 {
				t.Errorf("left out of the other: %v", report.Accounts[1].Left)
			}
		})
	}
}

// TestUsers: accounts that cannot be.
func TestUsers(t *testing.T) {
	target := newTarget(t)
	path := write(t, t.TempDir(), "export.xml", head+"<user name=''/><user/><user name='a@b'/><user name='juliet' password='pencil'/><user name='Juliet'/><user name='nurse' password='&#xFFFD;&#9;'/>"+tail)
	report, err := Import(t.Context(), target, Options{Source: Source{Path: path}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range report.Accounts {
		got = append(got, o.JID+" "+o.Result+" "+o.Why)
	}
	slices.Sort(got)
	want := []string{
		"@capulet.lit refused name that is no localpart",
		"@capulet.lit refused name that is no localpart",
		"a@b@capulet.lit refused name that is no localpart",
		"juliet@capulet.lit imported ",
		"juliet@capulet.lit refused the file has it twice; this is the second",
		"nurse@capulet.lit imported ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
