package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// begin answers the address that sites send browsers to (oauth #start, RFC 6749 §4.1.1): it
// shows what is next, the log-in or the question, and takes what the forms of these
// pages send to the same address.
func (h *Handler) begin(w http.ResponseWriter, r *http.Request) {
	p, s, err := h.readPage(w, r)
	if err != nil {
		h.refusePage(w, r, err)
		return
	}
	q, err := h.readRequest(r.Context(), r, p)
	var told *wrongRequest
	switch {
	case errors.As(err, &told):
		h.leave(w, r, q, "error", told.code, "error_description", told.text)
		return
	case err != nil:
		h.refusePage(w, r, err)
		return
	}
	if s.account.Domain() != q.app.Host.Domain() { // somebody of another host is nobody here
		s.account = jid.JID{}
	}
	if r.Method == http.MethodPost {
		err = h.posted(w, r, q, s, p)
	} else {
		err = h.next(w, r, q, s)
	}
	if err != nil {
		h.refusePage(w, r, err)
	}
}

// next shows what is next.
func (h *Handler) next(w http.ResponseWriter, r *http.Request, q *request, s session) error {
	if s.account.IsZero() {
		h.showLogin(w, r, q, s, nil, "")
		return nil
	}
	known, err := h.allowed(r.Context(), s.account, q.app.ID)
	if err != nil {
		return err
	}
	if q.remembers() && known != "" && covers(known, q.scope) && navigates(r) {
		return h.grant(w, r, q, s.account)
	}
	return h.showQuestion(w, r, q, s)
}

// remembers reports whether an answer of before may stand for one now: not if anybody on
// the machine of the person can pass for the site (RFC 8252 §8.6).
func (q *request) remembers() bool {
	return !q.app.Public || strings.HasPrefix(q.redirect, "https:")
}

// navigates reports whether a person has followed a link or a redirect, and not a page
// loaded something. Older browsers do not say.
func navigates(r *http.Request) bool {
	mode, dest := r.Header.Get("Sec-Fetch-Mode"), r.Header.Get("Sec-Fetch-Dest")
	return r.Method == http.MethodGet && (mode == "" || mode == "navigate") && (dest == "" || dest == "document")
}

// allowed gives the scope that a person has allowed a site, "" if none.
func (h *Handler) allowed(ctx context.Context, account jid.JID, app string) (string, error) {
	list, err := h.cfg.Consents.Allowed(ctx, account)
	if err != nil {
		return "", err
	}
	for _, c := range list {
		if c.Kind == bridge.Site && c.App == app {
			return c.Scope, nil
		}
	}
	return "", nil
}

// posted takes the answer of a form.
func (h *Handler) posted(w http.ResponseWriter, r *http.Request, q *request, s session, p bridge.Params) error {
	switch do := p["do"]; {
	case do == "cancel" && q.standard:
		h.leave(w, r, q, "error", "access_denied")
	case do == "cancel":
		h.notice(w, r, http.StatusOK, func(w words) string { return w.CancelledTitle },
			func(w words) string { return about(w.Cancelled, q.app.Name) })
	case do == "log-out":
		sessionCookie.Set(w, r, "")
		again(w, r)
	case do == "agree" && !s.account.IsZero():
		return h.agree(w, r, q, s.account, p)
	case do == "log-in":
		fault, err := h.logIn(r.Context(), w, r, p, q.app.Host.Domain())
		if err != nil {
			return err
		}
		if fault != nil {
			h.showLogin(w, r, q, s, fault, p["name"])
			return nil
		}
		again(w, r)
	default: // the session has ended meanwhile
		again(w, r)
	}
	return nil
}

