package muc

import (
	"context"
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// isSubject reports whether a message changes the subject: "only a message that contains a
// <subject/> but no <body/> element" (XEP-0045 #enter-subject), "or a <thread/>"
// (#subject-mod).
func isSubject(st *stanza.Stanza) bool {
	return st.Has(stanza.NSClient, "subject") && !st.Has(stanza.NSClient, "body") && !st.Has(stanza.NSClient, "thread") &&
		!st.Has(nsRetract, "retract") // that is for retract.go to judge
}

// changeSubject gives the room a new subject (XEP-0045 #subject-mod).
func (r *room) changeSubject(ctx context.Context, t *turn, s *session, st *stanza.Stanza) error {
	if s.occupant.role < r.Settings.Subject {
		return stanza.Forbidden.Err("you may not change the subject")
	}
	said, err := r.clean(st, s.occupant.jid)
	if err != nil {
		return err
	}
	var xml []byte
	for _, c := range said.Children() {
		if said.ChildIs(c, stanza.NSClient, "subject") {
			xml = append(xml, said.ChildBytes(c)...)
		}
	}
	if len(xml) > r.service.cfg.Limits.TextBytes {
		return stanza.NotAcceptable.Err("this subject is too long")
	}
	if err := r.writable(); err != nil {
		return err
	}
	said.Extra = appendOccupantID(nil, s.occupant.id)
	if err := r.reflect(ctx, t, s, said); err != nil {
		return err
	}
	r.Subject = Subject{XML: appendOccupantID(xml, s.occupant.id), From: s.occupant.jid, At: t.now}
	r.changed(t)
	return nil
}

// tellSubject tells somebody who has entered what the subject is: "it SHALL send the
// current room subject", an empty one if none is set (XEP-0045 #enter-subject).
func (r *room) tellSubject(t *turn, to *session) {
	from, xml := r.Subject.From, r.Subject.XML
	if xml == nil {
		from, xml = r.jid, []byte("<subject/>")
	}
	st := stanza.New(stanza.Message, stanza.Groupchat, "", from, jid.JID{}, xml)
	if !r.Subject.At.IsZero() {
		st.Extra = appendDelay(nil, r.jid, r.Subject.At)
	}
	t.tell(st, to)
}

// changed has the record of the room written.
func (r *room) changed(t *turn) {
	record := r.Record
	record.Hats = slices.Clone(record.Hats)
	t.change.Record = &record
}
