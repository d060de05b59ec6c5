package portable

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"causeway/roster"
	"causeway/xmpp/account"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/ext/pep"
	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
)

// results gives who was what.
func results(r *Report) string {
	var list []string
	for _, o := range r.Accounts {
		list = append(list, o.JID+" "+o.Result)
	}
	return strings.Join(list, ", ")
}

func TestModes(t *testing.T) {
	from := newTarget(t)
	furnish(t, from.Store)
	first := export(t, from.Store)
	path := write(t, t.TempDir(), "export.xml", string(first))
	run := func(to *Target, mode Mode, dry bool) *Report {
		t.Helper()
		r, err := Import(t.Context(), to, Options{Source: Source{Path: path}, Mode: mode, DryRun: dry})
		must(t, err)
		return r
	}
	to := newTarget(t)
	empty := export(t, to.Store)
	if got := results(run(to, Refuse, true)); got != "juliet@capulet.lit imported, romeo@montague.lit imported" {
		t.Errorf("dry run: %s", got)
	}
	if got := export(t, to.Store); string(got) != string(empty) {
		t.Errorf("a dry run has changed something:\n%s", got)
	}
	wet := run(to, Refuse, false)
	dry := run(newTarget(t), Refuse, true)
	for kind, n := range wet.Counts {
		if dry.Counts[kind] != n {
			t.Errorf("%s: a dry run says %d, the real one %d", kind, dry.Counts[kind], n)
		}
	}
	for _, step := range []struct {
		mode Mode
		dry  bool
		want string
	}{
		{Refuse, true, "juliet@capulet.lit refused, romeo@montague.lit refused"},
		{Refuse, false, "juliet@capulet.lit refused, romeo@montague.lit refused"},
		{Merge, true, "juliet@capulet.lit merged, romeo@montague.lit merged"},
		{Merge, false, "juliet@capulet.lit merged, romeo@montague.lit merged"},
		{Merge, false, "juliet@capulet.lit merged, romeo@montague.lit merged"},
		{Replace, true, "juliet@capulet.lit replaced, romeo@montague.lit replaced"},
		{Replace, false, "juliet@capulet.lit replaced, romeo@montague.lit replaced"},
	} {
		r := run(to, step.mode, step.dry)
		if got := results(r); got != step.want {
			t.Errorf("mode %d, dry %v: %s, want %s", step.mode, step.dry, got, step.want)
		}
		if step.mode == Merge && !step.dry {
			for kind, n := range r.Counts {
				if n != 0 {
					t.Errorf("merged what is there: %s %d", kind, n)
				}
			}
		}
		if got := export(t, to.Store); string(got) != string(first) {
			diff(t, first, got)
			t.Fatalf("mode %d, dry %v has changed what is there", step.mode, step.dry)
		}
	}
	to.Connected = func(j jid.JID) bool { return j == juliet }
	for _, mode := range []Mode{Merge, Replace} {
		r := run(to, mode, false)
		if !strings.HasPrefix(results(r), "juliet@capulet.lit refused") || r.Accounts[0].Why != "it is connected" {
			t.Errorf("mode %d: %s", mode, results(r))
		}
	}
}

