package rest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"causeway/bridge"
)

// A guard says who may call an endpoint, and what others are told (wire §1.3, "Which 401
// when").
type guard uint8

const (
	forAdmins      guard = iota // the app; E2 with the path of the user
	forAdminsOfAll              // the app; E2 with the path "/users"
	forManagers                 // the app; E4
	forRegistrars               // the app, or anybody where registration is open; see users.go
	forUsers                    // the app, or any user of it
	forSelf                     // the app, or the user who is in the path
	forToken                    // anybody: who asks for a token
	forAll                      // anybody
)

// authorize finds out by which token a call comes, before anybody is looked up: who has
// none must not learn who exists.
func (h *Handler) authorize(ctx context.Context, c *call, e *endpoint) error {
	if e.guard == forToken || e.guard == forAll {
		return nil
	}
	token := bearer(c.r.Header.Get("Authorization"))
	if token == "" {
		if e.guard == forRegistrars {
			return nil
		}
		return c.unauthorized(e)
	}
	grant, err := h.grant(ctx, token)
	if err != nil {
		return err
	}
	ours, err := h.ours(ctx, c, grant)
	switch {
	case err != nil:
		return err
	case !ours:
		return c.unauthorized(e)
	}
	if grant.Use == bridge.UserToken {
		self := false
		if e.guard == forSelf {
			bare, ok := c.address(c.vars["user"])
			self = ok && bare == grant.User && !isUUID(c.vars["user"]) // which finds somebody else
		}
		if e.guard != forUsers && !self {
			return c.unauthorized(e)
		}
	}
	c.grant = grant
	return nil
}

// bearer gives the token of a header (RFC 6750 §2.1), however it is spaced; "" for none.
func bearer(header string) string {
	header = strings.TrimSpace(header)
	const scheme = "bearer"
	if len(header) <= len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) {
		if strings.EqualFold(header, scheme) {
			return ""
		}
		return header // damaged, not missing
	}
	return strings.TrimSpace(header[len(scheme):])
}

// maxToken is the longest token that is looked up, in bytes.
const maxToken = 512

// grant gives what a token stands for, be it of an app or of a user.
func (h *Handler) grant(ctx context.Context, token string) (bridge.Grant, error) {
	if len(token) > maxToken {
		return bridge.Grant{}, errCorrupt()
	}
	for _, use := range []bridge.Use{bridge.AdminToken, bridge.UserToken} {
		g, err := h.cfg.Tokens.Grant(ctx, use, token)
		switch {
		case err == nil:
			return g, nil
		case errors.Is(err, bridge.ErrTokenExpired):
			return bridge.Grant{}, errExpired()
		case !errors.Is(err, bridge.ErrTokenUnknown) && !errors.Is(err, bridge.ErrTokenSpent):
			return bridge.Grant{}, err
		}
	}
	return bridge.Grant{}, errCorrupt()
}

// ours reports whether a token is one of the app in the path: of that very app, or of
// another of the host with the same key.
func (h *Handler) ours(ctx context.Context, c *call, g bridge.Grant) (bool, error) {
	if g.Kind != bridge.REST || g.Host != c.app.Host {
		return false, nil
	}
	if g.App == c.app.ID {
		return true, nil
	}
	other, known, err := h.cfg.Apps.App(ctx, bridge.REST, g.App)
	return known && !other.Disabled && other.Key == c.app.Key && other.Host == c.app.Host, err
}

// unauthorized is what a call is told that may not be made. It says nothing of whether
// somebody exists: the UUID in it is made of the name.
func (c *call) unauthorized(e *endpoint) error {
	verb := strings.ToLower(c.r.Method)
	switch e.guard {
	case forManagers:
		return errNoAdmin()
	case forRegistrars:
		return errPermission(verb, c.app.UUID, "/users")
	case forAdminsOfAll:
		return errPermission(verb, c.app.UUID, "/users")
	}
	path := "/users"
	if name := c.vars["user"]; name != "" {
		path += "/" + c.pseudonym(name)
	} else if e.guard != forSelf && !strings.HasPrefix(e.path, "/users") {
		path = e.path
	}
	return errPermission(verb, c.app.UUID, path)
}

// pseudonym is a UUID (RFC 9562 §5.8) that stands for a name, whether somebody has it or not.
func (c *call) pseudonym(name string) string {
	m := hmac.New(sha256.New, c.h.cfg.Secret)
	m.Write([]byte(c.app.UUID + "\x00" + strings.ToLower(name)))
	sum := m.Sum(nil)[:16]
	sum[6], sum[8] = 0x80|sum[6]&0x0f, 0x80|sum[8]&0x3f
	text := hex.EncodeToString(sum)
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}
