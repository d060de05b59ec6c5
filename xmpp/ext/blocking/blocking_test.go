package blocking

import (
	"strconv"
	"strings"
	"testing"

	"causeway/xmpp/jid"
)

const (
	balcony = "juliet@capulet.lit/balcony"
	chamber = "juliet@capulet.lit/chamber"
	orchard = "romeo@montague.lit/orchard"
	street  = "tybalt@capulet.lit/street"

	nsStanzas = " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
)

var (
	juliet = jid.MustParse("juliet@capulet.lit")
	romeo  = jid.MustParse("romeo@montague.lit")
	tybalt = jid.MustParse("tybalt@capulet.lit")
)

// play is Juliet with two resources, and Romeo who sees her presence.
func play(t *testing.T) *verona {
	v := newVerona(t, friends{juliet: {romeo}})
	v.login(balcony, "alone")
	v.login(chamber, "")
	v.login(orchard, "in love")
	v.login(street, "angry")
	return v
}

func TestListIsEmpty(t *testing.T) {
	v := play(t)
	v.says(balcony, "<iq type='get' id='1'><blocklist xmlns='urn:xmpp:blocking'/></iq>")
	v.hears("XEP-0191 #blocklist", balcony,
		"<iq from='juliet@capulet.lit' to='juliet@capulet.lit/balcony' type='result' id='1'><blocklist xmlns='urn:xmpp:blocking'></blocklist></iq>")
}

func TestBlockAndUnblock(t *testing.T) {
	v := play(t)
	v.says(balcony, "<iq type='get' id='1'><blocklist xmlns='urn:xmpp:blocking'/></iq>")
	v.exits[balcony].got = nil

	v.says(chamber, "<iq type='set' id='2'><block xmlns='urn:xmpp:blocking'><item jid='romeo@montague.lit'/><item jid='Tybalt@capulet.lit'/></block></iq>")
	v.hears("XEP-0191 #block: the answer, no push to who has not asked", chamber,
		"<iq from='juliet@capulet.lit' to='juliet@capulet.lit/chamber' type='result' id='2'/>")
	v.hears("XEP-0191 #block: a push", balcony,
		"<iq from='juliet@capulet.lit' to='juliet@capulet.lit/balcony' type='set' id='*'>"+
			"<block xmlns='urn:xmpp:blocking'><item jid='romeo@montague.lit'/><item jid='tybalt@capulet.lit'/></block></iq>")
	v.hears("XEP-0191 #block: the available resource goes away", orchard,
		"<presence from='juliet@capulet.lit/balcony' to='romeo@montague.lit' type='unavailable'/>")
	v.hears("XEP-0191 #block: only those who may see her presence", street)

	v.says(orchard, "<message to='juliet@capulet.lit' type='chat' id='3'><body>Hist!</body></message>")
	v.hears("XEP-0191 #block: nothing comes in", balcony)
	v.hears("XEP-0191 #block: as if she were offline", orchard,
		"<message from='juliet@capulet.lit' to='romeo@montague.lit/orchard' type='error' id='3'><error type='cancel'><service-unavailable"+nsStanzas+"</error></message>")
	v.says(balcony, "<message to='romeo@montague.lit' type='chat' id='4'><body>Hist!</body></message>")
	v.hears("XEP-0191 #block: nothing goes out", orchard)
	if got := v.exits[balcony].got; len(got) != 1 || !strings.Contains(got[0], "<blocked xmlns='urn:xmpp:blocking:errors'/>") {
		t.Errorf("a stanza to a blocked contact was answered by %s", got)
	}
	v.exits[balcony].got = nil

	v.says(balcony, "<iq type='set' id='5'><unblock xmlns='urn:xmpp:blocking'><item jid='romeo@montague.lit'/></unblock></iq>")
	v.hears("XEP-0191 #unblock: push and answer", balcony,
		"<iq from='juliet@capulet.lit' to='juliet@capulet.lit/balcony' type='set' id='*'><unblock xmlns='urn:xmpp:blocking'><item jid='romeo@montague.lit'/></unblock></iq>",
		"<iq from='juliet@capulet.lit' to='juliet@capulet.lit/balcony' type='result' id='5'/>")
	v.hears("XEP-0191 #unblock: her present presence", orchard,
		"<presence from='juliet@capulet.lit/balcony' to='romeo@montague.lit'><status>alone</status></presence>")

	v.says(balcony, "<iq type='get' id='6'><blocklist xmlns='urn:xmpp:blocking'/></iq>")
	v.hears("XEP-0191 #blocklist: what is left", balcony,
		"<iq from='juliet@capulet.lit' to='juliet@capulet.lit/balcony' type='result' id='6'><blocklist xmlns='urn:xmpp:blocking'><item jid='tybalt@capulet.lit'/></blocklist></iq>")

	v.says(balcony, "<iq type='set' id='7'><unblock xmlns='urn:xmpp:blocking'/></iq>")
	v.hears("XEP-0191 #unblockall", balcony,
		"<iq from='juliet@capulet.lit' to='juliet@capulet.lit/balcony' type='set' id='*'><unblock xmlns='urn:xmpp:blocking'></unblock></iq>",
		"<iq from='juliet@capulet.lit' to='juliet@capulet.lit/balcony' type='result' id='7'/>")
	if list := v.lists[juliet]; len(list) != 0 {
		t.Errorf("after unblocking all, %v is left", list)
	}
}

