package portable

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"causeway/roster"
	"causeway/store"
	"causeway/store/badger"
	"causeway/xmpp/account"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/ext/last"
	"causeway/xmpp/ext/offline"
	"causeway/xmpp/ext/pep"
	"causeway/xmpp/ext/private"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/sasl"
)

var (
	juliet = jid.MustParse("juliet@capulet.lit")
	nurse  = jid.MustParse("nurse@capulet.lit")
	romeo  = jid.MustParse("romeo@montague.lit")
	tybalt = jid.MustParse("tybalt@capulet.lit")
)

var hosts = []string{"capulet.lit", "montague.lit"}

// newTarget makes an empty server with two hosts.
func newTarget(t testing.TB) *Target {
	t.Helper()
	s, err := store.Open(context.Background(), badger.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	accounts := account.New(s.Accounts(), account.Config{Hosts: hosts, Iterations: 8})
	queues := offline.New(offline.Config{Store: s.Offline()})
	return &Target{
		Store: s, Hosts: hosts, Limits: Limits{Contacts: 10, RosterBytes: 5000, Waiting: 10, CardBytes: 10_000, PrivateBytes: 10_000, Nodes: 4, Items: 5, ItemBytes: 1000, NodeBytes: 10_000},
		Keep:      func(string) time.Duration { return 0 },
		Connected: func(jid.JID) bool { return false },
		Derive:    accounts.Derive,
		Changed:   accounts.Changed,
		Forget:    s.Forget,
		Enqueue: func(ctx context.Context, owner jid.JID, xml []byte) (router.Ticket, error) {
			return queues.Admit(ctx, owner, xml)
		},
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// furnish puts accounts into a server, with something of everything.
func furnish(t testing.TB, s *store.Store) {
	t.Helper()
	ctx := context.Background()
	at := time.Date(2026, 7, 1, 12, 0, 0, 123456000, time.UTC)
	keys := func(hashes ...sasl.Hash) (list []sasl.Keys) {
		for _, h := range hashes {
			k, err := sasl.DeriveKeys(h, "pencil", []byte("0123456789abcdef"), 8)
			must(t, err)
			list = append(list, k)
		}
		return list
	}
	must(t, s.Accounts().Create(ctx, account.Account{
		JID: juliet, Keys: keys(sasl.SHA1, sasl.SHA256, sasl.SHA512), Created: at.Truncate(time.Second), Changed: at.Truncate(time.Second),
	}))
	must(t, s.Accounts().Create(ctx, account.Account{JID: romeo, Keys: keys(sasl.SHA1), Disabled: true, Reason: "banished <for ever> & a day"}))
	must(t, s.Accounts().Create(ctx, account.Account{JID: tybalt, Leaving: true}))
	_, err := s.AddContacts(ctx, juliet, []roster.Item{
		{JID: romeo, Name: "Romeo 'the' <\"&>", Groups: []string{"Lovers", "Montagues"}, Subscription: roster.Both, Listed: true},
		{JID: nurse, Subscription: roster.To, Listed: true, Request: []byte("<presence from='nurse@capulet.lit' type='subscribe'/>")},
		{JID: jid.MustParse("friar@verona.lit"), Ask: true, Approved: true, Listed: true},
		{JID: jid.MustParse("paris@verona.lit"), Request: []byte("<presence from='paris@verona.lit' type='subscribe' id='1'><nick xmlns='http://jabber.org/protocol/nick'>Paris</nick></presence>")},
	})
	must(t, err)
	must(t, s.VCards().SetCard(ctx, juliet, []byte("<vCard xmlns='vcard-temp'>\n <FN>Juliet &amp; c:o</FN>\n</vCard>")))
	must(t, s.Private().Put(ctx, juliet, []private.Element{
		{Name: private.Name{Space: "capulet:prefs", Local: "prefs"}, XML: []byte("<prefs xmlns='capulet:prefs' a=\"1\"/><prefs xmlns='capulet:prefs' a=\"2\"/>")},
		{Name: private.Name{Space: "y", Local: "a"}, XML: []byte("<p:a xmlns='jabber:iq:private' xmlns:p='y'><p:b/></p:a>")},
	}, private.Quota{Elements: 9, Bytes: 9999}))
	must(t, s.Blocks().Change(ctx, juliet, func([]jid.JID) ([]jid.JID, error) {
		return []jid.JID{tybalt, jid.MustParse("verona.lit"), jid.MustParse("romeo@montague.lit/spam")}, nil
	}))
	must(t, s.Departures().SetDeparture(ctx, juliet, last.Departure{At: at, Status: "to bed & <so>"}))
	for i, body := range []string{"one", "two &amp; <![CDATA[<three>]]>"} {
		xml := "<message xmlns='jabber:client' from='nurse@capulet.lit/hall' to='juliet@capulet.lit' type=\"chat\"><body>" + body +
			"</body><delay xmlns='urn:xmpp:delay' from='capulet.lit' stamp='2026-07-01T12:00:00.000Z'>Offline Storage</delay></message>"
		must(t, outcomeOf(s.Offline().Push(juliet, offline.Entry{ID: uint64(i + 5), Expires: time.Now().Add(time.Hour), XML: []byte(xml)})))
	}
	furnishArchive(t, s, at)
	furnishNodes(t, s, at)
}

func furnishArchive(t testing.TB, s *store.Store, at time.Time) {
	t.Helper()
	ctx := context.Background()
	must(t, s.Archive().SetPrefs(ctx, juliet, archive.Prefs{Default: archive.Roster, Always: []jid.JID{romeo}, Never: []jid.JID{tybalt, nurse}}))
	for i := range 1200 { // more than two pages
		e := archive.Entry{Owner: juliet, ID: archive.ID(at.UnixMicro() + int64(i)), Peer: jid.MustParse("romeo@montague.lit/orchard")}
		e.XML = []byte("<message xmlns='jabber:client' from='romeo@montague.lit/orchard' to='juliet@capulet.lit' id='x'><body>c: &lt;it&gt;</body>\n</message>")
		if i%2 == 1 {
			e.Sent = true
			e.XML = []byte("<message xmlns='jabber:client' from='juliet@capulet.lit/balcony' to='romeo@montague.lit/orchard'><s:x xmlns:s='urn:s'/></message>")
		}
		if i == 7 { // to oneself
			e.Sent, e.Peer = true, juliet
			e.XML = []byte("<message xmlns='jabber:client' from='juliet@capulet.lit/balcony' to='juliet@capulet.lit'/>")
		}
		must(t, outcomeOf(s.Archive().Append(e)))
	}
}

func furnishNodes(t testing.TB, s *store.Store, at time.Time) {
	t.Helper()
	ctx := context.Background()
	open := pep.DefaultConfig()
	open.Access, open.MaxItems, open.Title = pep.Roster, 3, "what I <do>"
	open.Groups = []string{"Lovers", "a b"}
	nodes := map[string]*pep.Node{
		"urn:xmpp:bookmarks:1": {Config: closed(), Affiliations: []pep.Affiliation{
			{JID: romeo, Role: pep.Member}, {JID: nurse, Role: pep.Owner},
		}},
		"http://jabber.org/protocol/tune": {Config: open, Subscriptions: []pep.Subscription{
			{JID: romeo}, {JID: jid.MustParse("nurse@capulet.lit/hall"), Pending: true},
		}},
		"empty": {Config: pep.DefaultConfig()},
	}
	for name, n := range nodes {
		n.Name, n.Created = name, at
		_, err := s.PubSub().Change(ctx, juliet, name, func(*pep.Node, pep.Usage) (*pep.Step, error) { return &pep.Step{Node: n}, nil })
		must(t, err)
		for i := range 3 {
			if name == "empty" {
				break
			}
			it := &pep.Item{
				ID: string(rune('z' - i)), Payload: []byte("<x xmlns='urn:x' c='1'>c:d</x>"),
				Publisher: jid.MustParse("juliet@capulet.lit/balcony"), Published: at.Add(time.Duration(i) * time.Nanosecond),
			}
			if i == 2 {
				it.Payload, it.Publisher = nil, juliet
			}
			_, err := s.PubSub().Change(ctx, juliet, name, func(old *pep.Node, _ pep.Usage) (*pep.Step, error) {
				return &pep.Step{Node: old, Put: it, Keep: 10}, nil
			})
			must(t, err)
		}
	}
}

// export gives the export of all hosts.
func export(t testing.TB, s *store.Store) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := Export(context.Background(), s, Wanted{Hosts: hosts}, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// write puts a file into a folder of the test.
func write(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// many repeats a text, with the number of the turn for each %.
func many(n int, text string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(text, "%", itoa(i)))
	}
	return b.String()
}

func itoa(n int) string { return strconv.Itoa(n) }

func privateQuota() private.Quota { return private.Quota{Elements: 9, Bytes: 9999} }
