package portable

import (
	"encoding/xml"
	"strings"
	"time"
	"unicode"

	"causeway/roster"
	"causeway/xmpp/ext/private"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// part reads one element of an account.
func (w *walker) part(d *document, start xml.StartElement) error {
	switch (xml.Name{Space: start.Name.Space, Local: start.Name.Local}) {
	case xml.Name{Space: nsSCRAM, Local: "scram-credentials"}:
		return w.decoded(d, start, w.credentials)
	case xml.Name{Space: NSOurs, Local: "account"}:
		return w.decoded(d, start, w.about)
	case xml.Name{Space: NSOurs, Local: "left"}:
		return w.decoded(d, start, w.left)
	case xml.Name{Space: nsRoster, Local: "query"}:
		return w.list(d, start, "item", w.contact)
	case xml.Name{Space: stanza.NSClient, Local: "presence"}, xml.Name{Space: NS, Local: "presence"}:
		return w.decoded(d, start, w.request)
	case xml.Name{Space: nsCard, Local: "vCard"}:
		return w.decoded(d, start, func(raw []byte) error { return w.emit(Card{raw}) })
	case xml.Name{Space: nsPrivate, Local: "query"}:
		return w.children(d, start, func(c xml.StartElement) error { return w.private(d, c) })
	case xml.Name{Space: nsPrivacy, Local: "query"}:
		return w.decoded(d, start, w.privacy)
	case xml.Name{Space: NS, Local: "offline-messages"}:
		return w.list(d, start, "message", w.waiting)
	case xml.Name{Space: nsPubSubOwner, Local: "pubsub"}:
		return w.children(d, start, func(c xml.StartElement) error { return w.node(d, c) })
	case xml.Name{Space: nsPubSub, Local: "pubsub"}:
		return w.children(d, start, func(c xml.StartElement) error { return w.items(d, c) })
	case xml.Name{Space: nsMAM, Local: "prefs"}:
		return w.decoded(d, start, w.preferences)
	case xml.Name{Space: nsArchive, Local: "archive"}:
		return w.list(d, start, "result", w.result)
	default:
		return w.unknown(d, start)
	}
}

// decoded hands a whole element to f, or tells why it is left out.
func (w *walker) decoded(d *document, start xml.StartElement, f func(raw []byte) error) error {
	if w.shallow {
		return d.skip()
	}
	raw, bad, err := d.element(start)
	if err != nil {
		return err
	}
	if bad != nil {
		return w.emit(*bad)
	}
	return f(raw)
}

// list hands each element of a list to f; others are told of. The elements of the list
// may be of any namespace, since some exporters forget it.
func (w *walker) list(d *document, start xml.StartElement, local string, f func(raw []byte) error) error {
	return w.children(d, start, func(c xml.StartElement) error {
		if c.Name.Local != local {
			return w.unknown(d, c)
		}
		return w.decoded(d, c, f)
	})
}

// about reads what our own accounts have besides (doc/namespaces.md).
func (w *walker) about(raw []byte) error {
	var a struct {
		Created  string `xml:"created,attr"`
		Changed  string `xml:"password,attr"`
		Disabled string `xml:"disabled,attr"`
		Reason   string `xml:"reason"`
	}
	if xml.Unmarshal(raw, &a) != nil {
		return w.emit(problem("account data that cannot be read"))
	}
	return w.emit(About{
		Created: stampOf(a.Created).Truncate(time.Second), Changed: stampOf(a.Changed).Truncate(time.Second),
		Disabled: a.Disabled == "true" || a.Disabled == "1", Reason: a.Reason,
	})
}

// left reads when an account was last here (doc/namespaces.md).
func (w *walker) left(raw []byte) error {
	var l struct {
		At     string `xml:"at,attr"`
		Status string `xml:",chardata"`
	}
	if xml.Unmarshal(raw, &l) != nil {
		return w.emit(problem("last departure that cannot be read"))
	}
	r := Left{}
	r.At, r.Status = stampOf(l.At), l.Status
	if r.At.IsZero() {
		return w.emit(problem("last departure that cannot be read"))
	}
	return w.emit(r)
}

// contact reads an item of the roster (XEP-0227 #rosters).
func (w *walker) contact(raw []byte) error {
	var it struct {
		JID          string   `xml:"jid,attr"`
		Name         string   `xml:"name,attr"`
		Subscription string   `xml:"subscription,attr"`
		Ask          string   `xml:"ask,attr"`
		Approved     string   `xml:"approved,attr"`
		Groups       []string `xml:"group"`
	}
	if xml.Unmarshal(raw, &it) != nil {
		return w.emit(problem("contact that cannot be read"))
	}
	j, err := w.address(it.JID)
	if err != nil {
		return w.emit(problem("contact whose address is none"))
	}
	c := Contact{roster.Item{
		JID: j.Bare(), Name: it.Name, Groups: groups(it.Groups), Listed: true,
		// RFC 6121 §2.1.2.2: the only value is "subscribe"; §2.1.2.1: a boolean.
		Ask: it.Ask == "subscribe", Approved: it.Approved == "true" || it.Approved == "1",
	}}
	switch it.Subscription {
	case "", "none":
	case "to":
		c.Subscription = roster.To
	case "from":
		c.Subscription = roster.From
	case "both":
		c.Subscription = roster.Both
	default:
		return w.emit(problem("contact whose subscription is none of RFC 6121"))
	}
	if c.Subscription&roster.To != 0 {
		c.Ask = false // it has been answered
	}
	return w.emit(c)
}

// groups drops those without a name and those that are named twice (RFC 6121 §2.3.3).
func groups(list []string) []string {
	var kept []string
	seen := make(map[string]bool, len(list))
	for _, g := range list {
		if g != "" && !seen[g] {
			seen[g] = true
			kept = append(kept, g)
		}
	}
	return kept
}

// request reads a subscription request (XEP-0227 #incoming-subscription-requests).
func (w *walker) request(raw []byte) error {
	st, err := stanza.Parse(raw)
	if err != nil || st.Type != stanza.Subscribe || st.From.IsZero() {
		return w.emit(problem("presence that is no subscription request"))
	}
	st.From, st.To = w.rename(st.From).Bare(), jid.JID{}
	return w.emit(Request{From: st.From, XML: st.AppendTo(nil)})
}

// private reads an element of private storage (XEP-0227 #privatexmlstorage).
func (w *walker) private(d *document, start xml.StartElement) error {
	if start.Name.Space == "" || start.Name.Space == nsPrivate {
		return w.unknown(d, start)
	}
	return w.decoded(d, start, func(raw []byte) error {
		return w.emit(Private{private.Element{Name: private.Name{Space: start.Name.Space, Local: start.Name.Local}, XML: raw}})
	})
}

// waiting reads an offline message (XEP-0227 #offlinemessages).
func (w *walker) waiting(raw []byte) error {
	st, ok := w.message(raw)
	if !ok {
		return w.emit(problem("offline message that is none"))
	}
	return w.emit(Waiting{XML: st.AppendForwarded(nil)})
}

// message reads a message of ours or to us, and gives it our addresses.
func (w *walker) message(raw []byte) (*stanza.Stanza, bool) {
	st, err := stanza.Parse(raw)
	if err != nil || st.Kind != stanza.Message {
		return nil, false
	}
	if st.From.IsZero() {
		st.From = w.owner // RFC 6120 §8.1.2.1: no from is the sender's own account
	}
	st.From, st.To = w.rename(st.From), w.rename(st.To)
	return st, true
}

// stampOf reads a DateTime of XEP-0082; zero if it is none.
func stampOf(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(s))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// clip keeps what a file says short enough for a report, and on one line.
func clip(s string) string {
	if len(s) > 100 {
		s = strings.ToValidUTF8(s[:100], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
