package pep

import (
	"context"
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// myAffiliations tells somebody what he is at the nodes of an account (XEP-0060
// #entity-affiliations).
func (s *Service) myAffiliations(ctx context.Context, r *request) ([]byte, error) {
	nodes, err := s.mine(ctx, r)
	if err != nil {
		return nil, err
	}
	b := appendPubsub(nil, NS, "affiliations", r.node())
	for i := range nodes {
		role := nodes[i].role(r.owner, r.from)
		if role == NoRole {
			continue
		}
		b = append(b, "<affiliation"...)
		b = stanza.AppendAttr(b, "node", nodes[i].Name)
		b = stanza.AppendAttr(b, "affiliation", string(role))
		b = append(b, "/>"...)
	}
	return append(b, "</affiliations></pubsub>"...), nil
}

// mine gives the nodes that a question for one's own affiliations or subscriptions
// means: one, if it names one, or else all.
func (s *Service) mine(ctx context.Context, r *request) ([]Node, error) {
	if r.node() == "" {
		return s.nodes(ctx, r.owner)
	}
	n, err := s.existing(ctx, r)
	if err != nil {
		return nil, err
	}
	return []Node{*n}, nil
}

// affiliations gives an owner the list of a node (XEP-0060
// #owner-affiliations-retrieve).
func (s *Service) affiliations(ctx context.Context, r *request) ([]byte, error) {
	n, err := s.owned(ctx, r)
	if err != nil {
		return nil, err
	}
	b := appendPubsub(nil, NSOwner, "affiliations", n.Name)
	b = appendAffiliation(b, r.owner, Owner)
	for _, a := range n.Affiliations {
		b = appendAffiliation(b, a.JID, a.Role)
	}
	return append(b, "</affiliations></pubsub>"...), nil
}

func appendAffiliation(b []byte, j jid.JID, role Role) []byte {
	b = append(b, "<affiliation"...)
	b = stanza.AppendAttr(b, "jid", j.String())
	b = stanza.AppendAttr(b, "affiliation", string(role))
	return append(b, "/>"...)
}

// setAffiliations changes the list of a node (XEP-0060 #owner-affiliations-modify):
// all that is asked, or nothing.
func (s *Service) setAffiliations(ctx context.Context, r *request) ([]byte, error) {
	wanted, err := readAffiliations(r)
	if err != nil {
		return nil, err
	}
	err = s.own(ctx, r, func(n *Node) (event, error) {
		ev := event{change: Change{Owner: r.owner, Node: n.Name}, kind: eventConfig, node: n, silent: true}
		_, err := s.write(ctx, r.owner, n.Name, func(old *Node, _ Usage) (*Step, error) {
			if old == nil {
				return nil, noSuchNode()
			}
			next := *old
			next.Affiliations = merge(old.Affiliations, wanted)
			if s.crowded(&next, old) {
				return nil, stanza.PolicyViolation.Err("too many affiliations")
			}
			return &Step{Node: &next}, nil
		})
		return ev, err
	})
	return nil, err
}

// readAffiliations reads the changes that an owner asks for.
func readAffiliations(r *request) ([]Affiliation, error) {
	children, err := inside(r.first())
	if err != nil {
		return nil, err
	}
	var list []Affiliation
	for i := range children {
		e := &children[i]
		j, err := jid.Parse(e.Attr("jid"))
		if err != nil || !e.Is(NSOwner, "affiliation") {
			return nil, stanza.BadRequest.Err("an affiliation has a jid")
		}
		// XEP-0060 #affiliations: "MUST be based on a bare JID"
		a := Affiliation{JID: j.Bare(), Role: Role(e.Attr("affiliation"))}
		if slices.ContainsFunc(list, func(b Affiliation) bool { return b.JID == a.JID }) {
			// XEP-0060 #owner-affiliations-multi: "MUST NOT specify multiple
			// <affiliation/> elements for the same entity"
			return nil, stanza.BadRequest.Err("an address is named twice")
		}
		switch a.Role {
		case "":
			continue // XEP-0060 #owner-affiliations-modify-request: not to be changed
		case Owner, Publisher, Member, Outcast, NoRole:
		case "publish-only":
			return nil, unsupported("publish-only-affiliation") // XEP-0060 #owner-affiliations-nosuchaffil
		default:
			return nil, stanza.BadRequest.Err("there is no such affiliation")
		}
		if a.JID == r.owner && a.Role != Owner {
			// XEP-0060 #owner-affiliations-multi: "MUST NOT be allowed if there is only
			// one owner"; the account never stops being one.
			return nil, stanza.NotAcceptable.Err("the account owns its nodes")
		}
		list = append(list, a)
	}
	return slices.DeleteFunc(list, func(a Affiliation) bool { return a.JID == r.owner }), nil
}

// merge gives a list with changes made, in new memory.
func merge(list, changes []Affiliation) []Affiliation {
	out := slices.DeleteFunc(slices.Clone(list), func(a Affiliation) bool {
		return slices.ContainsFunc(changes, func(c Affiliation) bool { return c.JID == a.JID })
	})
	for _, c := range changes {
		if c.Role != NoRole {
			out = append(out, c)
		}
	}
	return out
}

// maxPeopleBytes bounds the addresses of all who have to do with a node.
const maxPeopleBytes = 128 << 10

// crowded reports whether more people have to do with a node than may, and than had
// before; old may be nil.
func (s *Service) crowded(n, old *Node) bool {
	if old == nil {
		old = new(Node)
	}
	return len(n.Affiliations) > max(s.limits.People, len(old.Affiliations)) ||
		len(n.Subscriptions) > max(s.limits.People, len(old.Subscriptions)) ||
		n.people() > max(maxPeopleBytes, old.people())
}

// people gives how many bytes the addresses take.
func (n *Node) people() (size int) {
	for _, a := range n.Affiliations {
		size += len(a.JID.String())
	}
	for _, sub := range n.Subscriptions {
		size += len(sub.JID.String())
	}
	return size
}
