package daemon

import (
	"context"
	"fmt"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// admitting makes what foreign programs and sites are let in by: their apps, what these act
// with, and what people have allowed them. Bridges take h.apps, h.tokens and h.consents.
func (h *house) admitting() {
	h.apps, h.tokens, h.consents = h.store.Apps(), h.store.Tokens(), consents{h.store.Consents(), h.endLoans}
	for _, c := range h.appCommands() {
		h.commands.Add(c)
	}
	h.commands.Add(h.consentCommand())
}

// tryKinds are the kinds of apps that a throw-away server has: those whose bridge it has. The
// page with a chat bar makes its own, and so does that which stands for a site (trySite).
func (h *house) tryKinds() (kinds []bridge.Kind) {
	for _, k := range [...]struct {
		kind bridge.Kind
		is   bool
	}{{bridge.REST, h.rest != nil}, {bridge.Flash, h.flash != nil}} {
		if k.is {
			kinds = append(kinds, k.kind)
		}
	}
	return kinds
}

// A tryApp is an app of a throw-away server, whose secret anybody may see.
type tryApp struct {
	bridge.App
	secret string
	at     string // where one can try it in a browser; "" if that is nowhere
}

// tryApps makes an app of each kind for a throw-away server.
func (h *house) tryApps(ctx context.Context, domain string, kinds ...bridge.Kind) (list []tryApp, err error) {
	host, err := jid.New("", domain, "")
	if err != nil {
		return nil, err
	}
	for _, kind := range kinds {
		a := bridge.App{Kind: kind, Host: host, Name: "A try"}
		switch kind {
		case bridge.REST:
			a.Key = "causeway#try"
		case bridge.Site:
			a.Redirect, a.Website = "http://localhost:8080/back", "localhost"
		case bridge.Flash:
			a.ID = defaultGroup
		}
		made, secret, err := h.apps.Create(ctx, a, "")
		if err != nil {
			return nil, fmt.Errorf("make a %s app: %w", kind, err)
		}
		list = append(list, tryApp{App: made, secret: secret})
	}
	return list, nil
}

// lines are what people paste from the output of a throw-away server.
func (a *tryApp) lines() string {
	words := wordsOf(a.Kind)
	text := fmt.Sprintf("  %-12s %s %s, %s %s", a.Kind, words.id, a.ID, words.secret, a.secret)
	if a.Key != "" {
		text += ", appkey " + a.Key
	}
	if a.at != "" {
		text += fmt.Sprintf("\n  %-12s %s in a browser: log in at a site with an account here", "a log-in", a.at)
	}
	return text + "\n"
}
