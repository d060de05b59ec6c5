package pep

import (
	"context"
	"crypto/rand"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// createRequest makes a node, with a configuration if one comes along (XEP-0060
// #owner-create).
func (s *Service) createRequest(ctx context.Context, r *request) ([]byte, error) {
	if r.from.Bare() != r.owner {
		return nil, stanza.Forbidden.Err("") // XEP-0060 #owner-create-general
	}
	n := Node{Name: r.node(), Config: s.newConfig(r.node())}
	instant := n.Name == ""
	if instant {
		n.Name = rand.Text() // XEP-0060 #owner-create-general: an instant node
	}
	for i, e := range r.elements {
		if e.Is(NS, "configure") && (i == 0 || e.Attr("node") != "") {
			// XEP-0060 #owner-create-and-configure: it "MUST follow the <create/>
			// element and MUST NOT possess a 'node' attribute"
			return nil, stanza.BadRequest.Err("configure names no node of its own")
		}
	}
	f, err := r.form(NS, "configure")
	if err != nil {
		return nil, err
	}
	if f != nil && f.Type == form.Submit {
		if n.Config, err = n.Config.With(f); err != nil {
			return nil, err
		}
	}
	if err := s.Create(ctx, r.owner, n); err != nil {
		return nil, err
	}
	if !instant {
		return nil, nil
	}
	return append(appendPubsub(nil, NS, "create", n.Name), "</create></pubsub>"...), nil
}

// Create makes a node with a configuration, affiliations and subscriptions, for its
// owner. Its Usage is ignored, and Created is now if it is zero. A node that is there
// is a conflict.
func (s *Service) Create(ctx context.Context, owner jid.JID, n Node) error {
	if err := s.checkName(n.Name); err != nil {
		return err
	}
	if s.crowded(&n, nil) {
		return stanza.PolicyViolation.Err("too many people have to do with this node")
	}
	if n.Created.IsZero() {
		n.Created = time.Now().UTC()
	}
	defer s.lines.take(owner)()
	_, err := s.write(ctx, owner, n.Name, func(old *Node, all Usage) (*Step, error) {
		switch {
		case old != nil:
			return nil, stanza.Conflict.Err("there is such a node") // XEP-0060 #owner-create-general
		case all.Nodes >= s.limits.Nodes:
			return nil, tooManyNodes(s.limits.Nodes)
		}
		return &Step{Node: &n}, nil
	})
	return err
}

// configuration gives an owner the form for a node (XEP-0060 #owner-configure-request).
func (s *Service) configuration(ctx context.Context, r *request) ([]byte, error) {
	n, err := s.owned(ctx, r)
	if err != nil {
		return nil, err
	}
	b := appendPubsub(nil, NSOwner, "configure", n.Name)
	b = n.Config.Form(form.Ask).Append(b)
	return append(b, "</configure></pubsub>"...), nil
}

// defaults gives the configuration of new nodes as a form (XEP-0060 #owner-default).
func (s *Service) defaults(_ context.Context, r *request) ([]byte, error) {
	if r.from.Bare() != r.owner {
		return nil, stanza.Forbidden.Err("") // nobody else makes nodes here
	}
	if t := r.first().Attr("type"); t != "" && t != "leaf" {
		return nil, unsupported("collections") // XEP-0060 #owner-default-type-request
	}
	c := DefaultConfig()
	b := appendPubsub(nil, NSOwner, "default", "")
	b = c.Form(form.Ask).Append(b)
	return append(b, "</default></pubsub>"...), nil
}

// configure takes the submitted form (XEP-0060 #owner-configure-submit).
func (s *Service) configure(ctx context.Context, r *request) ([]byte, error) {
	f, err := formIn(r.first())
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, stanza.BadRequest.Err("the form is missing")
	}
	err = s.own(ctx, r, func(n *Node) (event, error) {
		ev := event{change: Change{Owner: r.owner, Node: n.Name}, kind: eventConfig, node: n, silent: true}
		if f.Type == form.Cancel {
			return ev, nil // XEP-0060 #owner-configure-submit: nothing changes
		}
		cfg, err := n.Config.With(f)
		if err != nil {
			return ev, err
		}
		next := *n
		next.Config = cfg
		ev.node, ev.silent = &next, !cfg.NotifyConfig
		evicted, err := s.write(ctx, r.owner, n.Name, func(old *Node, _ Usage) (*Step, error) {
			if old == nil {
				return nil, noSuchNode()
			}
			changed := *old
			changed.Config = cfg
			return &Step{Node: &changed, Purge: !cfg.Persist, Keep: cfg.clamped(s.limits).MaxItems}, nil
		})
		ev.change.Retracted, ev.change.Purged = evicted, n.Config.Persist && !cfg.Persist
		return ev, err
	})
	return nil, err
}
