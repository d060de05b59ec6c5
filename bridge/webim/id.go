package webim

import (
	"strings"

	"causeway/xmpp/jid"
)

// A site is one host as its pages see it: what they call people and rooms.
type site struct {
	host  string // has the accounts
	rooms string // has the rooms
}

// site gives a host as its pages see it.
func (h *hall) site(host string) site { return site{host: host, rooms: h.label + "." + host} }

// The library keeps ids in lists with commas between them, and those of rooms in texts
// with "|" in them (webim #invite). They are hidden as XEP-0106 hides what may not stand in
// an address, which these two may; what looks like that already is hidden too.
var (
	hideID   = strings.NewReplacer(`\5c`, `\5c5c`, `\2c`, `\5c2c`, `\7c`, `\5c7c`, ",", `\2c`, "|", `\7c`)
	unhideID = strings.NewReplacer(`\5c5c`, `\5c`, `\5c2c`, `\2c`, `\5c7c`, `\7c`, `\2c`, ",", `\7c`, "|")
)

// buddy gives the id of a person: the name of an account of the own host, else the
// address. It is text that needs no escaping in HTML.
func (s site) buddy(j jid.JID) string { return short(j, s.host) }

// room gives the id of a room.
func (s site) room(j jid.JID) string { return short(j.Bare(), s.rooms) }

// short is the localpart, as people write it, if the address has that domain and
// nobody could take it for anything else.
func short(j jid.JID, domain string) string {
	if j.IsHost() && j.Domain() != domain {
		return "@" + escape(j.String()) // or it would be the name of an account
	}
	name := jid.Unescape(j.Local())
	if j.IsFull() || j.Local() == "" || j.Domain() != domain || name == domain || strings.ContainsAny(name, `@/<>"'&`) {
		return hideID.Replace(escape(j.String()))
	}
	id := hideID.Replace(name)
	if back, err := long(id, domain); err != nil || back != j {
		return hideID.Replace(escape(j.String()))
	}
	return id
}

// person reads the id of a person, or of an occupant of a room.
func (s site) person(id string) (jid.JID, error) { return long(id, s.host) }

// chat reads the id of a room.
func (s site) chat(id string) (jid.JID, error) {
	j, err := long(id, s.rooms)
	if err == nil && (j.IsFull() || j.Local() == "") {
		err = jid.ErrInvalid
	}
	return j, err
}

func long(id, domain string) (jid.JID, error) {
	id = unhideID.Replace(unescape(id))
	if host, ok := strings.CutPrefix(id, "@"); ok {
		j, err := jid.Parse(host)
		if err == nil && !j.IsHost() {
			err = jid.ErrInvalid
		}
		return j, err
	}
	if id == domain || strings.ContainsAny(id, "@/") {
		return jid.Parse(id)
	}
	if id == "" {
		return jid.JID{}, jid.ErrInvalid
	}
	local, err := jid.Escape(id)
	if err != nil {
		return jid.JID{}, err
	}
	return jid.New(local, domain, "")
}

// maxIDs is how many ids a list may have; the rest is left out.
const maxIDs = 200

// split takes a list of ids apart.
func split(list string) []string {
	var ids []string
	for id := range strings.SplitSeq(list, ",") {
		if id = strings.TrimSpace(id); id != "" && id != "undefined" && len(ids) < maxIDs {
			ids = append(ids, id)
		}
	}
	return ids
}

// people reads a list of ids; what is no id is left out.
func (s site) people(list string) []jid.JID {
	var found []jid.JID
	for _, id := range split(list) {
		if j, err := s.person(id); err == nil {
			found = append(found, j)
		}
	}
	return found
}

// chats reads a list of ids of rooms.
func (s site) chats(list string) []jid.JID {
	var found []jid.JID
	for _, id := range split(list) {
		if j, err := s.chat(id); err == nil {
			found = append(found, j)
		}
	}
	return found
}
