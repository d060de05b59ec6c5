package portable

import (
	"bytes"
	"encoding/xml"
	"time"

	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
)

// result reads an archived message (XEP-0227 #archive). What is in the message stays
// byte for byte as it is written.
func (w *walker) result(raw []byte) error {
	d := newDocument("", bytes.NewReader(raw))
	var r Archived
	var stamp time.Time
	found := false
	open := 0 // the elements of the frame: result and forwarded
	for {
		tok, err := d.next()
		if err != nil {
			break // the end; the element has been checked as a whole
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		switch {
		case open == 0 && start.Name.Local == "result":
			r.ID = attr(start, "id")
			d.enter(start)
			open++
		case open == 1 && start.Name.Space == nsForward && start.Name.Local == "forwarded":
			d.enter(start)
			open++
		case open == 2 && start.Name.Space == nsDelay && start.Name.Local == "delay":
			stamp = stampOf(attr(start, "stamp"))
			err = d.skip()
		case open == 2 && start.Name.Local == "message" && !found:
			found, err = w.forwarded(d, start, &r)
		default:
			err = d.skip()
		}
		if err != nil {
			return w.emit(problem("archived message that cannot be read"))
		}
	}
	switch {
	case !found:
		return w.emit(problem("archived message that is none"))
	case stamp.IsZero() || stamp.Before(time.Unix(0, 0)) || stamp.Year() > 9999:
		return w.emit(problem("archived message without a time"))
	}
	r.Stamp = stamp
	return w.emit(r)
}

// forwarded reads the message inside a result, and finds out whose it is.
func (w *walker) forwarded(d *document, start xml.StartElement, r *Archived) (bool, error) {
	raw, bad, err := d.element(start)
	if bad != nil || err != nil {
		return false, err
	}
	st, ok := w.message(raw)
	if !ok {
		return false, nil
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
	return true, nil
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
			*l.into = append(*l.into, j)
		}
	}
	return w.emit(r)
}
