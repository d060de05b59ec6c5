package muc

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// history is what was said in a room lately, for those who enter (XEP-0045
// #enter-history). It is in memory while the room is alive, and read from the archive by
// the first who enters.
type history struct {
	known bool
	said  []said
	bytes int
}

// said is one message as it was reflected.
type said struct {
	id string // of the archive; "" if it is not there
	at time.Time
	st *stanza.Stanza
}

// maxHistoryBytes bounds what the history of one room holds.
const maxHistoryBytes = 256 << 10

// recall reads the end of the archive, once.
func (h *history) recall(ctx context.Context, r *room) error {
	if h.known {
		return nil
	}
	h.known = true
	if !r.Settings.Archive {
		return nil
	}
	list, err := r.service.cfg.Archive.Last(ctx, r.jid, r.service.cfg.Limits.History)
	if err != nil {
		h.known = false
		return fmt.Errorf("read what was said in %s: %w", r.jid, err)
	}
	for _, s := range list {
		st, err := stanza.Parse(withoutAddress(s.XML))
		if err != nil || !isHistory(st) {
			continue
		}
		st.Extra = r.appendStanzaID(nil, s.ID)
		h.add(r, said{s.ID, s.At, st})
	}
	return nil
}

// isHistory reports whether a message is told to those who enter: one that is read.
// "subject changes … are not part of the discussion history" (XEP-0045 #enter-history).
func isHistory(st *stanza.Stanza) bool {
	return st.Has(stanza.NSClient, "body") || isEncrypted(st)
}

// add remembers one message, and forgets the oldest ones.
func (h *history) add(r *room, s said) {
	h.said = append(h.said, s)
	h.bytes += s.st.Size()
	most := min(r.Settings.HistoryLength, r.service.cfg.Limits.History)
	drop := 0
	for len(h.said)-drop > most || h.bytes > maxHistoryBytes {
		h.bytes -= h.said[drop].st.Size()
		drop++
	}
	if drop > 0 {
		h.said = slices.Delete(h.said, 0, drop)
	}
}

// drop forgets a message that was retracted: the room "SHOULD prevent further
// distribution" (XEP-0425 #rules).
func (h *history) drop(id string) {
	h.said = slices.DeleteFunc(h.said, func(s said) bool {
		if s.id == id {
			h.bytes -= s.st.Size()
		}
		return s.id == id
	})
}

// send tells a session what was said, "the smallest amount of traffic that meets any
// combination of the above criteria" (XEP-0045 #enter-managehistory).
func (h *history) send(t *turn, r *room, to *session, w wish) {
	list := h.said
	first := len(list)
	most := min(r.Settings.HistoryLength, r.service.cfg.Limits.History) // which may be less than it was
	for chars, n := 0, 0; first > 0 && n < most; first-- {
		s := &list[first-1]
		n++
		if w.chars >= 0 {
			chars += utf8.RuneCount(r.old(s, to).AppendTo(nil)) // "the characters of the complete XML stanzas"
		}
		if w.stanzas >= 0 && n > w.stanzas || w.chars >= 0 && chars > w.chars || s.at.Before(w.since) {
			break
		}
	}
	for i := range list[first:] {
		t.tell(r.old(&list[first+i], to), to)
	}
}

// old is a message as it is told to who enters.
func (r *room) old(s *said, to *session) *stanza.Stanza {
	old := *s.st
	old.To = to.jid
	old.Extra = appendDelay(slices.Clone(old.Extra), r.jid, s.at)
	return &old
}

// appendDelay writes when something was said: "MUST be stamped …; the 'from' attribute
// MUST be set to the JID of the room itself" (XEP-0045 #enter-history).
func appendDelay(dst []byte, room jid.JID, at time.Time) []byte {
	dst = append(dst, "<delay xmlns='"+nsDelay+"'"...)
	dst = stanza.AppendAttr(dst, "from", room.String())
	dst = append(dst, " stamp='"...)
	dst = at.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z")
	return append(dst, "'/>"...)
}

// appendStanzaID writes by which id the archive of the room knows a message (XEP-0359
// #stanza-id).
func (r *room) appendStanzaID(dst []byte, id string) []byte {
	dst = append(dst, "<stanza-id xmlns='"+nsStanzaIDs+"'"...)
	dst = stanza.AppendAttr(dst, "by", r.jid.String())
	dst = stanza.AppendAttr(dst, "id", id)
	return append(dst, "/>"...)
}
