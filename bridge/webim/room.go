package webim

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A room is one room of a person: one that is bookmarked (XEP-0402), or that it is in.
type room struct {
	jid       jid.JID
	name      string
	nick      string // of the person in it
	temporary bool
	cleared   time.Time // before it the person's own view is empty
	inside    bool      // its own presence has come
	entering  *arrival  // nil while nobody enters it
	created   bool      // by entering it
	occupants map[string]occupant
}

// An occupant is somebody in a room, by nick.
type occupant struct {
	real jid.JID // the bare JID, zero if the room hides it
	show string
}

// get gives the room of an address, which is made if there is none. The lock is held.
func (p *person) get(j jid.JID) *room {
	r := p.rooms[j]
	if r == nil {
		r = &room{jid: j, occupants: make(map[string]occupant)}
		p.rooms[j] = r
	}
	return r
}

// title is what a room is called.
func (r *room) title() string { return cmp.Or(r.name, jid.Unescape(r.jid.Local())) }

// member is whom an occupant is for the page: the person if the room tells, else the
// occupant.
func (p *person) member(r *room, nick string) string {
	if o := r.occupants[nick]; !o.real.IsZero() {
		return p.buddy(o.real)
	}
	full, err := r.jid.WithResource(nick)
	if err != nil {
		return p.room(r.jid)
	}
	return p.buddy(full)
}

// members gives who is in the room. One who is there with several clients is one.
func (p *person) membersOf(r *room) []memberInfo {
	list := make([]memberInfo, 0, len(r.occupants))
	for nick, o := range r.occupants {
		list = append(list, memberInfo{ID: p.member(r, nick), Nick: escape(nick), Presence: online, Show: o.show})
	}
	slices.SortFunc(list, func(a, b memberInfo) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Nick, b.Nick)) })
	return slices.CompactFunc(list, func(a, b memberInfo) bool { return a.ID == b.ID })
}

// infoOf gives what a page is told of a room. The lock is held.
func (p *person) infoOf(r *room) roomInfo {
	members := p.membersOf(r)
	return roomInfo{
		ID: p.room(r.jid), Nick: escape(r.title()), PicURL: picture, DefaultPicURL: picture, Avatar: picture,
		AllCount: len(members), Count: len(members), Blocked: p.blocked[r.jid], Temporary: r.temporary, Members: members,
	}
}

// takeOccupant takes presence from a room (XEP-0045 #enter-pres). The lock is held.
func (p *person) takeOccupant(r *room, st *stanza.Stanza) {
	x := readRoomUser(st)
	nick := st.From.Resource()
	switch st.Type {
	case stanza.TypeError:
		e, _ := st.AsError()
		r.arrive(e)
	case stanza.Available:
		if _, known := r.occupants[nick]; !known && len(r.occupants) >= maxOccupants {
			return
		}
		_, known := r.occupants[nick]
		r.occupants[nick] = occupant{real: x.real, show: readPresence(st).show}
		if x.has("110") {
			r.nick, r.inside, r.created = nick, true, x.has("201")
			r.arrive(nil)
		} else if r.inside {
			p.pushRoom(comes(st, known), r, nick, r.occupants[nick].show)
		}
	case stanza.Unavailable:
		if x.has("303") { // XEP-0045 #changenick: the new one comes next
			delete(r.occupants, nick)
			return
		}
		if x.has("110") {
			p.left(r, x)
			return
		}
		if _, known := r.occupants[nick]; known {
			word := "grpoffline"
			if st.Has(nsOwn, "leave") {
				word = "leave"
			}
			p.pushRoom(word, r, nick, showUnavailable)
			delete(r.occupants, nick)
		}
	}
}

// maxOccupants bounds what is remembered of a room.
const maxOccupants = 1000

// left is when the room says that the person is not in it any more.
func (p *person) left(r *room, x roomUser) {
	r.inside = false
	clear(r.occupants)
	var why *stanza.Error
	if x.has("301") || x.has("307") || x.has("321") || x.has("322") {
		why = stanza.Forbidden.Err("removed from the room")
	}
	if x.destroyed {
		delete(p.rooms, r.jid)
	}
	r.arrive(why)
}

// arrive tells whoever enters the room what came of it.
func (r *room) arrive(err *stanza.Error) {
	if r.entering == nil {
		return
	}
	if err != nil {
		r.entering.err = err
	}
	close(r.entering.done)
	r.entering = nil
}

