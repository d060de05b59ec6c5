package oauth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"causeway/bridge"
)

// maxCredential is longer than any id or secret of ours.
const maxCredential = 256

// verify finds the site that shows its secret. Known says whether there is one of that id,
// for what the answer says; app is the zero App else. Who guesses secrets has to wait, at
// the address where it is done and for that site only.
func (h *Handler) verify(ctx context.Context, r *http.Request, id, secret string) (app bridge.App, ok bool, err error) {
	if id == "" || len(id) > maxCredential || len(secret) > maxCredential {
		return app, false, nil
	}
	addr := bridge.Address(r)
	wait := h.secrets.Allow(appAt{id, bridge.Network(addr)})
	if wait == 0 {
		ok, wait, err = h.cfg.Throttle.Try(addr, "oauth site "+id, func() (ok bool, err error) {
			app, ok, err = h.cfg.Apps.Verify(ctx, bridge.Site, id, secret)
			return ok, err
		})
	}
	switch {
	case err != nil:
		return bridge.App{}, false, err
	case wait > 0:
		return bridge.App{}, false, &bridge.Problem{Status: http.StatusTooManyRequests, Text: "too many requests", Wait: wait}
	case !ok:
		app, _, err = h.cfg.Apps.App(ctx, bridge.Site, id)
		return app, false, err
	}
	return app, true, nil
}

// client finds out which client calls (RFC 6749 §2.3, §3.2.1).
func (h *Handler) client(ctx context.Context, r *http.Request, p bridge.Params) (bridge.App, error) {
	id, secret, basic, err := credentials(r)
	if err != nil {
		return bridge.App{}, &grantError{http.StatusUnauthorized, "invalid_client", err.Error()}
	}
	given, named := p["client_id"]
	posted := p["client_secret"]
	switch {
	case basic && posted != "":
		// RFC 6749 §2.3: "MUST NOT use more than one authentication method in each request"
		return bridge.App{}, badGrant("invalid_request", "credentials come in two ways")
	case basic && named && given != id:
		return bridge.App{}, badGrant("invalid_request", "client_id is not that of the credentials")
	case !basic:
		id, secret = given, posted
	}
	if secret == "" { // a public client; some send an empty password
		app, ok, err := h.cfg.Apps.App(ctx, bridge.Site, id)
		if err != nil {
			return app, err
		}
		if !ok || !app.Public || app.Disabled {
			return app, &grantError{http.StatusUnauthorized, "invalid_client", "no such client, or its secret is missing"}
		}
		return app, nil
	}
	app, ok, err := h.verify(ctx, r, id, secret)
	if err == nil && !ok {
		err = &grantError{http.StatusUnauthorized, "invalid_client", "no such client, or another secret"}
	}
	return app, err
}

// credentials reads what HTTP Basic has: both parts are encoded as in a form first
// (RFC 6749 §2.3.1).
func credentials(r *http.Request) (id, secret string, ok bool, err error) {
	if r.Header.Get("Authorization") == "" {
		return "", "", false, nil
	}
	id, secret, ok = r.BasicAuth()
	if !ok {
		return "", "", false, errors.New("only Basic is known")
	}
	if id, err = url.QueryUnescape(id); err == nil {
		secret, err = url.QueryUnescape(secret)
	}
	if err != nil {
		return "", "", false, errors.New("the credentials are not encoded as in a form")
	}
	return id, secret, true, nil
}

// isChallenge reports whether text can be a code_challenge of S256 (RFC 7636 §4.2).
func isChallenge(text string) bool {
	sum, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && len(sum) == sha256.Size
}

// meets reports whether a verifier is the one that a challenge was made of (RFC 7636
// §4.1, §4.6).
func meets(verifier, challenge string) bool {
	if len(verifier) < 43 || len(verifier) > 128 || strings.Trim(verifier, unreserved) != "" {
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}

const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// A trade is what a client gives a token for that is good once.
type trade struct {
	use   bridge.Use
	token string
	// fits reports whether it is a token of the sort that the client may come with.
	fits func(bridge.Grant) bool
	// refuses says why the client does not get what it asks for. It may try again: who has
	// stolen a code and not what belongs to it takes it away from nobody.
	refuses func(bridge.Grant) error
	// into gives what the token is traded for.
	into func(bridge.Grant) []bridge.Grant
}

// trade trades a token of a client. The errors for which isDead is true say that it is no
// good; one that came twice has killed what it was traded for (RFC 6749 §4.1.2 and §10.5, RFC
// 9700 §4.14.2).
func (h *Handler) trade(ctx context.Context, app bridge.App, t trade) (made []string, err error) {
	g, err := h.cfg.Tokens.Grant(ctx, t.use, t.token)
	if err == nil || errors.Is(err, bridge.ErrTokenSpent) {
		if g.Kind != bridge.Site || g.App != app.ID || !t.fits(g) {
			return nil, bridge.ErrTokenUnknown // whoever has it is not the one it was given to
		}
	}
	if err == nil {
		if err = t.refuses(g); err == nil {
			err = h.stillAllowed(ctx, g)
		}
		if err != nil {
			return nil, err
		}
		g, made, err = h.cfg.Tokens.Trade(ctx, t.use, t.token, t.into(g)...)
	}
	if errors.Is(err, bridge.ErrTokenSpent) {
		if dead := h.cfg.Tokens.Revoke(ctx, g.Family); dead != nil {
			return nil, dead
		}
	}
	return made, err
}

// stillAllowed refuses a code that was made in the moment in which the person took back what it
// had allowed: the tokens that there were went with that, and this was not yet there.
func (h *Handler) stillAllowed(ctx context.Context, g bridge.Grant) error {
	known, err := h.allowed(ctx, g.User, g.App)
	if err == nil && !covers(known, g.Scope) {
		err = bridge.ErrTokenUnknown
	}
	return err
}

// accessOf is an access token of a scope.
func accessOf(scope string) bridge.Grant {
	return bridge.Grant{Use: bridge.AccessToken, Scope: scope, Expires: time.Now().Add(accessLife)}
}
