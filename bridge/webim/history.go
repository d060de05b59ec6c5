package webim

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/rsm"
	"causeway/xmpp/stanza"
)

const (
	// historyPage is how many messages of a conversation a page gets.
	historyPage = 30
	// downloadPage and maxDownload are how many a download asks for at once, and has.
	downloadPage = 250
	maxDownload  = 10_000
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
	return list, nil
}

// addHistories adds the ends of the conversations with those who are open in the page,
// and with those from whom there is something new: without it the library would ask, and
// find there what it was told as new (wire §2.1).
func (p *person) addHistories(ctx context.Context, list []buddyInfo, open []jid.JID, seen map[string]bool) error {
	wanted := make(map[string]bool)
	for i, j := range open {
		if i < maxHistories {
			wanted[p.buddy(j)] = true
		}
	}
	for i := range list {
		if !wanted[list[i].ID] {
			continue
		}
		items, err := p.conversation(ctx, typeChat, list[i].ID, seen)
		if err != nil {
			return err
		}
		list[i].History = &items
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

// archive reads a page of the own archive, or of that of a room (XEP-0313 #query).
func (p *person) archive(ctx context.Context, of jid.JID, q archiveQuery) (list []archived, complete bool, err error) {
	from := of
	if from.IsZero() {
		from = p.account
	}
	query := rand.Text()
	take := func(st *stanza.Stanza) bool {
		if st.From.Bare() != from || st.Kind != stanza.Message {
			return false
		}
		r, ok := readResult(st, query)
		if ok && r.message != nil {
			list = append(list, r)
		}
		return ok
	}
	answer, err := p.line.Ask(ctx, of, stanza.Set, q.payload(query), take)
	if err != nil {
		return nil, false, err
	}
	fin, ok := answer.Child(nsArchive, "fin")
	if ok {
		e := stanza.Element{XML: answer.ChildBytes(fin)}
		complete = e.Attr("complete") == "true"
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

// downloadHistory is GET webim/download_history: the conversation as a file, of one day if
// the page names it (wire §2).
func (h *Handler) downloadHistory(ctx context.Context, c *call) (any, error) {
	var b strings.Builder
	err := h.as(ctx, c, func(p *person) error { return p.download(ctx, c, &b) })
	if err != nil {
		return nil, err
	}
	head := c.w.Header()
	head.Set("Content-Type", "text/plain; charset=utf-8")
	head.Set("Content-Disposition", `attachment; filename="history.txt"`)
	bridge.Expect(c.w, int64(b.Len()))
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write([]byte(b.String())) // who has gone needs no answer
	c.written = true
	return nil, nil
}

// download writes a conversation as text.
func (p *person) download(ctx context.Context, c *call, b *strings.Builder) error {
	var of jid.JID
	q := archiveQuery{max: downloadPage}
	var err error
	if c.params["type"] == typeGroup {
		of, err = p.chat(c.params["id"])
	} else {
		q.with, err = p.person(c.params["id"])
	}
	if err != nil {
		return errID()
	}
	var end time.Time
	if q.start, err = time.Parse("2006-1-2", c.params["date"]); err == nil {
		end = q.start.AddDate(0, 0, 1)
	}
	for n := 0; n < maxDownload; {
		page, complete, err := p.archive(ctx, of, q)
		if err != nil {
			return err
		}
		for _, r := range page {
			if !end.IsZero() && !r.at.Before(end) {
				return nil
			}
			who := r.message.From.Bare().String()
			if !of.IsZero() {
				who = r.message.From.Resource()
			}
			if body := r.message.Text(stanza.NSClient, "body"); body != "" {
				fmt.Fprintf(b, "%s  %s: %s\n", r.at.UTC().Format("2006-01-02 15:04:05"), who, strings.ReplaceAll(body, "\n", "\n    "))
			}
			q.after = r.id
			n++
		}
		if complete || len(page) == 0 {
			return nil
		}
	}
	return nil
}
