package plugchat

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// Prefix is the path below which everything is: the API at the prefix itself.
const Prefix = "/plugchat/"

// Config is what a Handler is made of.
type Config struct {
	Port     *bridge.Port
	Apps     bridge.Apps
	People   People
	Rooms    Rooms // nil if there are none
	Sealer   *bridge.Sealer
	Hosts    []string      // canonical
	Label    string        // the first label of the domains that have rooms
	Room     string        // localpart of the room of a site's host; "" for none
	Origins  []string      // of pages that may have the bar of any site, in lower case
	Contacts []jid.JID     // bare; whom guests of their host may write to
	Guests   int           // most at once; 0 is 10,000
	Each     int           // of them from one address; 0 is 20
	Poll     time.Duration // how long a poll waits; 0 is 25 s
	Grace    time.Duration // how long a session without a poll lasts; 0 is a minute
	Demo     *Demo         // of a throw-away server; else nil
	Logger   *slog.Logger
}

// maxForm is how much a request may post, in bytes.
const maxForm = 32 << 10

// A Handler answers the API, and the bar. Its methods may be called from many goroutines.
type Handler struct {
	cfg    Config
	log    *slog.Logger
	hall   *hall
	counts tallies
	keys   keyring

	byAddr  *bridge.Rates[netip.Prefix] // calls with a publicKey
	opening *bridge.Rates[netip.Prefix] // sessions
	polls   *bridge.Rates[string]       // of one session
	words   *bridge.Rates[string]       // what one session says
}

// New makes a Handler. Run has to be called.
func New(cfg Config) *Handler {
	number := func(n *int, byDefault int) {
		if *n == 0 {
			*n = byDefault
		}
	}
	number(&cfg.Guests, 10_000)
	number(&cfg.Each, 20)
	if cfg.Poll == 0 {
		cfg.Poll = 25 * time.Second
	}
	if cfg.Grace == 0 {
		cfg.Grace = time.Minute
	}
	return &Handler{
		cfg: cfg, log: cfg.Logger, hall: newHall(cfg), keys: newKeyring(),
		counts:  tallies{port: cfg.Port, of: make(map[jid.JID]*tally)},
		byAddr:  bridge.NewRates[netip.Prefix](200, 20*time.Millisecond, 10_000),
		opening: bridge.NewRates[netip.Prefix](20, 5*time.Second, 10_000),
		polls:   bridge.NewRates[string](40, 50*time.Millisecond, 20_000),
		words:   bridge.NewRates[string](10, time.Second, 20_000),
	}
}

// Run keeps house until ctx ends.
func (h *Handler) Run(ctx context.Context) { h.hall.run(ctx) }

// Close ends all polls and lets the guests go. Their accounts stay: the pages come back
// with their keys when the server is there again, and those of others are removed then.
func (h *Handler) Close(ctx context.Context) { h.hall.close(ctx) }

// Asked reports whether a request for "/" is one of the API: the document has it there.
func Asked(r *http.Request) bool {
	query, _ := url.ParseQuery(r.URL.RawQuery) // what can be read of it says who is meant
	return query.Has("action") || query.Has("publicKey") || query.Has("apiKey")
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch name := strings.TrimPrefix(r.URL.Path, Prefix); name {
	case "", "/":
		h.api(w, r)
	case "open":
		h.bar(w, r, name, h.open)
	case "say":
		h.bar(w, r, name, h.say)
	case "close":
		h.bar(w, r, name, h.leave)
	case "poll":
		h.poll(w, r)
	default:
		h.file(w, r, name)
	}
}

// api answers the API (plugchat #1).
func (h *Handler) api(w http.ResponseWriter, r *http.Request) {
	callback, err := callbackOf(r)
	if err != nil {
		bridge.Answer(w, http.StatusOK, "", h.answerOf("api", nil, err))
		return
	}
	p, err := h.params(w, r)
	if _, secret := p["apiKey"]; secret && callback != "" {
		callback, err = "", errMalformed // a secret must not sit in a page (wire §6.3)
	}
	if err != nil {
		bridge.Answer(w, http.StatusOK, callback, h.answerOf("api", nil, err))
		return
	}
	data, err := h.act(r, p)
	bridge.Answer(w, http.StatusOK, callback, h.answerOf("api", data, err))
}

// params reads the parameters of a call.
func (h *Handler) params(w http.ResponseWriter, r *http.Request) (bridge.Params, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, errMalformed
	}
	p, err := bridge.ReadParams(w, r, maxForm)
	if err != nil {
		return nil, errMalformed
	}
	return p, nil
}

// act does what is asked.
func (h *Handler) act(r *http.Request, p bridge.Params) (any, error) {
	action, named := p["action"]
	_, public := p["publicKey"]
	_, secret := p["apiKey"]
	switch {
	case action == "login":
		return nil, h.login(r, p)
	case action == "logout":
		return nil, h.logout(r, p)
	case action == "getonline", !named && public && !secret: // the samples name no action (wire §6.5)
		return h.getonline(r, p)
	}
	return nil, errMalformed
}

// limit refuses somebody elsewhere who calls too often.
func (h *Handler) limit(r *http.Request, rates *bridge.Rates[netip.Prefix]) error {
	if addr := bridge.Address(r); !addr.IsLoopback() && rates.Allow(bridge.Network(addr)) > 0 {
		return errOften
	}
	return nil
}
