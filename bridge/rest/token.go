package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

const (
	// tokenTime is how long a token is good for if nobody says (seed #token: 5184000 s).
	tokenTime = 60 * 24 * time.Hour
	// maxTokenTime is the longest that can be asked for; 0 is for ever.
	maxTokenTime = 10 * 365 * 24 * time.Hour
	// maxTokenBody is how much a request for a token may be, in bytes.
	maxTokenBody = 8 << 10
)

// token is POST and GET /token (wire §1.2, row 1; part 2, item 1).
func (c *call) token(ctx context.Context) (any, error) { return c.issue(ctx) }

func (c *call) issue(ctx context.Context) (any, error) {
	params, err := c.tokenParams()
	if err != nil {
		return nil, err
	}
	ttl, err := lifetime(params["ttl"])
	if err != nil {
		return nil, err
	}
	kind, _, err := text(params, "grant_type")
	if err != nil {
		return nil, err
	}
	switch kind {
	case "client_credentials":
		return c.tokenOfApp(ctx, params, ttl)
	case "password":
		return c.tokenOfUser(ctx, params, ttl)
	case "inherit":
		return c.tokenFor(ctx, params, ttl)
	case "":
		return nil, errGrantType("grant_type is required")
	}
	return nil, errGrantType("grant_type is not supported")
}

func errGrantType(text string) *problem {
	return &problem{status: badRequest, code: "invalid_request", text: text, bare: true}
}

// tokenParams reads what a token is asked for with: JSON, a form, or the query of a GET.
func (c *call) tokenParams() (map[string]any, error) {
	if c.r.Method == http.MethodGet {
		return flat(c.query)
	}
	v, err := c.readBody(maxTokenBody, true)
	if err != nil {
		return nil, err
	}
	o, ok := v.(map[string]any)
	if !ok {
		return nil, errIllegal("a JSON object is expected")
	}
	return o, nil
}

// lifetime reads ttl, in seconds: a number, or one in a string, which may be empty (the Go
// client). Zero is for ever; -1 is that nothing was said.
func lifetime(v any) (time.Duration, error) {
	digits := ""
	switch v := v.(type) {
	case nil:
	case json.Number:
		digits = v.String()
	case string:
		digits = strings.TrimSpace(v)
	default:
		return 0, errIllegal("ttl is not a number")
	}
	if digits == "" {
		return tokenTime, nil
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > int64(maxTokenTime/time.Second) {
		return 0, errIllegal("ttl is not a number of seconds")
	}
	return time.Duration(n) * time.Second, nil
}

// tokenOfApp is grant_type client_credentials. The answer is the same for an unknown
// client_id and a wrong secret (wire E10).
func (c *call) tokenOfApp(ctx context.Context, params map[string]any, ttl time.Duration) (any, error) {
	id, _, err := text(params, "client_id")
	if err != nil {
		return nil, err
	}
	secret, _, err := text(params, "client_secret")
	if err != nil {
		return nil, err
	}
	app, ok, err := c.h.cfg.Apps.Verify(ctx, bridge.REST, id, secret)
	switch {
	case err != nil:
		return nil, err
	case !ok || app.Key != c.app.Key || app.Host != c.app.Host:
		return nil, errGrant("client_id does not match")
	}
	token, err := c.h.cfg.Tokens.Issue(ctx, c.newGrant(bridge.AdminToken, app.ID, ttl))
	if err != nil {
		return nil, err
	}
	return object{{"access_token", token}, {"expires_in", int64(ttl / time.Second)}, {"application", app.UUID}}, nil
}

func (c *call) newGrant(use bridge.Use, app string, ttl time.Duration) bridge.Grant {
	g := bridge.Grant{Use: use, Kind: bridge.REST, App: app, Host: c.app.Host}
	if ttl > 0 {
		g.Expires = time.Now().Add(ttl)
	}
	return g
}

// tokenOfUser is grant_type password (wire part 2, item 1).
func (c *call) tokenOfUser(ctx context.Context, params map[string]any, ttl time.Duration) (any, error) {
	name, _, err := text(params, "username")
	if err != nil {
		return nil, err
	}
	password, _, err := text(params, "password")
	if err != nil {
		return nil, err
	}
	// Whose password it is has to be found by what finds the user: a UUID finds one, too, and
	// somebody may be called like it.
	u, err := c.find(ctx, name, errMissing())
	bare, possible := c.address(name)
	var missing *problem
	switch {
	case err == nil:
		bare = u.JID
	case !errors.As(err, &missing):
		return nil, err
	case !possible:
		return nil, errGrant("invalid username or password")
	}
	ok, err := c.check(ctx, bare, password) // of nobody, too: that takes as long, and counts
	switch {
	case err != nil:
		return nil, err
	case u == nil:
		return nil, errGrant("invalid username or password")
	case !u.Active:
		// Whether the password is right is not known of an account that is disabled.
		return nil, errGrant("user not activated")
	case !ok:
		return nil, errGrant("invalid username or password")
	}
	return c.userToken(ctx, u, ttl)
}

// check tries a password, unless too many were wrong.
func (c *call) check(ctx context.Context, bare jid.JID, password string) (bool, error) {
	if c.h.cfg.Tries == nil {
		return c.h.cfg.People.Check(ctx, bare, password)
	}
	ok, wait, err := c.h.cfg.Tries.Try(bridge.Address(c.r), bare.String(), func() (bool, error) {
		return c.h.cfg.People.Check(ctx, bare, password)
	})
	if err == nil && wait > 0 {
		err = errRate(wait)
	}
	return ok, err
}

// tokenFor is grant_type inherit: the app takes a token in the name of a user (wire part 2,
// item 1).
func (c *call) tokenFor(ctx context.Context, params map[string]any, ttl time.Duration) (any, error) {
	if err := c.h.authorize(ctx, c, &endpoint{path: "/token", guard: forAdmins}); err != nil {
		return nil, err
	}
	name, _, err := text(params, "username")
	if err != nil {
		return nil, err
	}
	u, err := c.find(ctx, name, errMissing())
	var missing *problem
	if create, _ := params["autoCreateUser"].(bool); create && errors.As(err, &missing) {
		u, err = c.conjure(ctx, name)
	}
	if err != nil {
		return nil, err
	}
	if !u.Active {
		return nil, errGrant("user not activated")
	}
	return c.userToken(ctx, u, ttl)
}

func (c *call) userToken(ctx context.Context, u *user, ttl time.Duration) (any, error) {
	g := c.newGrant(bridge.UserToken, c.app.ID, ttl)
	g.User = u.JID
	token, err := c.h.cfg.Tokens.Issue(ctx, g)
	if err != nil {
		return nil, err
	}
	return object{{"access_token", token}, {"expires_in", int64(ttl / time.Second)}, {"user", u.entity()}}, nil
}

// revoke makes the tokens of a user unknown.
func (c *call) revoke(ctx context.Context, user jid.JID) error {
	return c.h.cfg.Tokens.RevokeOf(ctx, user, bridge.REST, "")
}
