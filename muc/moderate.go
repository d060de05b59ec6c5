package muc

import (
	"causeway/xmpp/stanza"
)

// A roleChange is one item of a request about roles.
type roleChange struct {
	occ    *occupant
	role   Role
	reason string
}

// changeRoles does what a moderator asks: kick (XEP-0045 #kick), give and take voice
// (#grantvoice, #revokevoice, #modifyvoice), make moderators (#grantmod, #revokemod,
// #modifymod). All of it or nothing.
func (r *room) changeRoles(t *turn, iq *stanza.Stanza, items []adminItem) error {
	by := r.moderator(iq.From)
	if by == nil {
		return stanza.Forbidden.Err("this is for moderators")
	}
	list := make([]roleChange, 0, len(items))
	for i := range items {
		c, err := r.readRole(&items[i])
		if err != nil {
			return err
		}
		if err := r.mayRole(by, &c); err != nil {
			return err
		}
		list = append(list, c)
	}
	for _, c := range list {
		i := item{actor: by.nick, reason: c.reason}
		switch {
		case len(c.occ.sessions) == 0: // he was named twice, and is out
		case c.role == NoRole:
			i.codes = []int{statusKicked}
			r.remove(t, c.occ, i)
		case c.occ.role != c.role:
			r.setRole(t, c.occ, c.role, i)
		}
	}
	t.success(iq) // #kick: "After removing the kicked occupant(s)"
	return nil
}

// readRole reads one item: "a MUC client MUST include the 'nick' attribute" (XEP-0045
// #bizrules-iq).
func (r *room) readRole(it *adminItem) (c roleChange, err error) {
	var ok bool
	if c.role, ok = ParseRole(*it.Role); !ok || it.Nick == nil {
		return c, stanza.BadRequest.Err("which role for whom?")
	}
	if c.occ = r.byNick[nickKey(*it.Nick)]; c.occ == nil {
		return c, stanza.ItemNotFound.Err("nobody has this nick")
	}
	if c.reason = it.Reason; len(c.reason) > r.service.cfg.Limits.TextBytes {
		return c, stanza.NotAcceptable.Err("this reason is too long")
	}
	return c, nil
}

// mayRole holds one change against the table of XEP-0045 #roles-change.
func (r *room) mayRole(by *occupant, c *roleChange) error {
	mine, theirs := r.affiliation(by.bare), r.affiliation(c.occ.bare)
	switch {
	case c.role == NoRole && c.occ == by:
		return stanza.Conflict.Err("leave the room instead") // #kick: MAY
	case c.role == Moderator && mine < Admin:
		return stanza.Forbidden.Err("only admins and owners make moderators") // #grantmod
	case c.role == c.occ.role, c.role == Moderator:
		return nil
	case theirs > mine:
		return stanza.NotAllowed.Err("this person is above you") // #kick
	case c.role != NoRole && theirs >= Admin:
		// "a service MUST NOT allow the voice privileges of an admin or owner to be
		// removed by anyone" (#revokevoice); nor their being moderators (#revokemod)
		return stanza.NotAllowed.Err("admins and owners are moderators")
	case c.occ.role == Moderator && mine < Admin:
		return stanza.NotAllowed.Err("moderators are for admins and owners") // #roles-change
	case c.role == Visitor && mine < Admin && theirs >= mine && theirs > None:
		// "MUST NOT be able to revoke voice from a user whose affiliation is at or above the
		// moderator's level" (#revokevoice); among those who have none, the role decides
		return stanza.NotAllowed.Err("this person is not below you")
	}
	return nil
}
