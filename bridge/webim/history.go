package webim

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/rsm"
	"causeway/xmpp/stanza"
)

const (
	// historyPage is how many messages of a conversation a page gets.
	historyPage = 30
	// maxHistory is how much the histories of one answer are, in bytes, but for a single
	// message that is longer.
	maxHistory = 1 << 20
)

// history is GET webim/history (webim #history): the end of a conversation, oldest first.
func (h *Handler) history(ctx context.Context, c *call) (any, error) {
	list := []logItem{}
	err := h.as(ctx, c, func(p *person) error {
		var err error
		list, err = p.conversation(ctx, c.params["type"], c.params["id"], nil)
		return err
	})
	return list, err
}

// conversation gives the end of a conversation, without what is in seen. An id that is none
// has had no conversation.
func (p *person) conversation(ctx context.Context, kind, id string, seen map[string]bool) ([]logItem, error) {
	list := []logItem{}
	if kind == typeGroup {
		room, err := p.chat(id)
		if err != nil {
			return list, nil
		}
		return p.roomHistory(ctx, room)
	}
	peer, err := p.person(id)
	if err != nil {
		return list, nil
	}
	results, _, err := p.archive(ctx, jid.JID{}, archiveQuery{with: peer, max: historyPage, backward: true})
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range results {
		if seen[r.id] {
			continue
		}
		if item, ok := p.item(r.message, r.at); ok {
			list = append(list, item)
		}
	}
	for _, head := range p.heads { // no archive has them
		if head.From == id {
			list = append(list, head)
		}
	}
	return ending(list), nil
}

// ending gives the end of a history, as much of it as an answer may hold.
func ending(list []logItem) []logItem {
	size := 0
	for i := len(list) - 1; i >= 0; i-- {
		if size += list[i].size(); size > maxHistory && i < len(list)-1 {
			return list[i+1:]
		}
	}
	return list
}

// size is about how long the item is in an answer, where some characters become six.
func (m *logItem) size() int {
	n := 128
	for _, text := range []string{m.To, m.From, m.Nick, m.Style, m.Body} {
		n += len(text) + 5*(strings.Count(text, "<")+strings.Count(text, ">")+strings.Count(text, "&"))
	}
	return n
}

// An allowance is how much the histories of one answer may still be, in bytes.
type allowance int

// give lets a history into the answer; nil if it is too long: the library asks for that
// then.
func (a *allowance) give(list []logItem) *[]logItem {
	for i := range list {
		*a -= allowance(list[i].size())
	}
	if *a < 0 {
		*a = 0
		return nil
	}
	return &list
}

// addHistories adds the ends of the conversations with those who are open in the page,
// and with those from whom there is something new: without it the library would ask, and
// find there what it was told as new (wire §2.1).
func (p *person) addHistories(ctx context.Context, list []buddyInfo, open []jid.JID, seen map[string]bool, left *allowance) error {
	wanted := make(map[string]bool)
	for i, j := range open {
		if i < maxHistories {
			wanted[p.buddy(j)] = true
		}
	}
	for i := range list {
		if !wanted[list[i].ID] || *left == 0 {
			continue
		}
		items, err := p.conversation(ctx, typeChat, list[i].ID, seen)
		if err != nil {
			return err
		}
		list[i].History = left.give(items)
	}
	return nil
}

// maxHistories is how many conversations are given at once; the library asks for the rest.
const maxHistories = 20

// An archiveQuery asks for a page of an archive.
type archiveQuery struct {
	with     jid.JID
	start    time.Time // zero is from the beginning
	after    string    // id
	max      int
	backward bool
}

// An archived message is a result of a query.
type archived struct {
	id      string
	at      time.Time
	message *stanza.Stanza
}

