package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"causeway/bridge"
	restapi "causeway/bridge/rest"
	"causeway/roster"
	"causeway/xmpp/account"
	"causeway/xmpp/ext/push"
	"causeway/xmpp/ext/upload"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// managing answers what programs of administrators ask about accounts and the XEPs have no
// words for, and lets what they have noted show.
func (h *house) managing() {
	r := h.router
	r.HandleIQ(router.AtHost, account.NSRegistry, account.NewRegistry(h.accounts, r))
	r.HandleIQ(router.AtHost, roster.NSPair, forAdmins{h.accounts, h.roster.Pairs(h.accounts.Exists)})
	r.HandleIQ(router.AtHost, nsWaiting, forAdmins{h.accounts, waiting{h}})
	h.vcards.OnNick(func(ctx context.Context, owner jid.JID) (string, error) {
		a, err := h.accounts.Get(ctx, owner)
		if errors.Is(err, account.ErrNotFound) {
			return "", nil
		}
		return a.Profile.Nick, err
	})
	if h.rooms != nil {
		h.accounts.OnErase(h.rooms.Disband)
		r.HandleIQ(router.AtHost, nsRooms, forAdmins{h.accounts, roomRequests{h.rooms}})
	}
	h.accounts.OnErase(h.blocks.Absolve)
	h.accounts.OnErase(h.roster.Vanish)
}

// forAdmins lets nobody else ask.
type forAdmins struct {
	accounts *account.Service
	handler  router.Handler
}

// HandleIQ implements router.Handler.
func (f forAdmins) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	if !f.accounts.IsAdmin(ctx, iq.From, iq.To) {
		return nil, stanza.Forbidden.Err("only for administrators of the host")
	}
	return f.handler.HandleIQ(ctx, iq)
}

// nsWaiting is the namespace of requests about messages that wait (doc/namespaces.md).
const nsWaiting = "urn:causeway:offline"

// waiting tells how many messages wait for an account.
type waiting struct{ h *house }

// HandleIQ implements router.Handler.
func (w waiting) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	var want struct {
		JID jid.JID `xml:"jid,attr"`
		ID  string  `xml:"id,attr"`
	}
	if err := iq.Decode(&want); err != nil || iq.Type != stanza.Get || want.JID.Local() == "" || want.JID.Domain() != iq.To.Domain() {
		return nil, stanza.BadRequest.Err("whose?")
	}
	n, err := w.h.queue.Count(ctx, want.JID)
	if err != nil {
		return nil, err
	}
	b := stanza.AppendAttr([]byte("<waiting xmlns='"+nsWaiting+"'"), "count", strconv.Itoa(n))
	if want.ID != "" {
		is, err := w.h.queue.Waits(ctx, want.JID, want.ID)
		if err != nil {
			return nil, err
		}
		b = stanza.AppendAttr(b, "there", strconv.FormatBool(is))
	}
	return append(b, "/>"...), nil
}

// wishes tells push how somebody wants to be told.
func (h *house) wishes() func(ctx context.Context, owner, sender jid.JID) push.Wishes {
	zones, _ := h.cfg.REST.zones() // the configuration was checked
	return func(ctx context.Context, owner, sender jid.JID) (w push.Wishes) {
		a, err := h.accounts.Get(ctx, owner)
		if err != nil {
			return w // better once too often
		}
		wants := &a.Profile.Push
		now := time.Now()
		if zone := zones[owner.Domain()]; zone != nil {
			now = now.In(zone)
		}
		fromRoom := h.rooms != nil && sender.Domain() == h.rooms.Domain(owner.Domain())
		w.Silent = wants.Silent(now) || fromRoom && wants.Ignore[sender.Local()]
		if wants.Style != nil {
			w.Style = push.SenderOnly
			if *wants.Style == 1 {
				w.Style = push.Whole
			}
		}
		return w
	}
}

// openREST makes the REST admin API, if it is wanted.
func (h *house) openREST(ctx context.Context) error {
	cfg := &h.cfg.REST
	if !cfg.Enabled || h.apps == nil {
		return nil
	}
	secret, err := h.store.Accounts().Secret(ctx, "rest pseudonyms")
	if err != nil {
		return fmt.Errorf("secret of rest: %w", err)
	}
	h.rest = h.newREST(h.apps, h.tokens, secret)
	h.web.HandleWhere("rest", h.rest.Knows, h.rest)
	return nil
}

func (h *house) newREST(apps bridge.Apps, tokens bridge.Tokens, secret []byte) *restapi.Handler {
	open := make(map[string]bool)
	for _, host := range h.cfg.REST.Open {
		open[host] = true
	}
	var files restapi.Files
	if fileURL(&h.cfg) != "" {
		files = chatFiles{h.uploads}
	}
	return restapi.New(restapi.Config{
		Rooms: h.cfg.Rooms.Service, Files: files, History: hostHistory{h},
		Port: h.port, Apps: apps, Tokens: tokens, People: people{h.accounts}, Tries: h.throttle, Secret: secret,
		Base: h.baseURL, Open: open, Rate: h.cfg.REST.Rate, TokenRate: h.cfg.REST.TokenRate, Logger: h.log,
	})
}

// chatFiles are the uploaded files as the REST admin API sees them.
type chatFiles struct{ service *upload.Service }

func (f chatFiles) Put(ctx context.Context, d restapi.File) error {
	return f.service.Put(ctx, upload.Delivery(d))
}

func (f chatFiles) Open(ctx context.Context, id, name string) (io.ReadSeekCloser, string, error) {
	file, err := f.service.Open(ctx, id, name)
	return file.Body, file.Type, err
}

// restRecipe is a line to paste: it gets the token that all other calls of a back end need.
func restRecipe(apps []tryApp, addr net.Addr) string {
	for i := range apps {
		if a := &apps[i]; a.Kind == bridge.REST {
			org, app, _ := strings.Cut(a.Key, "#")
			return fmt.Sprintf("  %-12s curl -d '{\"grant_type\":\"client_credentials\",\"client_id\":\"%s\",\"client_secret\":\"%s\"}' http://%s/%s/%s/token\n",
				"a back end", a.ID, a.secret, addr, org, app)
		}
	}
	return ""
}
