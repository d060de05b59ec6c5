package webim

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Namespaces of what comes and goes by a line.
const (
	nsArchive   = "urn:xmpp:mam:2"
	nsCarbons   = "urn:xmpp:carbons:2"
	nsDelay     = "urn:xmpp:delay"
	nsForward   = "urn:xmpp:forward:0"
	nsHints     = "urn:xmpp:hints"
	nsIDs       = "urn:xmpp:sid:0"
	nsNick      = "http://jabber.org/protocol/nick"
	nsOOB       = "jabber:x:oob"
	nsPrivate   = "jabber:iq:private"
	nsRoom      = "http://jabber.org/protocol/muc"
	nsRoomAdmin = "http://jabber.org/protocol/muc#admin"
	nsRoomOwner = "http://jabber.org/protocol/muc#owner"
	nsRoomUser  = "http://jabber.org/protocol/muc#user"
	nsRoster    = "jabber:iq:roster"
	nsStates    = "http://jabber.org/protocol/chatstates"
	nsVCard     = "vcard-temp"
	// nsOwn is that of what no specification has a word for (doc/namespaces.md).
	nsOwn = "urn:causeway:webim"
)

// maxStatus and maxNick are how much of a text about somebody is kept, in bytes.
const (
	maxStatus = 512
	maxNick   = 128
)

// cut shortens text to whole characters.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// pack makes a packet of an object of ours.
func pack(k kind, v any) packet {
	b, err := json.Marshal(v)
	if err != nil { // cannot be: the objects are made of strings and numbers
		b = []byte("{}")
	}
	return packet{kind: k, json: b}
}

// take translates one stanza that has come, and gives what is settled by that already.
// The lock of p is held.
func (p *person) take(st *stanza.Stanza) []*letter {
	var l *letter
	if st.Told != nil {
		l = &letter{told: st.Told}
	}
	kept := false
	switch st.Kind {
	case stanza.Presence:
		p.takePresence(st)
	case stanza.Message:
		kept = p.takeMessage(st, l)
	case stanza.IQ:
		p.takeRoster(st)
	}
	if l != nil && !kept {
		return []*letter{l}
	}
	return nil
}

// takePresence translates presence (wire §4).
func (p *person) takePresence(st *stanza.Stanza) {
	from := st.From.Bare()
	if r := p.rooms[from]; r != nil && (st.From.IsFull() || st.Type == stanza.TypeError) {
		p.takeOccupant(r, st)
		return
	}
	switch {
	case from == p.account: // "Do not push a user's own presence to himself"
	case st.Type == stanza.Subscribe:
		p.notify(notice{Text: escape(p.nickOf(from) + " wants to be friends with you."), Link: "#"})
	case st.Type == stanza.Available:
		p.takeAvailable(st)
	case st.Type == stanza.Unavailable:
		c := p.contacts[from]
		_, _, was := c.present()
		if !was {
			return
		}
		delete(c.resources, st.From.Resource())
		if st.From.IsBare() {
			clear(c.resources)
		}
		p.pushPresence(from, true)
	}
}

func (p *person) takeAvailable(st *stanza.Stanza) {
	from := st.From.Bare()
	if st.Has(nsRoomUser, "x") {
		return // of a room that we have left
	}
	c := p.contacts[from]
	if c == nil {
		c = p.stranger(from)
	}
	if c == nil {
		return
	}
	show, status, was := c.present()
	if c.resources == nil {
		c.resources = make(map[string]appearance)
	}
	most := maxResources
	if !c.listed {
		most = 1
	}
	if _, known := c.resources[st.From.Resource()]; !known && len(c.resources) >= most {
		return
	}
	c.resources[st.From.Resource()] = readPresence(st)
	if nick := st.Text(nsNick, "nick"); nick != "" {
		c.nick = cut(nick, maxNick)
	}
	if s, t, _ := c.present(); !was || s != show || t != status {
		p.pushPresence(from, was)
	}
}