// archive reads a page of the own archive, or of that of a room (XEP-0313 #query). Of a
// page that is too long it gives the end that was asked for first.
func (p *person) archive(ctx context.Context, of jid.JID, q archiveQuery) (list []archived, complete bool, err error) {
	from := of
	if from.IsZero() {
		from = p.account
	}
	query, full := rand.Text(), false
	size := 0
	take := func(st *stanza.Stanza) bool {
		if st.From.Bare() != from || st.Kind != stanza.Message {
			return false
		}
		r, ok := readResult(st, query)
		if !ok || r.message == nil || full {
			return ok
		}
		list, size = append(list, r), size+r.message.Size()
		for q.backward && size > maxHistory && len(list) > 1 {
			list, size = list[1:], size-list[0].message.Size()
		}
		if size > maxHistory && len(list) > 1 {
			list, full = list[:len(list)-1], true // it begins the next page
		}
		return true
	}
	answer, err := p.line.Ask(ctx, of, stanza.Set, q.payload(query), take)
	if err != nil {
		return nil, false, err
	}
	fin, ok := answer.Child(nsArchive, "fin")
	if ok {
		e := stanza.Element{XML: answer.ChildBytes(fin)}
		complete = e.Attr("complete") == "true" && !full
	}
	return list, complete, nil
}

func (q archiveQuery) payload(query string) []byte {
	f := form.New(form.Submit, nsArchive)
	if !q.with.IsZero() {
		f.Fields = append(f.Fields, form.Field{Var: "with", Values: []string{q.with.String()}})
	}
	if !q.start.IsZero() {
		f.Fields = append(f.Fields, form.Field{Var: "start", Values: []string{q.start.UTC().Format("2006-01-02T15:04:05.000000Z")}})
	}
	b := f.Append(append(stanza.AppendAttr([]byte("<query xmlns='"+nsArchive+"'"), "queryid", query), '>'))
	b = append(b, "<set xmlns='"+rsm.NS+"'><max>"...)
	b = strconv.AppendInt(b, int64(q.max), 10)
	b = append(b, "</max>"...)
	switch {
	case q.backward:
		b = append(b, "<before/>"...)
	case q.after != "":
		b = append(stanza.AppendText(append(b, "<after>"...), q.after), "</after>"...)
	}
	return append(b, "</set></query>"...)
}

// readResult reads a result of a query; ok is false if st is none.
func readResult(st *stanza.Stanza, query string) (r archived, ok bool) {
	c, found := st.Child(nsArchive, "result")
	if !found {
		return r, false
	}
	raw := st.ChildBytes(c)
	e := stanza.Element{XML: raw}
	if e.Attr("queryid") != query {
		return r, false
	}
	r.id = e.Attr("id")
	r.message, r.at = unwrap(raw)
	return r, true
}

// clearHistory is POST webim/clear_history (webim #clear_history): what the own archive has
// of a conversation goes; the other side keeps theirs. Of a room only the own view is
// cleared: its archive is everybody's.
func (h *Handler) clearHistory(ctx context.Context, c *call) (any, error) {
	if c.params["type"] == typeGroup {
		room, err := c.site.chat(c.params["id"])
		if err != nil {
			return nil, errID()
		}
		return ok, h.as(ctx, c, func(p *person) error { return p.clearRoom(ctx, room) })
	}
	peer, err := c.site.person(c.params["id"])
	if err != nil {
		return nil, errID()
	}
	payload := stanza.AppendAttr([]byte("<purge xmlns='"+nsPurge+"'"), "with", peer.String())
	if err := h.ask(ctx, c, stanza.Set, append(payload, "/>"...)); err != nil {
		return nil, err
	}
	if p := h.hall.of(c.account); p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		kept := p.heads[:0]
		for _, head := range p.heads {
			if head.From != p.buddy(peer) {
				kept = append(kept, head)
			}
		}
		p.heads = kept
	}
	return ok, nil
}

// nsPurge is the namespace of the request to purge an archive (doc/namespaces.md).
const nsPurge = "urn:causeway:archive"
