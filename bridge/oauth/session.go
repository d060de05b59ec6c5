package oauth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// What sealed texts are for.
const (
	forSession = "oauth session"
	forForm    = "oauth form"
)

// sessionCookie says who is logged in at the pages here, browserCookie which browser it
// is: the forms that it was given are good in no other.
var (
	sessionCookie = bridge.Cookie{Name: "causeway-oauth", Life: sessionLife}
	browserCookie = bridge.Cookie{Name: "causeway-oauth-form"}
)

// A session is somebody who has logged in here with a browser.
type session struct {
	account jid.JID
	issued  time.Time
	changed int64 // when the password was set with which it was begun, as passwordTime has it
	id      string
}

// maxCookie is longer than any cookie of ours.
const maxCookie = 4096

// openSession reads a cookie.
func (h *Handler) openSession(text string) (s session, ok bool) {
	if len(text) > maxCookie {
		return s, false
	}
	plain, ok := h.cfg.Sealer.Open(forSession, text)
	if !ok {
		return s, false
	}
	id, rest, _ := strings.Cut(plain, " ")
	stamp, rest, _ := strings.Cut(rest, " ")
	set, address, _ := strings.Cut(rest, " ")
	ms, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return s, false
	}
	changed, err := strconv.ParseInt(set, 10, 64)
	if err != nil {
		return s, false
	}
	account, err := jid.Parse(address)
	return session{account, time.UnixMilli(ms), changed, id}, err == nil && account.IsBare() && !account.IsHost()
}

// session finds out who is logged in; the zero session is nobody. A new password, or an
// account that may not log in any more, ends it. The moment of a password tells it from all others,
// and is no clock to compare with: it is in whole seconds, and ahead if two are set in one.
func (h *Handler) session(ctx context.Context, r *http.Request) (session, error) {
	s, ok := h.openSession(sessionCookie.Get(r))
	if !ok || time.Since(s.issued) >= sessionLife {
		return session{}, nil
	}
	_, changed, active, err := h.cfg.People.Dates(ctx, s.account)
	if err != nil || !active || s.changed != passwordTime(changed) {
		return session{}, err
	}
	return s, nil
}

// passwordTime is the moment of a password, in a unit in which every time has a number.
func passwordTime(changed time.Time) int64 { return changed.UnixMicro() }

// welcome gives a browser a session of somebody whose password was set at changed.
func (h *Handler) welcome(w http.ResponseWriter, r *http.Request, account jid.JID, changed time.Time) {
	text := fmt.Sprintf("%s %d %d %s", rand.Text(), time.Now().UnixMilli(), passwordTime(changed), account)
	sessionCookie.Set(w, r, h.cfg.Sealer.Seal(forSession, text))
}

// maxBrowser is longer than what names a browser.
const maxBrowser = 64

// formToken gives what a form of a page has to bring back, for this browser and this
// session (cross-site request forgery). It makes a name for a browser that has none.
func (h *Handler) formToken(w http.ResponseWriter, r *http.Request, s session) string {
	browser := browserCookie.Get(r)
	if browser == "" || len(browser) > maxBrowser {
		browser = rand.Text()
		browserCookie.Set(w, r, browser)
	}
	return h.formMAC(browser, s)
}

func (h *Handler) formMAC(browser string, s session) string {
	_, mac, _ := strings.Cut(h.cfg.Sealer.Seal(forForm, browser+" "+s.id), ".")
	return mac
}

// ownForm reports whether a form that is posted is one that we gave this browser in this
// session.
func (h *Handler) ownForm(r *http.Request, p bridge.Params, s session) bool {
	browser := browserCookie.Get(r)
	if browser == "" || len(browser) > maxBrowser || foreign(r) {
		return false
	}
	return hmac.Equal([]byte(p["csrf"]), []byte(h.formMAC(browser, s)))
}

// foreign reports whether a browser says that a form was of another site. Our pages send no
// referrer, and so their forms have the origin null.
func foreign(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "cross-site", "same-site":
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" || origin == "null" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || !strings.EqualFold(u.Host, r.Host) || bridge.Secure(r) && u.Scheme != "https"
}

// isLocal reports whether a request comes from this machine and names it.
func isLocal(r *http.Request) bool {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return isLoopbackName(host) && bridge.Address(r).IsLoopback()
}

// isLoopbackName reports whether a name, or an address with or without brackets, is that
// of the machine itself.
func isLoopbackName(name string) bool {
	ip, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return name == "localhost" || err == nil && ip.IsLoopback()
}
