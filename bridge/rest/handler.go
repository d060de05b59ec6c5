package rest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"causeway/bridge"
)

// Config is what a Handler is made of.
type Config struct {
	Port      *bridge.Port
	Apps      bridge.Apps
	Tokens    bridge.Tokens
	People    People
	Tries     Tries                    // nil lets everybody guess
	Secret    []byte                   // makes the UUIDs of refusals
	Base      func(host string) string // URL by which the world reaches a host, https; "" if not known
	Open      map[string]bool          // hosts where everybody may register
	Rate      int                      // calls of one app in a second; 0 is 100, -1 no limit
	TokenRate int                      // tokens that one app is given in a second; 0 is 300, -1 no limit
	Contacts  int                      // most contacts of a user; 0 is 1000
	Blocks    int                      // most users that one blocks; 0 is 500
	Rooms     string                   // the first label of the domains that have rooms; "" is conference
	Files     Files                    // nil if no files are taken
	History   History                  // nil if nothing is kept
	Logger    *slog.Logger
}

// A Handler answers the REST admin API. Its methods may be called from many goroutines.
type Handler struct {
	cfg    Config
	routes *mux.Router
	rates  *bridge.Rates[string]
	grants *bridge.Rates[string]
	// strangers are networks from which calls come that may not be made.
	strangers *bridge.Rates[string]
	recent    sync.Map // by key: the recentApp that was found
	files     uploads
	histories chan struct{} // has room for as many files of history as are written at once
}

// New makes a Handler.
func New(cfg Config) *Handler {
	if cfg.Contacts == 0 {
		cfg.Contacts = 1000 // seed #add-contacts
	}
	if cfg.Blocks == 0 {
		cfg.Blocks = 500 // seed #add-blacklist
	}
	if cfg.Rooms == "" {
		cfg.Rooms = "conference"
	}
	h := &Handler{cfg: cfg, strangers: rates(0, 50), histories: make(chan struct{}, historiesAtOnce), rates: rates(cfg.Rate, 100), grants: rates(cfg.TokenRate, 300)}
	h.routes = newRouter()
	return h
}

// maxApps is how many apps, and networks of strangers, are remembered for their rates.
const maxApps = 10_000

func rates(perSecond, byDefault int) *bridge.Rates[string] {
	if perSecond == 0 {
		perSecond = byDefault
	}
	if perSecond < 0 {
		return nil
	}
	return bridge.NewRates[string](perSecond, time.Second/time.Duration(perSecond), maxApps)
}

// A call is one request.
type call struct {
	h     *Handler
	w     http.ResponseWriter
	r     *http.Request
	began time.Time

	org, name string // as the path has them
	app       bridge.App
	path      string // tidied, escaped
	query     url.Values
	vars      map[string]string
	grant     bridge.Grant // what the request was let in by; zero if by nothing
	written   bool         // the endpoint has answered by itself
}

// Knows reports whether a request is for an app: its path begins with the key of one, and
// goes on, or looks so much like it that whoever sends it should be told that there is no
// such app.
func (h *Handler) Knows(r *http.Request) bool {
	path, ok := tidy(r.URL.EscapedPath())
	if !ok {
		return false
	}
	org, app, rest, ok := appOf(path)
	if !ok || collections[rest] {
		return ok
	}
	_, known, err := h.cfg.Apps.AppOfKey(r.Context(), keyOf(org, app))
	return known && err == nil
}

// keyOf is the key of an app (seed, "Appkey data structure"); the case does not matter.
func keyOf(org, app string) string { return strings.ToLower(org + "#" + app) }

// ServeHTTP implements http.Handler, for requests that Knows has known.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{h: h, w: w, r: r, began: time.Now(), query: r.URL.Query()}
	path, tidied := tidy(r.URL.EscapedPath())
	org, name, _, ok := "", "", "", false
	if tidied {
		org, name, _, ok = appOf(path)
	}
	if !ok {
		c.refuse(errMissing())
		return
	}
	c.org, c.name, c.path = org, name, path
	app, known, err := h.appOf(r.Context(), keyOf(org, name))
	allowOrigin(w)
	switch {
	case err != nil:
		c.refuse(err)
	case !known || app.Disabled:
		c.refuse(errNoApp(org, name, strings.TrimPrefix(path, "/")))
	case r.Method == http.MethodOptions:
		preflight(w)
	default:
		c.app = app
		h.route(c)
	}
}

// A recentApp is an App that was found a moment ago.
type recentApp struct {
	app   bridge.App
	until time.Time
}

// recentTime is how long an App is not looked up again. A token of an app that was disabled
// meanwhile is refused all the same: what a token is good for is asked each time.
const recentTime = time.Second

