package muc

import (
	"strings"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Namespaces of requests that are not for one resource of a person, but for the account.
const (
	nsVCard  = "vcard-temp"                        // XEP-0054
	nsPubSub = "http://jabber.org/protocol/pubsub" // XEP-0060
	nsPing   = "urn:xmpp:ping"                     // XEP-0199
)

// relay passes a request from one occupant on to another, without telling either who the
// other is (XEP-0045 #bizrules-iq). A ping of one's own nick is answered by the room
// (XEP-0410 #serveroptimization).
func (r *room) relay(t *turn, iq *stanza.Stanza) error {
	s := r.sessions[iq.From]
	if s == nil {
		if iq.PayloadIs(nsInfo, "") || iq.PayloadIs(nsItems, "") {
			return stanza.BadRequest.Err("you are not in this room") // XEP-0045 #disco-occupant
		}
		return stanza.NotAcceptable.Err("you are not in this room") // XEP-0410 #serveroptimization
	}
	if !s.rate.take(t.now, r.service.cfg.Limits.Rate, r.service.cfg.Limits.Burst) {
		return errTooFast()
	}
	to := r.byNick[nickKey(iq.To.Resource())]
	if to == nil {
		return stanza.ItemNotFound.Err("nobody has this nick")
	}
	if to == s.occupant && iq.PayloadIs(nsPing, "ping") {
		t.answer(iq, nil)
		return nil
	}
	c, ok := iq.Payload()
	if !ok {
		return stanza.BadRequest.Err("a request has one payload")
	}
	target := to.shown
	at := target.jid
	if iq.PayloadIs(nsVCard, "") || iq.PayloadIs(nsPubSub, "") {
		at = to.bare
	}
	id := s.token + "." + target.token + "." + iq.ID()
	t.write(stanza.New(stanza.IQ, iq.Type, id, s.occupant.jid, at, iq.ChildBytes(c)), at)
	return nil
}

// passBack gives an answer to who asked. The id says whose question it answers, and who was
// asked; nobody else's answer counts.
func (r *room) passBack(t *turn, iq *stanza.Stanza) {
	asker, rest, _ := strings.Cut(iq.ID(), ".")
	asked, id, ok := strings.Cut(rest, ".")
	to, from := r.byToken(asker), r.byToken(asked)
	if !ok || to == nil || from == nil || from.jid != iq.From && from.occupant.bare != iq.From {
		return
	}
	var payload [][]byte
	for _, c := range iq.Children() {
		payload = append(payload, r.anonymous(iq, c))
	}
	t.write(stanza.New(stanza.IQ, iq.Type, id, from.occupant.jid, to.jid, payload...), to.jid)
}

// byToken finds a session.
func (r *room) byToken(token string) *session {
	for _, s := range r.audience {
		if s.token == token {
			return s
		}
	}
	return nil
}

// anonymous gives a child of an answer; an error says by whom it is, which is nobody's
// business (XEP-0045 #bizrules-iq: "nor reveal the recipient's real JID").
func (r *room) anonymous(iq *stanza.Stanza, c stanza.Child) []byte {
	if !iq.ChildIs(c, stanza.NSClient, "error") {
		return iq.ChildBytes(c)
	}
	e, ok := iq.AsError()
	if !ok {
		return stanza.AppendError(nil, stanza.UndefinedCondition.Err(""))
	}
	e.Text = "" // servers like to name people there
	return stanza.AppendError(nil, e)
}

// sessionsOf gives the sessions of a person, under whatever nicks.
func (r *room) sessionsOf(bare jid.JID) (list []*session) {
	for _, s := range r.audience {
		if s.occupant.bare == bare {
			list = append(list, s)
		}
	}
	return list
}
