package plugchat

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"causeway/bridge"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// getonline is action=getonline (plugchat #3.1): how many people of the site's host are
// online, guests included. It goes into pages as it is, so it is a number.
func (h *Handler) getonline(r *http.Request, p bridge.Params) (any, error) {
	if err := h.limit(r, h.byAddr); err != nil {
		return nil, err
	}
	app, ok, err := h.cfg.Apps.App(r.Context(), bridge.Plugchat, p["publicKey"])
	switch {
	case err != nil:
		return nil, err
	case !ok || app.Disabled || p["publicKey"] == "":
		return nil, errPublicKey
	}
	return h.counts.get(r.Context(), app.Host)
}

// countTime is how old a count may be.
const countTime = time.Second

// tallies are the counts of the hosts: each is found out at most once in countTime, however
// many pages ask.
type tallies struct {
	port *bridge.Port
	mu   sync.Mutex
	of   map[jid.JID]*tally
}

type tally struct {
	n      int
	at     time.Time
	asking chan struct{} // closed when the answer is there; nil while nobody asks
}

func (t *tallies) get(ctx context.Context, host jid.JID) (int, error) {
	for {
		t.mu.Lock()
		c := t.of[host]
		if c == nil {
			c = new(tally)
			t.of[host] = c
		}
		if time.Since(c.at) < countTime {
			n := c.n
			t.mu.Unlock()
			return n, nil
		}
		waits := c.asking
		if waits == nil {
			c.asking = make(chan struct{})
			t.mu.Unlock()
			return t.refresh(ctx, host, c)
		}
		t.mu.Unlock()
		select {
		case <-waits:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// refresh asks the host, as its administrator (XEP-0133 #get-online-users-num).
func (t *tallies) refresh(ctx context.Context, host jid.JID, c *tally) (int, error) {
	n, err := t.ask(context.WithoutCancel(ctx), host)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		c.n, c.at = n, time.Now()
	}
	close(c.asking)
	c.asking = nil
	return n, err
}

const nsCommands = "http://jabber.org/protocol/commands"

func (t *tallies) ask(ctx context.Context, host jid.JID) (int, error) {
	got, err := t.port.Ask(ctx, host, host, stanza.Set,
		[]byte("<command xmlns='"+nsCommands+"' node='http://jabber.org/protocol/admin#get-online-users-num' action='execute'/>"))
	if err != nil {
		return 0, err
	}
	c, _ := got.Payload()
	_, inside, err := stanza.Split(got.ChildBytes(c))
	if err != nil {
		return 0, err
	}
	for i := range inside {
		if inside[i].Is("jabber:x:data", "x") {
			f, err := form.Parse(inside[i].XML)
			if err != nil {
				return 0, err
			}
			return strconv.Atoi(f.Value("onlineusersnum"))
		}
	}
	return 0, strconv.ErrSyntax
}
