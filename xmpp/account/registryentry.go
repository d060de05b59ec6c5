package account

import (
	"maps"
	"slices"
	"strconv"

	"causeway/xmpp/stanza"
)

// append writes an account: what it is, and what is noted of it.
func (r *Registry) append(b []byte, a *Account) []byte {
	b = append(b, "<account"...)
	b = stanza.AppendAttr(b, "jid", a.JID.String())
	b = stanza.AppendAttr(b, "id", a.ID.String())
	b = stanza.AppendAttr(b, "name", a.Spelling())
	born := a.Born()
	b = stanza.AppendAttr(b, "created", strconv.FormatInt(born.UnixMilli(), 10))
	if m := a.Profile.Modified; !m.IsZero() {
		born = m
	}
	b = stanza.AppendAttr(b, "modified", strconv.FormatInt(born.UnixMilli(), 10))
	b = stanza.AppendAttr(b, "active", strconv.FormatBool(a.Active()))
	for _, s := range r.router.Sessions(a.JID) {
		if s.Available() {
			b = stanza.AppendAttr(b, "available", "true")
			break
		}
	}
	if a.Profile.Nick != "" {
		b = stanza.AppendAttr(b, "nick", a.Profile.Nick)
	}
	b = append(b, '>')
	b = appendWishes(b, &a.Profile.Push)
	return append(b, "</account>"...)
}

func appendWishes(b []byte, w *Wishes) []byte {
	if w.Style == nil && w.Quiet == nil && w.Start == nil && w.End == nil && w.Ignore == nil && w.Notifier == "" && w.Device == "" {
		return b
	}
	b = append(b, "<push"...)
	for _, n := range [...]struct {
		name  string
		value *int
	}{{"style", w.Style}, {"start", w.Start}, {"end", w.End}} {
		if n.value != nil {
			b = stanza.AppendAttr(b, n.name, strconv.Itoa(*n.value))
		}
	}
	if w.Quiet != nil {
		b = stanza.AppendAttr(b, "quiet", strconv.FormatBool(*w.Quiet))
	}
	if w.Notifier != "" {
		b = stanza.AppendAttr(b, "notifier", w.Notifier)
	}
	if w.Device != "" {
		b = stanza.AppendAttr(b, "device", w.Device)
	}
	b = append(b, '>')
	for _, room := range slices.Sorted(maps.Keys(w.Ignore)) {
		b = stanza.AppendAttr(append(b, "<ignore"...), "room", room)
		b = append(stanza.AppendAttr(b, "ignore", strconv.FormatBool(w.Ignore[room])), "/>"...)
	}
	return append(b, "</push>"...)
}
