package webim

import (
	"context"
	"crypto/hmac"
	"errors"
	"net/http"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// cookieLife is how long a browser stays logged in.
const cookieLife = 7 * 24 * time.Hour

func (h *Handler) cookie() bridge.Cookie {
	return bridge.Cookie{Name: "causeway-webim", Elsewhere: len(h.cfg.Origins) > 0}
}

// identify finds out who calls: by the ticket of a tab, by the cookie, or by both, and
// then they have to agree (wire §1, "Identity"). A ticket that is no good is an error; a
// cookie that is none is no cookie.
func (h *Handler) identify(ctx context.Context, c *call) error {
	k, ok := openToken(h.cfg.Sealer, forCookie, h.cookie().Get(c.r))
	ok = ok && time.Since(k.issued) < cookieLife && !h.revoked.has(k.id)
	if ticket := c.params["ticket"]; ticket != "" && c.endpoint != "online" {
		t, err := h.hall.tab(ctx, ticket)
		if err != nil {
			return bridge.Wrong(http.StatusForbidden, "no such ticket")
		}
		if ok && k.account != t.person.account {
			return bridge.Wrong(http.StatusForbidden, "the ticket is somebody else's")
		}
		// The account is online, so it need not be looked up, which may have to wait for the
		// disk. Some browsers keep our cookies to themselves.
		c.tab, c.account = t, t.person.account
		if ok {
			c.cookie = k
		}
		return nil
	}
	if !ok {
		return nil
	}
	since, active, err := h.cfg.People.Since(ctx, k.account)
	if err != nil {
		return err
	}
	if active && !k.issued.Before(since) {
		c.cookie, c.account = k, k.account
	}
	return nil
}

// guard keeps pages of other sites from calling in the name of whoever looks at them. A
// ticket or a token in the call says that the page was given it by us; a browser that says
// where the call comes from is believed. JSONP can be read by the page that makes the
// call, so that what changes nothing is guarded as well.
func (h *Handler) guard(c *call, e endpoint) error {
	given := c.params["csrf_token"]
	if given != "" && given != "undefined" && !c.cookie.account.IsZero() {
		if !hmac.Equal([]byte(given), []byte(h.formToken(c.cookie))) {
			return bridge.Wrong(http.StatusForbidden, "wrong csrf_token")
		}
		return nil
	}
	if c.tab != nil {
		return nil
	}
	if bridge.Foreign(c.r, h.cfg.Origins) {
		return bridge.Wrong(http.StatusForbidden, "the page is of another site")
	}
	_, data := c.params["data"]
	changes := e.changes && (data || c.endpoint != "setting")
	silent := c.r.Header.Get("Origin") == "" && c.r.Referer() == "" && c.r.Header.Get("Sec-Fetch-Site") == ""
	if silent && !c.cookie.account.IsZero() && c.r.Method == http.MethodGet && (changes || c.callback != "") {
		// An old browser, perhaps, that does not say; a script of anybody's page makes GETs.
		return bridge.Wrong(http.StatusForbidden, "csrf_token is missing")
	}
	return nil
}

// formToken is the csrf_token that goes with a cookie.
func (h *Handler) formToken(k token) string {
	_, mac, _ := strings.Cut(h.cfg.Sealer.Seal(forForm, k.id), ".")
	return mac
}

// errLogin refuses a log-in.
var errLogin = errors.New("not authorized")

// notAuthorized says so in the words that the library knows (webim #online).
const notAuthorized = "Not Authorized"

// logIn finds out who wants to be online: somebody whom a back end vouches for, who has a
// password, who has the cookie already, or a visitor.
func (h *Handler) logIn(ctx context.Context, c *call) (account jid.JID, who profile, fresh bool, err error) {
	given := func(name string) string {
		if v := c.params[name]; v != "undefined" && v != "null" {
			return v
		}
		return ""
	}
	if text := given("handover"); text != "" {
		v, err := h.handedOver(text, time.Now())
		if err == nil {
			if err = h.cfg.People.Ensure(ctx, v.account); err != nil {
				return account, who, false, err
			}
			return v.account, v.who, true, nil
		}
		// A page that goes online again has but the old one, and the cookie.
		if v.account.IsZero() || v.account != c.account {
			return account, who, false, errLogin
		}
	}
	if name := given("username"); name != "" {
		account, err = h.byPassword(ctx, c, name, c.params["password"], given("question"), given("answer"))
		return account, who, true, err
	}
	if !c.account.IsZero() {
		return c.account, who, false, nil
	}
	return h.visitor(ctx, c)
}

// byPassword is the log-in of the library's own form (webim #online).
func (h *Handler) byPassword(ctx context.Context, c *call, name, password, question, answer string) (jid.JID, error) {
	account, err := c.site.person(name)
	if err != nil || account.IsFull() || account.Domain() != c.site.host || IsVisitor(account) {
		return jid.JID{}, errLogin
	}
	good, wait, err := h.cfg.Throttle.Try(bridge.Address(c.r), account.String(), func() (bool, error) {
		good, err := h.cfg.People.Check(ctx, account, password)
		if err == nil && good {
			good, err = h.verify(ctx, account, question, answer)
		}
		return good, err
	})
	switch {
	case err != nil:
		return jid.JID{}, err
	case wait > 0:
		return jid.JID{}, &bridge.Problem{Status: 429, Text: "too many wrong passwords", Wait: wait}
	case !good:
		return jid.JID{}, errLogin
	}
	return account, nil
}

// welcome gives a browser the cookie of an account.
func (h *Handler) welcome(c *call, account jid.JID) {
	text, k := grant(h.cfg.Sealer, forCookie, account, "")
	h.cookie().Set(c.w, c.r, text)
	c.cookie, c.account = k, account
}
