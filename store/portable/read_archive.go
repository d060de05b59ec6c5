package portable

import (
	"encoding/xml"
	"time"

	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// result reads an archived message (XEP-0227 #archive). What is in the message stays
// byte for byte as it is written.
func (w *walker) result(raw []byte) error {
	outer, inside, err := stanza.Split(raw)
	if err != nil {
		return w.emit(problem("archived message that cannot be read"))
	}
	r := Archived{ID: outer.Attr("id")}
	for i := range inside {
		if !inside[i].Is(nsForward, "forwarded") {
			continue
		}
		parts, err := inside[i].Inside()
		if err != nil {
			return w.emit(problem("archived message that cannot be read"))
		}
		for j := range parts {
			switch p := &parts[j]; {
			case p.Is(nsDelay, "delay"):
				r.Stamp = stampOf(p.Attr("stamp"))
			case p.Local == "message" && r.XML == nil:
				w.forwarded(p.XML, &r)
			}
		}
	}
	switch {
	case r.XML == nil:
		return w.emit(problem("archived message that is none"))
	case r.Stamp.IsZero() || r.Stamp.Before(time.Unix(0, 0)) || r.Stamp.Year() > 9999:
		return w.emit(problem("archived message without a time"))
	}
	return w.emit(r)
}

// forwarded reads the message inside a result, and finds out whose it is.
func (w *walker) forwarded(raw []byte, r *Archived) {
	st, ok := w.message(raw)
	if !ok {
		return
	}
	r.XML = st.AppendForwarded(nil)
	r.Sent = st.From.Bare() == w.owner
	r.Peer = st.From
	if r.Sent {
		r.Peer = st.To
	}
	if r.Peer.IsZero() {
		r.Peer = w.owner // RFC 6120 §10.3.1: a message to nobody is one to oneself
	}
}

// preferences reads archive preferences (XEP-0441 #prefs), which the format has no
// place for but which have a name of their own.
func (w *walker) preferences(raw []byte) error {
	var p struct {
		Default string   `xml:"default,attr"`
		Always  []string `xml:"always>jid"`
		Never   []string `xml:"never>jid"`
	}
	if xml.Unmarshal(raw, &p) != nil {
		return w.emit(problem("archive preferences that cannot be read"))
	}
	r := Preferences{archive.Prefs{Default: archive.Rule(p.Default)}}
	switch r.Default {
	case archive.Always, archive.Roster, archive.Never:
	default:
		return w.emit(problem("archive preferences that cannot be read"))
	}
	seen := make(map[jid.JID]bool) // an address is in one of the lists, once
	for _, l := range []struct {
		from []string
		into *[]jid.JID
	}{{p.Always, &r.Always}, {p.Never, &r.Never}} {
		for _, s := range l.from {
			j, err := w.address(s)
			if err != nil {
				if err := w.emit(problem("address in archive preferences that is none")); err != nil {
					return err
				}
				continue
			}
			if !seen[j] {
				seen[j] = true
				*l.into = append(*l.into, j)
			}
		}
	}
	return w.emit(r)
}
