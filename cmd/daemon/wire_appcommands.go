package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/store"
	"causeway/xmpp/ext/command"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Commands of ours about the apps of a host, for its administrators.
const (
	nodeApps      = "urn:causeway:apps#list"
	nodeAppShow   = "urn:causeway:apps#show"
	nodeAppAdd    = "urn:causeway:apps#add"
	nodeAppEdit   = "urn:causeway:apps#edit"
	nodeAppRotate = "urn:causeway:apps#rotate"
	nodeAppDelete = "urn:causeway:apps#delete"
)

// appCommands gives them all.
func (h *house) appCommands() []command.Command {
	named := func(node, name string, run commandStep, ask ...form.Field) command.Command {
		c := command.Command{Node: node, Name: name, Allowed: h.accounts.IsAdmin, Run: run}
		if ask != nil {
			c.Forms = []commandStep{func(context.Context, jid.JID, jid.JID, *form.Form) (*form.Form, error) {
				return form.New(form.Ask, node, ask...), nil
			}}
		}
		return c
	}
	kind := form.Field{Var: "kind", Type: form.ListSingle, Label: "Kind", Required: true}
	for _, k := range appKinds() {
		kind.Options = append(kind.Options, form.Option{Label: wordsOf(k).what, Value: string(k)})
	}
	id := form.Field{Var: "id", Type: form.TextSingle, Label: "ID", Required: true}
	text := func(name, label string) form.Field {
		return form.Field{Var: name, Type: form.TextSingle, Label: label}
	}
	given := form.Field{Var: "secret", Type: form.TextPrivate, Label: "Its secret, if it has one already (plugchat and flash)"}
	name, redirect, website := text("name", "Name"), text("redirect", "Of a site: where people are sent back to"), text("website", "Of a site: its domain. Of a chat bar: the domain whose pages may have it")
	const (
		strictly = "Of a site: errors have a status of HTTP that says so"
		publicly = "Of a site: it can keep no secret, and has to use PKCE"
	)
	yesNo := func(name, label string) form.Field { return form.Field{Var: name, Type: form.Boolean, Label: label} }
	choice := func(name, label string) form.Field { // what is not filled in stays
		return form.Field{Var: name, Type: form.ListSingle, Label: label, Values: []string{""}, Options: []form.Option{
			{Label: "Yes", Value: "1"}, {Label: "No", Value: "0"}, {Label: "As it is"},
		}}
	}
	return []command.Command{
		named(nodeApps, "List the apps", h.listApps),
		named(nodeAppShow, "Show an app", h.showApp, kind, id),
		named(nodeAppAdd, "Add an app", h.addApp, kind, name, text("key", "Of a REST app: its key, org#app"), redirect, website,
			yesNo("strict", strictly), yesNo("public", publicly), text("group", "Of a Flash tool: its group"), given),
		named(nodeAppEdit, "Change an app", h.editApp, kind, id, name, redirect, website,
			choice("strict", strictly), choice("public", publicly), choice("disabled", "Let it in no more")),
		named(nodeAppRotate, "Give an app another secret", h.rotateApp, kind, id, given),
		named(nodeAppDelete, "Remove an app", h.deleteApp, kind, id),
	}
}

// appAt finds the app that a command is about. It has to be of the host that was asked.
func (h *house) appAt(ctx context.Context, host jid.JID, given *form.Form) (bridge.App, error) {
	kind, err := appKind(given)
	if err != nil {
		return bridge.App{}, err
	}
	a, ok, err := h.apps.App(ctx, kind, given.Value("id"))
	if err != nil {
		return bridge.App{}, err
	}
	if !ok || a.Host != host {
		return bridge.App{}, stanza.ItemNotFound.Err("there is no such app")
	}
	return a, nil
}

// tellApp makes what the store says of an app into what an administrator is told.
func tellApp(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrAppExists):
		return stanza.Conflict.Err("there is such an app, perhaps of another host")
	case errors.Is(err, store.ErrKeyTaken):
		return stanza.Conflict.Err("the key belongs to another host")
	case errors.Is(err, store.ErrSecretUsed):
		return stanza.Conflict.Err("another app has this secret")
	case errors.Is(err, store.ErrAppUnknown):
		return stanza.ItemNotFound.Err("there is no such app")
	}
	return err
}

// mostApps is how many apps one list has.
const mostApps = 500

// listApps gives the apps of a host, a page at a time: x-after is kind and ID of the last one
// before it.
func (h *house) listApps(ctx context.Context, _, host jid.JID, given *form.Form) (*form.Form, error) {
	kind, id, _ := strings.Cut(given.Value("x-after"), " ")
	list, err := h.apps.List(ctx, host, bridge.Kind(kind), id, mostApps)
	if err != nil {
		return nil, err
	}
	f := form.New(form.Result, nodeApps)
	for _, title := range []string{"kind", "id", "host", "name"} {
		f.Reported = append(f.Reported, form.Field{Var: title, Type: form.TextSingle, Label: title})
	}
	f.Reported = append(f.Reported, form.Field{Var: "disabled", Type: form.Boolean, Label: "disabled"})
	for i := range list {
		a := &list[i]
		f.Items = append(f.Items, form.Item{Fields: []form.Field{
			appText("kind", string(a.Kind)), appText("id", a.ID), appText("host", a.Host.String()), appText("name", a.Name),
			{Var: "disabled", Values: []string{fmt.Sprint(a.Disabled)}},
		}})
	}
	return f, nil
}

