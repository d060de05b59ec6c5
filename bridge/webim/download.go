package webim

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

const (
	// downloadPage and maxDownload are how many messages a download asks for at once, and has.
	downloadPage = 250
	maxDownload  = 10_000
	// maxFile is about how long the file is at most, in bytes.
	maxFile = 32 << 20
)

// downloadHistory is GET webim/download_history: the conversation as a file, of one day if
// the page names it (wire §2). It is written while it is read, one at a time for an
// account.
func (h *Handler) downloadHistory(ctx context.Context, c *call) (any, error) {
	if !h.downloads.begin(c.account) {
		return nil, &bridge.Problem{Status: http.StatusTooManyRequests, Text: "a download is under way", Wait: time.Second}
	}
	defer h.downloads.end(c.account)
	err := h.as(ctx, c, func(p *person) error { return p.download(ctx, c) })
	if err != nil && c.written {
		_, _ = c.w.Write([]byte("(the rest could not be read)\n")) // the status has gone already
		return nil, nil
	}
	return nil, err
}

// download writes a conversation as text.
func (p *person) download(ctx context.Context, c *call) error {
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
	for n, size := 0, 0; ; {
		page, complete, err := p.archive(ctx, of, q)
		if err != nil {
			return err
		}
		text, over := transcript(page, end, !of.IsZero())
		if n, size = n+len(page), size+len(text); !over && !complete && len(page) > 0 && (n >= maxDownload || size >= maxFile) {
			text, over = text+"(there is more: it comes day by day)\n", true
		}
		if err := c.attach(text); err != nil {
			return nil // who has gone needs no answer
		}
		if over || complete || len(page) == 0 {
			return nil
		}
		q.after = page[len(page)-1].id
	}
}

// transcript writes messages as text, those before end, and reports whether there were
// others. In a room people go by their nicks.
func transcript(page []archived, end time.Time, room bool) (text string, over bool) {
	var b strings.Builder
	for _, r := range page {
		if !end.IsZero() && !r.at.Before(end) {
			return b.String(), true
		}
		who := r.message.From.Bare().String()
		if room {
			who = r.message.From.Resource()
		}
		if body := r.message.Text(stanza.NSClient, "body"); body != "" {
			fmt.Fprintf(&b, "%s  %s: %s\n", r.at.UTC().Format("2006-01-02 15:04:05"), who, strings.ReplaceAll(body, "\n", "\n    "))
		}
	}
	return b.String(), false
}

// attach writes the next part of a file, with the head before the first.
func (c *call) attach(text string) error {
	if !c.written {
		head := c.w.Header()
		head.Set("Content-Type", "text/plain; charset=utf-8")
		head.Set("Content-Disposition", `attachment; filename="history.txt"`)
		c.w.WriteHeader(http.StatusOK)
		c.written = true
	}
	bridge.Expect(c.w, int64(len(text)))
	_, err := c.w.Write([]byte(text))
	return err
}

// turns lets each account do something once at a time.
type turns struct {
	mu   sync.Mutex
	busy map[jid.JID]bool
}

func newTurns() *turns { return &turns{busy: make(map[jid.JID]bool)} }

// begin is false if the account is at it already; else it calls end.
func (t *turns) begin(account jid.JID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy[account] {
		return false
	}
	t.busy[account] = true
	return true
}

func (t *turns) end(account jid.JID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.busy, account)
}
