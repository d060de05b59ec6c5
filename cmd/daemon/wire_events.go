package daemon

import (
	"context"

	"causeway/xmpp/ext/disco"
	"causeway/xmpp/ext/pep"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// eventing makes personal eventing, and what is built on it.
func (h *house) eventing() {
	cfg, r := &h.cfg, h.router
	h.events = pep.New(pep.Options{
		Store: h.store.PubSub(), Router: r, Contacts: h.roster, Interests: interests{h}, Configs: bookmarkConfigs(), Logger: h.log,
		Limits: pep.Limits{
			Nodes: cfg.Limits.PEPNodes, Items: cfg.Limits.PEPItems, ItemBytes: cfg.Limits.PEPItemBytes, Bytes: cfg.Limits.PEPBytes,
			// An answer goes to a client at once, and other things wait beside it.
			PageBytes: min(512<<10, cfg.C2S.QueueBytes/2),
		},
	})
	requests := &eventRequests{Service: h.events}
	for _, ns := range []string{pep.NS, pep.NSOwner} {
		r.HandleIQ(router.AtAccount, ns, requests, pep.Features()...)
	}
	h.accounts.OnRemove(h.events.Remove)
	h.roster.OnSubscriber(h.events.Subscribed)
	// XEP-0163 #support-owner, XEP-0223 #support
	h.accountIdentities = append(h.accountIdentities, disco.Identity{Category: "pubsub", Type: "pep"})
	h.hostIdentities = append(h.hostIdentities, disco.Identity{Category: "pubsub", Type: "pep"})
	r.AddFeatures(router.AtHost, pep.HostFeatures()...)
	h.accountNodes = append(h.accountNodes, eventNodes{h.events})
	h.presence = eventPresence{h.presence, h.events}
	r.SetPresence(h.presence)
	h.profiles(requests)
}

// interests are what clients want to hear of, known by a service that is made later.
type interests struct{ h *house }

func (i interests) Wants(full jid.JID, node string) bool {
	return i.h.interests != nil && i.h.interests.Wants(full, node)
}

// eventPresence lets eventing know who is no longer available.
type eventPresence struct {
	router.PresenceService
	events *pep.Service
}

func (p eventPresence) Broadcast(ctx context.Context, s *router.Session, st *stanza.Stanza) error {
	err := p.PresenceService.Broadcast(ctx, s, st)
	if st.Type == stanza.Unavailable {
		p.events.Gone(s.JID())
	}
	return err
}

func (p eventPresence) Unbound(ctx context.Context, s *router.Session) {
	p.PresenceService.Unbound(ctx, s)
	p.events.Gone(s.JID())
}

// eventNodes shows the nodes of accounts in discovery (XEP-0163 #support-contact).
type eventNodes struct{ events *pep.Service }

func (n eventNodes) NodeInfo(ctx context.Context, host, asker jid.JID, node string) (disco.Info, bool, error) {
	form, ok, err := n.events.MetaData(ctx, host, asker, node)
	if err != nil || !ok {
		return disco.Info{}, false, err
	}
	info := disco.Info{Identities: []disco.Identity{{Category: "pubsub", Type: "leaf"}}, Features: []string{pep.NS}}
	info.Forms = append(info.Forms, form)
	return info, true, nil
}

func (n eventNodes) NodeItems(ctx context.Context, host, asker jid.JID, node string) (items []disco.Item, ok bool, err error) {
	if node != "" {
		ids, ok, err := n.events.IDs(ctx, host, asker, node)
		for _, id := range ids {
			items = append(items, disco.Item{JID: host, Name: id}) // XEP-0060 #entity-discoveritems
		}
		return items, ok, err
	}
	nodes, err := n.events.Visible(ctx, host, asker)
	for i := range nodes {
		items = append(items, disco.Item{JID: host, Node: nodes[i].Name, Name: nodes[i].Config.Title}) // XEP-0060 #entity-nodes
	}
	return items, true, err
}