// maxResources bounds how many resources of somebody are told apart.
const maxResources = 64

// pushPresence tells the tabs how somebody is now.
func (p *person) pushPresence(who jid.JID, was bool) {
	show, status, here := p.contacts[who].present()
	info := presenceInfo{Type: "show", From: p.buddy(who), To: p.buddy(p.account), Nick: escape(p.nickOf(who)), Show: show, Status: escape(status)}
	switch {
	case !here:
		info.Type = offline // and its show is "unavailable", or the old one stays (wire §4)
	case !was:
		info.Type = online
	}
	p.all(pack(presences, info), nil)
}

// takeMessage translates a message. It reports whether a packet keeps the letter.
func (p *person) takeMessage(st *stanza.Stanza, l *letter) (kept bool) {
	host := inviter(st)
	switch {
	case st.Type == stanza.TypeError:
		p.refused(st)
		return false
	case st.From == p.account && st.Has(nsCarbons, ""):
		return p.takeCopy(st)
	case st.Type == stanza.Groupchat:
		p.takeGroup(st)
		return false
	case !host.IsZero():
		return p.takeInvitation(st, host, l)
	case st.Type == stanza.Headline:
		p.takeHeadline(st)
		return false
	}
	if !st.Has(stanza.NSClient, "body") {
		p.takeState(st)
		return false
	}
	item, ok := p.item(st, time.Now())
	if !ok {
		return false
	}
	k := pack(messages, item)
	k.letter = l
	k.from = item.From
	if len(p.tabs) == 0 {
		k.place = archiveID(st, p.account)
	}
	p.all(k, nil)
	return l != nil
}

// archiveID gives the id that the archive of an account has given a message, "" if none
// (XEP-0359).
func archiveID(st *stanza.Stanza, by jid.JID) string {
	for _, c := range st.Children() {
		if st.ChildIs(c, nsIDs, "stanza-id") {
			e := stanza.Element{XML: st.ChildBytes(c)}
			if e.Attr("by") == by.String() {
				return e.Attr("id")
			}
		}
	}
	return ""
}

// item makes the object of a chat message that comes or went, at a time unless it says
// itself when that was.
func (p *person) item(st *stanza.Stanza, at time.Time) (logItem, bool) {
	body := st.Text(stanza.NSClient, "body")
	if body == "" {
		return logItem{}, false
	}
	own := st.From.Bare() == p.account
	item := logItem{
		Type: typeChat, To: p.buddy(p.peer(st.To)), From: p.buddy(p.peer(st.From)), Nick: escape(p.nickOf(p.peer(st.From))),
		Style: styleOf(st), Body: plainBody(body), Timestamp: millis(sentAt(st, at)),
	}
	if own {
		item.Nick = escape(p.who.nick)
	}
	return item, true
}

// peer is whom the library knows somebody as: by the bare JID, but for an occupant of a
// room, who is a peer of their own (XEP-0045 #privatemessage).
func (p *person) peer(j jid.JID) jid.JID {
	if p.rooms[j.Bare()] != nil {
		return j
	}
	return j.Bare()
}

// sentAt is when a message was sent, as a server on the way says (XEP-0203), or now.
func sentAt(st *stanza.Stanza, now time.Time) time.Time {
	c, ok := st.Child(nsDelay, "delay")
	if !ok {
		return now
	}
	e := stanza.Element{XML: st.ChildBytes(c)}
	if t, err := time.Parse(time.RFC3339Nano, e.Attr("stamp")); err == nil && t.Before(now) {
		return t
	}
	return now
}

// styleOf reads the style that the sender gave a message.
func styleOf(st *stanza.Stanza) string {
	c, ok := st.Child(nsOwn, "message")
	if !ok {
		return ""
	}
	e := stanza.Element{XML: st.ChildBytes(c)}
	return cleanStyle(e.Attr("style"))
}

