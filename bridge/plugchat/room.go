package plugchat

import (
	"context"
	"crypto/rand"
	"log/slog"
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A room is that of the site, as one guest has it.
type room struct {
	jid       jid.JID // zero if there is none
	nick      string  // of the guest, as the room knows it
	inside    bool
	created   bool // by entering it
	why       string
	entering  *arrival        // nil while nobody enters it
	occupants map[string]bool // nicks
	echoes    []echo          // messages that have not come back
}

// An echo is a message on its way through the room.
type echo struct {
	id   string
	back chan error // has room for one
}

// maxOccupants bounds what is remembered of a room, and maxPeople what a page is told.
const (
	maxOccupants = 500
	maxPeople    = 50
)

// enterRoom enters the room of the site. A guest who may not has no room; persons he can
// still write to.
func (s *session) enterRoom(ctx context.Context) {
	cfg := &s.hall.cfg
	if cfg.Room == "" || cfg.Rooms == nil {
		return
	}
	at, err := jid.New(cfg.Room, cfg.Label+"."+s.account.Domain(), "")
	if err != nil {
		return // the name of the host leaves no room for another label
	}
	s.mu.Lock()
	s.room.jid = at
	s.mu.Unlock()
	if err = cfg.Rooms.Open(ctx, at); err == nil {
		err = s.become(ctx, s.nick)
	}
	s.mu.Lock()
	created, nick := s.room.created, s.room.nick
	s.mu.Unlock()
	if created {
		// It has ended meanwhile, and a guest must not own the next one.
		_ = s.line.Send(ctx, s.roomPresence(at, nick, stanza.Unavailable)) // which ends it again
		err = stanza.ItemNotFound.Err("there is no room")
	}
	if err != nil {
		s.hall.log.Info("a guest could not enter the room", slog.String("room", at.String()), slog.Any("err", err))
		s.mu.Lock()
		s.room.inside, s.room.why = false, whyNot(err)
		s.changed(true)
		s.mu.Unlock()
	}
	s.showFace() // who was logged in before the server started
}

// roomPresence makes presence for the room.
func (s *session) roomPresence(at jid.JID, nick string, typ stanza.Type) *stanza.Stanza {
	to, err := at.WithResource(nick)
	if err != nil {
		to = at
	}
	if typ == stanza.Unavailable {
		return stanza.New(stanza.Presence, typ, rand.Text(), jid.JID{}, to)
	}
	s.mu.Lock()
	inside := s.room.inside
	s.mu.Unlock()
	var x []byte
	if !inside { // else the room would tell all anew (XEP-0045 #bizrules-presence)
		// XEP-0045 #enter-managehistory: as much as a page shows of it.
		x = []byte("<x xmlns='" + nsRoom + "'><history maxstanzas='20'/></x>")
	}
	return stanza.New(stanza.Presence, typ, rand.Text(), jid.JID{}, to, s.nickElement(), x)
}

// roomState gives the room as a page shows it. The lock is held.
func (s *session) roomState() *roomState {
	r := &s.room
	if r.jid.IsZero() {
		return nil
	}
	nicks := make([]string, 0, len(r.occupants))
	for nick := range r.occupants {
		nicks = append(nicks, nick)
	}
	slices.Sort(nicks)
	info := &roomState{Name: jid.Unescape(r.jid.Local()), Address: r.jid.String(), Inside: r.inside, Why: r.why, Count: len(nicks), People: []personInfo{}}
	for _, nick := range nicks[:min(len(nicks), maxPeople)] {
		info.People = append(info.People, personInfo{nick, s.faceOf(nick), nick == r.nick})
	}
	return info
}

// faceOf gives the avatar of somebody in the room.
func (s *session) faceOf(nick string) string {
	occupant, err := s.room.jid.WithResource(nick)
	if err != nil {
		return ""
	}
	return s.hall.face(occupant)
}

// showFace has the others see the avatar of the guest, in the room, under the nick he has there.
func (s *session) showFace() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setFace(s.avatar)
}

func (s *session) hideFace() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setFace("")
}

// setFace shows an avatar, or none, for the nick that the guest has in the room: only while he
// is in it, since afterwards it is anybody's. The lock is held.
func (s *session) setFace(avatar string) {
	if !s.room.inside || s.gone && avatar != "" {
		return
	}
	if occupant, err := s.room.jid.WithResource(s.room.nick); err == nil {
		s.hall.show(occupant, avatar)
	}
}
