package oauth

import (
	"context"
	"net/http"
	"strings"

	"causeway/bridge"
)

// maxState is the longest state that is given back, in bytes.
const maxState = 2048

// A request is what a site sends a browser here with.
type request struct {
	app       bridge.App
	standard  bool   // by RFC 6749, not by "Log in with"
	redirect  string // the registered address
	named     bool   // it was given in the request, too
	state     string
	hasState  bool
	scope     string
	challenge string // of PKCE, "" if there is none
}

// A wrongPage is a request that leads nowhere: the person is told, and the browser stays
// here (RFC 6749 §4.1.2.1: "MUST NOT automatically redirect").
type wrongPage struct {
	status int
	text   func(words) string
}

func (p *wrongPage) Error() string { return p.text(english) }

// A wrongRequest is one whose site is told, by a redirect (RFC 6749 §4.1.2.1).
type wrongRequest struct {
	code string
	text string // for developers
}

func (e *wrongRequest) Error() string { return e.code + ": " + e.text }

func wrong(status int, text func(words) string) error { return &wrongPage{status, text} }

// readRequest reads what the query says. With a *wrongRequest the request has what the
// redirect needs.
func (h *Handler) readRequest(ctx context.Context, r *http.Request, p bridge.Params) (*request, error) {
	q := &request{standard: r.URL.Path == authorizePath, scope: siteScope}
	id := p["app_id"]
	if q.standard {
		id = p["client_id"]
	}
	if id == "" {
		return nil, wrong(http.StatusNotFound, func(w words) string { return w.NoApp })
	}
	app, ok, err := h.cfg.Apps.App(ctx, bridge.Site, id)
	switch {
	case err != nil:
		return nil, err
	case !ok || app.Disabled || !isRedirect(app.Redirect):
		// A page with 200, as sites that came from elsewhere have it (oauth wire §5.1).
		status := http.StatusOK
		if q.standard {
			status = http.StatusBadRequest
		}
		return nil, wrong(status, func(w words) string { return w.AppGone })
	}
	q.app, q.redirect = app, app.Redirect
	// Byte for byte (RFC 9700 §4.1.3): nothing in a request changes where its answer goes.
	if given, named := p["redirect_uri"]; named {
		if given != app.Redirect {
			return nil, wrong(http.StatusBadRequest, func(w words) string { return w.BadRedirect })
		}
		q.named = true
	}
	q.state, q.hasState = p["state"]
	if len(q.state) > maxState {
		return nil, wrong(http.StatusBadRequest, func(w words) string { return w.BadState })
	}
	if !q.standard {
		return q, nil
	}
	return q, q.readStandard(p)
}

// readStandard reads what only RFC 6749 and RFC 7636 have.
func (q *request) readStandard(p bridge.Params) error {
	if p["response_type"] != "code" {
		if p["response_type"] == "" {
			return &wrongRequest{"invalid_request", "response_type is missing"}
		}
		return &wrongRequest{"unsupported_response_type", "only code is known"}
	}
	var ok bool
	if q.scope, ok = readScope(p["scope"]); !ok {
		return &wrongRequest{"invalid_scope", "known are " + strings.Join(scopes, ", ")}
	}
	q.challenge = p["code_challenge"]
	switch {
	case q.challenge == "" && p["code_challenge_method"] != "":
		return &wrongRequest{"invalid_request", "code_challenge is missing"}
	case q.challenge == "" && q.app.Public:
		return &wrongRequest{"invalid_request", "this client needs PKCE (RFC 7636)"}
	case q.challenge != "" && p["code_challenge_method"] != "S256":
		return &wrongRequest{"invalid_request", "the only code_challenge_method is S256"}
	case q.challenge != "" && !isChallenge(q.challenge):
		return &wrongRequest{"invalid_request", "code_challenge is not 32 bytes in base64url"}
	}
	return nil
}