// TestMerge adds what an account has not to what it has.
func TestMerge(t *testing.T) {
	ctx := t.Context()
	to := newTarget(t)
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	must(t, to.Store.Accounts().Create(ctx, account.Account{JID: juliet, Created: at}))
	_, err := to.Store.AddContacts(ctx, juliet, []roster.Item{{JID: romeo, Name: "mine", Subscription: roster.Both, Listed: true}})
	must(t, err)
	for i, id := range []archive.ID{archive.ID(at.UnixMicro()), archive.ID(at.UnixMicro() + 1), archive.ID(at.Add(time.Hour).UnixMicro())} {
		xml := []byte("<message xmlns='jabber:client' from='juliet@capulet.lit/x' to='romeo@montague.lit' id='" + itoa(i) + "'/>")
		must(t, outcomeOf(to.Store.Archive().Append(archive.Entry{Owner: juliet, ID: id, Peer: romeo, Sent: true, XML: xml})))
	}
	result := func(id, stamp, message string) string {
		return "<result xmlns='urn:xmpp:mam:2' id='" + id + "'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='" + stamp +
			"'/><message xmlns='jabber:client' from='juliet@capulet.lit/x' to='romeo@montague.lit' id='" + message + "'/></forwarded></result>"
	}
	path := write(t, t.TempDir(), "export.xml", one(
		"<query xmlns='jabber:iq:roster'><item jid='romeo@montague.lit' name='theirs'/><item jid='nurse@capulet.lit'/></query>"+
			"<archive xmlns='urn:xmpp:pie:0#mam'>"+
			result("a", "2026-07-01T11:00:00Z", "old")+
			result("b", "2026-07-01T12:00:00Z", "0")+ // is there
			result("c", "2026-07-01T12:00:00Z", "new")+ // its place is taken
			result("d", "2026-07-01T12:00:00Z", "newer")+
			"</archive>"))
	for range 2 { // the second time changes nothing
		_, err = Import(ctx, to, Options{Source: Source{Path: path}, Mode: Merge})
		must(t, err)
		page, err := to.Store.Archive().Page(ctx, juliet, archive.Query{Max: 10})
		must(t, err)
		var got []string
		for _, e := range page.Entries {
			_, id, _ := strings.Cut(string(e.XML), " id='")
			id, _, _ = strings.Cut(id, "'")
			got = append(got, id)
		}
		if want := []string{"old", "0", "1", "new", "newer", "2"}; !slices.Equal(got, want) {
			t.Errorf("archive: %v, want %v", got, want)
		}
		items, _, err := to.Store.Rosters().Get(ctx, juliet)
		must(t, err)
		if len(items) != 2 || items[1].Name != "mine" {
			t.Errorf("roster: %+v", items)
		}
	}
}

// TestInterrupted: an account whose import has been cut off is closed, and the next import
// begins anew.
func TestInterrupted(t *testing.T) {
	from := newTarget(t)
	furnish(t, from.Store)
	first := export(t, from.Store)
	path := write(t, t.TempDir(), "export.xml", string(first))
	to := newTarget(t)
	ctx, cancel := context.WithCancel(t.Context())
	to.Keep = func(string) time.Duration { cancel(); return 0 } // at the first archived message
	_, err := Import(ctx, to, Options{Source: Source{Path: path}})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	to.Keep = func(string) time.Duration { return 0 }
	// As if it had been written in part, and the server been killed.
	must(t, to.Store.Accounts().Create(t.Context(), account.Account{JID: juliet, Leaving: true, Reason: reserved}))
	must(t, to.Store.VCards().SetCard(t.Context(), juliet, []byte("<vCard xmlns='vcard-temp'><FN>half</FN></vCard>")))
	must(t, to.Store.Private().Put(t.Context(), juliet, nil, privateQuota()))
	if a, err := to.Store.Accounts().Get(t.Context(), juliet); err != nil || !a.Leaving {
		t.Fatalf("%+v, %v", a, err)
	}
	_, err = Import(t.Context(), to, Options{Source: Source{Path: path}})
	must(t, err)
	if second := export(t, to.Store); string(second) != string(first) {
		diff(t, first, second)
	}
	must(t, to.Store.Accounts().Update(t.Context(), juliet, func(a *account.Account) error { a.Leaving = true; return nil }))
	r, err := Import(t.Context(), to, Options{Source: Source{Path: path}, Mode: Replace})
	must(t, err)
	if r.Accounts[0].Result != Refused || r.Accounts[0].Why != "it is being removed; try again" {
		t.Errorf("%+v", r.Accounts[0])
	}
}

// TestRename moves a host, with every address of it.
func TestRename(t *testing.T) {
	from := newTarget(t)
	furnish(t, from.Store)
	text := strings.ReplaceAll(string(export(t, from.Store)), "capulet.lit", "verona.example")
	path := write(t, t.TempDir(), "export.xml", text)
	to := newTarget(t)
	_, err := Import(t.Context(), to, Options{Source: Source{Path: path}})
	if !errors.Is(err, ErrHost) {
		t.Errorf("a host that is not there: %v", err)
	}
	_, err = Import(t.Context(), to, Options{Source: Source{Path: path, Rename: map[string]string{"verona.example": "capulet.lit"}}})
	must(t, err)
	// What people wrote is theirs.
	got := strings.ReplaceAll(string(export(t, to.Store)), "from='verona.example' stamp", "from='capulet.lit' stamp")
	if first := export(t, from.Store); got != string(first) {
		diff(t, first, []byte(got))
	}
}

