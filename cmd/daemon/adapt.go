package daemon

import (
	"context"
	"log/slog"
	"time"

	"causeway/roster"
	"causeway/store"
	"causeway/xmpp/ext/command"
	"causeway/xmpp/ext/disco"
	"causeway/xmpp/ext/last"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/sasl"
	"causeway/xmpp/stanza"
)

// online tells services who is connected.
type online struct{ router *router.Router }

func (o online) Online(account jid.JID) bool { return len(o.resources(account)) > 0 }

func (o online) resources(account jid.JID) []jid.JID {
	var list []jid.JID
	for _, s := range o.router.Sessions(account) {
		if !s.Hidden() { // XEP-0186 #invisible-server
			list = append(list, s.JID())
		}
	}
	return list
}

// presence is the roster's answer to presence, with a note of who was last seen when.
type presence struct {
	*roster.Service
	last *last.Service
	log  *slog.Logger
}

func (p presence) Unbound(ctx context.Context, s *router.Session) {
	p.Service.Unbound(ctx, s)
	// XEP-0012 #offline: with "the status message of the last unavailable presence".
	if err := p.last.Left(ctx, s.JID(), s.LastWords()); err != nil {
		p.log.Error("departure not noted", slog.String("jid", s.JID().String()), slog.Any("err", err))
	}
}

// endSessions ends what an account has at the edges: logins under way, and then
// its sessions.
func (h *house) endSessions(end func(context.Context, jid.JID)) func(context.Context, jid.JID) {
	return func(ctx context.Context, bare jid.JID) {
		if h.clients != nil {
			h.clients.Bar(bare)
		}
		end(ctx, bare)
	}
}

// watchers are those who see somebody's presence, as the block list asks for them.
type watchers struct{ roster *roster.Service }

func (w watchers) Subscribers(ctx context.Context, owner jid.JID) ([]jid.JID, error) {
	return w.roster.Watchers(ctx, owner)
}

// commandNodes shows the commands in discovery (XEP-0050 #retrieve).
type commandNodes struct{ commands *command.Service }

func (n commandNodes) NodeInfo(ctx context.Context, host, asker jid.JID, node string) (disco.Info, bool, error) {
	if node == command.NS {
		return disco.Info{Identities: []disco.Identity{{Category: "automation", Type: "command-list"}}}, true, nil
	}
	c, allowed, ok := n.commands.Find(ctx, asker, host, node)
	if !ok {
		return disco.Info{}, false, nil
	}
	if !allowed {
		return disco.Info{}, false, stanza.Forbidden.Err("") // XEP-0050 #retrieve
	}
	return disco.Info{
		Identities: []disco.Identity{{Category: "automation", Type: "command-node", Name: c.Name}},
		Features:   []string{command.NS, "jabber:x:data"},
	}, true, nil
}

func (n commandNodes) NodeItems(ctx context.Context, host, asker jid.JID, node string) ([]disco.Item, bool, error) {
	if node != command.NS {
		return nil, false, nil
	}
	var items []disco.Item
	for _, c := range n.commands.Commands(ctx, asker, host) {
		items = append(items, disco.Item{JID: host, Node: c.Node, Name: c.Name})
	}
	return items, true, nil
}

// connection tells administrators how a client is connected, as far as its edge says.
func connection(s *router.Session) (addr, tls, state string) {
	if c, ok := s.Exit().(interface {
		About() (addr, tls, state string)
	}); ok {
		return c.About()
	}
	return "", "", ""
}

// departed tells administrators when somebody was last here.
func departed(s *store.Store) func(context.Context, jid.JID) (time.Time, error) {
	return func(ctx context.Context, bare jid.JID) (time.Time, error) {
		d, err := s.Departures().Departure(ctx, bare)
		return d.At, err
	}
}

func features(r *router.Router, at router.Place) func() []string {
	return func() []string { return r.Features(at) }
}

// contactFields names the contact addresses as XEP-0157 #registrar-formtype does.
func contactFields(cfg *Config) map[string][]string {
	fields := make(map[string][]string)
	for name, list := range map[string][]string{
		"abuse-addresses": cfg.Contacts.Abuse, "admin-addresses": cfg.Contacts.Admin,
		"security-addresses": cfg.Contacts.Security, "support-addresses": cfg.Contacts.Support,
	} {
		if len(list) > 0 {
			fields[name] = list
		}
	}
	return fields
}

// addresses reads addresses that the configuration has checked.
func addresses(list []string) []jid.JID {
	var parsed []jid.JID
	for _, a := range list {
		if j, err := jid.Parse(a); err == nil {
			parsed = append(parsed, j)
		}
	}
	return parsed
}

func hashes(names []string) []sasl.Hash {
	list := make([]sasl.Hash, len(names))
	for i, n := range names {
		list[i] = sasl.Hash(n)
	}
	return list
}

// commandStep is one form of a command, or the command itself.
type commandStep = func(ctx context.Context, who, host jid.JID, given *form.Form) (*form.Form, error)

// localPeople may run what concerns only themselves: the people of a host, and the
// machine it runs on.
func localPeople(_ context.Context, who, host jid.JID) bool { return who.Domain() == host.Domain() }
