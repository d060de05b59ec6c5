package muc

import (
	"context"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Say says something in a room in the name of a person, who need not be in it, or, if who is
// zero, of the room itself (XEP-0045 #message has only occupants speak; this is for programs
// of administrators). st is a groupchat message; it is kept, and told, as if an occupant had
// said it. The error is forbidden for whom the room does not let in.
func (s *Service) Say(ctx context.Context, addr, who jid.JID, st *stanza.Stanza) error {
	return s.operate(ctx, addr, func(r *room, t *turn) error {
		var by *session
		from := r.jid
		if !who.IsZero() {
			if err := r.mayRead(who); err != nil {
				return err
			}
			by = r.absentee(who)
			from = by.occupant.jid
		}
		said, err := r.clean(st, from)
		if err != nil {
			return err
		}
		if by != nil {
			said.Extra = appendOccupantID(make([]byte, 0, 256), by.occupant.id)
		}
		return r.reflect(ctx, t, by, said)
	})
}

// absentee gives the session of a person, or, of one who is not in the room, what stands
// for it: nobody is told of that, and nothing is delivered to it.
func (r *room) absentee(who jid.JID) *session {
	if in := r.sessionsOf(who); len(in) > 0 {
		return in[0]
	}
	nick := r.members[who].Nick
	if nick == "" {
		nick = who.Local()
	}
	if o := r.byNick[nickKey(nick)]; o != nil {
		nick = who.String() // somebody else is called so at the moment
	}
	at, err := r.jid.WithResource(nick)
	if err != nil {
		at = r.jid // cannot be: localparts are resources, too
	}
	return &session{jid: who, occupant: &occupant{nick: nick, jid: at, bare: who, id: r.service.occupantID(r.jid, who), role: Participant}}
}

// A Membership is what a person is to one room.
type Membership struct {
	Room        Listing
	Affiliation Affiliation
}

// Of gives the rooms of a service that a person belongs to, as a member at least.
func (s *Service) Of(ctx context.Context, service string, person jid.JID) (list []Membership, err error) {
	rooms, err := s.cfg.Store.Memberships(ctx, person)
	if err != nil {
		return nil, err
	}
	for _, addr := range rooms {
		if addr.Domain() != service {
			continue
		}
		record, members, err := s.cfg.Store.Room(ctx, addr)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			if record != nil && m.JID == person && m.Affiliation >= MemberOf {
				list = append(list, Membership{Listing{addr, record.Settings.Name}, m.Affiliation})
			}
		}
	}
	return list, nil
}
