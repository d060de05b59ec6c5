package muc

import (
	"fmt"

	"causeway/xmpp/stanza"
)

// private is a message from one occupant to another (XEP-0045 #privatemessage). It goes
// to all sessions of the other, as #enter-conflict recommends.
func (r *room) private(t *turn, st *stanza.Stanza) error {
	s := r.sessions[st.From]
	if s == nil {
		return stanza.NotAcceptable.Err("you are not in this room")
	}
	if !s.rate.take(t.now, r.service.cfg.Limits.Rate, r.service.cfg.Limits.Burst) {
		return errTooFast()
	}
	if s.occupant.role < r.Settings.PrivateFrom {
		return stanza.Forbidden.Err("private messages are not for you in this room") // muc#roomconfig_allowpm
	}
	to := r.byNick[nickKey(st.To.Resource())]
	if to == nil {
		return stanza.ItemNotFound.Err("nobody has this nick")
	}
	letter, err := r.clean(st, s.occupant.jid)
	if err != nil {
		return err
	}
	// "The service SHOULD add the <x/> element": copies to other devices depend on it
	// (XEP-0280 #recommended-rules).
	letter.Extra = append([]byte(nil), "<x xmlns='"+nsUser+"'/>"...)
	letter.Extra = appendOccupantID(letter.Extra, s.occupant.id)
	if letter, err = whole(letter); err != nil {
		return err
	}
	t.out = append(t.out, delivery{st: letter, to: to.sessions, keep: true})
	t.person = true
	return nil
}

// whole makes what the room has added part of a message that the router keeps for its
// recipient: it has things of its own to add.
func whole(st *stanza.Stanza) (*stanza.Stanza, error) {
	out, err := stanza.Parse(st.AppendTo(nil))
	if err != nil {
		return nil, fmt.Errorf("read a message of a room again: %w", err)
	}
	return out, nil
}