func TestPresenceFollowsTheWholeList(t *testing.T) {
	v := play(t)
	v.says(balcony, "<iq type='set' id='1'><block xmlns='urn:xmpp:blocking'><item jid='montague.lit'/></block></iq>")
	v.hears("XEP-0191 #matching: a domain", orchard,
		"<presence from='juliet@capulet.lit/balcony' to='romeo@montague.lit' type='unavailable'/>")
	v.says(balcony, "<iq type='set' id='2'><block xmlns='urn:xmpp:blocking'><item jid='romeo@montague.lit'/></block></iq>")
	v.hears("he was blocked before", orchard)
	v.says(balcony, "<iq type='set' id='3'><unblock xmlns='urn:xmpp:blocking'><item jid='montague.lit'/></unblock></iq>")
	v.hears("he is still blocked", orchard)
	v.says(balcony, "<iq type='set' id='4'><unblock xmlns='urn:xmpp:blocking'><item jid='romeo@montague.lit'/></unblock></iq>")
	v.hears("XEP-0191 #unblock", orchard,
		"<presence from='juliet@capulet.lit/balcony' to='romeo@montague.lit'><status>alone</status></presence>")
	v.says(balcony, "<iq type='set' id='5'><block xmlns='urn:xmpp:blocking'><item jid='romeo@montague.lit/orchard'/></block></iq>")
	v.hears("XEP-0191 #matching: one resource", orchard,
		"<presence from='juliet@capulet.lit/balcony' to='romeo@montague.lit/orchard' type='unavailable'/>")
}

func TestDirectedPresence(t *testing.T) {
	v := newVerona(t, friends{juliet: {romeo, jid.MustParse(street)}})
	v.login(balcony, "alone")
	v.login(street, "angry")
	v.says(balcony, "<iq type='set' id='1'><block xmlns='urn:xmpp:blocking'><item jid='tybalt@capulet.lit'/></block></iq>")
	v.hears("RFC 6121 §4.6: he was told that she is there", street,
		"<presence from='juliet@capulet.lit/balcony' to='tybalt@capulet.lit/street' type='unavailable'/>")
	v.says(balcony, "<iq type='set' id='2'><unblock xmlns='urn:xmpp:blocking'/></iq>")
	v.hears("he is not in her roster", street)
}

func TestRemove(t *testing.T) {
	v := play(t)
	v.lists[juliet] = []jid.JID{romeo}
	if !v.service.Blocks(t.Context(), juliet, romeo) {
		t.Fatal("he is on the list")
	}
	if err := v.service.Remove(t.Context(), juliet); err != nil {
		t.Fatal(err)
	}
	if v.service.Blocks(t.Context(), juliet, romeo) {
		t.Error("the next account of that name inherits the list")
	}
}

func TestEndedSessionsAreForgotten(t *testing.T) {
	v := play(t)
	v.says(balcony, "<iq type='get' id='1'><blocklist xmlns='urn:xmpp:blocking'/></iq>")
	v.sessions[balcony].Close(t.Context())
	v.login(balcony, "back")
	v.says(chamber, "<iq type='set' id='2'><block xmlns='urn:xmpp:blocking'><item jid='tybalt@capulet.lit'/></block></iq>")
	v.hears("a new session of the same name has not asked", balcony)

	v.sessions[balcony].Close(t.Context())
	v.sessions[chamber].Close(t.Context())
	v.service.sweep([]jid.JID{juliet})
	if n := len(v.service.asked); n != 0 {
		t.Errorf("%d accounts are remembered, want none", n)
	}
}

