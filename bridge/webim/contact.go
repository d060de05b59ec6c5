package webim

import (
	"cmp"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A contact is somebody whom a person knows: from the roster, or by their presence.
type contact struct {
	listed    bool   // is on the roster
	name      string // on the roster
	group     string // on the roster: the first, since the library knows one
	nick      string // as they call themselves (XEP-0172)
	resources map[string]appearance
}

// An appearance is the presence of one resource.
type appearance struct {
	show, status string
	priority     int
}

// ranks orders shows by how much somebody is there.
var ranks = map[string]int{"chat": 5, showAvailable: 4, "away": 3, "xa": 2, "dnd": 1}

// present gives how somebody is all in all: as at the most important resource, and of
// those of the same priority at the one where they are most there (RFC 6121 §4.7.2.3).
func (c *contact) present() (show, status string, here bool) {
	if c == nil || len(c.resources) == 0 {
		return showUnavailable, "", false
	}
	var best appearance
	for _, a := range c.resources {
		if !here || cmp.Or(cmp.Compare(a.priority, best.priority), cmp.Compare(ranks[a.show], ranks[best.show])) > 0 {
			best, here = a, true
		}
	}
	if best.show == "xa" {
		best.show = "away" // the library knows no other
	}
	return best.show, best.status, true
}

// info gives what a page is told of somebody.
func (p *person) info(j jid.JID) buddyInfo {
	c := p.contacts[j.Bare()]
	show, status, here := c.present()
	b := buddyInfo{
		ID: p.buddy(j), Nick: escape(p.nickOf(j)), Presence: offline, Show: show, Status: escape(status),
		PicURL: picture, DefaultPicURL: picture, Avatar: picture, DefaultAvatar: picture,
	}
	if here {
		b.Presence = online
	}
	switch {
	case c != nil && c.listed && c.group != "":
		b.Group = escape(c.group)
	case c != nil && c.listed:
		b.Group = "friend"
	case IsVisitor(j):
		b.Group = "visitor"
	default:
		b.Group = "stranger" // webim #strangers
	}
	return b
}

// readPresence gives the appearance that an available presence tells.
func readPresence(st *stanza.Stanza) appearance {
	a := appearance{show: st.Text(stanza.NSClient, "show"), status: st.Text(stanza.NSClient, "status")}
	if _, known := ranks[a.show]; !known || a.show == "" {
		a.show = showAvailable
	}
	a.priority = priority(st)
	if len(a.status) > maxStatus {
		a.status = cut(a.status, maxStatus)
	}
	return a
}
