package webim

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"causeway/bridge"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Prefix is the path below which the endpoints are, and Packets that of the poll.
const (
	Prefix  = "/webim/"
	Packets = "/packets"
)

// Config is what a Handler is made of.
type Config struct {
	Port     *bridge.Port
	People   People
	Throttle Throttle
	Sealer   *bridge.Sealer
	Hosts    []string            // canonical; the first is meant where a request names none
	Secrets  map[string][]string // by host: what its back ends sign hand-overs with
	Rooms    string              // the first label of the domains that have rooms; "" is conference
	Visitors []string            // hosts that let people in who have no account
	Origins  []string            // of pages elsewhere that may call us, such as "https://www.capulet.lit"
	Server   string              // URL of the poll that pages are told; "" is Packets on their own origin
	Socket   bool                // pages are told of the WebSocket
	Hold     time.Duration       // how long a poll waits; 0 is 25 s
	Grace    time.Duration       // how long a tab without a poll counts; 0 is 10 s
	Tabs     int                 // most of one account; 0 is 16
	Show     bool                // tell pages by a header which stanzas their calls became
	Logger   *slog.Logger
}

// maxForm is how much a request may post, in bytes.
const maxForm = 128 << 10

// A Handler answers the endpoints of webim. Its methods may be called from many
// goroutines.
type Handler struct {
	cfg   Config
	hall  *hall
	log   *slog.Logger
	calls map[string]endpoint

	upgrade *websocket.Upgrader

	spent   *nonces
	revoked *nonces
	byAddr  *bridge.Rates[netip.Prefix]
	byName  *bridge.Rates[jid.JID]
	guests  *bridge.Rates[netip.Prefix]

	downloads *turns
}

// An endpoint answers one path: with what is to be written as JSON, or an error.
type endpoint struct {
	do      func(h *Handler, ctx context.Context, c *call) (any, error)
	changes bool // something, so that a page elsewhere may not cause it
	open    bool // to somebody who is not logged in
}

// ok is the answer of what has nothing to say. It is JSON, since the library takes the
// bare word of the document for a fault (wire §1).
const ok = "ok"

// New makes a Handler. Run has to be called.
func New(cfg Config) *Handler {
	if cfg.Hold == 0 {
		cfg.Hold = 25 * time.Second
	}
	if cfg.Grace == 0 {
		cfg.Grace = 10 * time.Second
	}
	if cfg.Rooms == "" {
		cfg.Rooms = "conference"
	}
	if cfg.Tabs == 0 {
		cfg.Tabs = 16
	}
	h := &Handler{
		cfg: cfg, log: cfg.Logger,
		hall: &hall{
			label: cfg.Rooms,
			port:  cfg.Port, people: cfg.People, log: cfg.Logger, grace: cfg.Grace, tabsMax: cfg.Tabs, sealer: cfg.Sealer, started: time.Now(),
			stop: make(chan struct{}), present: make(map[jid.JID]*person), tabs: make(map[string]*tab), buried: make(map[string]time.Time),
		},
		calls:   endpoints(),
		upgrade: newUpgrader(cfg.Origins),
		spent:   newNonces(),
		revoked: newNonces(),
		byAddr:  bridge.NewRates[netip.Prefix](200, 20*time.Millisecond, 10_000),
		byName:  bridge.NewRates[jid.JID](100, 50*time.Millisecond, 10_000),
		guests:  bridge.NewRates[netip.Prefix](10, time.Minute, 10_000),

		downloads: newTurns(),
	}
	return h
}

func endpoints() map[string]endpoint {
	return map[string]endpoint{
		"online":           {do: (*Handler).online, changes: true, open: true},
		"offline":          {do: (*Handler).offline, changes: true},
		"refresh":          {do: (*Handler).refresh, changes: true},
		"logout":           {do: (*Handler).logout, changes: true, open: true},
		"buddies":          {do: (*Handler).buddies},
		"search":           {do: (*Handler).search},
		"remove_buddy":     {do: (*Handler).removeBuddy, changes: true},
		"rooms":            {do: (*Handler).rooms},
		"join":             {do: (*Handler).join, changes: true},
		"leave":            {do: (*Handler).leave, changes: true},
		"invite":           {do: (*Handler).invite, changes: true},
		"block":            {do: (*Handler).block, changes: true},
		"unblock":          {do: (*Handler).unblock, changes: true},
		"members":          {do: (*Handler).members},
		"history":          {do: (*Handler).history},
		"clear_history":    {do: (*Handler).clearHistory, changes: true},
		"download_history": {do: (*Handler).downloadHistory},
		"message":          {do: (*Handler).message, changes: true},
		"presence":         {do: (*Handler).presence, changes: true},
		"status":           {do: (*Handler).status, changes: true},
		"setting":          {do: (*Handler).setting, changes: true},
		"notification":     {do: (*Handler).notification},
	}
}

