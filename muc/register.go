package muc

import (
	"slices"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Names of registration (XEP-0045 #register, #registrar-formtype-register).
const (
	nsRegister   = "jabber:iq:register"
	formRegister = NS + "#register"

	fieldWanted   = "muc#register_roomnick"
	fieldApproved = "muc#register_allow"
	fieldWhom     = "muc#register_jid" // of ours: the form of the XEP does not say who asks
)

// register lets people reserve a nick, which makes them members; where members may more
// than others, an admin has to let them.
func (r *room) register(t *turn, iq *stanza.Stanza) error {
	bare := iq.From.Bare()
	if r.affiliation(bare) == Outcast {
		return stanza.NotAllowed.Err("you are banned from this room") // "is not allowed to register"
	}
	c, _ := iq.Payload()
	outer, inside, err := stanza.Split(iq.ChildBytes(c))
	if err != nil || !outer.Is(nsRegister, "query") {
		return stanza.FeatureNotImplemented.Err("")
	}
	if iq.Type == stanza.Get {
		t.answer(iq, r.registration(bare))
		return nil
	}
	for i := range inside {
		switch {
		case inside[i].Is(nsRegister, "remove"):
			return r.unregister(t, iq, bare)
		case inside[i].Is(form.NS, "x"):
			f, err := form.Parse(inside[i].XML)
			if err != nil {
				break
			}
			return r.enrol(t, iq, bare, f)
		}
	}
	// "If the user did not include a valid data form, the room MUST return a bad-request"
	return stanza.BadRequest.Err("fill in the form")
}

// registration tells somebody's nick, or asks for one.
func (r *room) registration(bare jid.JID) []byte {
	p := append([]byte(nil), "<query xmlns='"+nsRegister+"'>"...)
	if nick := r.members[bare].Nick; nick != "" {
		p = appendElement(append(p, "<registered/>"...), "username", nick)
	} else {
		f := form.New(form.Ask, formRegister,
			form.Field{Var: fieldWanted, Type: form.TextSingle, Label: "Desired nickname", Required: true})
		f.Title = "Registration with " + r.jid.String()
		p = f.Append(p)
	}
	return append(p, "</query>"...)
}

// enrol makes somebody a member with a nick, or asks those who may.
func (r *room) enrol(t *turn, iq *stanza.Stanza, bare jid.JID, f *form.Form) error {
	nick := f.Value(fieldWanted)
	if f.Type == form.Cancel {
		t.answer(iq, nil)
		return nil
	}
	if f.Type != form.Submit || f.FormType() != formRegister || nick == "" {
		return stanza.BadRequest.Err("which nick?")
	}
	if err := r.reservable(nick, bare); err != nil {
		return err
	}
	if r.wantsApproval(bare) {
		if !r.service.wishes.take(bare, t.now, 1, maxWishes) {
			return errTooFast()
		}
		r.askToApprove(t, bare, nick)
		t.answer(iq, nil)
		return nil
	}
	return r.reserve(t, bare, nick, func() { t.success(iq) })
}

// wantsApproval reports whether membership would give somebody more than a nick: a way in,
// what was said behind a password, or voice (XEP-0045 #register: "the service MAY request
// that the submission be approved").
func (r *room) wantsApproval(bare jid.JID) bool {
	s := &r.Settings
	return r.affiliation(bare) < MemberOf &&
		(s.MembersOnly || s.Moderated && !r.hasRole(bare, Participant) || s.Password != "" && !r.hasRole(bare, Visitor))
}

// reservable says whether a nick can be reserved for somebody.
func (r *room) reservable(nick string, bare jid.JID) error {
	if err := r.checkNick(nick); err != nil {
		return err
	}
	if _, err := r.jid.WithResource(nick); err != nil {
		return stanza.NotAcceptable.Err("this cannot be a nick")
	}
	key := nickKey(nick)
	if occ := r.byNick[key]; occ != nil && occ.bare != bare {
		return stanza.Conflict.Err("somebody has this nick")
	}
	if holder, ok := r.reserved[key]; ok && holder != bare {
		return stanza.Conflict.Err("this nick is reserved for somebody else")
	}
	return nil
}

// reserve writes a nick down, and tells those who are in the room of the new member.
func (r *room) reserve(t *turn, bare jid.JID, nick string, success func()) error {
	m := r.members[bare]
	m.JID, m.Nick, m.Affiliation = bare, nick, max(r.listed(bare), MemberOf)
	before, err := r.enlistAll(t, []Member{m})
	if err != nil {
		return err
	}
	success()
	for _, occ := range slices.Clone(r.seats) {
		if occ.bare == bare {
			r.reseat(t, occ, before[0], item{})
		}
	}
	return nil
}

// unregister gives a nick up, and membership with it (XEP-0077 #usecases-cancel).
func (r *room) unregister(t *turn, iq *stanza.Stanza, bare jid.JID) error {
	m, ok := r.members[bare]
	if !ok || m.Nick == "" && m.Affiliation != MemberOf {
		return stanza.ItemNotFound.Err("you are not registered")
	}
	m.Nick = ""
	if m.Affiliation == MemberOf {
		m.Affiliation = None
	}
	before, err := r.enlistAll(t, []Member{m})
	if err != nil {
		return err
	}
	t.success(iq)
	r.affiliated(t, []Member{m}, before, "")
	return nil
}

// maxWishes is how many rooms for members somebody may ask at once to be let into.
const maxWishes = 10

// askToApprove writes to those who may let somebody in (XEP-0045 #regapprove), whether
// they are in the room or not.
func (r *room) askToApprove(t *turn, bare jid.JID, nick string) {
	f := form.New(form.Ask, formRegister,
		form.Field{Var: fieldWhom, Type: form.JIDSingle, Label: "Address", Values: []string{bare.String()}},
		form.Field{Var: fieldWanted, Type: form.TextSingle, Label: "Desired nickname", Values: []string{nick}},
		form.Field{Var: fieldApproved, Type: form.Boolean, Label: "Allow this person to register with the room?", Values: []string{"0"}})
	f.Title = "Registration request"
	f.Instructions = []string{"To let this person into the room, say yes and submit. To let it be, cancel."}
	payload := f.Append(nil)
	for _, m := range r.members {
		if m.Affiliation >= Admin {
			t.write(stanza.New(stanza.Message, stanza.Normal, "", r.jid, m.JID, payload), m.JID)
		}
	}
}

// approve does what an admin has answered.
func (r *room) approve(t *turn, st *stanza.Stanza, f *form.Form) error {
	switch {
	case r.affiliation(st.From.Bare()) < Admin:
		return stanza.Forbidden.Err("this is for admins and owners")
	case f.Type != form.Submit || !f.Bool(fieldApproved, false):
		return nil
	}
	who, err := f.JID(fieldWhom)
	if err != nil || who.Local() == "" {
		return stanza.BadRequest.Err("who is let in?")
	}
	bare := who.Bare()
	if r.affiliation(bare) != None {
		return nil // somebody else has answered
	}
	nick := f.Value(fieldWanted)
	if r.reservable(nick, bare) != nil {
		nick = "" // somebody has taken it meanwhile
	}
	m := r.members[bare]
	m.JID, m.Affiliation, m.Nick = bare, MemberOf, nick
	before, err := r.enlistAll(t, []Member{m})
	if err != nil {
		return err
	}
	r.affiliated(t, []Member{m}, before, r.nickOf(st.From))
	return nil
}
