package muc

import (
	"context"
	"fmt"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// nsConference is the namespace of direct invitations (XEP-0249).
const nsConference = "jabber:x:conference"

// maxInvited is how many people one message may invite.
const maxInvited = 50

// An invitation is whom somebody invites, and why.
type invitation struct {
	to       jid.JID
	reason   string
	proceed  []byte // a <continue/>, as it came (XEP-0045 #continue)
	password string
}

// invite sends invitations on in the name of the room (XEP-0045 #invite-mediated). Into a
// room for members it makes members.
func (r *room) invite(ctx context.Context, t *turn, st *stanza.Stanza, inside []stanza.Element) error {
	s := r.sessions[st.From]
	if s == nil {
		return stanza.NotAcceptable.Err("you are not in this room")
	}
	affiliation := r.affiliation(s.occupant.bare)
	if affiliation < Admin && (!r.Settings.Invites || r.Settings.MembersOnly && affiliation < MemberOf) {
		return stanza.Forbidden.Err("you may not invite into this room")
	}
	var list []invitation
	for i := range inside {
		if !inside[i].Is(nsUser, "invite") {
			continue
		}
		one, err := r.readInvitation(ctx, &inside[i])
		if err != nil {
			return err
		}
		list = append(list, one)
	}
	if len(list) > maxInvited {
		return stanza.NotAcceptable.Err("too many at once")
	}
	for range list {
		if !s.rate.take(t.now, r.service.cfg.Limits.Rate, r.service.cfg.Limits.Burst) {
			return errTooFast()
		}
	}
	if err := r.admitInvited(t, list); err != nil {
		return err
	}
	from := r.inviter(s)
	for i := range list {
		t.write(r.invitation(from, &list[i]), list[i].to)
	}
	return nil
}

// inviter is how the room names who invites: to whom real addresses are not shown, as an
// occupant.
func (r *room) inviter(s *session) jid.JID {
	if r.Settings.Whois == ToAnyone {
		return s.occupant.bare
	}
	return s.occupant.jid
}

// readInvitation reads one invite.
func (r *room) readInvitation(ctx context.Context, e *stanza.Element) (one invitation, err error) {
	if one.to, err = jid.Parse(e.Attr("to")); err != nil || one.to.Local() == "" {
		return one, stanza.JIDMalformed.Err("whom?")
	}
	if r.service.serves(one.to.Domain()) {
		return one, stanza.BadRequest.Err("rooms cannot be invited")
	}
	switch ok, err := r.service.cfg.People.Exists(ctx, one.to.Bare()); {
	case err != nil:
		return one, fmt.Errorf("look up %s: %w", one.to.Bare(), err)
	case !ok:
		return one, stanza.ItemNotFound.Err("there is nobody of this address") // XEP-0045 #invite-mediated: SHOULD
	case r.affiliation(one.to.Bare()) == Outcast:
		return one, stanza.Forbidden.Err("this person is banned from the room")
	}
	inside, err := e.Inside()
	if err != nil {
		return one, stanza.BadRequest.Err("")
	}
	for i := range inside {
		switch {
		case inside[i].Is(nsUser, "reason"):
			one.reason = inside[i].Text()
		case inside[i].Is(nsUser, "continue"):
			one.proceed = inside[i].XML
		}
	}
	if len(one.reason) > r.service.cfg.Limits.TextBytes || len(one.proceed) > r.service.cfg.Limits.TextBytes {
		return one, stanza.NotAcceptable.Err("this is too long")
	}
	one.password = r.Settings.Password // "the room SHOULD add the password"
	return one, nil
}

// admitInvited makes members of those who are invited, where that is needed.
func (r *room) admitInvited(t *turn, list []invitation) error {
	if !r.Settings.MembersOnly {
		return nil // XEP-0045 #modifymember: "through an open room MUST NOT trigger the addition"
	}
	var members []Member
	for i := range list {
		bare := list[i].to.Bare()
		if r.affiliation(bare) != None {
			continue
		}
		// "any invitation sent SHOULD automatically trigger the addition of the invitee to
		// the member list" (XEP-0045 #modifymember)
		m := r.members[bare]
		m.JID, m.Affiliation = bare, MemberOf
		members = append(members, m)
	}
	_, err := r.enlistAll(t, members)
	return err
}

// invitation is what the invitee gets: the mediated form, and for older clients the direct
// one.
func (r *room) invitation(from jid.JID, one *invitation) *stanza.Stanza {
	p := append([]byte(nil), "<x xmlns='"+nsUser+"'><invite"...)
	p = stanza.AppendAttr(p, "from", from.String())
	p = append(p, '>')
	p = appendElement(p, "reason", one.reason)
	p = append(p, one.proceed...)
	p = append(p, "</invite>"...)
	p = appendElement(p, "password", one.password)
	p = append(p, "</x><x xmlns='"+nsConference+"'"...)
	p = stanza.AppendAttr(p, "jid", r.jid.String())
	if one.reason != "" {
		p = stanza.AppendAttr(p, "reason", one.reason)
	}
	if one.password != "" {
		p = stanza.AppendAttr(p, "password", one.password)
	}
	p = append(p, "/>"...)
	return stanza.New(stanza.Message, stanza.Normal, "", r.jid, one.to, p)
}

// decline tells who has invited somebody that he does not come (XEP-0045
// #invite-mediated). It reaches nobody who is not in the room.
func (r *room) decline(t *turn, st *stanza.Stanza, e *stanza.Element) error {
	to, err := jid.Parse(e.Attr("to"))
	if err != nil {
		return stanza.JIDMalformed.Err("whose invitation?")
	}
	var who []*session
	if to.Bare() == r.jid {
		if occ := r.byNick[nickKey(to.Resource())]; occ != nil {
			who = occ.sessions
		}
	} else {
		who = r.sessionsOf(to.Bare())
	}
	if len(who) == 0 {
		return stanza.ItemNotFound.Err("who has invited you is not here any more")
	}
	reason := ""
	inside, err := e.Inside()
	if err != nil {
		return stanza.BadRequest.Err("")
	}
	for i := range inside {
		if inside[i].Is(nsUser, "reason") {
			reason = inside[i].Text()
		}
	}
	if len(reason) > r.service.cfg.Limits.TextBytes {
		return stanza.NotAcceptable.Err("this is too long")
	}
	p := append([]byte(nil), "<x xmlns='"+nsUser+"'><decline"...)
	p = stanza.AppendAttr(p, "from", st.From.Bare().String())
	p = append(p, '>')
	p = appendElement(p, "reason", reason)
	p = append(p, "</decline></x>"...)
	t.tell(stanza.New(stanza.Message, stanza.Normal, "", r.jid, jid.JID{}, p), who...)
	return nil
}
