package disco

import (
	"context"
	"testing"

	"causeway/xmpp/xmpptest"

	"causeway/xmpp/jid"
)

// friends is the roster: account to watcher.
type friends map[jid.JID]jid.JID

func (f friends) Subscribed(_ context.Context, account, watcher jid.JID) (bool, error) {
	return f[account] == watcher, nil
}

// commands is a NodeService for the administrator only.
type commands struct{ admin jid.JID }

const nodeCommands = "http://jabber.org/protocol/commands"

func (c commands) NodeInfo(_ context.Context, _, asker jid.JID, node string) (Info, bool, error) {
	if asker.Bare() != c.admin || node != nodeCommands {
		return Info{}, false, nil
	}
	return Info{Identities: []Identity{{Category: "automation", Type: "command-list"}}}, true, nil
}

func (c commands) NodeItems(_ context.Context, host, asker jid.JID, node string) ([]Item, bool, error) {
	switch {
	case asker.Bare() != c.admin:
		return nil, false, nil
	case node == "":
		return []Item{{JID: host, Node: nodeCommands, Name: "Commands"}}, true, nil
	case node == nodeCommands:
		return []Item{{JID: host, Node: "announce", Name: "Say it to all"}}, true, nil
	}
	return nil, false, nil
}

func verona() *Service {
	return New(Config{
		Name:            "Verona & Sons",
		HostFeatures:    func() []string { return []string{"urn:xmpp:ping", NSInfo, NSItems} },
		AccountFeatures: func() []string { return []string{"vcard-temp"} },
		HostItems: func(host jid.JID) []Item {
			return []Item{{JID: jid.MustParse("plays." + host.Domain()), Name: "Rooms"}}
		},
		Resources: func(account jid.JID) []jid.JID {
			return []jid.JID{jid.MustParse(account.String() + "/balcony"), jid.MustParse(account.String() + "/chamber")}
		},
		Subscriptions: friends{jid.MustParse("juliet@capulet.lit"): jid.MustParse("romeo@montague.lit")},
		Nodes:         []NodeService{commands{admin: jid.MustParse("nurse@capulet.lit")}},
		Contacts: map[string][]string{
			"support-addresses": {"xmpp:nurse@capulet.lit"},
			"abuse-addresses":   {"mailto:abuse@capulet.lit", "https://capulet.lit/?a&b"},
		},
	})
}

const (
	info  = "http://jabber.org/protocol/disco#info"
	items = "http://jabber.org/protocol/disco#items"
)

func get(from, to, ns, node string) string {
	if node != "" {
		node = " node='" + node + "'"
	}
	return "<iq type='get' id='1' from='" + from + "' to='" + to + "'><query xmlns='" + ns + "'" + node + "/></iq>"
}

func result(from, to, query string) string {
	return "<iq from='" + to + "' to='" + from + "' type='result' id='1'>" + query + "</iq>"
}

func fault(from, to, condition string) string {
	return "<iq from='" + to + "' to='" + from + "' type='error' id='1'><error type='cancel'><" + condition +
		" xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
}

func TestInfo(t *testing.T) {
	const account = "<query xmlns='" + info + "'><identity category='account' type='registered'/>" +
		"<feature var='" + info + "'/><feature var='vcard-temp'/></query>"
	tests := []struct{ name, from, to, node, want string }{
		{
			"XEP-0030 #info-basic, XEP-0157 #xmpp: a host",
			"romeo@montague.lit/orchard", "capulet.lit", "",
			"<query xmlns='" + info + "'><identity category='server' type='im' name='Verona &amp; Sons'/>" +
				"<feature var='" + info + "'/><feature var='" + items + "'/><feature var='urn:xmpp:ping'/>" +
				"<x xmlns='jabber:x:data' type='result'>" +
				"<field var='FORM_TYPE' type='hidden'><value>http://jabber.org/network/serverinfo</value></field>" +
				"<field var='abuse-addresses'><value>mailto:abuse@capulet.lit</value><value>https://capulet.lit/?a&amp;b</value></field>" +
				"<field var='support-addresses'><value>xmpp:nurse@capulet.lit</value></field></x></query>",
		},
		{
			"XEP-0030 #info-nodes: a node, mirrored",
			"nurse@capulet.lit/kitchen", "capulet.lit", nodeCommands,
			"<query xmlns='" + info + "' node='" + nodeCommands + "'><identity category='automation' type='command-list'/>" +
				"<feature var='" + info + "'/></query>",
		},
		{"XEP-0030 #errors: no such node", "nurse@capulet.lit/kitchen", "capulet.lit", "x", "item-not-found"},
		{"XEP-0030 #errors: a node that is hidden", "romeo@montague.lit/orchard", "capulet.lit", nodeCommands, "item-not-found"},
		{"XEP-0030 #info-basic: one's own account", "juliet@capulet.lit/balcony", "juliet@capulet.lit", "", account},
		{"XEP-0030 #security: a subscriber", "romeo@montague.lit/orchard", "juliet@capulet.lit", "", account},
		{"XEP-0030 #security: a stranger", "tybalt@capulet.lit/street", "juliet@capulet.lit", "", "service-unavailable"},
		{"XEP-0030 #security: a stranger and a node", "tybalt@capulet.lit/street", "juliet@capulet.lit", "x", "service-unavailable"},
		{"XEP-0030 #errors: no such node of an account", "juliet@capulet.lit/balcony", "juliet@capulet.lit", "x", "item-not-found"},
	}
	check(t, info, tests)
}