// takeState translates a chat state (XEP-0085) to what the library shows.
func (p *person) takeState(st *stanza.Stanza) {
	show := "clear"
	switch {
	case st.Has(nsStates, "composing"):
		show = "typing"
	case !st.Has(nsStates, ""):
		return
	}
	from := p.peer(st.From)
	k := pack(statuses, statusInfo{From: p.buddy(from), To: p.buddy(p.account), Nick: escape(p.nickOf(from)), Show: show})
	k.from = p.buddy(from)
	p.all(k, nil)
}

// takeCopy shows what another device of the account has sent, or was given (XEP-0280).
func (p *person) takeCopy(st *stanza.Stanza) bool {
	inner := forwarded(st, nsCarbons)
	if inner == nil || !inner.Has(stanza.NSClient, "body") || inner.Type == stanza.Groupchat {
		return false
	}
	item, ok := p.item(inner, time.Now())
	if !ok {
		return false
	}
	// Without it the library takes the peer for being online (wire §3.5).
	item.New = inner.From.Bare() == p.account
	p.all(pack(messages, item), nil)
	return false
}

// forwarded takes a message out of what it is wrapped in: an element of ns around one of
// XEP-0297. It is nil if there is none.
func forwarded(st *stanza.Stanza, ns string) *stanza.Stanza {
	for _, c := range st.Children() {
		if st.ChildIs(c, ns, "") {
			inner, _ := unwrap(st.ChildBytes(c))
			return inner
		}
	}
	return nil
}

// unwrap reads what stands in <forwarded/>, directly inside raw, and when it was sent.
func unwrap(raw []byte) (inner *stanza.Stanza, at time.Time) {
	_, inside, err := stanza.Split(raw)
	if err != nil {
		return nil, at
	}
	for i := range inside {
		if !inside[i].Is(nsForward, "forwarded") {
			continue
		}
		parts, err := inside[i].Inside()
		if err != nil {
			return nil, at
		}
		for j := range parts {
			switch {
			case parts[j].Is(nsDelay, "delay"):
				at, _ = time.Parse(time.RFC3339Nano, parts[j].Attr("stamp"))
			case parts[j].Local == "message":
				if st, err := stanza.Parse(parts[j].XML); err == nil {
					inner = st
				}
			}
		}
	}
	return inner, at
}

// takeHeadline shows an announcement or the like: as a message, which is the one thing
// that the library shows at once (a broadcast would end it, wire §3.3), and as a
// notification.
func (p *person) takeHeadline(st *stanza.Stanza) {
	text := st.Text(stanza.NSClient, "body")
	if text == "" {
		text = st.Text(stanza.NSClient, "subject")
	}
	if text == "" {
		return
	}
	from := st.From.Bare()
	item := logItem{
		Type: typeChat, To: p.buddy(p.account), From: p.buddy(from), Nick: escape(p.nickOf(from)), Body: plainBody(text),
		Timestamp: millis(sentAt(st, time.Now())), New: true,
	}
	if p.heads = append(p.heads, item); len(p.heads) > maxNotices {
		p.heads = p.heads[1:]
	}
	p.notify(notice{Text: escape(cut(text, maxStatus)), Link: safeLink(st.Text(nsOOB, "x"))})
	p.all(pack(messages, item), nil)
}

// maxNotices is how many notifications are kept.
const maxNotices = 20

func (p *person) notify(n notice) {
	if p.notices = append(p.notices, n); len(p.notices) > maxNotices {
		p.notices = p.notices[1:]
	}
}

// safeLink gives a link that can stand in a page, "#" if it is none.
func safeLink(url string) string {
	if strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://") {
		return escape(url)
	}
	return "#"
}

// priority reads the priority of a presence (RFC 6121 §4.7.2.3).
func priority(st *stanza.Stanza) int {
	n, err := strconv.ParseInt(strings.TrimSpace(st.Text(stanza.NSClient, "priority")), 10, 8)
	if err != nil {
		return 0
	}
	return int(n)
}