// pushRoom tells the tabs of somebody in a room (wire §4).
func (p *person) pushRoom(typ string, r *room, nick, show string) {
	if p.blocked[r.jid] {
		return
	}
	id := p.room(r.jid)
	p.all(pack(presences, presenceInfo{Type: typ, From: p.member(r, nick), To: id, Nick: escape(nick), Show: show, Status: id}), nil)
}

// A roomUser is what a room says of an occupant.
type roomUser struct {
	codes     []string
	real      jid.JID
	destroyed bool
}

func (x roomUser) has(code string) bool { return slices.Contains(x.codes, code) }

// comes is the word for somebody's coming into a room: to stay, or to be online in it. A
// show that changes has none; this one has the library ask for the members, and show
// nothing.
func comes(st *stanza.Stanza, known bool) string {
	switch {
	case known:
		return "invite"
	case st.Has(nsOwn, "join"):
		return "join"
	default:
		return "grponline"
	}
}

func readRoomUser(st *stanza.Stanza) (x roomUser) {
	c, ok := st.Child(nsRoomUser, "x")
	if !ok {
		return x
	}
	_, inside, err := stanza.Split(st.ChildBytes(c))
	if err != nil {
		return x
	}
	for i := range inside {
		switch e := &inside[i]; e.Local {
		case "status":
			x.codes = append(x.codes, e.Attr("code"))
		case "item":
			if j, err := jid.Parse(e.Attr("jid")); err == nil {
				x.real = j.Bare()
			}
		case "destroy":
			x.destroyed = true
		}
	}
	return x
}

// takeGroup takes a message from a room (XEP-0045 #message). The lock is held.
func (p *person) takeGroup(st *stanza.Stanza) {
	r := p.rooms[st.From.Bare()]
	if r == nil || p.blocked[r.jid] {
		return
	}
	var sender *tab
	if st.From.Resource() == r.nick {
		sender = p.cameBack(st.ID())
	}
	if !st.Has(stanza.NSClient, "body") || st.Has(nsDelay, "delay") {
		return // the subject, or what was said before the person came; that is history
	}
	if item, ok := p.groupItem(r, st, time.Now()); ok {
		p.all(pack(messages, item), sender)
	}
}

// groupItem makes the object of a message in a room.
func (p *person) groupItem(r *room, st *stanza.Stanza, at time.Time) (logItem, bool) {
	body, nick := st.Text(stanza.NSClient, "body"), st.From.Resource()
	if body == "" {
		return logItem{}, false
	}
	from := p.room(r.jid)
	if nick != "" {
		from = p.member(r, nick)
		if nick == r.nick {
			from = p.buddy(p.account)
		}
	}
	return logItem{
		Type: typeGroup, To: p.room(r.jid), From: from, Nick: escape(cmp.Or(nick, r.title())), Style: styleOf(st),
		Body: plainBody(body), Timestamp: millis(sentAt(st, at)),
	}, true
}

// cameBack notes that a message of our own has come back from its room: then the room has
// kept it. It gives the tab that shows it already.
func (p *person) cameBack(id string) *tab {
	for i, e := range p.sent {
		if e.id == id {
			p.sent = slices.Delete(p.sent, i, i+1)
			e.back <- nil
			return e.tab
		}
	}
	return nil
}

// returnedEcho is cameBack for one that was refused.
func (p *person) returnedEcho(id string, e *stanza.Error) bool {
	for i, s := range p.sent {
		if s.id == id {
			p.sent = slices.Delete(p.sent, i, i+1)
			s.back <- e
			return true
		}
	}
	return false
}

// errNoRoom is what a call for a room is answered that the person is not in.
var errNoRoom = stanza.NotAcceptable.Err("not in that room")

// What webim tells webim of somebody who comes to a room to stay, or goes for good
// (doc/namespaces.md).
const (
	wordJoin  = "<join xmlns='" + nsOwn + "'/>"
	wordLeave = "<leave xmlns='" + nsOwn + "'/>"
)

// exit leaves a room.
func (p *person) exit(ctx context.Context, r *room, word []byte) error {
	p.mu.Lock()
	inside := r.inside
	r.inside = false
	clear(r.occupants)
	p.mu.Unlock()
	if !inside {
		return nil
	}
	err := p.line.Send(ctx, p.roomPresence(r, stanza.Unavailable, word))
	var told *stanza.Error
	if errors.As(err, &told) {
		return nil // it is gone, and so are we
	}
	return err
}
