package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"causeway/bridge"
)

// A siteFault is what the API of "Log in with" says of a bad call (oauth wire §5.1).
type siteFault string

const (
	badAppID      siteFault = "Bad Request, invalid app_id"
	badAppSecret  siteFault = "Bad Request, invalid app_secret"
	badAuthKey    siteFault = "Bad Request, invalid auth_key"
	badToken      siteFault = "Bad Request, invalid access_token"
	expiredToken  siteFault = "Bad Request, expired access_token"
	badParameters siteFault = "Bad Request, invalid parameters"
	appDisabled   siteFault = "We're sorry, but the application you're trying to use doesn't exist or has been disabled"
)

func (f siteFault) Error() string { return string(f) }

// status is that of a strict site.
func (f siteFault) status() int {
	switch f {
	case badAppSecret, badToken, expiredToken:
		return http.StatusUnauthorized
	case appDisabled:
		return http.StatusForbidden
	}
	return http.StatusBadRequest
}

// refuseSite tells a site what is wrong: with 200, since file_get_contents of PHP gives
// nothing at all with another status, unless the site is strict.
func refuseSite(w http.ResponseWriter, strict bool, f siteFault) {
	status := http.StatusOK
	if strict {
		status = f.status()
	}
	answerSite(w, status, string(f))
}

func answerSite(w http.ResponseWriter, status int, text string) {
	bridge.Answer(w, status, "", struct {
		Error   bool   `json:"error"`
		Message string `json:"message"`
	}{true, text})
}

// failSite is where errors of calls of "Log in with" die.
func (h *Handler) failSite(w http.ResponseWriter, strict bool, err error) {
	var (
		f siteFault
		p *bridge.Problem
	)
	switch {
	case errors.As(err, &f):
		refuseSite(w, strict, f)
	case errors.As(err, &p) && p.Status == http.StatusTooManyRequests:
		bridge.RetryAfter(w, p.Wait)
		answerSite(w, p.Status, p.Error())
	case errors.As(err, &p):
		refuseSite(w, strict, badParameters)
	default:
		h.fault("api", err)
		answerSite(w, http.StatusInternalServerError, http.StatusText(http.StatusInternalServerError))
	}
}

// readCall reads the parameters of a call of the API.
func (h *Handler) readCall(w http.ResponseWriter, r *http.Request) (bridge.Params, error) {
	if wait := h.often(r); wait > 0 {
		return nil, &bridge.Problem{Status: http.StatusTooManyRequests, Text: "too many requests", Wait: wait}
	}
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, badParameters
	}
	return bridge.ReadParams(w, r, maxForm)
}

// exchange gives an access token for an auth_key (oauth #access-token).
func (h *Handler) exchange(w http.ResponseWriter, r *http.Request) {
	var app bridge.App
	p, err := h.readCall(w, r)
	if err == nil {
		app, err = h.site(r.Context(), r, p)
	}
	token := ""
	if err == nil {
		token, err = h.redeem(r.Context(), app, p["auth_key"])
	}
	if err != nil {
		h.failSite(w, app.Strict, err)
		return
	}
	bridge.Answer(w, http.StatusOK, "", struct {
		Token string `json:"access_token"`
	}{token})
}

// site finds out which site calls, by parameters or, which keeps the secret out of the URL,
// by HTTP Basic.
func (h *Handler) site(ctx context.Context, r *http.Request, p bridge.Params) (bridge.App, error) {
	id, secret := p["app_id"], p["app_secret"]
	if user, password, ok := r.BasicAuth(); ok {
		if id != "" && id != user || secret != "" {
			return bridge.App{}, badParameters
		}
		id, secret = user, password
	}
	app, ok, err := h.verify(ctx, r, id, secret)
	switch {
	case err != nil || ok:
		return app, err
	case app.ID == "":
		return app, badAppID
	case app.Disabled:
		return app, appDisabled
	}
	return app, badAppSecret
}

// redeem trades an auth_key.
func (h *Handler) redeem(ctx context.Context, app bridge.App, key string) (string, error) {
	made, err := h.trade(ctx, app, trade{
		use: bridge.Code, token: key,
		fits: func(g bridge.Grant) bool {
			var d codeData
			return json.Unmarshal([]byte(g.Data), &d) == nil && !d.Standard && d.Redirect == app.Redirect
		},
		refuses: func(bridge.Grant) error { return nil },
		into:    func(g bridge.Grant) []bridge.Grant { return []bridge.Grant{accessOf(g.Scope)} },
	})
	switch {
	case isDead(err):
		return "", badAuthKey
	case err != nil:
		return "", err
	}
	return made[0], nil
}
