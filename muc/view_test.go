package muc

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
)

// A view is what one client believes of a room, by nothing but the stanzas that it got.
type view struct {
	in      bool
	nick    string
	seen    map[string]sight // by nick
	subject string
	said    []heard // since it came in, in order
	letters []string
	refused []string // conditions of errors, since they were last looked at
}

// A sight is an occupant as others see it.
type sight struct{ role, affiliation, jid, id, show string }

// A heard is one message that all were told.
type heard struct{ id, archive string }

// received is a stanza as a client reads it.
type received struct {
	XMLName xml.Name
	From    string    `xml:"from,attr"`
	Type    string    `xml:"type,attr"`
	ID      string    `xml:"id,attr"`
	Show    string    `xml:"show"`
	Body    *string   `xml:"body"`
	Subject *string   `xml:"subject"`
	Delay   *struct{} `xml:"urn:xmpp:delay delay"`
	Error   struct {
		Any []struct{ XMLName xml.Name } `xml:",any"`
	} `xml:"error"`
	Archive struct {
		ID string `xml:"id,attr"`
	} `xml:"urn:xmpp:sid:0 stanza-id"`
	Occupant struct {
		ID string `xml:"id,attr"`
	} `xml:"urn:xmpp:occupant-id:0 occupant-id"`
	X *struct {
		Item *struct {
			Role        string `xml:"role,attr"`
			Affiliation string `xml:"affiliation,attr"`
			JID         string `xml:"jid,attr"`
			Nick        string `xml:"nick,attr"`
		} `xml:"item"`
		Status  []status  `xml:"status"`
		Destroy *struct{} `xml:"destroy"`
	} `xml:"http://jabber.org/protocol/muc#user x"`
}

type status struct {
	Code int `xml:"code,attr"`
}

func (r *received) has(code int) bool { return r.X != nil && slices.Contains(r.X.Status, status{code}) }

// hear takes stanzas as they come; the error is one that a client could not explain.
func (v *view) hear(stanzas []string) error {
	for _, text := range stanzas {
		var r received
		if err := xml.Unmarshal([]byte(text), &r); err != nil {
			return fmt.Errorf("%w: %s", err, text)
		}
		if err := v.take(&r); err != nil {
			return fmt.Errorf("%w: %s", err, text)
		}
	}
	return nil
}

func (v *view) take(r *received) error {
	room, nick, _ := strings.Cut(r.From, "/")
	switch {
	case room != balcony:
		return nil
	case r.Type == "error":
		for _, e := range r.Error.Any {
			v.refused = append(v.refused, e.XMLName.Local)
		}
		return nil
	case r.XMLName.Local == "presence" && r.Type == "":
		return v.sees(r, nick)
	case r.XMLName.Local == "presence" && r.Type == "unavailable":
		return v.misses(r, nick)
	case r.XMLName.Local == "message" && r.Type == "groupchat":
		return v.hears(r)
	case r.XMLName.Local == "message" && r.Type == "chat" && nick != "":
		v.letters = append(v.letters, r.ID)
	}
	return nil
}

func (v *view) sees(r *received, nick string) error {
	if r.X == nil || r.X.Item == nil {
		return fmt.Errorf("presence of %s without an item", nick)
	}
	if v.seen == nil {
		v.seen = make(map[string]sight)
	}
	v.seen[nick] = sight{r.X.Item.Role, r.X.Item.Affiliation, r.X.Item.JID, r.Occupant.ID, r.Show}
	if r.has(statusSelf) {
		v.in, v.nick = true, nick
	}
	return nil
}

func (v *view) misses(r *received, nick string) error {
	if r.X == nil {
		return fmt.Errorf("%s goes without a word of the room", nick)
	}
	switch self := r.has(statusSelf); {
	case self && r.has(statusNewNick):
		delete(v.seen, nick)
		v.nick = r.X.Item.Nick
	case self:
		v.leave()
	default:
		delete(v.seen, nick)
	}
	return nil
}

