package push

import (
	"context"
	"strconv"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// NodeList is the command that shows the registrations of an account
// (doc/namespaces.md).
const NodeList = "urn:causeway:push#list"

// AskList is the form of the command.
func (s *Service) AskList(context.Context, jid.JID, jid.JID, *form.Form) (*form.Form, error) {
	f := form.New(form.Ask, NodeList, form.Field{Var: "accountjid", Type: form.JIDSingle, Label: "Whose devices; your own if this is empty"})
	f.Title = "Show the devices that push wakes"
	return f, nil
}

// List is the command: administrators see the devices of each account of their host,
// everybody else only their own. admin reports who is one.
func (s *Service) List(admin func(ctx context.Context, who, host jid.JID) bool) func(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error) {
	return func(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error) {
		owner := who.Bare()
		if given.Value("accountjid") != "" {
			var err error
			if owner, err = given.JID("accountjid"); err != nil {
				return nil, stanza.JIDMalformed.Err("whose devices?")
			}
		}
		if owner != who.Bare() && (owner.Domain() != host.Domain() || !admin(ctx, who, host)) {
			return nil, stanza.Forbidden.Err("only administrators see the devices of others")
		}
		list, err := s.Registrations(ctx, owner)
		if err != nil {
			return nil, err
		}
		return describe(owner, list), nil
	}
}

// describe makes the result of the command.
func describe(owner jid.JID, list []Registration) *form.Form {
	f := form.New(form.Result, NodeList)
	f.Title = "Devices of " + owner.String()
	f.Reported = []form.Field{
		{Var: "device", Label: "Device"},
		{Var: "service", Label: "Service"},
		{Var: "node", Label: "Node"},
		{Var: "state", Label: "State"},
		{Var: "failures", Label: "Failures in a row"},
		{Var: "last-error", Label: "Last error"},
	}
	for _, r := range list {
		state := "on"
		if !r.Off.IsZero() {
			state = "off since " + r.Off.UTC().Format(time.RFC3339)
		}
		f.Items = append(f.Items, form.Item{Fields: []form.Field{
			{Var: "device", Values: []string{r.Device}},
			{Var: "service", Values: []string{r.Service.String()}},
			{Var: "node", Values: []string{r.Node}},
			{Var: "state", Values: []string{state}},
			{Var: "failures", Values: []string{strconv.Itoa(r.Failures)}},
			{Var: "last-error", Values: []string{r.Refused}},
		}})
	}
	return f
}
