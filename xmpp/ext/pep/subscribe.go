package pep

import (
	"context"
	"fmt"
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// subscribe makes an explicit subscription (XEP-0060 #subscriber-subscribe).
func (s *Service) subscribe(ctx context.Context, r *request) ([]byte, error) {
	who, err := jid.Parse(r.first().Attr("jid"))
	if err != nil || who.Bare() != r.from.Bare() {
		// XEP-0060 #subscriber-subscribe-error-nomatch
		return nil, fault(stanza.BadRequest, "invalid-jid", "everybody subscribes for himself")
	}
	sub := Subscription{JID: who}
	n, err := s.existing(ctx, r)
	if err != nil {
		return nil, err
	}
	if !n.Config.Subscribe {
		return nil, unsupported("subscribe") // XEP-0060 #subscriber-subscribe-error-unsupported
	}
	if err := s.maySubscribe(ctx, r.owner, n, r.from); err != nil {
		return nil, err
	}
	// XEP-0060 #subscriber-subscribe-approval: members and publishers need not be approved
	sub.Pending = n.Config.Access == Authorize && n.role(r.owner, who) == NoRole
	if sub, err = s.addSubscription(ctx, r.owner, n.Name, sub); err != nil {
		return nil, err
	}
	b := appendPubsub(nil, NS, "", "")
	b = appendSubscription(b, n.Name, &sub)
	b = append(b, "</pubsub>"...)
	if n.Config.NotifySub && !sub.Pending {
		s.subscriptionEvent(ctx, r.owner, n, &sub, r.owner)
	}
	if !sub.Pending && n.Config.SendLast != lastNever && n.Config.Persist && n.Config.Deliver {
		// XEP-0163 #notify-last: "MUST send the last published item to all new subscribers"
		if err := s.queueLast(ctx, r.owner, n, who, &round{room: s.limits.PageBytes}); err != nil {
			return nil, err
		}
		s.tell(ctx, r.owner)
	}
	return b, nil
}

// addSubscription adds one, or gives the one that is there: "the service MUST return
// the current subscription state" (XEP-0060 #subscriber-subscribe-multi).
func (s *Service) addSubscription(ctx context.Context, owner jid.JID, node string, sub Subscription) (Subscription, error) {
	defer s.lines.take(owner)()
	_, err := s.write(ctx, owner, node, func(old *Node, _ Usage) (*Step, error) {
		if old == nil {
			return nil, noSuchNode()
		}
		if i := old.subscription(sub.JID); i >= 0 {
			if sub = old.Subscriptions[i]; sub.Pending {
				// XEP-0060 #subscriber-subscribe-error-pending
				return nil, fault(stanza.NotAuthorized, "pending-subscription", "the owner has not answered yet")
			}
			return &Step{Node: old}, nil
		}
		next := *old
		next.Subscriptions = append(slices.Clip(old.Subscriptions), sub)
		if s.crowded(&next, old) {
			return nil, tooManySubscriptions()
		}
		return &Step{Node: &next}, nil
	})
	return sub, err
}

// subscription finds the subscription of an address, -1 if there is none.
func (n *Node) subscription(who jid.JID) int {
	return slices.IndexFunc(n.Subscriptions, func(s Subscription) bool { return s.JID == who })
}

// tooManySubscriptions is of the type wait, as in the example of XEP-0060
// #subscriber-subscribe-error-toomany.
func tooManySubscriptions() *stanza.Error {
	e := fault(stanza.PolicyViolation, "too-many-subscriptions", "")
	e.Type = stanza.Wait
	return e
}

// unsubscribe ends an explicit subscription (XEP-0060 #subscriber-unsubscribe). There
// are no subscription identifiers here, so one that is given is ignored
// (#subscriber-unsubscribe-error-badsubid).
func (s *Service) unsubscribe(ctx context.Context, r *request) ([]byte, error) {
	who, err := jid.Parse(r.first().Attr("jid"))
	if err != nil {
		return nil, fault(stanza.BadRequest, "jid-required", "whose subscription?")
	}
	if who.Bare() != r.from.Bare() {
		return nil, stanza.Forbidden.Err("") // XEP-0060 #subscriber-unsubscribe-error-forbidden
	}
	n, err := s.existing(ctx, r)
	if err != nil {
		return nil, err
	}
	defer s.lines.take(r.owner)()
	_, err = s.write(ctx, r.owner, n.Name, func(old *Node, _ Usage) (*Step, error) {
		if old == nil {
			return nil, noSuchNode()
		}
		i := old.subscription(who)
		if i < 0 {
			return nil, notSubscribed()
		}
		next := *old
		next.Subscriptions = slices.Concat(old.Subscriptions[:i], old.Subscriptions[i+1:])
		return &Step{Node: &next}, nil
	})
	return nil, err
}

// cancel ends the subscriptions of those who have lost access: "the service MUST
// cancel the entity's subscription" (XEP-0163 #impl-subscriptions).
func (s *Service) cancel(ctx context.Context, owner jid.JID, node string, lost []jid.JID) error {
	defer s.lines.take(owner)()
	return s.change(ctx, owner, node, func(old *Node) *Step {
		next := *old
		next.Subscriptions = slices.DeleteFunc(slices.Clone(old.Subscriptions), func(sub Subscription) bool {
			return !sub.Pending && slices.Contains(lost, sub.JID)
		})
		return &Step{Node: &next}
	})
}

// mySubscriptions tells somebody what he has subscribed to (XEP-0060
// #entity-subscriptions): all "that match the bare JID".
func (s *Service) mySubscriptions(ctx context.Context, r *request) ([]byte, error) {
	nodes, err := s.mine(ctx, r)
	if err != nil {
		return nil, err
	}
	b := appendPubsub(nil, NS, "subscriptions", r.node())
	for i := range nodes {
		for _, sub := range nodes[i].Subscriptions {
			if sub.JID.Bare() == r.from.Bare() {
				b = appendSubscription(b, nodes[i].Name, &sub)
			}
		}
	}
	return append(b, "</subscriptions></pubsub>"...), nil
}

// appendSubscription writes a subscription; node may be "".
func appendSubscription(b []byte, node string, sub *Subscription) []byte {
	return appendState(b, node, sub.JID, sub.state())
}

func appendState(b []byte, node string, j jid.JID, state string) []byte {
	b = append(b, "<subscription"...)
	if node != "" {
		b = stanza.AppendAttr(b, "node", node)
	}
	b = stanza.AppendAttr(b, "jid", j.String())
	b = stanza.AppendAttr(b, "subscription", state)
	return append(b, "/>"...)
}

// The states of a subscription (XEP-0060 #substates).
const (
	stateSubscribed = "subscribed"
	statePending    = "pending"
	stateNone       = "none"
)

func (sub *Subscription) state() string {
	if sub.Pending {
		return statePending
	}
	return stateSubscribed
}

// subscriptions gives an owner the list of a node (XEP-0060
// #owner-subscriptions-retrieve). Those that wait for an answer are in it, though it
// "SHOULD NOT" be so: it is the one place where an owner sees them, since a message
// to him could not be answered to an address that is his own.
func (s *Service) subscriptions(ctx context.Context, r *request) ([]byte, error) {
	n, err := s.owned(ctx, r)
	if err != nil {
		return nil, err
	}
	b := appendPubsub(nil, NSOwner, "subscriptions", n.Name)
	for i := range n.Subscriptions {
		b = appendSubscription(b, "", &n.Subscriptions[i])
	}
	return append(b, "</subscriptions></pubsub>"...), nil
}

// setSubscriptions lets an owner change the list: all that is asked, or nothing
// (XEP-0060 #owner-subscriptions-modify).
func (s *Service) setSubscriptions(ctx context.Context, r *request) ([]byte, error) {
	states, order, err := readStates(r)
	if err != nil {
		return nil, err
	}
	var changed []jid.JID
	var node *Node
	err = s.own(ctx, r, func(n *Node) (event, error) {
		node = n
		ev := event{change: Change{Owner: r.owner, Node: n.Name}, kind: eventConfig, node: n, silent: true}
		_, err := s.write(ctx, r.owner, n.Name, func(old *Node, _ Usage) (*Step, error) {
			if old == nil {
				return nil, noSuchNode()
			}
			next := *old
			next.Subscriptions, changed = restate(old.Subscriptions, states, order)
			if s.crowded(&next, old) {
				return nil, tooManySubscriptions()
			}
			return &Step{Node: &next}, nil
		})
		return ev, err
	})
	if err != nil {
		return nil, err
	}
	for _, j := range changed {
		// XEP-0060 #owner-subscriptions-notifysub: the subscriber is told
		s.stateEvent(ctx, r.owner, node, j, states[j], j)
	}
	return nil, nil
}

// readStates reads the states that an owner wants, and their order.
func readStates(r *request) (states map[jid.JID]string, order []jid.JID, err error) {
	children, err := inside(r.first())
	if err != nil {
		return nil, nil, err
	}
	states = make(map[jid.JID]string)
	for i := range children {
		e := &children[i]
		j, err := jid.Parse(e.Attr("jid"))
		if err != nil || !e.Is(NSOwner, "subscription") {
			return nil, nil, stanza.BadRequest.Err("a subscription has a jid")
		}
		if _, twice := states[j]; twice {
			return nil, nil, stanza.BadRequest.Err("an address is named twice")
		}
		switch state := e.Attr("subscription"); state {
		case "": // XEP-0060 #owner-subscriptions-modify-request: not to be changed
		case stateSubscribed, statePending, stateNone:
			states[j] = state
			order = append(order, j)
		default:
			return nil, nil, stanza.NotAcceptable.Err(fmt.Sprintf("there is no state %q here", state))
		}
	}
	return states, order, nil
}

// restate gives a list with new states, in new memory, and whose state is another now.
func restate(list []Subscription, states map[jid.JID]string, order []jid.JID) (next []Subscription, changed []jid.JID) {
	has := make(map[jid.JID]bool)
	for _, sub := range list {
		has[sub.JID] = true
		want, ok := states[sub.JID]
		if ok && want != sub.state() {
			changed = append(changed, sub.JID)
			if want == stateNone {
				continue
			}
			sub.Pending = want == statePending
		}
		next = append(next, sub)
	}
	for _, j := range order {
		if !has[j] && states[j] != stateNone {
			changed = append(changed, j)
			next = append(next, Subscription{JID: j, Pending: states[j] == statePending})
		}
	}
	return next, changed
}

// subscriptionEvent tells somebody of a subscription.
func (s *Service) subscriptionEvent(ctx context.Context, owner jid.JID, n *Node, sub *Subscription, to jid.JID) {
	s.stateEvent(ctx, owner, n, sub.JID, sub.state(), to)
}

// stateEvent tells somebody of the state of a subscription (XEP-0060
// #impl-subchange).
func (s *Service) stateEvent(ctx context.Context, owner jid.JID, n *Node, who jid.JID, state string, to jid.JID) {
	b := appendState([]byte("<event xmlns='"+nsEvent+"'>"), n.Name, who, state)
	s.emit(ctx, s.message(owner, &n.Config, to, append(b, "</event>"...)))
}
