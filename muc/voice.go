package muc

import (
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// formVoice is the form by which voice is asked for and given (XEP-0045
// #registrar-formtype-request), with its fields.
const (
	formVoice    = NS + "#request"
	fieldRole    = "muc#role"
	fieldWho     = "muc#jid"
	fieldNick    = "muc#roomnick"
	fieldGranted = "muc#request_allow"
)

// voice takes the request of a visitor, or the answer of a moderator (XEP-0045
// #requestvoice, #voiceapprove). Both are the same form; the answer says whether.
func (r *room) voice(t *turn, st *stanza.Stanza, f *form.Form) error {
	s := r.sessions[st.From]
	switch {
	case s == nil:
		return stanza.NotAcceptable.Err("you are not in this room")
	case f.Type == form.Cancel:
		return nil
	case f.Type != form.Submit:
		return stanza.BadRequest.Err("not a submitted form")
	case f.Field(fieldGranted) != nil:
		return r.grantVoice(t, s, f)
	case f.Value(fieldRole) != Participant.String():
		return stanza.BadRequest.Err("voice is what can be asked for")
	case s.occupant.role >= Participant:
		return nil // he has it
	}
	if !s.rate.take(t.now, r.service.cfg.Limits.Rate, r.service.cfg.Limits.Burst) {
		return errTooFast()
	}
	return r.askForVoice(t, s)
}

// askForVoice tells the moderators that somebody asks (XEP-0045 #voiceapprove).
func (r *room) askForVoice(t *turn, s *session) error {
	ask := form.New(
		form.Ask, formVoice,
		choice(fieldRole, "Requested role", Participant.String(), Participant.String(), "Participant"),
		form.Field{Var: fieldWho, Type: form.JIDSingle, Label: "User ID", Values: []string{s.jid.String()}},
		form.Field{Var: fieldNick, Type: form.TextSingle, Label: "Room nickname", Values: []string{s.occupant.nick}},
		form.Field{Var: fieldGranted, Type: form.Boolean, Label: "Grant voice to this person?", Values: []string{"false"}})
	ask.Title = "Voice request"
	ask.Instructions = []string{"To let this person speak, say yes and submit. To let it be, cancel."}
	var moderators []*session
	for _, m := range r.audience {
		if m.occupant.role == Moderator {
			moderators = append(moderators, m)
		}
	}
	t.tell(stanza.New(stanza.Message, stanza.Normal, "", r.jid, jid.JID{}, ask.Append(nil)), moderators...)
	return nil
}

// grantVoice does what a moderator has answered.
func (r *room) grantVoice(t *turn, s *session, f *form.Form) error {
	if s.occupant.role != Moderator {
		return stanza.Forbidden.Err("only moderators give voice")
	}
	if !f.Bool(fieldGranted, false) {
		return nil
	}
	role, ok := ParseRole(f.Value(fieldRole))
	if !ok || role != Participant {
		return stanza.BadRequest.Err("voice is what can be given")
	}
	occ := r.byNick[nickKey(f.Value(fieldNick))]
	if j, err := f.JID(fieldWho); err == nil {
		occ = nil // the nick may be that of another person by now
		if asker := r.sessions[j]; asker != nil {
			occ = asker.occupant
		}
	}
	if occ == nil || occ.role >= Participant {
		return nil // gone, or somebody else was faster
	}
	r.setRole(t, occ, Participant, item{})
	return nil
}