func TestItems(t *testing.T) {
	const (
		rooms     = "<item jid='plays.capulet.lit' name='Rooms'/>"
		resources = "<query xmlns='" + items + "'><item jid='juliet@capulet.lit/balcony'/><item jid='juliet@capulet.lit/chamber'/></query>"
	)
	tests := []struct{ name, from, to, node, want string }{
		{
			"XEP-0030 #items-basic: a host", "romeo@montague.lit/orchard", "capulet.lit", "",
			"<query xmlns='" + items + "'>" + rooms + "</query>",
		},
		{
			"XEP-0030 #items-nodes: with what its services add", "nurse@capulet.lit/kitchen", "capulet.lit", "",
			"<query xmlns='" + items + "'>" + rooms + "<item jid='capulet.lit' node='" + nodeCommands + "' name='Commands'/></query>",
		},
		{
			"XEP-0030 #items-nodes: a node", "nurse@capulet.lit/kitchen", "capulet.lit", nodeCommands,
			"<query xmlns='" + items + "' node='" + nodeCommands + "'><item jid='capulet.lit' node='announce' name='Say it to all'/></query>",
		},
		{"XEP-0030 #errors: no such node", "romeo@montague.lit/orchard", "capulet.lit", "x", "item-not-found"},
		{"XEP-0030 #items-basic: one's own account", "juliet@capulet.lit/balcony", "juliet@capulet.lit", "", resources},
		{"XEP-0030 #security: a subscriber", "romeo@montague.lit/orchard", "juliet@capulet.lit", "", resources},
		{
			"XEP-0030 #security: a stranger", "tybalt@capulet.lit/street", "juliet@capulet.lit", "",
			"<query xmlns='" + items + "'></query>",
		},
		{"XEP-0030 #errors: no such node of an account", "juliet@capulet.lit/balcony", "juliet@capulet.lit", "x", "item-not-found"},
	}
	check(t, items, tests)
}

func check(t *testing.T, ns string, tests []struct{ name, from, to, node, want string }) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := fault(tt.from, tt.to, tt.want)
			if tt.want[0] == '<' {
				want = result(tt.from, tt.to, tt.want)
			}
			if got := xmpptest.Answer(t, verona(), get(tt.from, tt.to, ns, tt.node)); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestSet(t *testing.T) {
	raw := "<iq type='set' id='1' from='romeo@montague.lit/orchard' to='capulet.lit'><query xmlns='" + info + "'/></iq>"
	want := fault("romeo@montague.lit/orchard", "capulet.lit", "feature-not-implemented")
	if got := xmpptest.Answer(t, verona(), raw); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// What is neither a host nor an account tells what it is, and has nothing below it.
func TestPlace(t *testing.T) {
	place := NewPlace(func() Info {
		return Info{Identities: []Identity{{Category: "store", Type: "file"}}, Features: []string{"urn:xmpp:http:upload:0"}}
	})
	const from, to = "romeo@montague.lit/orchard", "upload.montague.lit"
	for _, tt := range []struct{ name, ns, node, want string }{
		{
			"XEP-0030 #info-basic", info, "", result(from, to, "<query xmlns='"+info+"'><identity category='store' type='file'/>"+
				"<feature var='"+info+"'/><feature var='urn:xmpp:http:upload:0'/></query>"),
		},
		{"XEP-0030 #items-basic: nothing", items, "", result(from, to, "<query xmlns='"+items+"'></query>")},
		{"XEP-0030 #errors: no node", info, "x", fault(from, to, "item-not-found")},
		{"XEP-0030 #errors: no node with items", items, "x", fault(from, to, "item-not-found")},
	} {
		if got := xmpptest.Answer(t, place, get(from, to, tt.ns, tt.node)); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}
