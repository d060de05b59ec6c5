package portable

import (
	"bytes"
	"encoding/xml"

	"causeway/xmpp/ext/pep"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
)

// node reads one element about a node (XEP-0227 #pep-config).
func (w *walker) node(d *document, start xml.StartElement) error {
	name := attr(start, "node")
	if start.Name.Space != nsPubSubOwner || name == "" {
		return w.unknown(d, start)
	}
	switch start.Name.Local {
	case "configure":
		return w.decoded(d, start, func(raw []byte) error { return w.configuration(name, raw) })
	case "affiliations":
		return w.decoded(d, start, func(raw []byte) error { return w.affiliations(name, raw) })
	case "subscriptions":
		return w.decoded(d, start, func(raw []byte) error { return w.subscriptions(name, raw) })
	default:
		return w.unknown(d, start)
	}
}

func (w *walker) configuration(node string, raw []byte) error {
	var c struct {
		Created string     `xml:"urn:causeway:portable created,attr"`
		Form    *form.Form `xml:"jabber:x:data x"`
	}
	if xml.Unmarshal(raw, &c) != nil {
		return w.emit(problem("configuration of a node that cannot be read"))
	}
	if c.Form == nil {
		c.Form = &form.Form{}
	}
	return w.emit(Node{Name: node, Form: c.Form, Created: stampOf(c.Created)})
}

func (w *walker) affiliations(node string, raw []byte) error {
	var a struct {
		List []struct {
			JID  string `xml:"jid,attr"`
			Role string `xml:"affiliation,attr"`
		} `xml:"affiliation"`
	}
	if xml.Unmarshal(raw, &a) != nil {
		return w.emit(problem("affiliations of a node that cannot be read"))
	}
	r := Affiliations{Node: node}
	for _, x := range a.List {
		role := pep.Role(x.Role)
		j, err := w.address(x.JID)
		switch {
		case err == nil && j.Bare() == w.owner:
			continue // the account is an owner in any case (XEP-0163 #defaults)
		case err == nil && (role == pep.Owner || role == pep.Publisher || role == pep.Member || role == pep.Outcast):
			r.List = append(r.List, pep.Affiliation{JID: j.Bare(), Role: role})
		case role != pep.NoRole:
			if err := w.emit(problem("affiliation that is none of ours")); err != nil {
				return err
			}
		}
	}
	return w.emit(r)
}

func (w *walker) subscriptions(node string, raw []byte) error {
	var s struct {
		List []struct {
			JID   string     `xml:"jid,attr"`
			State string     `xml:"subscription,attr"`
			Prose string     `xml:"subscribed,attr"` // what Prosody 0.12 writes instead
			Opts  []struct{} `xml:"options"`
		} `xml:"subscription"`
	}
	if xml.Unmarshal(raw, &s) != nil {
		return w.emit(problem("subscriptions to a node that cannot be read"))
	}
	r := Subscriptions{Node: node}
	for _, x := range s.List {
		j, err := w.address(x.JID)
		subscribed := x.State == "subscribed" || x.Prose == "subscribed"
		if err != nil || !subscribed && x.State != "pending" {
			if x.State != "none" {
				if err := w.emit(problem("subscription to a node that is none of ours")); err != nil {
					return err
				}
			}
			continue
		}
		if len(x.Opts) > 0 {
			if err := w.emit(problem("options of a subscription to a node")); err != nil {
				return err
			}
		}
		r.List = append(r.List, pep.Subscription{JID: j, Pending: !subscribed})
	}
	return w.emit(r)
}

// items reads the items of a node (XEP-0227 #pep-items).
func (w *walker) items(d *document, start xml.StartElement) error {
	node := attr(start, "node")
	if start.Name.Space != nsPubSub || start.Name.Local != "items" || node == "" {
		return w.unknown(d, start)
	}
	// A node may be there without an item, and without a configuration.
	if err := w.emit(Published{Node: node}); err != nil {
		return err
	}
	return w.list(d, start, "item", func(raw []byte) error { return w.item(node, raw) })
}

// item takes an item apart: its payload stays as it is written.
func (w *walker) item(node string, raw []byte) error {
	d := newDocument("", bytes.NewReader(raw))
	r := Published{Node: node}
	for {
		tok, err := d.next()
		if err != nil {
			break // the end; the element has been checked as a whole
		}
		start, ok := tok.(xml.StartElement)
		switch {
		case !ok:
			continue
		case d.depth == 1:
			d.enter(start)
			r.ID = attr(start, "id")
			r.Publisher = w.publisher(attr(start, "publisher"))
			for _, a := range start.Attr {
				if a.Name == (xml.Name{Space: NSOurs, Local: "published"}) {
					r.Published = stampOf(a.Value)
				}
			}
			continue
		}
		if r.Payload != nil {
			return w.emit(problem("item with more than one payload")) // XEP-0060 #publisher-publish-error
		}
		payload, bad, err := d.element(start)
		if err != nil || bad != nil {
			return w.emit(problem("item that cannot be read"))
		}
		r.Payload = payload
	}
	if r.ID == "" {
		return w.emit(problem("item without an id"))
	}
	return w.emit(r)
}

// publisher is the account itself unless the file says otherwise.
func (w *walker) publisher(s string) jid.JID {
	if j, err := w.address(s); err == nil && s != "" {
		return j
	}
	return w.owner
}
