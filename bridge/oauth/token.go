package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"causeway/bridge"
)

// A grantError is an error of the token endpoint (RFC 6749 §5.2).
type grantError struct {
	status int
	code   string
	text   string // for developers
}

func (e *grantError) Error() string { return e.code + ": " + e.text }

func badGrant(code, text string) error { return &grantError{http.StatusBadRequest, code, text} }

// open lets pages of all sites call, which then have no cookies: what is asked for has to
// be in the request (https://fetch.spec.whatwg.org/#http-cors-protocol).
func open(w http.ResponseWriter, r *http.Request) (preflight bool) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	if r.Method != http.MethodOptions {
		return false
	}
	w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
	w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
	w.Header().Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// standard answers an endpoint that clients post to (RFC 6749 §3.2).
func (h *Handler) standard(w http.ResponseWriter, r *http.Request, do func(context.Context, *http.Request, bridge.Params) (any, error)) {
	if open(w, r) {
		return
	}
	p, err := h.readPosted(w, r)
	var answer any
	if err == nil {
		answer, err = do(r.Context(), r, p)
	}
	// RFC 6749 §5.1; Cache-Control is set for all answers.
	w.Header().Set("Pragma", "no-cache")
	if err != nil {
		h.failGrant(w, r, err)
		return
	}
	bridge.Answer(w, http.StatusOK, "", answer)
}

// readPosted reads a form that is posted. RFC 6749 §2.3.1: parameters with secrets "MUST NOT
// be included in the request URI".
func (h *Handler) readPosted(w http.ResponseWriter, r *http.Request) (bridge.Params, error) {
	if wait := h.often(r); wait > 0 {
		return nil, &bridge.Problem{Status: http.StatusTooManyRequests, Text: "too many requests", Wait: wait}
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST, OPTIONS")
		return nil, &grantError{http.StatusMethodNotAllowed, "invalid_request", "POST is needed"}
	}
	if r.URL.RawQuery != "" {
		return nil, badGrant("invalid_request", "parameters belong into the body")
	}
	return bridge.ReadParams(w, r, maxForm)
}

// failGrant is where errors of these endpoints die.
func (h *Handler) failGrant(w http.ResponseWriter, r *http.Request, err error) {
	var (
		told *grantError
		p    *bridge.Problem
	)
	switch {
	case errors.As(err, &told):
	case errors.As(err, &p):
		bridge.RetryAfter(w, p.Wait)
		told = &grantError{p.Status, "invalid_request", p.Error()}
		if p.Status == http.StatusTooManyRequests {
			told.code = "temporarily_unavailable"
		}
	default:
		h.fault("token", err)
		told = &grantError{http.StatusInternalServerError, "server_error", ""}
	}
	if told.status == http.StatusUnauthorized && r.Header.Get("Authorization") != "" {
		w.Header().Set("WWW-Authenticate", `Basic realm="oauth"`)
	}
	bridge.Answer(w, told.status, "", struct {
		Error string `json:"error"`
		Text  string `json:"error_description,omitempty"`
	}{told.code, told.text})
}

// tokenAnswer is that of RFC 6749 §5.1.
type tokenAnswer struct {
	Access  string `json:"access_token"`
	Type    string `json:"token_type"`
	Expires int    `json:"expires_in"` // seconds
	Refresh string `json:"refresh_token"`
	Scope   string `json:"scope"`
}

// token is the token endpoint.
func (h *Handler) token(ctx context.Context, r *http.Request, p bridge.Params) (any, error) {
	app, err := h.client(ctx, r, p)
	if err != nil {
		return nil, err
	}
	switch p["grant_type"] {
	case "authorization_code":
		return h.byCode(ctx, app, p)
	case "refresh_token":
		return h.byRefresh(ctx, app, p)
	case "":
		return nil, badGrant("invalid_request", "grant_type is missing")
	}
	return nil, badGrant("unsupported_grant_type", "known are authorization_code and refresh_token")
}

// byCode is RFC 6749 §4.1.3.
func (h *Handler) byCode(ctx context.Context, app bridge.App, p bridge.Params) (any, error) {
	if p["code"] == "" {
		return nil, badGrant("invalid_request", "code is missing")
	}
	var d codeData
	return h.tokens(ctx, app, trade{
		use: bridge.Code, token: p["code"],
		fits: func(g bridge.Grant) bool {
			return json.Unmarshal([]byte(g.Data), &d) == nil && d.Standard && d.Redirect == app.Redirect
		},
		refuses: func(bridge.Grant) error {
			switch redirect, given := p["redirect_uri"]; {
			case d.Named && redirect != d.Redirect, given && redirect != d.Redirect:
				return badGrant("invalid_grant", "redirect_uri is not that of the code")
			case d.Challenge == "" && p["code_verifier"] != "":
				// RFC 9700 §2.1.1: else whoever strips the challenge off a request turns PKCE off.
				return badGrant("invalid_grant", "the code was asked for without a challenge")
			case d.Challenge == "" && app.Public:
				return badGrant("invalid_grant", "this client needs PKCE")
			case d.Challenge != "" && !meets(p["code_verifier"], d.Challenge):
				return badGrant("invalid_grant", "code_verifier is not that of the challenge")
			}
			return nil
		},
	}, "")
}

// byRefresh is RFC 6749 §6. The token is good once: its like comes with the answer, and one
// that comes twice was stolen, by either of the two (RFC 9700 §4.14.2).
func (h *Handler) byRefresh(ctx context.Context, app bridge.App, p bridge.Params) (any, error) {
	if p["refresh_token"] == "" {
		return nil, badGrant("invalid_request", "refresh_token is missing")
	}
	scope := ""
	if p["scope"] != "" {
		var ok bool
		if scope, ok = readScope(p["scope"]); !ok {
			return nil, badGrant("invalid_scope", "a scope is unknown")
		}
	}
	return h.tokens(ctx, app, trade{
		use: bridge.RefreshToken, token: p["refresh_token"],
		fits: func(bridge.Grant) bool { return true },
		refuses: func(g bridge.Grant) error {
			if !covers(g.Scope, scope) {
				return badGrant("invalid_scope", "more than was granted")
			}
			return nil
		},
	}, scope)
}

// tokens trades a token for an access token of a scope, "" for all that was granted, and a
// refresh token of all of that.
func (h *Handler) tokens(ctx context.Context, app bridge.App, t trade, scope string) (any, error) {
	t.into = func(g bridge.Grant) []bridge.Grant {
		scope = cmp.Or(scope, g.Scope)
		return []bridge.Grant{accessOf(scope), {Use: bridge.RefreshToken, Scope: g.Scope, Expires: time.Now().Add(refreshLife)}}
	}
	made, err := h.trade(ctx, app, t)
	switch {
	case isDead(err):
		return nil, badGrant("invalid_grant", "the token is no good")
	case err != nil:
		return nil, err
	}
	return tokenAnswer{made[0], "Bearer", int(accessLife / time.Second), made[1], scope}, nil
}
