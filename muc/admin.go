package muc

import (
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// maxItems is how many changes one request may ask for.
const maxItems = 1000

// adminQuery is a request about roles or affiliations (XEP-0045 #schemas-admin). What was
// not given is nil.
type adminQuery struct {
	Items []adminItem `xml:"item"`
}

type adminItem struct {
	Affiliation *string `xml:"affiliation,attr"`
	Role        *string `xml:"role,attr"`
	JID         *string `xml:"jid,attr"`
	Nick        *string `xml:"nick,attr"`
	Reason      string  `xml:"reason"`
}

// administer answers a request of a moderator, an admin or an owner.
func (r *room) administer(t *turn, iq *stanza.Stanza) error {
	var q adminQuery
	if !iq.PayloadIs(nsAdmin, "query") {
		return stanza.FeatureNotImplemented.Err("")
	}
	if err := iq.Decode(&q); err != nil {
		return err
	}
	switch {
	case len(q.Items) == 0:
		return stanza.BadRequest.Err("nothing is asked for")
	case len(q.Items) > maxItems:
		return stanza.PolicyViolation.Err("too many at once")
	case iq.Type == stanza.Get:
		return r.list(t, iq, &q.Items[0])
	}
	roles := 0
	for i := range q.Items {
		switch it := &q.Items[i]; {
		case it.Role != nil && it.Affiliation != nil, it.Role == nil && it.Affiliation == nil:
			// XEP-0045 #bizrules-iq: "attempts to modify both …: bad-request"
			return stanza.BadRequest.Err("an affiliation, or a role")
		case it.Role != nil:
			roles++
		}
	}
	switch roles {
	case 0:
		return r.changeAffiliations(t, iq, q.Items)
	case len(q.Items):
		return r.changeRoles(t, iq, q.Items)
	default:
		return stanza.BadRequest.Err("affiliations, or roles")
	}
}

// list gives who has a role or an affiliation (XEP-0045 #modifyvoice, #modifymod,
// #modifyban, #modifymember, #modifyowner, #modifyadmin).
func (r *room) list(t *turn, iq *stanza.Stanza, it *adminItem) error {
	if it.Role != nil {
		return r.listRole(t, iq, *it.Role)
	}
	if it.Affiliation == nil {
		return stanza.BadRequest.Err("which list?")
	}
	a, ok := ParseAffiliation(*it.Affiliation)
	if !ok || a == None {
		return stanza.BadRequest.Err("there is no such list")
	}
	if !r.mayList(iq.From, a) {
		return stanza.Forbidden.Err("this list is not for you")
	}
	var members []Member
	for _, m := range r.members {
		if m.Affiliation == a {
			members = append(members, m)
		}
	}
	slices.SortFunc(members, func(a, b Member) int { return jid.Compare(a.JID, b.JID) })
	p := append([]byte(nil), "<query xmlns='"+nsAdmin+"'>"...)
	for _, m := range members {
		p = append(p, "<item"...)
		p = stanza.AppendAttr(p, "affiliation", a.String())
		p = stanza.AppendAttr(p, "jid", m.JID.String())
		if m.Nick != "" && a != Outcast {
			p = stanza.AppendAttr(p, "nick", m.Nick)
		}
		if m.Reason == "" {
			p = append(p, "/>"...)
			continue
		}
		p = append(appendElement(append(p, '>'), "reason", m.Reason), "</item>"...)
	}
	t.answer(iq, append(p, "</query>"...))
	return nil
}

// mayList says who may read which list. Where addresses are shown to anyone, members may
// know who the others are (XEP-0045 #modifymember, #modifyowner, #modifyadmin); in other
// rooms the lists of those in charge are for owners.
func (r *room) mayList(who jid.JID, a Affiliation) bool {
	mine := r.affiliation(who.Bare())
	open := r.Settings.Whois == ToAnyone
	switch {
	case mine == Owner:
		return true
	case a == Outcast:
		return mine == Admin
	case open && mine >= MemberOf:
		return true
	case a != MemberOf:
		return false
	case mine == Admin:
		return true
	}
	// muc#roomconfig_getmemberlist
	s := r.sessions[who]
	return s != nil && s.occupant.role >= r.Settings.MemberList && (open || s.occupant.role == Moderator)
}

// listRole gives the occupants that have a role: "in IQ results regarding roles, a MUC
// service MUST include the 'nick', 'role', 'affiliation', and 'jid'" (XEP-0045
// #bizrules-iq).
func (r *room) listRole(t *turn, iq *stanza.Stanza, name string) error {
	role, ok := ParseRole(name)
	if !ok || role == NoRole {
		return stanza.BadRequest.Err("there is no such list")
	}
	if r.moderator(iq.From) == nil && r.affiliation(iq.From.Bare()) < Admin {
		return stanza.Forbidden.Err("this list is for moderators")
	}
	p := append([]byte(nil), "<query xmlns='"+nsAdmin+"'>"...)
	for _, occ := range r.seats {
		if occ.role != role {
			continue
		}
		p = append(p, "<item"...)
		p = stanza.AppendAttr(p, "affiliation", r.affiliation(occ.bare).String())
		p = stanza.AppendAttr(p, "jid", occ.shown.jid.String())
		p = stanza.AppendAttr(p, "nick", occ.nick)
		p = stanza.AppendAttr(p, "role", role.String())
		p = append(p, "/>"...)
	}
	t.answer(iq, append(p, "</query>"...))
	return nil
}

// changeAffiliations does what an admin or owner asks, all of it or nothing: "the service
// SHOULD NOT apply any of the requested changes" if one is not allowed (XEP-0045
// #modifyban).
func (r *room) changeAffiliations(t *turn, iq *stanza.Stanza, items []adminItem) error {
	bare := iq.From.Bare()
	mine := r.affiliation(bare)
	if mine < Admin {
		return stanza.Forbidden.Err("this is for admins and owners")
	}
	list := make([]Member, 0, len(items))
	for i := range items {
		m, err := r.readMember(&items[i])
		if err != nil {
			return err
		}
		if err := r.mayChange(bare, mine, &m); err != nil {
			return err
		}
		list = append(list, m)
	}
	if err := noNickTwice(list); err != nil {
		return err
	}
	if err := r.lastOwner(list); err != nil {
		return err
	}
	before, err := r.enlistAll(t, list)
	if err != nil {
		return err
	}
	t.success(iq)
	r.affiliated(t, list, before, r.nickOf(iq.From))
	return nil
}

// noNickTwice says whether one nick is to be reserved for two people.
func noNickTwice(list []Member) error {
	holder := make(map[string]jid.JID)
	for _, m := range list {
		if m.Nick == "" {
			continue
		}
		key := nickKey(m.Nick)
		if who, ok := holder[key]; ok && who != m.JID {
			return stanza.Conflict.Err("one nick for two people")
		}
		holder[key] = m.JID
	}
	return nil
}

// nickOf is under which nick a session is in the room; "" if it is not.
func (r *room) nickOf(full jid.JID) string {
	if s := r.sessions[full]; s != nil {
		return s.occupant.nick
	}
	return ""
}

// readMember reads one change of an affiliation. Clients may name an occupant by nick.
func (r *room) readMember(it *adminItem) (Member, error) {
	a, ok := ParseAffiliation(*it.Affiliation)
	if !ok {
		return Member{}, stanza.BadRequest.Err("there is no such affiliation")
	}
	var who jid.JID
	switch {
	case it.JID != nil:
		j, err := jid.Parse(*it.JID)
		if err != nil {
			return Member{}, stanza.JIDMalformed.Err("whose affiliation?")
		}
		who = j.Bare() // XEP-0045 #grantowner: "SHOULD use the bare JID representation"
	case it.Nick != nil:
		occ := r.byNick[nickKey(*it.Nick)]
		if occ == nil {
			return Member{}, stanza.ItemNotFound.Err("nobody has this nick")
		}
		who = occ.bare
	default:
		return Member{}, stanza.BadRequest.Err("whose affiliation?")
	}
	if who.Local() == "" && a != Outcast && a != None {
		return Member{}, stanza.NotAcceptable.Err("only a ban is for a whole domain")
	}
	if len(it.Reason) > r.service.cfg.Limits.TextBytes {
		return Member{}, stanza.NotAcceptable.Err("this reason is too long")
	}
	m := r.members[who]
	m.JID, m.Affiliation, m.Reason = who, a, it.Reason
	switch {
	case a == Outcast:
		// "MUST remove the outcast's nickname from the list of registered nicknames" (#ban)
		m.Nick, m.Hats = "", nil
	case a == None:
		m.Nick = "" // it was reserved for a member
	case it.JID != nil && it.Nick != nil:
		// XEP-0045 #modifymember: the reserved nick; "To unset …, an empty string"
		if *it.Nick != "" {
			if err := r.reservable(*it.Nick, who); err != nil {
				return Member{}, err
			}
		}
		m.Nick = *it.Nick
	}
	return m, nil
}

// mayChange holds one change against the tables of XEP-0045 #affil-priv and #affil-change.
func (r *room) mayChange(by jid.JID, mine Affiliation, m *Member) error {
	was := r.affiliation(m.JID)
	switch {
	case m.JID == by && m.Affiliation == Outcast:
		return stanza.Conflict.Err("you cannot ban yourself") // #ban
	case m.Affiliation == Outcast && (!mine.mayGrant(was, Outcast) || r.isAdmin(m.JID)):
		return stanza.NotAllowed.Err("this person is not below you") // #ban
	case mine.mayGrant(was, m.Affiliation):
		return nil
	default:
		return stanza.Forbidden.Err("only owners change these lists") // #modifyowner, #modifyadmin
	}
}

// lastOwner sees to it that a room keeps an owner: "Every room MUST have at least one
// owner" (XEP-0045 #owner, #revokeowner). One that has none, since its account was
// removed, is in the care of the administrators of the host.
func (r *room) lastOwner(list []Member) error {
	after := make(map[jid.JID]Affiliation, len(list))
	for _, m := range list {
		after[m.JID] = m.Affiliation // the last word about somebody counts
	}
	owners := r.owners()
	if owners == 0 {
		return nil
	}
	for who, a := range after {
		m, ok := r.members[who]
		if ok && m.Affiliation == Owner {
			owners--
		}
		if a == Owner {
			owners++
		}
	}
	if owners < 1 {
		return stanza.Conflict.Err("the room would have no owner")
	}
	return nil
}

// enlist puts one entry into the lists, and has it written.
func (r *room) enlist(t *turn, m Member) error {
	_, err := r.enlistAll(t, []Member{m})
	return err
}

// enlistAll puts entries into the lists, and has them written. It gives what these people
// were before.
func (r *room) enlistAll(t *turn, list []Member) (before []Affiliation, err error) {
	if slices.ContainsFunc(list, func(m Member) bool { return !m.Idle() }) {
		if err := r.writable(); err != nil {
			return nil, err
		}
	}
	if err := r.listsHold(list); err != nil {
		return nil, err
	}
	for _, m := range list {
		before = append(before, r.affiliation(m.JID))
		if m.Affiliation != Outcast {
			m.Reason = "" // it is told, but only that of a ban is kept
		}
		r.setMember(m)
		t.change.Members = append(t.change.Members, m)
	}
	return before, nil
}

// listsHold says whether there is space in the lists for entries that are new.
func (r *room) listsHold(list []Member) error {
	most := r.service.cfg.Limits.Members
	if r.locked {
		most = min(most, maxItems) // all of them are written at once
	}
	n := len(r.members)
	for i := range list {
		if _, ok := r.members[list[i].JID]; !ok && !list[i].Idle() {
			n++
		}
	}
	if n > most && n > len(r.members) {
		return stanza.ResourceConstraint.Err("the lists of this room are full")
	}
	return nil
}

// affiliated draws the consequences of changes of affiliations for those who are in the
// room, and tells all of it.
func (r *room) affiliated(t *turn, list []Member, before []Affiliation, actor string) {
	for i, m := range list {
		here := false
		for _, occ := range slices.Clone(r.seats) {
			if !m.means(occ.bare) || m.JID != occ.bare && r.affiliation(occ.bare) != Outcast {
				continue // with a ban of the domain, an entry of one's own counts more
			}
			here = true
			r.reseat(t, occ, before[i], item{actor: actor, reason: m.Reason})
		}
		if !here && r.Settings.MembersOnly && before[i] == None && m.Affiliation >= MemberOf {
			// XEP-0045 #modifymember: "the service SHOULD send an invitation"
			t.write(r.invitation(r.jid, &invitation{to: m.JID, password: r.Settings.Password}), m.JID)
		}
	}
}

// reseat is for an occupant whose affiliation was another one before.
func (r *room) reseat(t *turn, occ *occupant, before Affiliation, i item) {
	after := r.affiliation(occ.bare)
	switch {
	case after == Outcast:
		i.codes = []int{statusBanned} // XEP-0045 #ban
		r.remove(t, occ, i)
	case r.Settings.MembersOnly && after < MemberOf:
		i.codes = []int{statusUnaffiliated} // XEP-0045 #revokemember
		r.remove(t, occ, i)
	case after != before:
		r.setRole(t, occ, r.Settings.roleAfter(occ.role, before, after), i)
	}
}