func (v *view) hears(r *received) error {
	switch {
	case r.Delay != nil && r.Subject == nil:
		return nil // what was said before
	case r.Subject != nil && r.Body == nil:
		v.subject = *r.Subject
		if r.Delay != nil || r.ID == "" {
			return nil // as it was before
		}
	case r.Body == nil:
		return nil // settings have changed
	}
	if !v.in {
		return fmt.Errorf("%s is told to somebody who is not there", r.ID)
	}
	if slices.ContainsFunc(v.said, func(h heard) bool { return h.id == r.ID }) {
		return fmt.Errorf("%s is told twice", r.ID)
	}
	v.said = append(v.said, heard{r.ID, r.Archive.ID})
	return nil
}

// leave forgets the room.
func (v *view) leave() {
	v.in, v.nick, v.seen, v.subject, v.said = false, "", nil, "", nil
}

// differs compares the view of one session with the room as it is. What is known of
// addresses may be what was told under other settings, unless it is fresh.
func (v *view) differs(r *room, s *session, fresh bool) error {
	if v.in != (s != nil) {
		return fmt.Errorf("believes to be in: %v, is: %v", v.in, s != nil)
	}
	if s == nil {
		return nil
	}
	if v.nick != s.occupant.nick {
		return fmt.Errorf("believes to be %s, is %s", v.nick, s.occupant.nick)
	}
	there := 0
	for _, occ := range r.seats {
		if occ != s.occupant && !r.visible(occ.role) {
			continue
		}
		there++
		got, ok := v.seen[occ.nick]
		if !ok {
			return fmt.Errorf("does not see %s", occ.nick)
		}
		want := sight{occ.role.String(), r.affiliation(occ.bare).String(), "", occ.id, show(occ.shown)}
		if occ == s.occupant || r.sees(s.occupant) {
			want.jid = occ.shown.jid.String()
		}
		if !fresh && (got.jid == "" || got.jid == occ.shown.jid.String()) {
			got.jid = want.jid
		}
		if got != want {
			return fmt.Errorf("sees %s as %v, which is %v", occ.nick, got, want)
		}
	}
	if len(v.seen) != there {
		return fmt.Errorf("sees %d, there are %d: %v", len(v.seen), there, v.seen)
	}
	if subject := textOf(r.Subject.XML); v.subject != subject {
		return fmt.Errorf("believes the subject to be %q, it is %q", v.subject, subject)
	}
	return nil
}

// show is the show of the presence of a session.
func show(s *session) string {
	var r received
	if xml.Unmarshal(s.presence.AppendTo(nil), &r) != nil {
		return "?"
	}
	return r.Show
}

// textOf is the text of a subject.
func textOf(subject []byte) string {
	var text string
	if len(subject) > 0 && xml.Unmarshal(subject, &text) != nil {
		return "?"
	}
	return text
}

// An order is what all views say of which message comes next after which.
type order map[string]string

// add puts what one view has heard beside what the others have.
func (o order) add(said []heard) error {
	for i := 1; i < len(said); i++ {
		a, b := said[i-1].id, said[i].id
		if next, ok := o[a]; ok && next != b {
			return fmt.Errorf("after %s comes %s for one and %s for another", a, next, b)
		}
		o[a] = b
	}
	return nil
}

// inArchive holds what one view has heard against the archive: it is a part of it without a gap.
func inArchive(said []heard, archive []Saying) error {
	var ids []string
	for _, h := range said {
		if h.archive != "" {
			ids = append(ids, h.archive)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	at := slices.IndexFunc(archive, func(s Saying) bool { return s.ID == ids[0] })
	for i, id := range ids {
		if at < 0 || at+i >= len(archive) || archive[at+i].ID != id {
			return fmt.Errorf("was told %v, the archive has it otherwise", ids)
		}
	}
	return nil
}
