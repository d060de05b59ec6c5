package muc

import "causeway/xmpp/jid"

// An Affiliation is what somebody is to a room for as long as it exists (XEP-0045
// #affil). The order of the values is that of their privileges.
type Affiliation uint8

// The affiliations.
const (
	Outcast Affiliation = iota
	None
	MemberOf // "member"; a Member is the record of one
	Admin
	Owner
)

var affiliationNames = [...]string{"outcast", "none", "member", "admin", "owner"}

func (a Affiliation) String() string { return affiliationNames[a] }

// ParseAffiliation reads an affiliation as it stands on the wire.
func ParseAffiliation(s string) (a Affiliation, ok bool) {
	for i, name := range affiliationNames {
		if s == name {
			return Affiliation(i), true
		}
	}
	return None, false
}

// mayGrant reports whether somebody of affiliation a may change another's affiliation
// from one value to another: the table of XEP-0045 #affil-change.
func (a Affiliation) mayGrant(from, to Affiliation) bool {
	switch a {
	case Owner:
		return true
	case Admin:
		// XEP-0045 #affil-priv: admins ban "Members and Unaffiliated Users" and edit the
		// member list; the lists of admins and owners are for owners.
		return from < Admin && to < Admin
	default:
		return false
	}
}

// affiliation gives what somebody is to the room: the entry of the address itself
// counts before that of its domain (XEP-0045 #modifyban). Administrators of the host
// own all its rooms.
func (r *room) affiliation(bare jid.JID) Affiliation {
	if r.isAdmin(bare) {
		return Owner
	}
	return r.listed(bare)
}

// listed is the affiliation that the lists of the room give. A domain can be nothing
// but banned.
func (r *room) listed(bare jid.JID) Affiliation {
	if m, ok := r.members[bare]; ok && m.Affiliation != None {
		return m.Affiliation
	}
	if m, ok := r.members[bare.Host()]; ok && m.Affiliation == Outcast {
		return Outcast
	}
	return None
}

// owners counts those who own the room by its lists.
func (r *room) owners() (n int) {
	for _, m := range r.members {
		if m.Affiliation == Owner {
			n++
		}
	}
	return n
}