func appText(name, value string) form.Field {
	return form.Field{Var: name, Type: form.TextSingle, Label: name, Values: []string{value}}
}

func appYesNo(name string, is bool) form.Field {
	return form.Field{Var: name, Type: form.Boolean, Label: name, Values: []string{fmt.Sprint(is)}}
}

// showApp tells what is known of an app; nobody knows its secret.
func (h *house) showApp(ctx context.Context, _, host jid.JID, given *form.Form) (*form.Form, error) {
	a, err := h.appAt(ctx, host, given)
	if err != nil {
		return nil, err
	}
	f := appForm(nodeAppShow, &a)
	f.Fields = append(f.Fields, appText("uuid", a.UUID))
	if a.Kind == bridge.Site {
		f.Fields = append(f.Fields, appText("redirect", a.Redirect), appText("website", a.Website), appYesNo("strict", a.Strict), appYesNo("public", a.Public))
	}
	if a.Kind == bridge.Plugchat {
		f.Fields = append(f.Fields, appText("website", a.Website))
	}
	f.Fields = append(f.Fields, appYesNo("disabled", a.Disabled), appText("created", a.Created.UTC().Format(time.RFC3339)))
	rotated := appText("rotated", a.Rotated.UTC().Format(time.RFC3339))
	rotated.Label = "secret made"
	f.Fields = append(f.Fields, rotated)
	return f, nil
}

// appForm is the result of a command: which app it is, in the words of those who use it.
func appForm(node string, a *bridge.App) *form.Form {
	id := appText("id", a.ID)
	id.Label = wordsOf(a.Kind).id
	f := form.New(form.Result, node, appText("kind", string(a.Kind)), id, appText("host", a.Host.String()), appText("name", a.Name))
	if a.Key != "" {
		key := appText("key", a.Key)
		key.Label = "appkey"
		f.Fields = append(f.Fields, key)
	}
	return f
}

// addApp makes an app.
func (h *house) addApp(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error) {
	a, err := newApp(host, given)
	if err != nil {
		return nil, err
	}
	own, err := givenSecret(a.Kind, given)
	if err != nil {
		return nil, err
	}
	a, secret, err := h.apps.Create(ctx, a, own)
	if err != nil {
		return nil, tellApp(err)
	}
	return h.appSecretDone(ctx, "add app", who, appForm(nodeAppAdd, &a), &a, own, secret), nil
}

// rotateApp gives an app another secret.
func (h *house) rotateApp(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error) {
	a, err := h.appAt(ctx, host, given)
	if err != nil {
		return nil, err
	}
	own, err := givenSecret(a.Kind, given)
	if err != nil {
		return nil, err
	}
	a, secret, err := h.apps.Rotate(ctx, a.Kind, a.ID, own)
	if err != nil {
		return nil, tellApp(err)
	}
	return h.appSecretDone(ctx, "rotate app", who, appForm(nodeAppRotate, &a), &a, own, secret), nil
}

// appSecretDone gives the one answer that has the secret of an app, unless whoever asks has
// given it.
func (h *house) appSecretDone(ctx context.Context, act string, who jid.JID, f *form.Form, a *bridge.App, own, secret string) *form.Form {
	h.auditApp(ctx, act, who, a)
	if own == "" {
		f.Fields = append(f.Fields, form.Field{Var: "secret", Type: form.TextSingle, Label: wordsOf(a.Kind).secret, Values: []string{secret}})
	}
	return f
}

// editApp changes an app.
func (h *house) editApp(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error) {
	a, err := h.appAt(ctx, host, given)
	if err != nil {
		return nil, err
	}
	a, err = h.apps.Change(ctx, a.Kind, a.ID, func(a *bridge.App) error { return changeApp(a, given) })
	if err != nil {
		return nil, tellApp(err)
	}
	if a.Disabled {
		h.endLoans(a.Kind, a.ID, jid.JID{})
	}
	h.auditApp(ctx, "change app", who, &a)
	return appForm(nodeAppEdit, &a), nil
}

// deleteApp ends an app and its tokens.
func (h *house) deleteApp(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error) {
	a, err := h.appAt(ctx, host, given)
	if err != nil {
		return nil, err
	}
	if err := h.apps.Delete(ctx, a.Kind, a.ID); err != nil {
		return nil, tellApp(err)
	}
	h.endLoans(a.Kind, a.ID, jid.JID{})
	h.auditApp(ctx, "remove app", who, &a)
	return appForm(nodeAppDelete, &a), nil
}

// auditApp notes in the log what an administrator did to an app.
func (h *house) auditApp(ctx context.Context, act string, who jid.JID, a *bridge.App) {
	h.log.InfoContext(ctx, "administration", slog.String("act", act), slog.String("kind", string(a.Kind)),
		slog.String("id", a.ID), slog.String("host", a.Host.String()), slog.String("by", who.String()))
}