// agree keeps what the person has agreed to, and sends the browser back with a code. What
// was shown has to be what is asked now.
func (h *Handler) agree(w http.ResponseWriter, r *http.Request, q *request, account jid.JID, p bridge.Params) error {
	if p["scope_shown"] != q.scope {
		again(w, r)
		return nil
	}
	known, err := h.allowed(r.Context(), account, q.app.ID)
	if err != nil {
		return err
	}
	scope, _ := readScope(known + " " + q.scope)
	if scope != known {
		c := bridge.Consent{Kind: bridge.Site, App: q.app.ID, Scope: scope}
		if err := h.cfg.Consents.Allow(r.Context(), account, c); err != nil {
			return err
		}
	}
	return h.grant(w, r, q, account)
}

// codeData is what a code remembers of the request that it was given for.
type codeData struct {
	Standard  bool   `json:"standard,omitempty"`
	Redirect  string `json:"redirect"`
	Named     bool   `json:"named,omitempty"`
	Challenge string `json:"challenge,omitempty"`
}

// grant makes a code, and sends the browser back with it.
func (h *Handler) grant(w http.ResponseWriter, r *http.Request, q *request, account jid.JID) error {
	if wait := h.byUser.Allow(account); wait > 0 {
		return &bridge.Problem{Status: http.StatusTooManyRequests, Wait: wait}
	}
	data, err := json.Marshal(codeData{q.standard, q.redirect, q.named, q.challenge})
	if err != nil {
		return err
	}
	code, err := h.cfg.Tokens.Issue(r.Context(), bridge.Grant{
		Use: bridge.Code, Kind: bridge.Site, App: q.app.ID, Host: q.app.Host, User: account,
		Scope: q.scope, Data: string(data), Expires: time.Now().Add(codeLife),
	})
	if err != nil {
		return err
	}
	name := "auth_key"
	if q.standard {
		name = "code"
	}
	h.leave(w, r, q, name, code)
	return nil
}

// leave sends the browser back to the site.
func (h *Handler) leave(w http.ResponseWriter, r *http.Request, q *request, pairs ...string) {
	status := http.StatusFound
	if r.Method == http.MethodPost {
		status = http.StatusSeeOther
	}
	w.Header().Set("Location", q.answerTo(h.base(r, q.app.Host.Domain()), pairs...))
	w.WriteHeader(status)
}

// showLogin shows the log-in page, and why the last try was refused.
func (h *Handler) showLogin(w http.ResponseWriter, r *http.Request, q *request, s session, fault *loginFault, name string) {
	t := wordsFor(r)
	v := view{
		W: t, Title: t.LoginTitle, Lead: about(t.LoginLead, q.app.Name), App: q.app.Name, Host: q.app.Host.String(),
		SentTo: hostName(q.redirect), CSRF: h.formToken(w, r, s), Name: name,
	}
	status := http.StatusOK
	if fault != nil {
		v.Fault = fault.text(t)
		if status = http.StatusForbidden; fault.wait > 0 {
			status = http.StatusTooManyRequests
			bridge.RetryAfter(w, fault.wait)
		}
	}
	h.show(w, status, "login", v, schemeOf(q.redirect))
}

// showQuestion asks whether the site may have what it asks for.
func (h *Handler) showQuestion(w http.ResponseWriter, r *http.Request, q *request, s session) error {
	who, err := h.person(r.Context(), s.account)
	if err != nil {
		return err
	}
	t := wordsFor(r)
	name := cmp.Or(who.card.name, jid.Unescape(s.account.Local()))
	v := view{
		W: t, Title: about(t.AskTitle, q.app.Name), Lead: about(t.AskLead, q.app.Name), App: q.app.Name, Host: q.app.Host.String(),
		SentTo: hostName(q.redirect), CSRF: h.formToken(w, r, s), Person: name, Address: s.account.String(),
		Button: about(t.ContinueAs, cut(name, maxShownName)), Fields: who.fields(t, q.scope), XMPP: covers(q.scope, scopeXMPP), Scope: q.scope,
		Lasts: q.remembers(),
	}
	h.show(w, http.StatusOK, "agree", v, schemeOf(q.redirect))
	return nil
}

// What is shown of names and of values, in characters.
const (
	maxShownName  = 60
	maxShownValue = 200
)

// cut shortens text for people.
func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}

// hostName is the part of an address that tells people where they are.
func hostName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
