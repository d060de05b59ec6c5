package daemon

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/xmpp/ext/command"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// nodeConsents is a command of ours by which everybody sees what he has allowed sites, and
// takes it back.
const nodeConsents = "urn:causeway:apps#consents"

// consents are those of the store. What somebody takes back ends what was made of it: the tokens,
// and the sessions that the site has in the name of the person.
type consents struct {
	bridge.Consents
	end func(kind bridge.Kind, id string, owner jid.JID)
}

// Withdraw implements bridge.Consents.
func (c consents) Withdraw(ctx context.Context, user jid.JID, kind bridge.Kind, app string) error {
	err := c.Consents.Withdraw(ctx, user, kind, app)
	if err == nil {
		c.end(kind, app, user)
	}
	return err
}

// endLoans ends the sessions that a site has in the name of owner, or of anybody if that is zero.
func (h *house) endLoans(kind bridge.Kind, id string, owner jid.JID) {
	if kind == bridge.Site && h.clients != nil {
		h.clients.EndLoans(id, owner)
	}
}

// consentCommand gives it. What somebody has allowed is nobody else's business, an
// administrator's neither.
func (h *house) consentCommand() command.Command {
	return command.Command{
		Node: nodeConsents, Name: "See and withdraw what sites may do",
		Allowed: func(_ context.Context, who, host jid.JID) bool {
			return who.Local() != "" && who.Domain() == host.Domain()
		},
		Forms: []commandStep{h.askConsents}, Run: h.withdrawConsents,
	}
}

// askConsents shows what somebody has allowed, to choose from.
func (h *house) askConsents(ctx context.Context, who, _ jid.JID, _ *form.Form) (*form.Form, error) {
	list, err := h.consents.Allowed(ctx, who.Bare())
	if err != nil {
		return nil, err
	}
	f := form.New(form.Ask, nodeConsents)
	f.Title = "What sites may do in your name"
	if len(list) == 0 {
		f.Instructions = []string{"You have allowed no site anything."}
		return f, nil
	}
	choice := form.Field{Var: "withdraw", Type: form.ListMulti, Label: "These may no more"}
	for i := range list {
		c := &list[i]
		name, err := h.consentName(ctx, c)
		if err != nil {
			return nil, err
		}
		label := name + ", since " + c.Given.UTC().Format(time.DateOnly) + ": " + c.Scope
		choice.Options = append(choice.Options, form.Option{Label: label, Value: consentID(c)})
	}
	f.Fields = append(f.Fields, choice)
	return f, nil
}

// consentID names a consent in forms: the kind of the app, a blank, and its ID.
func consentID(c *bridge.Consent) string { return string(c.Kind) + " " + c.App }

// consentName is what people know the app by.
func (h *house) consentName(ctx context.Context, c *bridge.Consent) (string, error) {
	a, ok, err := h.apps.App(ctx, c.Kind, c.App)
	switch {
	case err != nil:
		return "", err
	case !ok: // it has gone just now
		return c.App, nil
	case a.Website != "":
		return a.Name + " (" + a.Website + ")", nil
	}
	return a.Name, nil
}

// withdrawConsents takes back what was chosen, and shows what is left.
func (h *house) withdrawConsents(ctx context.Context, who, _ jid.JID, given *form.Form) (*form.Form, error) {
	person := who.Bare()
	for _, id := range given.Values("withdraw") {
		if strings.TrimSpace(id) == "" {
			continue
		}
		kind, app, ok := strings.Cut(id, " ")
		if !ok {
			return nil, stanza.NotAcceptable.Err("this is none of your consents")
		}
		if err := h.consents.Withdraw(ctx, person, bridge.Kind(kind), app); err != nil {
			return nil, err
		}
		h.log.InfoContext(ctx, "consent withdrawn", slog.String("jid", person.String()), slog.String("kind", kind), slog.String("id", app))
	}
	list, err := h.consents.Allowed(ctx, person)
	if err != nil {
		return nil, err
	}
	f := form.New(form.Result, nodeConsents)
	for _, title := range []string{"id", "name", "scope", "given"} {
		f.Reported = append(f.Reported, form.Field{Var: title, Type: form.TextSingle, Label: title})
	}
	for i := range list {
		c := &list[i]
		name, err := h.consentName(ctx, c)
		if err != nil {
			return nil, err
		}
		f.Items = append(f.Items, form.Item{Fields: []form.Field{
			appText("id", consentID(c)), appText("name", name), appText("scope", c.Scope), appText("given", c.Given.UTC().Format(time.RFC3339)),
		}})
	}
	return f, nil
}
