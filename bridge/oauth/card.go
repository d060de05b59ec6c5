package oauth

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"time"
	"unicode"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

const (
	nsVCard  = "vcard-temp"
	nsVCard4 = "urn:ietf:params:xml:ns:vcard-4.0"
	nsPubsub = "http://jabber.org/protocol/pubsub"

	nodeVCard4 = "urn:xmpp:vcard4" // XEP-0292 #pubsub-publish
)

// A card is what somebody tells of themselves; all of it may be "".
type card struct {
	name, given, family, email, gender, birth, site, note string

	photo    []byte
	photoURL string
}

// readCard reads the card of an account: what XEP-0292 has, and for the rest XEP-0054.
func (h *Handler) readCard(ctx context.Context, account jid.JID) (card, error) {
	var c card
	answer, err := h.ask(ctx, account, "<pubsub xmlns='"+nsPubsub+"'><items node='"+nodeVCard4+"' max_items='1'/></pubsub>")
	if err != nil {
		return c, err
	}
	if answer != nil {
		if p, ok := answer.Child(nsPubsub, "pubsub"); ok {
			c = readVCard4(answer.ChildBytes(p))
		}
	}
	answer, err = h.ask(ctx, account, "<vCard xmlns='"+nsVCard+"'/>")
	if err != nil || answer == nil {
		return c, err
	}
	if p, ok := answer.Child(nsVCard, "vCard"); ok {
		c = c.or(readVCard(answer.ChildBytes(p)))
	}
	return c, nil
}

// ask asks an account something in its own name; the answer is nil if that is refused.
func (h *Handler) ask(ctx context.Context, account jid.JID, payload string) (*stanza.Stanza, error) {
	answer, err := h.cfg.Port.Ask(ctx, account, account, stanza.Get, []byte(payload))
	var told *stanza.Error
	if errors.As(err, &told) {
		return nil, nil
	}
	return answer, err
}

// or fills what is not there from another card.
func (c card) or(d card) card {
	if c.given == "" && c.family == "" {
		c.given, c.family = d.given, d.family
	}
	if c.photo == nil && c.photoURL == "" {
		c.photo, c.photoURL = d.photo, d.photoURL
	}
	c.name, c.email, c.gender = cmp.Or(c.name, d.name), cmp.Or(c.email, d.email), cmp.Or(c.gender, d.gender)
	c.birth, c.site, c.note = cmp.Or(c.birth, d.birth), cmp.Or(c.site, d.site), cmp.Or(c.note, d.note)
	return c
}

// inside gives the elements in one, none if it cannot be read.
func inside(raw []byte) []stanza.Element {
	_, list, err := stanza.Split(raw)
	if err != nil {
		return nil
	}
	return list
}

// textOf gives the text of the first element of a path, "" if there is none.
func textOf(raw []byte, path ...string) string {
	for _, name := range path {
		next := []byte(nil)
		for _, e := range inside(raw) {
			if e.Local == name {
				next = e.XML
				break
			}
		}
		if next == nil {
			return ""
		}
		raw = next
	}
	return clean(stanza.ElementText(raw))
}

// readVCard reads the card of XEP-0054 #dtd.
func readVCard(raw []byte) card {
	c := card{
		name: textOf(raw, "FN"), given: textOf(raw, "N", "GIVEN"), family: textOf(raw, "N", "FAMILY"),
		birth: date(textOf(raw, "BDAY")), site: webURL(textOf(raw, "URL")), note: textOf(raw, "DESC"), gender: gender(textOf(raw, "GENDER")),
	}
	c.name = cmp.Or(c.name, textOf(raw, "NICKNAME"))
	for _, e := range inside(raw) {
		switch {
		case e.Local == "EMAIL" && c.email == "":
			c.email = cmp.Or(textOf(e.XML, "USERID"), clean(e.Text()))
		case e.Local == "PHOTO" && c.photo == nil && c.photoURL == "":
			c.photo, c.photoURL = decode(textOf(e.XML, "BINVAL")), webURL(textOf(e.XML, "EXTVAL"))
		}
	}
	return c.named()
}

// readVCard4 reads the items of the node of XEP-0292: the elements of RFC 6351.
func readVCard4(raw []byte) card {
	var v []byte
	for _, items := range inside(raw) {
		for _, item := range inside(items.XML) {
			for _, e := range inside(item.XML) {
				if e.Is(nsVCard4, "vcard") && v == nil {
					v = e.XML
				}
			}
		}
	}
	if v == nil {
		return card{}
	}
	c := card{
		name: textOf(v, "fn", "text"), given: textOf(v, "n", "given"), family: textOf(v, "n", "surname"), email: textOf(v, "email", "text"),
		birth: date(cmp.Or(textOf(v, "bday", "date"), textOf(v, "bday", "date-time"), textOf(v, "bday", "text"))),
		site:  webURL(textOf(v, "url", "uri")), note: textOf(v, "note", "text"), gender: gender(textOf(v, "gender", "sex")),
	}
	c.name = cmp.Or(c.name, textOf(v, "nickname", "text"))
	if photo := textOf(v, "photo", "uri"); strings.HasPrefix(photo, "data:") {
		if _, data, ok := strings.Cut(photo, ";base64,"); ok {
			c.photo = decode(data)
		}
	} else {
		c.photoURL = webURL(photo)
	}
	return c.named()
}

// named makes parts of a name, if the card has but the whole.
func (c card) named() card {
	if c.given == "" && c.family == "" && c.name != "" {
		c.given, c.family, _ = strings.Cut(c.name, " ")
		c.family = strings.TrimSpace(c.family)
	}
	if c.name == "" {
		c.name = strings.TrimSpace(c.given + " " + c.family)
	}
	return c
}

// clean takes off white space, and control characters other than line ends.
func clean(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text))
}

// decode reads base64 that may have white space in it; nil if it is none, or empty.
func decode(text string) []byte {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil || len(raw) == 0 {
		return nil
	}
	return raw
}

// webURL lets addresses of the web pass: sites make links of them, and no other scheme is
// harmless there.
func webURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return u.String()
}

// date brings a date into the form 2006-01-02; "" if it is none, or has no year.
func date(text string) string {
	text, _, _ = strings.Cut(text, "T")
	for _, form := range []string{"2006-01-02", "20060102", "2006/01/02"} {
		if t, err := time.Parse(form, text); err == nil {
			return t.Format("2006-01-02")
		}
	}
	return ""
}

// gender is in the words of oauth wire §5.2.
func gender(text string) string {
	switch strings.ToLower(text) {
	case "m", "male": // RFC 6350 §6.2.7
		return "male"
	case "f", "female":
		return "female"
	case "o", "other":
		return "other"
	}
	return ""
}
