package oauth

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// maxName is longer than any address (RFC 7622 §3.1).
const maxName = 3071

// A loginFault is why somebody is not logged in.
type loginFault struct {
	text func(words) string
	wait time.Duration // when to try again
}

// logIn takes what the log-in page sends: the name of an account of host, or the address of
// one. With host "" it may be of any host here.
func (h *Handler) logIn(ctx context.Context, w http.ResponseWriter, r *http.Request, p bridge.Params, host string) (*loginFault, error) {
	if !bridge.Secure(r) && !bridge.Address(r).IsLoopback() {
		return &loginFault{text: func(w words) string { return w.InTheClear }}, nil
	}
	refused := &loginFault{text: func(w words) string { return w.BadLogin }}
	account, ok := h.accountOf(r, p["name"], host)
	if !ok {
		return refused, nil
	}
	addr := bridge.Address(r)
	// The throttle counts what was wrong; those who try at once, each of whom has keys derived,
	// are counted here.
	wait := h.logins.Allow(loginAt{account, bridge.Network(addr)})
	good, changed := false, time.Time{}
	if wait == 0 {
		var err error
		good, wait, err = h.cfg.Throttle.Try(addr, account.String(), func() (good bool, err error) {
			// Before the password is looked at: it may be changed meanwhile.
			if _, changed, _, err = h.cfg.People.Dates(ctx, account); err != nil {
				return false, err
			}
			return h.cfg.People.Check(ctx, account, p["password"])
		})
		if err != nil {
			return nil, err
		}
	}
	switch {
	case wait > 0:
		return &loginFault{text: func(w words) string { return w.TooManyTries }, wait: wait}, nil
	case !good:
		return refused, nil
	}
	h.welcome(w, r, account, changed)
	return nil, nil
}

// accountOf reads what somebody typed who wants to log in.
func (h *Handler) accountOf(r *http.Request, name, host string) (jid.JID, bool) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > maxName {
		return jid.JID{}, false
	}
	if j, err := jid.Parse(name); err == nil && j.IsBare() && j.Local() != "" {
		at := j.Domain()
		return j, at == host || host == "" && slices.Contains(h.cfg.Hosts, at)
	}
	if host == "" {
		host = h.hostOf(r)
	}
	local, err := jid.Escape(name)
	if err != nil {
		return jid.JID{}, false
	}
	j, err := jid.New(local, host, "")
	return j, err == nil && j.Local() != ""
}
