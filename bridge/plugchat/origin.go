package plugchat

import (
	"net/http"
	"strings"

	"causeway/bridge"
)

// origins reads which pages may have the bar of a site: its Website is one or more origins,
// with blanks or commas between them. What has no scheme means https.
func origins(website string) (list []string) {
	for _, text := range strings.FieldsFunc(strings.ToLower(website), func(c rune) bool { return c == ' ' || c == ',' }) {
		if !strings.Contains(text, "://") {
			text = "https://" + text
		}
		list = append(list, strings.TrimSuffix(text, "/"))
	}
	return list
}

// embeds finds the site whose bar calls, from a page that may have it. The origin keeps
// pages of others off, and no program: what protects a session is its key.
func (h *Handler) embeds(r *http.Request, p bridge.Params) (bridge.App, error) {
	app, ok, err := h.cfg.Apps.App(r.Context(), bridge.Plugchat, p["publicKey"])
	switch {
	case err != nil:
		return app, err
	case !ok || app.Disabled:
		return app, errPublicKey
	case bridge.Foreign(r, append(origins(app.Website), h.cfg.Origins...)):
		return app, &fault{badKey, "Invalid publicKey: this page is not one of the site"}
	}
	return app, nil
}

// allow lets the page that asks read the answer (https://fetch.spec.whatwg.org/#http-cors-protocol).
// A refusal, which has nothing in it, anybody may read.
func allow(w http.ResponseWriter, r *http.Request, err error) {
	h := w.Header()
	h.Add("Vary", "Origin")
	switch origin := r.Header.Get("Origin"); {
	case err != nil:
		h.Set("Access-Control-Allow-Origin", "*")
	case origin != "":
		h.Set("Access-Control-Allow-Origin", origin)
	}
}

// bar answers a call of the bar.
func (h *Handler) bar(w http.ResponseWriter, r *http.Request, name string, do func(*http.Request, bridge.App, bridge.Params) (any, error)) {
	app, p, err := h.called(w, r)
	var data any
	if err == nil {
		data, err = do(r, app, p)
	}
	allow(w, r, err)
	bridge.Answer(w, http.StatusOK, "", h.answerOf(name, data, err))
}

// called reads a call of the bar.
func (h *Handler) called(w http.ResponseWriter, r *http.Request) (bridge.App, bridge.Params, error) {
	if r.Method != http.MethodPost {
		return bridge.App{}, nil, errMalformed // a key must not stand in a URL
	}
	if err := h.limit(r, h.byAddr); err != nil {
		return bridge.App{}, nil, err
	}
	p, err := h.params(w, r)
	if err != nil {
		return bridge.App{}, nil, err
	}
	app, err := h.embeds(r, p)
	return app, p, err
}
