package muc

import (
	"context"
	"fmt"

	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// groupchat is something said to all (XEP-0045 #message), or a new subject.
func (r *room) groupchat(ctx context.Context, t *turn, st *stanza.Stanza) error {
	if st.To.IsFull() {
		return stanza.BadRequest.Err("groupchat is for the room") // XEP-0045 #privatemessage
	}
	s := r.sessions[st.From]
	if s == nil {
		return stanza.NotAcceptable.Err("you are not in this room") // XEP-0045 #message
	}
	if !s.rate.take(t.now, r.service.cfg.Limits.Rate, r.service.cfg.Limits.Burst) {
		return errTooFast()
	}
	if isSubject(st) {
		return r.changeSubject(ctx, t, s, st)
	}
	if s.occupant.role < Participant {
		return stanza.Forbidden.Err("you have no voice in this room") // XEP-0045 #message
	}
	said, err := r.clean(st, s.occupant.jid)
	if err != nil {
		return err
	}
	said.Extra = appendOccupantID(make([]byte, 0, 256), s.occupant.id)
	entomb, err := r.retract(ctx, t, s, said)
	if err != nil {
		return err
	}
	if err := r.reflect(ctx, t, s, said); err != nil {
		return err
	}
	entomb()
	return nil
}

// reflect says something to everybody, as soon as it is kept. The archive has it as it is
// said, with the address of who said it for those who may see that (archive.go).
func (r *room) reflect(ctx context.Context, t *turn, by *session, st *stanza.Stanza) error {
	id := ""
	// Of a room that is not open yet there is nothing in the store, and nothing is to be
	// left there if its owner goes.
	if r.Settings.Archive && !r.locked && isWorthKeeping(st) {
		kept := *st
		kept.Extra = r.appendAddress(append(make([]byte, 0, 512), st.Extra...), by)
		xml := kept.AppendForwarded(make([]byte, 0, kept.Size()+512))
		var ticket router.Ticket
		var err error
		if id, ticket, err = r.service.cfg.Archive.Append(ctx, r.jid, st.From, xml); err != nil {
			return fmt.Errorf("archive a message of %s: %w", r.jid, err)
		}
		t.writes = append(t.writes, ticket)
		st.Extra = r.appendStanzaID(st.Extra, id)
	}
	if isHistory(st) && !isTransient(st) {
		r.history.add(r, said{id, t.now, st})
	}
	t.tell(st, r.audience...)
	r.rouse(t, by, st)
	return nil
}

// What makes a message of a room worth keeping although it has no body.
const (
	nsHints     = "urn:xmpp:hints"             // XEP-0334
	nsRetract   = "urn:xmpp:message-retract:1" // XEP-0424
	nsReactions = "urn:xmpp:reactions:0"       // XEP-0444
	nsCorrect   = "urn:xmpp:message-correct:0" // XEP-0308
	nsEncrypted = "urn:xmpp:eme:0"             // XEP-0380
	nsOMEMO     = "urn:xmpp:omemo:2"           // XEP-0384
	nsOldOMEMO  = "eu.siacs.conversations.axolotl"
)

// isWorthKeeping says which messages are archived: "All messages sent to the room that
// contain a <body> element SHOULD be stored, as should subject change stanzas" (XEP-0313
// #business-storeret-muc-archives), and what changes or answers such a message.
func isWorthKeeping(st *stanza.Stanza) bool {
	if isTransient(st) {
		return false
	}
	return st.Has(stanza.NSClient, "body") || st.Has(stanza.NSClient, "subject") ||
		st.Has(nsRetract, "retract") || st.Has(nsReactions, "reactions") || st.Has(nsCorrect, "replace") ||
		isEncrypted(st) || st.Has(nsHints, "store")
}

// isTransient reports whether its sender does not want a message kept (XEP-0334
// #no-store, #no-permanent-store).
func isTransient(st *stanza.Stanza) bool {
	return st.Has(nsHints, "no-store") || st.Has(nsHints, "no-permanent-store")
}

// isEncrypted reports whether what is said is in there, but not to be read by the room.
func isEncrypted(st *stanza.Stanza) bool {
	return st.Has(nsOMEMO, "encrypted") || st.Has(nsOldOMEMO, "encrypted") || st.Has(nsEncrypted, "encryption")
}