// appOf finds an app by its key.
func (h *Handler) appOf(ctx context.Context, key string) (bridge.App, bool, error) {
	if v, ok := h.recent.Load(key); ok {
		if r, ok := v.(recentApp); ok && time.Now().Before(r.until) {
			return r.app, true, nil
		}
	}
	app, known, err := h.cfg.Apps.AppOfKey(ctx, key)
	if known && err == nil {
		h.recent.Store(key, recentApp{app, time.Now().Add(recentTime)}) // as many as there are apps
	} else {
		h.recent.Delete(key)
	}
	return app, known, err
}

// route finds the endpoint of a call and lets it answer.
func (h *Handler) route(c *call) {
	clean := new(http.Request)
	*clean = *c.r
	clean.URL = &url.URL{Path: unescaped(c.path), RawPath: c.path}
	var match mux.RouteMatch
	if !h.routes.Match(clean, &match) || match.Route == nil {
		if errors.Is(match.MatchErr, mux.ErrMethodMismatch) {
			c.refuse(errWeb(http.StatusMethodNotAllowed, "Method Not Allowed"))
			return
		}
		c.refuse(errMissing())
		return
	}
	c.vars = match.Vars
	for name, value := range c.vars {
		c.vars[name] = unescaped(value)
	}
	e, ok := match.Handler.(*endpoint)
	if !ok {
		c.refuse(errMissing()) // cannot be: newRouter makes no others
		return
	}
	answer, err := h.answer(c.r.Context(), c, e)
	switch {
	case err != nil:
		c.refuse(err)
	case !c.written:
		c.w.Header().Set("Cache-Control", "no-store") // a GET may have an effect (wire §1.4)
		if o, ok := answer.(object); ok {
			if answer, err = o.append(make([]byte, 0, 1024)); err != nil {
				c.refuse(err)
				return
			}
		}
		bridge.Answer(c.w, http.StatusOK, "", answer)
	}
}

// answer lets an endpoint answer, if the call may be made: first who calls, then how often,
// and only then whom it is about. Strangers are counted by where they are, so that they
// cannot use up what an app may do.
func (h *Handler) answer(ctx context.Context, c *call, e *endpoint) (any, error) {
	from := bridge.Network(bridge.Address(c.r)).String()
	if e.guard == forToken {
		if err := allow(h.grants, c.app.Key+" "+from); err != nil {
			return nil, err
		}
	}
	if err := h.authorize(ctx, c, e); err != nil {
		if !bridge.Address(c.r).IsLoopback() {
			if wait := h.strangers.Allow(from); wait > 0 {
				return nil, errRate(wait)
			}
		}
		return nil, err
	}
	if e.guard != forToken {
		key := c.app.Key
		if c.grant.App == "" {
			key += " " + from
		}
		if err := allow(h.rates, key); err != nil {
			return nil, err
		}
	}
	return e.do(c, ctx)
}

// allow counts a call, and refuses one too many.
func allow(r *bridge.Rates[string], key string) error {
	if r == nil {
		return nil
	}
	if wait := r.Allow(key); wait > 0 {
		return errRate(wait)
	}
	return nil
}

// refuse is where errors of calls die.
func (c *call) refuse(err error) {
	var p *problem
	if !errors.As(err, &p) {
		told, known := bridge.ProblemOf(err)
		p = errWeb(told.Status, told.Error())
		p.wait = told.Wait
		if told.Status == tooMany {
			p = errRate(told.Wait)
		}
		if !known {
			c.h.cfg.Logger.Error("a REST call failed", slog.String("method", c.r.Method), slog.Any("err", err))
		}
	}
	bridge.RetryAfter(c.w, p.wait)
	if p.status == http.StatusServiceUnavailable && p.wait == 0 {
		bridge.RetryAfter(c.w, time.Second)
	}
	bridge.Answer(c.w, p.status, "", p.body(c))
}

// base is the URL of the app (wire §1.1: "build from a configured public base URL").
func (c *call) base(scheme string) string {
	at := c.h.cfg.Base(c.app.Host.Domain())
	if at == "" {
		at = "https://" + c.r.Host
	}
	_, authority, _ := strings.Cut(at, "://")
	return scheme + "://" + authority + "/" + c.org + "/" + c.name
}

// uri is what was asked for, without the query, by the scheme that was used.
func (c *call) uri() string {
	scheme := "http"
	if bridge.Secure(c.r) {
		scheme = "https"
	}
	return c.base(scheme) + strings.TrimPrefix(c.path, "/"+c.org+"/"+c.name)
}
