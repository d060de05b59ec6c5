package muc

import (
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// An ending is what those are told who are in a room that ends (XEP-0045 #destroyroom).
type ending struct {
	venue            jid.JID // where to go instead
	password, reason string
}

// destroyBy ends the room by the wish of an owner.
func (r *room) destroyBy(t *turn, iq *stanza.Stanza, e *stanza.Element) error {
	var end ending
	if venue := e.Attr("jid"); venue != "" {
		var err error
		if end.venue, err = jid.Parse(venue); err != nil {
			return stanza.JIDMalformed.Err("where to go instead?")
		}
	}
	inside, err := e.Inside()
	if err != nil {
		return stanza.BadRequest.Err("")
	}
	for i := range inside {
		switch {
		case inside[i].Is(nsOwner, "password"):
			end.password = inside[i].Text()
		case inside[i].Is(nsOwner, "reason"):
			end.reason = inside[i].Text()
		}
	}
	if len(end.password)+len(end.reason) > r.service.cfg.Limits.TextBytes {
		return stanza.NotAcceptable.Err("this is too long")
	}
	r.destroy(t, end)
	t.answer(iq, nil)
	return nil
}

// destroy removes everybody, telling each of it once, and the room: "It SHOULD NOT
// broadcast presence stanzas of type unavailable from all occupants" (XEP-0045
// #destroyroom).
func (r *room) destroy(t *turn, end ending) {
	d := append([]byte(nil), "<destroy"...)
	if !end.venue.IsZero() {
		d = stanza.AppendAttr(d, "jid", end.venue.String())
	}
	d = append(d, '>')
	d = appendElement(d, "password", end.password)
	d = appendElement(d, "reason", end.reason)
	d = append(d, "</destroy>"...)
	r.dismiss(t, item{affiliation: None, destroy: d, codes: []int{statusSelf}})
	t.remove = t.remove || !r.locked
	r.forget()
}

// dismiss removes everybody with one stanza for each.
func (r *room) dismiss(t *turn, i item) {
	for _, occ := range r.seats {
		gone := stanza.New(stanza.Presence, stanza.Unavailable, "", occ.jid, jid.JID{})
		gone.Extra = appendOccupantID(i.append(nil), occ.id)
		t.tell(gone, occ.sessions...)
	}
	r.seats, r.audience = nil, nil
	r.service.touched.people(r.jid)
	r.byNick, r.sessions = make(map[string]*occupant), make(map[jid.JID]*session)
}
