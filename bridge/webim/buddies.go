package webim

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"causeway/bridge"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// readRoster reads the roster (RFC 6121 §2.1.3).
func (p *person) readRoster(ctx context.Context) error {
	answer, err := p.line.Ask(ctx, jid.JID{}, stanza.Get, []byte("<query xmlns='"+nsRoster+"'/>"), nil)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.takeRoster(answer)
	return nil
}

// takeRoster takes the items of a roster, or of a push of one. The lock is held.
func (p *person) takeRoster(st *stanza.Stanza) {
	q, ok := st.Child(nsRoster, "query")
	if !ok {
		return
	}
	_, items, err := stanza.Split(st.ChildBytes(q))
	if err != nil {
		return
	}
	for i := range items {
		j, err := jid.Parse(items[i].Attr("jid"))
		if err != nil || !items[i].Is(nsRoster, "item") {
			continue
		}
		c := p.lookup(j)
		c.listed, c.name, c.group = items[i].Attr("subscription") != "remove", items[i].Attr("name"), ""
		inside, err := items[i].Inside()
		if err == nil && len(inside) > 0 {
			c.group = inside[0].Text()
		}
	}
}

// buddyList gives the roster, and besides people who were named.
func (p *person) buddyList(named []jid.JID) []buddyInfo {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := make(map[jid.JID]bool)
	list := []buddyInfo{}
	add := func(j jid.JID) {
		if !seen[j] && j != p.account {
			seen[j] = true
			list = append(list, p.info(j))
		}
	}
	for j, c := range p.contacts {
		if c.listed {
			add(j)
		}
	}
	slices.SortFunc(list, func(a, b buddyInfo) int { return cmp.Or(cmp.Compare(a.Nick, b.Nick), cmp.Compare(a.ID, b.ID)) })
	for _, j := range named {
		add(j)
	}
	return list
}

// infos gives those that were named.
func (p *person) infos(named []jid.JID) []buddyInfo {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]buddyInfo, 0, len(named))
	for _, j := range named {
		list = append(list, p.info(j))
	}
	return list
}

// buddies is GET webim/buddies (webim #buddies): an array, also of people who are not on the
// roster.
func (h *Handler) buddies(ctx context.Context, c *call) (any, error) {
	var list []buddyInfo
	err := h.as(ctx, c, func(p *person) error {
		if c.params["ids"] == "" {
			list = p.buddyList(nil)
			return nil
		}
		list = p.infos(p.people(c.params["ids"]))
		return nil
	})
	return list, err
}

// search is POST webim/search: contacts whose name or address has the text in it, and
// whoever has exactly that address and shows a vCard (XEP-0054).
func (h *Handler) search(ctx context.Context, c *call) (any, error) {
	text := strings.ToLower(strings.TrimSpace(c.params["nick"]))
	found := []buddyInfo{}
	if text == "" || len(text) > maxNick {
		return found, nil
	}
	err := h.as(ctx, c, func(p *person) error {
		for _, b := range p.buddyList(nil) {
			if strings.Contains(strings.ToLower(unescape(b.Nick)), text) || strings.Contains(strings.ToLower(b.ID), text) {
				found = append(found, b)
			}
		}
		j, err := p.person(text)
		if err != nil || j.IsFull() || j.Local() == "" || j == p.account {
			return nil
		}
		known := func(b buddyInfo) bool { return b.ID == p.buddy(j) }
		if slices.ContainsFunc(found, known) {
			return nil
		}
		nick, err := p.vcardName(ctx, j)
		if err != nil || nick == "" {
			return nil // there is nobody, or somebody who does not want to be found
		}
		b := p.infos([]jid.JID{j})[0]
		b.Nick = escape(nick)
		found = append(found, b)
		return nil
	})
	return found, err
}

// removeBuddy is POST webim/remove_buddy: a roster item goes (RFC 6121 §2.5).
func (h *Handler) removeBuddy(ctx context.Context, c *call) (any, error) {
	j, err := c.site.person(c.params["id"])
	if err != nil || j.IsFull() {
		return nil, errID()
	}
	payload := stanza.AppendAttr([]byte("<query xmlns='"+nsRoster+"'><item"), "jid", j.String())
	payload = append(payload, " subscription='remove'/></query>"...)
	return ok, h.ask(ctx, c, stanza.Set, payload)
}

// ask has the account of a call ask its server something that has no answer.
func (h *Handler) ask(ctx context.Context, c *call, typ stanza.Type, payload []byte) error {
	h.trace(c, stanza.New(stanza.IQ, typ, "", jid.JID{}, jid.JID{}, payload))
	_, err := h.cfg.Port.Ask(ctx, c.account, c.account, typ, payload)
	return err
}

// ownNick is what the person is called: by its vCard, or by its address.
func (p *person) ownNick(ctx context.Context) string {
	if name, err := p.vcardName(ctx, p.account); err == nil && name != "" {
		return cut(name, maxNick)
	}
	return jid.Unescape(p.account.Local())
}

// vcardName gives the name in somebody's vCard, "" if there is none.
func (p *person) vcardName(ctx context.Context, j jid.JID) (string, error) {
	answer, err := p.line.Ask(ctx, j, stanza.Get, []byte("<vCard xmlns='"+nsVCard+"'/>"), nil)
	var told *stanza.Error
	if errors.As(err, &told) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	c, found := answer.Child(nsVCard, "vCard")
	if !found {
		return "", nil
	}
	return cmp.Or(answer.InnerText(c, "NICKNAME"), answer.InnerText(c, "FN")), nil
}

// as does something on the line of the account of a call: that of its tabs, or one that is
// there for this only and that nobody sees.
func (h *Handler) as(ctx context.Context, c *call, do func(p *person) error) error {
	if c.tab != nil {
		return do(c.tab.person)
	}
	if p := h.hall.of(c.account); p != nil && !p.over() {
		return do(p)
	}
	p := h.hall.hidden(c.account)
	defer p.leave(ctx)
	if err := p.peek(ctx); err != nil {
		return err
	}
	return do(p)
}

func errID() error { return bridge.Wrong(http.StatusBadRequest, "no such id") }
