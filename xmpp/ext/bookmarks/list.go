package bookmarks

import (
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A list is what old clients know: all bookmarks in one element (XEP-0048 #format).
type list struct {
	rooms  []room
	others []stanza.Element // what is no bookmark of a room, standing alone
}

// readList reads one <storage/> element, or several of them one behind the other. What
// it cannot read is not there.
func readList(xml []byte) list {
	var l list
	if len(xml) == 0 {
		return l
	}
	_, storages, err := stanza.Split(slices.Concat([]byte("<all>"), xml, []byte("</all>")))
	if err != nil {
		return l
	}
	seen := make(map[string]bool)
	for _, storage := range storages {
		inside, err := storage.Inside()
		if err != nil || !storage.Is(NodeOld, "storage") {
			continue
		}
		for _, e := range inside {
			r, ok := readRoom(e)
			switch {
			case !ok:
				l.others = append(l.others, e)
			case !seen[r.jid]:
				seen[r.jid] = true
				l.rooms = append(l.rooms, r)
			}
		}
	}
	return l
}

// isList reports whether xml is a <storage/> element.
func isList(xml []byte) bool {
	outer, _, err := stanza.Split(xml)
	return err == nil && outer.Is(NodeOld, "storage")
}

// readRoom reads a bookmark (XEP-0048 #format-conference); it is false for anything
// else, and for one without an address.
func readRoom(e stanza.Element) (room, bool) {
	if !e.Is(NodeOld, "conference") {
		return room{}, false
	}
	address, err := jid.Parse(e.Attr("jid"))
	if err != nil {
		return room{}, false
	}
	r := room{jid: address.String(), id: address.String(), name: e.Attr("name"), autojoin: isTrue(e.Attr("autojoin"))}
	inside, err := e.Inside()
	if err != nil {
		return room{}, false
	}
	for _, e := range inside {
		switch {
		case e.Is(NodeOld, "nick"):
			r.nick = e.Text()
		case e.Is(NodeOld, "password"):
			r.password = e.Text()
		case e.Is(NodeOld, "extensions"):
			if more, err := e.Inside(); err == nil {
				r.extensions = append(r.extensions, more...)
			}
		default:
			// XEP-0402 #intro: "some clients used custom XML elements to store
			// additional private metadata"
			r.extensions = append(r.extensions, e)
		}
	}
	return r, true
}

// payload makes the <storage/> element: each item cast "into the 'storage:bookmarks'
// namespace and setting the jid attribute to the item id" (XEP-0402 #publishing).
func (l *list) payload() []byte {
	dst := []byte("<storage xmlns='" + NodeOld + "'>")
	for i := range l.rooms {
		dst = append(dst, "<conference"...)
		dst = stanza.AppendAttr(dst, "jid", l.rooms[i].id)
		dst = l.rooms[i].appendBody(dst)
		dst = append(dst, "</conference>"...)
	}
	for _, e := range l.others {
		dst = append(dst, e.XML...)
	}
	return append(dst, "</storage>"...)
}

func (l *list) empty() bool { return len(l.rooms) == 0 && len(l.others) == 0 }

// equal reports whether two lists say the same, in the same order.
func (l *list) equal(o *list) bool {
	return slices.EqualFunc(l.rooms, o.rooms, func(a, b room) bool { return a.equal(&b) }) &&
		slices.EqualFunc(l.others, o.others, equal)
}
