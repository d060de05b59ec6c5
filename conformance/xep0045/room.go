// Package xep0045 checks rooms. Each file is a part of XEP-0045; room.go has what the
// checks share.
package xep0045

import (
	"fmt"
	"slices"
	"strings"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

const (
	nsMUC   = "http://jabber.org/protocol/muc"
	nsUser  = "http://jabber.org/protocol/muc#user"
	nsAdmin = "http://jabber.org/protocol/muc#admin"
	nsOwner = "http://jabber.org/protocol/muc#owner"
	nsInfo  = "http://jabber.org/protocol/disco#info"
	nsItems = "http://jabber.org/protocol/disco#items"
	info    = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
)

// Checks gives the checks of XEP-0045.
func Checks() []run.Check {
	return slices.Concat(discovery(), entering(), refusals(), history(), talking(), nicknames(), leaving(), moderation(), administration(), ownership(), creation())
}

// needs are those of all checks here.
func needs() []string { return []string{"muc"} }

// A scene is a room with romeo as its owner in it, who is called romeo there.
type scene struct {
	t     *run.T
	room  string
	owner *run.Client
}

// open makes a room with these settings, each as NAME=VALUE.
func open(t *run.T, settings ...string) *scene {
	s := &scene{t: t, room: t.Room(), owner: t.Online("romeo")}
	s.join(s.owner, "romeo", "")
	s.configure(settings...)
	return s
}

// configure submits the room's form; without settings it takes the room as it is.
func (s *scene) configure(settings ...string) {
	var b strings.Builder
	for _, f := range settings {
		name, value, _ := strings.Cut(f, "=")
		fmt.Fprintf(&b, "<field var='muc#roomconfig_%s'><value>%s</value></field>", name, value)
	}
	if len(settings) > 0 {
		fields := "<field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/muc#roomconfig</value></field>" + b.String()
		s.owner.Set(s.room, "<query xmlns='%s'><x xmlns='jabber:x:data' type='submit'>%s</x></query>", nsOwner, fields)
		return
	}
	s.owner.Set(s.room, "<query xmlns='%s'><x xmlns='jabber:x:data' type='submit'/></query>", nsOwner)
}

// join has somebody enter and waits until that is done; payload goes into the <x/>.
func (s *scene) join(c *run.Client, nick, payload string) *oracle.Element {
	s.ask(c, nick, payload)
	self := c.Want("<presence from='%s/%s' type='!'><x xmlns='%s'><status code='110'/></x></presence>", s.room, nick, nsUser)
	c.Want("<message from='%s' type='groupchat'><subject/></message>", s.room)
	return self
}

// ask sends the presence by which somebody wants to enter.
func (s *scene) ask(c *run.Client, nick, payload string) {
	c.Send("<presence to='%s/%s'><x xmlns='%s'>%s</x></presence>", s.room, nick, nsMUC, payload)
}

// enters has juliet come online and enter as juliet; the owner sees her.
func (s *scene) enters() *run.Client {
	c := s.t.Online("juliet")
	s.join(c, "juliet", "")
	s.owner.Want("<presence from='%s/juliet' type='!'/>", s.room)
	return c
}

// admin asks for a change of an affiliation or role.
func (s *scene) admin(c *run.Client, item string, args ...any) *oracle.Element {
	return c.Ask("set", s.room, "<query xmlns='"+nsAdmin+"'>"+item+"</query>", args...)
}

// must is admin by the owner, which must succeed.
func (s *scene) must(item string, args ...any) {
	e := s.admin(s.owner, item, args...)
	s.t.True(e.Attr("type") == "result", "wanted a result, came %.400s", e.Raw)
}

// mute takes voice from an occupant of a moderated room. Somebody without an affiliation
// has none from the beginning where the defaults of XEP-0045 #roles-default are kept.
func (s *scene) mute(c *run.Client, nick string) {
	s.must("<item nick='%s' role='participant'/>", nick)
	s.must("<item nick='%s' role='visitor'/>", nick)
	c.Want("<presence from='%s/%s' type='!'><x xmlns='%s'><item role='visitor'/></x></presence>", s.room, nick, nsUser)
}

// refusedAt wants an error from the room to a presence.
func (s *scene) refusedAt(c *run.Client, nick string, conditions ...string) {
	e := c.Want("<presence from='%s/%s' type='error'/>", s.room, nick)
	s.t.True(slices.Contains(conditions, e.Condition()), "wanted %s, came %.400s", strings.Join(conditions, " or "), e.Raw)
}