func TestErrors(t *testing.T) {
	tests := []struct{ name, from, iq, want string }{
		{
			"XEP-0191 #block: no item", balcony,
			"<iq type='set' id='1'><block xmlns='urn:xmpp:blocking'/></iq>", "modify/bad-request",
		},
		{
			"XEP-0191 #schema-blocking: no jid", balcony,
			"<iq type='set' id='1'><block xmlns='urn:xmpp:blocking'><item/></block></iq>", "modify/bad-request",
		},
		{
			"RFC 6120 §8.3.3.8: no address", balcony,
			"<iq type='set' id='1'><block xmlns='urn:xmpp:blocking'><item jid='@capulet.lit'/></block></iq>", "modify/jid-malformed",
		},
		{
			"RFC 6120 §8.3.3.8: no address to unblock", balcony,
			"<iq type='set' id='1'><unblock xmlns='urn:xmpp:blocking'><item jid=''/></unblock></iq>", "modify/jid-malformed",
		},
		{
			"RFC 6120 §8.3.3.10: another account", orchard,
			"<iq type='get' id='1' to='juliet@capulet.lit'><blocklist xmlns='urn:xmpp:blocking'/></iq>", "cancel/not-allowed",
		},
		{
			"RFC 6120 §8.3.3.3: an unknown element", balcony,
			"<iq type='set' id='1'><forgive xmlns='urn:xmpp:blocking'/></iq>", "cancel/feature-not-implemented",
		},
		{
			"RFC 6120 §8.3.3.3: a set of the list", balcony,
			"<iq type='set' id='1'><blocklist xmlns='urn:xmpp:blocking'/></iq>", "cancel/feature-not-implemented",
		},
		{
			"RFC 6120 §8.3.3.12: too many", balcony,
			"<iq type='set' id='1'><block xmlns='urn:xmpp:blocking'><item jid='a.lit'/><item jid='b.lit'/><item jid='c.lit'/><item jid='d.lit'/><item jid='e.lit'/></block></iq>",
			"modify/policy-violation",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := play(t)
			v.says(tt.from, tt.iq)
			typ, condition, _ := strings.Cut(tt.want, "/")
			got := strings.Join(v.exits[tt.from].got, "")
			if !strings.Contains(got, "<error type='"+typ+"'><"+condition+" ") {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if len(v.lists[juliet]) != 0 {
				t.Errorf("something was blocked: %v", v.lists[juliet])
			}
		})
	}
}

func TestMatching(t *testing.T) {
	tests := []struct {
		name, item, other string
		want              bool
	}{
		{"XEP-0191 #matching: that resource", "romeo@montague.lit/orchard", "romeo@montague.lit/orchard", true},
		{"XEP-0191 #matching: only that resource", "romeo@montague.lit/orchard", "romeo@montague.lit/wall", false},
		{"XEP-0191 #matching: only that resource", "romeo@montague.lit/orchard", "romeo@montague.lit", false},
		{"XEP-0191 #matching: any resource", "romeo@montague.lit", "romeo@montague.lit/orchard", true},
		{"XEP-0191 #matching: any resource", "romeo@montague.lit", "romeo@montague.lit", true},
		{"XEP-0191 #matching: nobody else", "romeo@montague.lit", "benvolio@montague.lit", false},
		{"XEP-0191 #matching: domain/resource", "montague.lit/herald", "montague.lit/herald", true},
		{"XEP-0191 #matching: only that one", "montague.lit/herald", "romeo@montague.lit/herald", false},
		{"XEP-0191 #matching: only that one", "montague.lit/herald", "montague.lit", false},
		{"XEP-0191 #matching: a domain itself", "montague.lit", "montague.lit", true},
		{"XEP-0191 #matching: any user of a domain", "montague.lit", "romeo@montague.lit/orchard", true},
		{"XEP-0191 #matching: any resource of a domain", "montague.lit", "montague.lit/herald", true},
		{"XEP-0191 #matching: no subdomain", "montague.lit", "plays.montague.lit", false},
		{"XEP-0191 #privacy: never one's own resources", "capulet.lit", "juliet@capulet.lit/chamber", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := New(Config{Store: memory{juliet: {jid.MustParse(tt.item)}}})
			for range 2 { // from the store, then from memory
				if got := s.Blocks(t.Context(), juliet, jid.MustParse(tt.other)); got != tt.want {
					t.Errorf("%s on the list blocks %s: %v, want %v", tt.item, tt.other, got, tt.want)
				}
			}
		})
	}
}

func BenchmarkBlocks(b *testing.B) {
	many := make([]jid.JID, 500)
	for i := range many {
		many[i] = jid.MustParse("user" + strconv.Itoa(i) + "@montague.lit")
	}
	s := New(Config{Store: memory{tybalt: many}})
	for _, bb := range []struct {
		name  string
		owner jid.JID
	}{{"nobody", juliet}, {"500", tybalt}} {
		b.Run(bb.name, func(b *testing.B) {
			other := jid.MustParse(orchard)
			ctx := b.Context()
			s.Blocks(ctx, bb.owner, other)
			b.ReportAllocs()
			for b.Loop() {
				s.Blocks(ctx, bb.owner, other)
			}
		})
	}
}

func TestBlocksDoesNotAllocate(t *testing.T) {
	s := New(Config{Store: memory{}})
	other := jid.MustParse(orchard)
	ctx := t.Context()
	s.Blocks(ctx, juliet, other)
	if n := testing.AllocsPerRun(100, func() { s.Blocks(ctx, juliet, other) }); n != 0 {
		t.Errorf("%v allocations per question, want none", n)
	}
}