// TestLayout reads an export that is split up (XEP-0227 #xinclude-layout).
func TestLayout(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "main.xml", `<?xml version='1.0' encoding='UTF-8'?>
<server-data xmlns='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude'>
  <xi:include href='capulet.lit.xml'/>
</server-data>`)
	write(t, dir, "capulet.lit.xml", `<host xmlns='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude' jid='capulet.lit'>
  <xi:include href='capulet.lit/juliet.xml'><xi:fallback><user name='tybalt'/></xi:fallback></xi:include>
  <xi:include href='capulet.lit/the%20nurse.xml' parse='xml'/>
</host>`)
	write(t, dir, "capulet.lit/juliet.xml", `<user xmlns='urn:xmpp:pie:0' name='juliet'><include xmlns='http://www.w3.org/2001/XInclude' href='juliet/card.xml'/>`+
		// XEP-0227 #security: one that is not a child of the user is the user's own.
		`<query xmlns='jabber:iq:private'><a xmlns='a'><include xmlns='http://www.w3.org/2001/XInclude' href='../secret'/></a></query></user>`)
	write(t, dir, "capulet.lit/juliet/card.xml", `<vCard xmlns='vcard-temp'><FN>Juliet</FN></vCard>`)
	write(t, dir, "capulet.lit/the nurse.xml", `<user xmlns='urn:xmpp:pie:0' name='nurse'/>`)
	to := newTarget(t)
	r, err := Import(t.Context(), to, Options{Source: Source{Path: path}})
	must(t, err)
	if got := results(r); got != "juliet@capulet.lit imported, nurse@capulet.lit imported" {
		t.Errorf("got %s", got)
	}
	if n := r.Counts["vcards"] + r.Counts["private"]; n != 2 {
		t.Errorf("counts: %v", r.Counts)
	}
	// As a folder it is the same: what is included is not read twice.
	r, err = Import(t.Context(), newTarget(t), Options{Source: Source{Path: dir}})
	must(t, err)
	if got := results(r); got != "juliet@capulet.lit imported, nurse@capulet.lit imported" || len(r.Left) != 2 {
		t.Errorf("as a folder: %s; %v", got, r.Left)
	}
}

// TestNodes: what a file says of nodes may come in any order, and in part.
func TestNodes(t *testing.T) {
	item := func(node, id string) string {
		return "<items node='" + node + "'><item id='" + id + "'><a xmlns='a'/></item></items>"
	}
	configure := func(node, name, value string) string {
		return "<configure node='" + node + "'><x xmlns='jabber:x:data' type='submit'><field var='" + name + "'>" + value + "</field></x></configure>"
	}
	path := write(t, t.TempDir(), "export.xml", one(
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'>"+item("late", "1")+item("late", "2")+item("missing", "1")+"</pubsub>"+
			"<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'>"+
			configure("late", "pubsub#access_model", "<value>open</value>")+
			configure("odd", "pubsub#access_model", "<value>whisper</value>")+
			configure("unset", "pubsub#access_model", "")+
			configure("foreign", "verona#color", "<value>red</value>")+"</pubsub>"))
	to := newTarget(t)
	r, err := Import(t.Context(), to, Options{Source: Source{Path: path}})
	must(t, err)
	list, err := to.Store.PubSub().Nodes(t.Context(), juliet)
	must(t, err)
	got := make(map[string]pep.Access)
	for _, n := range list {
		got[n.Name] = n.Config.Access
	}
	want := map[string]pep.Access{"late": pep.Open, "missing": pep.Whitelist, "odd": pep.Whitelist, "unset": pep.Presence}
	for name, access := range want {
		if got[name] != access {
			t.Errorf("%s: access %q, want %q", name, got[name], access)
		}
	}
	if items, _, err := to.Store.PubSub().Page(t.Context(), juliet, "late", pep.Page{}); err != nil || len(items) != 1 || items[0].ID != "2" {
		t.Errorf("items %v, %v; a node of this configuration keeps one", items, err)
	}
	if len(r.Left) != 4 { // no password, no configuration, a node too many, an access model
		t.Errorf("left out: %v", r.Left)
	}
}

