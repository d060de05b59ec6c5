package muc

import (
	"crypto/subtle"
	"slices"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// own answers a request of an owner: the settings of the room, or its end (XEP-0045
// #roomconfig, #createroom, #destroyroom).
func (r *room) own(t *turn, iq *stanza.Stanza) error {
	if r.affiliation(iq.From.Bare()) != Owner {
		return stanza.Forbidden.Err("this is for owners")
	}
	c, _ := iq.Payload()
	outer, inside, err := stanza.Split(iq.ChildBytes(c))
	if err != nil || !outer.Is(nsOwner, "query") {
		return stanza.FeatureNotImplemented.Err("")
	}
	if iq.Type == stanza.Get {
		p := append([]byte(nil), "<query xmlns='"+nsOwner+"'>"...)
		t.answer(iq, append(r.settingsForm().Append(p), "</query>"...))
		return nil
	}
	for i := range inside {
		switch {
		case inside[i].Is(nsOwner, "destroy"):
			return r.destroyBy(t, iq, &inside[i])
		case inside[i].Is(form.NS, "x"):
			f, err := form.Parse(inside[i].XML)
			if err != nil {
				return stanza.BadRequest.Err("this is no form")
			}
			return r.submit(t, iq, f)
		}
	}
	return stanza.BadRequest.Err("neither settings nor an end")
}

// submit takes a form that was filled in, or given up. An empty one accepts what is there
// (XEP-0045 #createroom-instant).
func (r *room) submit(t *turn, iq *stanza.Stanza, f *form.Form) error {
	switch {
	case f.Type == form.Cancel && r.locked:
		// "If the room owner cancels the initial configuration, the service MUST destroy
		// the room" (#createroom-reserved)
		r.destroy(t, ending{})
		t.answer(iq, nil)
		return nil
	case f.Type == form.Cancel:
		t.answer(iq, nil) // "MUST leave the configuration … as it was" (#roomconfig)
		return nil
	case f.Type != form.Submit:
		return stanza.BadRequest.Err("not a submitted form")
	case len(f.Fields) > 0 && f.FormType() != "" && f.FormType() != formSettings:
		return stanza.BadRequest.Err("not a form of " + formSettings)
	}
	set, err := r.readSettings(f)
	if err != nil {
		return err
	}
	members, err := r.readLists(f)
	if err != nil {
		return err
	}
	if err := r.configure(t, set, members, r.nickOf(iq.From), func() { t.success(iq) }); err != nil {
		return err
	}
	return nil
}

// configure gives the room new settings, and changes its lists. The first time opens it.
func (r *room) configure(t *turn, set Settings, members []Member, actor string, success func()) error {
	if len(r.sessions) == 0 && !set.Persistent {
		return stanza.NotAcceptable.Err("a room in which nobody is has to be persistent")
	}
	if err := r.lastOwner(members); err != nil {
		return err
	}
	if err := r.service.cfg.Store.Takes(); err != nil {
		return err
	}
	before, err := r.enlistAll(t, members)
	if err != nil {
		return err
	}
	old := r.Settings
	r.Settings = set
	r.changed(t)
	if r.locked {
		// Until now nothing was written (service.go: finish).
		r.lock(false)
		r.service.touched.life(r.jid)
		t.change.Members = nil
		for _, m := range r.members {
			t.change.Members = append(t.change.Members, m)
		}
		t.change.VCard = r.vcard
		r.vcard = nil
	}
	success()
	r.affiliated(t, members, before, actor)
	r.reconfigured(t, &old)
	return nil
}

// reconfigured draws the consequences of new settings for those who are in the room.
func (r *room) reconfigured(t *turn, old *Settings) {
	for _, occ := range slices.Clone(r.seats) {
		a := r.affiliation(occ.bare)
		switch {
		case r.Settings.MembersOnly && a < MemberOf:
			r.remove(t, occ, item{codes: []int{statusMembersOnly}}) // XEP-0045 #roomconfig
		case r.Settings.NoGuests && a < MemberOf && r.service.cfg.People.IsGuest(occ.bare):
			r.remove(t, occ, item{codes: []int{statusMembersOnly}})
		case old.Moderated && !r.Settings.Moderated && occ.role == Visitor:
			r.setRole(t, occ, Participant, item{})
		case occ.known != r.visible(occ.role):
			r.announce(t, occ, item{})
		default:
			occ.changed() // who may see addresses may be others now
		}
	}
	r.close(t)
	if !r.Settings.Archive && old.Archive {
		r.history = history{known: true}
	}
	if codes := old.changes(&r.Settings); len(codes) > 0 {
		r.notify(t, codes)
	}
}

// changes gives the codes of what is another setting now (XEP-0045 #roomconfig-notify).
func (s *Settings) changes(now *Settings) (codes []int) {
	rest := *s
	rest.Archive, rest.Whois = now.Archive, now.Whois
	if rest != *now {
		codes = append(codes, statusConfigChanged)
	}
	switch {
	case now.Archive && !s.Archive:
		codes = append(codes, statusLogged)
	case s.Archive && !now.Archive:
		codes = append(codes, statusNotLogged)
	}
	switch {
	case now.Whois == ToAnyone && s.Whois != ToAnyone:
		codes = append(codes, statusNowNonAnonymous)
	case s.Whois == ToAnyone && now.Whois != ToAnyone:
		codes = append(codes, statusNowSemiAnon)
	}
	return codes
}

// notify tells everybody that something about the room has changed.
func (r *room) notify(t *turn, codes []int) {
	p := append([]byte(nil), "<x xmlns='"+nsUser+"'>"...)
	p = append(appendCodes(p, codes), "</x>"...)
	t.tell(stanza.New(stanza.Message, stanza.Groupchat, "", r.jid, jid.JID{}, p), r.audience...)
}

// sameSecret compares passwords in a time that tells nothing of them.
func sameSecret(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
