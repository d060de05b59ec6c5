package muc

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// An occupant is one person under one nick, with one session or several (XEP-0045
// #enter-conflict: "the user has two (or more) in-room sessions with the same
// roomnick").
type occupant struct {
	nick     string
	jid      jid.JID // room@service/nick
	bare     jid.JID // who it is
	id       string  // XEP-0421
	role     Role
	sessions []*session
	shown    *session // whose presence the others see: that which changed last
	known    bool     // the others have been told of it

	told [2]*stanza.Stanza // the presence as others get it, without and with the address; nil after a change
}

// A session is one connected resource in a room.
type session struct {
	jid      jid.JID // full
	token    string  // stands for it in the ids of relayed requests
	occupant *occupant
	presence *stanza.Stanza // its last one, as its sender made it, from the occupant
	rate     bucket

	exit *router.Session  // nil if it is not one of ours
	due  []*stanza.Stanza // what it is to be told next; of who delivers (outbox.go)
}

func (s *Service) newSession(full jid.JID) *session {
	return &session{jid: full, token: rand.Text()[:10], exit: s.cfg.Router.Session(full)}
}

// occupantID names a person in one room without telling who it is, the same each time
// (XEP-0421 #id-generation).
func (s *Service) occupantID(room, bare jid.JID) string {
	mac := hmac.New(sha256.New, s.secret)
	_, _ = mac.Write([]byte(room.String() + "\x00" + bare.String())) // a hash takes everything
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// show makes the presence of one session that of the occupant.
func (o *occupant) show(s *session, presence *stanza.Stanza) {
	s.presence, o.shown = presence, s
	o.changed()
}

// changed forgets what others are told, after something about the occupant changed.
func (o *occupant) changed() { o.told = [2]*stanza.Stanza{} }

// visible reports whether the others are told of the occupant (XEP-0045 #enter-pres,
// muc#roomconfig_presencebroadcast).
func (r *room) visible(role Role) bool { return r.Settings.Broadcast.Has(role) }

// sees reports whether an occupant may see real addresses (XEP-0045 #enter-nonanon,
// #enter-semianon).
func (r *room) sees(o *occupant) bool {
	return r.Settings.Whois == ToAnyone || o.role == Moderator
}

// split gives those who may see addresses, and those who may not, but for one.
func (r *room) split(but *occupant) (see, blind []*session) {
	for _, s := range r.audience {
		switch {
		case s.occupant == but:
		case r.sees(s.occupant):
			see = append(see, s)
		default:
			blind = append(blind, s)
		}
	}
	return see, blind
}
