package daemon

import (
	"causeway/bridge/page"
	"causeway/xmpp/jid"
)

// openPage shows the page of ours, if it is wanted: behind all other paths, since it
// answers for those that nobody else does. On a throw-away server it knows who lives there.
func (h *house) openPage(cast []person) {
	if !h.cfg.Webim.Page || !h.cfg.Webim.Enabled {
		return
	}
	var people []page.Person
	for _, p := range cast {
		people = append(people, page.Person{ID: jid.Unescape(p.jid.Local()), Address: p.jid.String(), Password: p.password})
	}
	h.web.Handle("page", "/", page.New(people))
}
