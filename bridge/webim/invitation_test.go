package webim

import (
	"strings"
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A page joins by itself where a friend invites it to, and nobody else shows the person.
func TestInvitation(t *testing.T) {
	const ours, theirs = "ball@conference.capulet.lit", "ball@conference.montague.lit"
	for name, tt := range map[string]struct {
		from, inviter, show string
		joins               bool
	}{
		"a friend":                    {ours, "romeo@montague.lit", showAvailable, true},
		"a friend with a client":      {ours, "romeo@montague.lit/orchard", showAvailable, true},
		"a friend, to their room":     {theirs, "romeo@montague.lit", showAvailable, true},
		"a stranger":                  {ours, "tybalt@montague.lit", showAvailable, false},
		"who was removed":             {ours, "paris@montague.lit", showAvailable, false},
		"nobody":                      {ours, "", showAvailable, false},
		"a room that names a friend":  {"ball@mantua.lit", "romeo@montague.lit", showAvailable, false},
		"a client that plays a room":  {"tybalt@montague.lit/x", "romeo@montague.lit", showAvailable, false},
		"a friend of the unseen":      {ours, "romeo@montague.lit", showInvisible, false},
		"a domain that looks like it": {"ball@notmontague.lit", "romeo@montague.lit", showAvailable, false},
	} {
		o := new(orchard)
		p, _ := o.stands(t)
		p.show = tt.show
		p.contacts[jid.MustParse("romeo@montague.lit")] = &contact{listed: true}
		p.contacts[jid.MustParse("paris@montague.lit")] = &contact{}
		x := append(stanza.AppendAttr([]byte("<x xmlns='"+nsRoomUser+"'><invite"), "from", tt.inviter), "/></x>"...)
		o.exit.Deliver(stanza.New(stanza.Message, stanza.Normal, "i1", jid.MustParse(tt.from), juliet, x))
		joins := len(p.fresh) == 1 && strings.Contains(string(p.fresh[0].json), eventPrefix+"invite|,|ball")
		if joins != tt.joins || len(p.fresh) > 1 {
			t.Errorf("%s: %v", name, p.fresh)
		}
		if told := len(p.notices) == 1; told == tt.joins && name != "a client that plays a room" {
			t.Errorf("%s: %v", name, p.notices)
		}
	}
}
