package oauth

import (
	"net/http"
	"strings"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// A consentLine is one site on the page of consents.
type consentLine struct {
	App, Site, Since string
	May              []string
	ID               string
	Button           string
}

// consents answers the page on which people see what they have agreed to, and take it back.
func (h *Handler) consents(w http.ResponseWriter, r *http.Request) {
	p, s, err := h.readPage(w, r)
	if err == nil {
		if r.Method == http.MethodPost {
			err = h.consentsPosted(w, r, s, p)
		} else {
			err = h.showConsents(w, r, s, "")
		}
	}
	if err != nil {
		h.refusePage(w, r, err)
	}
}

func (h *Handler) consentsPosted(w http.ResponseWriter, r *http.Request, s session, p bridge.Params) error {
	switch do := p["do"]; {
	case do == "log-out":
		sessionCookie.Set(w, r, "")
	case do == "withdraw" && !s.account.IsZero():
		if err := h.cfg.Consents.Withdraw(r.Context(), s.account, bridge.Site, p["app"]); err != nil {
			return err
		}
		return h.showConsents(w, r, s, wordsFor(r).Withdrawn)
	case do == "log-in":
		fault, err := h.logIn(r.Context(), w, r, p, "")
		if err != nil {
			return err
		}
		if fault != nil {
			h.showConsentsLogin(w, r, fault, p["name"])
			return nil
		}
	}
	again(w, r)
	return nil
}

func (h *Handler) showConsentsLogin(w http.ResponseWriter, r *http.Request, fault *loginFault, name string) {
	t := wordsFor(r)
	v := view{W: t, Title: t.LoginTitle, Lead: t.LoginTo, Host: h.hostOf(r), CSRF: h.formToken(w, r, session{}), Name: name}
	status := http.StatusOK
	if fault != nil {
		v.Fault = fault.text(t)
		if status = http.StatusForbidden; fault.wait > 0 {
			status = http.StatusTooManyRequests
			bridge.RetryAfter(w, fault.wait)
		}
	}
	h.show(w, status, "login", v)
}

func (h *Handler) showConsents(w http.ResponseWriter, r *http.Request, s session, done string) error {
	if s.account.IsZero() {
		h.showConsentsLogin(w, r, nil, "")
		return nil
	}
	list, err := h.cfg.Consents.Allowed(r.Context(), s.account)
	if err != nil {
		return err
	}
	t := wordsFor(r)
	v := view{
		W: t, Title: t.ConsentsTitle, Lead: t.ConsentsLead, CSRF: h.formToken(w, r, s), Done: done,
		Person: jid.Unescape(s.account.Local()), Address: s.account.String(),
	}
	for _, c := range list {
		if c.Kind != bridge.Site {
			continue
		}
		app, ok, err := h.cfg.Apps.App(r.Context(), bridge.Site, c.App)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		v.Consents = append(v.Consents, consentLine{
			App: app.Name, Site: hostName(app.Redirect), Since: c.Given.UTC().Format("2006-01-02"), ID: app.ID,
			May: t.may(c.Scope), Button: about(t.Withdraw, app.Name),
		})
	}
	h.show(w, http.StatusOK, "consents", v)
	return nil
}

// may says what a scope lets a site do.
func (w *words) may(scope string) (list []string) {
	text := map[string]string{scopeProfile: w.May, scopeEmail: w.MayOf, scopeXMPP: w.MayXMPP}
	for _, s := range strings.Fields(scope) {
		list = append(list, text[s])
	}
	return list
}