// Run keeps house until ctx ends: it removes visitors who were left over, and lets those go
// who have gone.
func (h *Handler) Run(ctx context.Context) {
	h.sweepVisitors(ctx)
	h.hall.run(ctx)
}

// Close ends all polls and lets everybody go; messages that nobody has got wait.
func (h *Handler) Close(ctx context.Context) { h.hall.close(ctx) }

// A call is one request to an endpoint.
type call struct {
	w        http.ResponseWriter
	r        *http.Request
	params   bridge.Params
	callback string
	endpoint string
	site     site
	account  jid.JID // who calls; zero if nobody is logged in
	tab      *tab    // of the ticket; nil if there is none
	cookie   token   // the zero token if there is none
	written  bool    // the endpoint has answered by itself
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case Packets:
		h.packets(w, r)
		return
	case Packets + "/ws":
		h.socket(w, r)
		return
	case picture:
		servePicture(w)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, Prefix)
	e, known := h.calls[name]
	if !known {
		bridge.Answer(w, http.StatusNotFound, "", refusal("Not Found"))
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST")
		bridge.Answer(w, http.StatusMethodNotAllowed, "", refusal("Method Not Allowed"))
		return
	}
	callback, err := bridge.Callback(r)
	if err != nil {
		h.refuse(w, "", name, err)
		return
	}
	c := &call{w: w, r: r, callback: callback, endpoint: name}
	answer, err := h.answer(r.Context(), c, e)
	switch {
	case err != nil:
		h.refuse(w, callback, name, err)
	case !c.written:
		bridge.Answer(w, http.StatusOK, callback, answer)
	}
}

// answer lets an endpoint answer, if the call may be made.
func (h *Handler) answer(ctx context.Context, c *call, e endpoint) (any, error) {
	addr := bridge.Address(c.r)
	if !addr.IsLoopback() {
		if wait := h.byAddr.Allow(bridge.Network(addr)); wait > 0 {
			return nil, &bridge.Problem{Status: 429, Text: "too many requests", Wait: wait}
		}
	}
	var err error
	if c.params, err = bridge.ReadParams(c.w, c.r, maxForm); err != nil {
		return nil, err
	}
	if c.site, err = h.siteOf(c); err != nil {
		return nil, err
	}
	if err := h.identify(ctx, c); err != nil {
		return nil, err
	}
	if err := h.guard(c, e); err != nil {
		return nil, err
	}
	if e.open {
		return e.do(h, ctx, c)
	}
	if c.account.IsZero() {
		return nil, bridge.Wrong(http.StatusUnauthorized, notAuthorized)
	}
	if err := h.often(c.account); err != nil {
		return nil, err
	}
	return e.do(h, ctx, c)
}

// often counts a call of an account, and refuses one too many.
func (h *Handler) often(account jid.JID) error {
	if wait := h.byName.Allow(account); wait > 0 {
		return &bridge.Problem{Status: http.StatusTooManyRequests, Text: "too many requests", Wait: wait}
	}
	return nil
}

// siteOf finds the host that is meant: by the domain that a page names, or by the name
// that it reached us by, or the first.
func (h *Handler) siteOf(c *call) (site, error) {
	if name := c.params["domain"]; name != "" {
		for _, host := range h.cfg.Hosts {
			if host == strings.ToLower(name) {
				return h.hall.site(host), nil
			}
		}
		return site{}, bridge.Wrong(http.StatusNotFound, "no such domain")
	}
	name, _, _ := strings.Cut(strings.ToLower(c.r.Host), ":")
	for _, host := range h.cfg.Hosts {
		if host == name {
			return h.hall.site(host), nil
		}
	}
	return h.hall.site(h.cfg.Hosts[0]), nil
}

// refusal is what a call is answered that is refused.
func refusal(text string) any {
	return struct {
		Success bool   `json:"success"`
		Status  string `json:"status"`
		Message string `json:"message"`
		Error   string `json:"error_msg"`
	}{false, "error", text, text}
}

// refuse is where errors of calls die.
func (h *Handler) refuse(w http.ResponseWriter, callback, name string, err error) {
	p, known := bridge.ProblemOf(err)
	if !known {
		h.log.Error("a webim call failed", slog.String("endpoint", name), slog.Any("err", err))
	}
	bridge.RetryAfter(w, p.Wait)
	bridge.Answer(w, p.Status, callback, refusal(p.Error()))
}

// StanzaHeader names the header in which a page is told which stanzas its call became,
// escaped as a path, if the configuration says so.
const StanzaHeader = "X-Causeway-Stanza"

// maxShown is how much of a stanza is shown, in bytes.
const maxShown = 2000

// trace shows a stanza that the call becomes.
func (h *Handler) trace(c *call, st *stanza.Stanza) {
	if h.cfg.Show {
		c.w.Header().Add(StanzaHeader, url.PathEscape(cut(string(st.AppendTo(nil)), maxShown)))
	}
}