// TestPasswords: plain passwords are hashed, and key sets come in several spellings.
func TestPasswords(t *testing.T) {
	k, err := sasl.DeriveKeys(sasl.SHA1, "pencil", []byte("salt"), 8)
	must(t, err)
	k256, err := sasl.DeriveKeys(sasl.SHA256, "pencil", []byte("salt"), 8)
	must(t, err)
	text := base64.StdEncoding.EncodeToString
	old := func(name string, k sasl.Keys) string {
		return "scram:" + name + text(k.StoredKey) + "," + text(k.ServerKey) + "," + text(k.Salt) + ",8"
	}
	named := func(name string, k sasl.Keys) string {
		return "<user name='juliet'>" + string(appendCredentials(nil, Credentials{sasl.Keys{
			Hash: sasl.Hash(name), Iterations: 8, Salt: k.Salt, StoredKey: k.StoredKey, ServerKey: k.ServerKey,
		}})) + "</user>"
	}
	user := func(password string) string { return "<user name='juliet' password='" + password + "'/>" }
	tests := []struct {
		name, user, password string
		hashes               []sasl.Hash
	}{
		{"plain", user("pencil"), "pencil", []sasl.Hash{sasl.SHA256, sasl.SHA1, sasl.SHA512}},
		{"plain, with an odd beginning", user("scram:bled,eggs,and,8"), "scram:bled,eggs,and,8", []sasl.Hash{sasl.SHA256, sasl.SHA1, sasl.SHA512}},
		{"ejabberd", user(old("", k)), "pencil", []sasl.Hash{sasl.SHA1}},
		{"ejabberd with SHA-256", user(old("sha256,", k256)), "pencil", []sasl.Hash{sasl.SHA256}},
		{"the XEP", named("SCRAM-SHA-1", k), "pencil", []sasl.Hash{sasl.SHA1}},
		{"Prosody's migrator with SHA-256", named("SCRAM-SHA-1", k256), "pencil", []sasl.Hash{sasl.SHA256}},
		{"none", "<user name='juliet'/>", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			to := newTarget(t)
			path := write(t, t.TempDir(), "export.xml", head+tt.user+tail)
			_, err := Import(t.Context(), to, Options{Source: Source{Path: path}})
			must(t, err)
			a, err := to.Store.Accounts().Get(t.Context(), juliet)
			must(t, err)
			var got []sasl.Hash
			for _, k := range a.Keys {
				got = append(got, k.Hash)
				if !k.Verify(tt.password) {
					t.Errorf("%s does not know the password", k.Hash)
				}
			}
			if !slices.Equal(got, tt.hashes) {
				t.Errorf("hashes %v, want %v", got, tt.hashes)
			}
		})
	}
}

// TestRequests: a request and the contact it comes from may stand in any order, and make
// a state of RFC 6121 §A.1; a large one loses its payload.
func TestRequests(t *testing.T) {
	ask := func(who, payload string) string {
		return "<presence xmlns='jabber:client' type='subscribe' from='" + who + "'>" + payload + "</presence>"
	}
	path := write(t, t.TempDir(), "export.xml", one(
		ask("before@b/x", "<status>please</status>")+ask("answered@b", "")+ask("large@b", "<status>"+strings.Repeat("please ", 1000)+"</status>")+
			"<query xmlns='jabber:iq:roster'><item jid='before@b' subscription='to' approved='true'/><item jid='answered@b' subscription='both'/>"+
			"<item jid='after@b'/></query>"+ask("after@b", "")))
	to := newTarget(t)
	_, err := Import(t.Context(), to, Options{Source: Source{Path: path}})
	must(t, err)
	items, _, err := to.Store.Rosters().Get(t.Context(), juliet)
	must(t, err)
	got := make(map[string]string)
	for i := range items {
		got[items[i].JID.String()] = items[i].State().String() + " " + string(items[i].Request)
	}
	want := map[string]string{
		"before@b":   "To + Pending In <presence from='before@b' type='subscribe'><status>please</status></presence>",
		"answered@b": "Both ",
		"large@b":    "None + Pending In <presence from='large@b' type='subscribe'/>",
		"after@b":    "None + Pending In <presence from='after@b' type='subscribe'></presence>",
	}
	for who, state := range want {
		if got[who] != state {
			t.Errorf("%s: %s, want %s", who, got[who], state)
		}
	}
	if len(got) != len(want) {
		t.Errorf("items: %v", got)
	}
}
