package bookmarks

import (
	"bytes"
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A room is one bookmark (XEP-0402 #usage).
type room struct {
	jid      string // the address, canonical
	id       string // of its item: the address as somebody has written it
	name     string
	autojoin bool
	nick     string
	password string
	// What is in <extensions/>, and what else a client has put beside it: elements
	// that stand alone.
	extensions, others []stanza.Element
}

// readItem reads an item of the node; it is false for one that is no bookmark.
func readItem(item Item) (room, bool) {
	address, err := jid.Parse(item.ID)
	if err != nil {
		return room{}, false // XEP-0402 #usage: the id "SHALL" be the address
	}
	outer, inside, err := stanza.Split(item.Payload)
	if err != nil || !outer.Is(Node, "conference") {
		return room{}, false
	}
	r := room{jid: address.String(), id: item.ID, name: outer.Attr("name"), autojoin: isTrue(outer.Attr("autojoin"))}
	for _, e := range inside {
		switch {
		case e.Is(Node, "nick"):
			r.nick = e.Text()
		case e.Is(Node, "password"):
			r.password = e.Text()
		case e.Is(Node, "extensions"):
			if more, err := e.Inside(); err == nil {
				r.extensions = append(r.extensions, more...)
			}
		default:
			r.others = append(r.others, e)
		}
	}
	return r, true
}

// payload makes the payload of the room's item.
func (r *room) payload() []byte {
	dst := r.appendBody([]byte("<conference xmlns='" + Node + "'"))
	for _, e := range r.others {
		dst = append(dst, e.XML...)
	}
	return append(dst, "</conference>"...)
}

// appendBody writes what the two formats share: attributes, the end of the tag, nick,
// password and extensions.
func (r *room) appendBody(dst []byte) []byte {
	if r.name != "" {
		dst = stanza.AppendAttr(dst, "name", r.name)
	}
	if r.autojoin {
		dst = stanza.AppendAttr(dst, "autojoin", "true")
	}
	dst = append(dst, '>')
	dst = appendText(dst, "nick", r.nick)
	dst = appendText(dst, "password", r.password)
	if len(r.extensions) == 0 {
		return dst
	}
	dst = append(dst, "<extensions>"...)
	for _, e := range r.extensions {
		dst = append(dst, e.XML...)
	}
	return append(dst, "</extensions>"...)
}

func appendText(dst []byte, name, text string) []byte {
	if text == "" {
		return dst
	}
	dst = append(append(append(dst, '<'), name...), '>')
	dst = stanza.AppendText(dst, text)
	return append(append(append(dst, "</"...), name...), '>')
}

// isTrue reads a boolean of XML Schema.
func isTrue(text string) bool { return text == "true" || text == "1" }

// changed gives the bookmark as an old client wants it. That knows names, nicks and
// passwords; of the extensions it may have dropped what it does not know, which is
// kept all the same: "Clients MUST preserve these" (XEP-0402 #usage).
func (r *room) changed(wanted room) room {
	wanted.id, wanted.others = r.id, r.others
	merged := slices.Clone(r.extensions)
	for _, e := range wanted.extensions {
		i := slices.IndexFunc(merged, func(old stanza.Element) bool { return old.Is(e.Space, e.Local) })
		if i >= 0 {
			merged[i] = e
		} else {
			merged = append(merged, e)
		}
	}
	wanted.extensions = merged
	return wanted
}

// equal reports whether two bookmarks say the same, whatever their items are called.
func (r *room) equal(o *room) bool {
	return r.jid == o.jid && r.name == o.name && r.autojoin == o.autojoin && r.nick == o.nick && r.password == o.password &&
		slices.EqualFunc(r.extensions, o.extensions, equal)
}

func equal(a, b stanza.Element) bool { return bytes.Equal(a.XML, b.XML) }
